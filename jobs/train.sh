#!/bin/sh
# Starts a run, or goes on with it: jobs/train.sh RUN_DIRECTORY [CONFIGURATION...] -- LAUNCHER... ggcn_train
#   jobs/train.sh runs/cars cars.yaml -s run.seed=2 -- mpirun -np 64 ggcn_train
# What stands between directory and "--" is what ggcn_train is started with; a restart takes the configuration from the run
# directory. SIGTERM and SIGINT, which mpirun would answer by killing the ranks within a second, become SIGUSR2: stop with a
# checkpoint. A second one reaches the launcher as it is. Exit code: the program's; 75 means that there is more to do.
set -u
[ $# -ge 3 ] || { echo "usage: $0 RUN_DIRECTORY [CONFIGURATION...] -- LAUNCHER... ggcn_train" >&2; exit 2; }
run=$1
shift

# The arguments go round once: what came before "--" ends up behind the launcher and the program.
restart=no
for checkpoint in "$run"/checkpoints/*.h5; do
    [ ! -e "$checkpoint" ] || restart=yes
done
before=yes wanted=0
for argument; do
    shift
    if [ $before = yes ] && [ "$argument" = -- ]; then
        before=no
    elif [ $before = yes ]; then
        set -- "$@" "$argument"
        wanted=$((wanted + 1))
    else
        set -- "$@" "$argument"
    fi
done
[ $before = no ] || { echo "$0: no -- before the launcher" >&2; exit 2; }
while [ $wanted -gt 0 ]; do
    argument=$1
    shift
    [ $restart = yes ] || set -- "$@" "$argument"
    wanted=$((wanted - 1))
done
if [ $restart = yes ]; then
    set -- "$@" --restart "$run"
else # a run that was killed before its first checkpoint has nothing to lose
    set -- "$@" --out "$run" --overwrite
fi

# Open MPI 4 keeps what ranks tell mpirun in memory with a lock of which it never hears that its holder was killed; this way it
# is told by messages.
export PMIX_MCA_gds="${PMIX_MCA_gds:-hash}"

. "$(dirname "$0")/forward.sh"
asked=no
hand_on() {
    if [ "$1" = USR1 ]; then
        kill -USR1 $process
    elif [ $asked = no ]; then
        kill -USR2 $process
        asked=yes
    else
        kill -TERM $process
    fi
}
forward "$@"
exit $code
