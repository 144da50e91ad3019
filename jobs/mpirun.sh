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
# Shared memory between the ranks of a node needs no special rights this way: the first name is Open MPI 4's, the second 5's.
export OMPI_MCA_btl_vader_single_copy_mechanism="${OMPI_MCA_btl_vader_single_copy_mechanism:-none}"
export OMPI_MCA_smsc="${OMPI_MCA_smsc:-^cma}"
# Open MPI 5 finds no way between IPv6 addresses of one machine, and complains about it on every start.
export OMPI_MCA_btl_tcp_disable_family="${OMPI_MCA_btl_tcp_disable_family:-6}"
# Without this a rank that is killed while it starts leaves Open MPI 4's mpirun waiting for ever, for a lock that it held.
export PMIX_MCA_gds="${PMIX_MCA_gds:-hash}"
# A host that no longer answers ends the job within half a minute, instead of Open MPI 4's eight.
export OMPI_MCA_oob_tcp_keepalive_time="${OMPI_MCA_oob_tcp_keepalive_time:-10}"
export OMPI_MCA_oob_tcp_keepalive_intvl="${OMPI_MCA_oob_tcp_keepalive_intvl:-5}"
export OMPI_MCA_oob_tcp_keepalive_probes="${OMPI_MCA_oob_tcp_keepalive_probes:-3}"
# Ranks see a pseudo-terminal; tell the programs when the real output is none (their progress lines depend on it).
[ -t 1 ] || export TERM=dumb
# Threads of a rank may use any core.
exec mpirun --oversubscribe --bind-to none "$@"
