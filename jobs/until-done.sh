#!/bin/sh
# A machine without a batch system: runs until the run is done, in pieces if run.max_walltime or a signal ends one.
#   jobs/until-done.sh RUN_DIRECTORY [CONFIGURATION...] -- LAUNCHER... ggcn_train
# Ends after SIGTERM, SIGINT or when RUN_DIRECTORY/stop exists, and after an error.
set -u
here=$(dirname "$0")
stop=no
trap 'stop=yes; kill -TERM $piece' TERM INT
while :; do
    "$here/train.sh" "$@" &
    piece=$!
    while :; do
        wait $piece
        code=$?
        kill -0 $piece 2>/dev/null || break
    done
    if [ $code -ne 75 ] || [ $stop = yes ] || [ -e "$1/stop" ]; then
        exit $code
    fi
done
