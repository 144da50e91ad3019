# What the job scripts share. To be sourced.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2086  # $code is for the caller; a number

# forward COMMAND...: runs a command in a session of its own, so that signals to this script's whole group (Ctrl-C, a batch
# system) come here alone, and hands them on through hand_on NAME. The command's exit code is left in $code.
forward() {
    process='' pending=''
    for signal in HUP INT TERM USR1 USR2; do
        # shellcheck disable=SC2064  # the name of now
        trap "receive $signal" $signal
    done
    setsid "$@" &
    process=$!
    [ -z "$pending" ] || receive "$pending"
    while :; do
        wait $process
        code=$?
        kill -0 $process 2>/dev/null || break # otherwise a signal ended the waiting, not the command
    done
}

receive() {
    if [ -n "$process" ]; then
        hand_on "$1"
    else
        pending=$1
    fi
}

# To a script, which may be deaf to SIGINT: shells start commands in the background so.
hand_on() {
    if [ "$1" = USR1 ]; then
        kill -USR1 $process
    else
        kill -TERM $process
    fi
}
