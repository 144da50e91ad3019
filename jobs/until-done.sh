#!/bin/sh
# A machine without a batch system: runs until the run is done, in pieces if run.max_walltime or a signal ends one.
#   jobs/until-done.sh RUN_DIRECTORY [CONFIGURATION...] -- LAUNCHER... ggcn_train
# Ends after SIGTERM, SIGINT or when RUN_DIRECTORY/stop exists, and after an error.
set -u
here=$(dirname "$0")
. "$here/forward.sh"
stop=no
hand_on() {
    if [ "$1" = USR1 ]; then
        kill -USR1 $process
    else
        stop=yes
        kill -TERM $process
    fi
}
while :; do
    forward "$here/train.sh" "$@"
    if [ $code -ne 75 ] || [ $stop = yes ] || [ -e "$1/stop" ]; then
        exit $code
    fi
done
