#!/bin/sh
# mpirun with what a laptop, a container or a CI machine needs: more ranks than cores allowed, root allowed, threads
# divided among the ranks unless OMP_NUM_THREADS is set.
#   jobs/mpirun.sh -np RANKS [mpirun options] PROGRAM [arguments], e.g. jobs/mpirun.sh -np 2 build/release/bin/ggcn_train ...
set -eu
ranks=1
case ${1:-} in -np | -n) ranks=$2 ;; esac
if [ -z "${OMP_NUM_THREADS:-}" ]; then
    threads=$(($(nproc) / ranks))
    [ "$threads" -ge 1 ] || threads=1
    export OMP_NUM_THREADS=$threads
fi
# Threads that wait for each other on too few cores must not burn them.
if [ $((ranks * OMP_NUM_THREADS)) -gt "$(nproc)" ]; then
    export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
fi
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
# Threads of a rank may use any core; shared memory between the ranks of a node needs no special rights this way.
export OMPI_MCA_btl_vader_single_copy_mechanism="${OMPI_MCA_btl_vader_single_copy_mechanism:-none}"
# Ranks see a pseudo-terminal; tell the programs when the real output is none (their progress lines depend on it).
[ -t 1 ] || export TERM=dumb
exec mpirun --oversubscribe --bind-to none "$@"
