#!/bin/sh
# Stopping and going on: test_run_control.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# Whatever ends a run before its end, a restart comes to the digest of the run that nobody disturbed.
set -u
train=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
work_in run_control
seconds=120

make_data_set 120 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml
long='-s learning.iterations=16 -s sampler.steps=300' # some seconds: longer than the stop file goes unseen

# start RANKS ARGUMENT...: a long run in the background; $process is the program or its launcher.
start() {
    ranks=$1
    name=$*
    shift
    rm -rf run
    set -- "$train" configuration.yaml --out run "$@"
    if [ "$ranks" -eq 1 ]; then
        "$@" >output 2>&1 </dev/null &
    else
        "$launcher" -np "$ranks" "$@" >output 2>&1 </dev/null &
    fi
    process=$!
    waited=0
    until grep -q 'checkpoint at iteration 0' run/log 2>/dev/null || [ $waited -gt 300 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
}

# ends CODE: the run must end with it, in time.
ends() {
    (sleep "$seconds" && kill -KILL $process) 2>/dev/null &
    watchdog=$!
    wait $process
    code=$?
    kill $watchdog 2>/dev/null
    [ $code -eq "$1" ] || fail "exit code $code in place of $1"
}

# stopped_by REASON: the run must have stopped in the middle, with a checkpoint there, and a restart must end well.
stopped_by() {
    ends 75
    grep -qF "($1); --restart goes on from iteration " output || fail "it does not say why it stopped"
    at=$(sed -n 's/^stopped after iteration \([0-9]*\) of .*/\1/p' output)
    [ -n "$at" ] && [ "$at" -lt 16 ] || fail "it was not stopped in the middle"
    [ -f "run/checkpoints/$(printf %08d "$at").h5" ] || fail "no checkpoint of iteration $at"
    [ ! -e run/lock ] || fail "the lock was left"
    accept "${2:-1}" "$train" --restart run
    read_digest
    expect_digest "$1 at iteration $at with $ranks ranks, then ${2:-1}"
}

# shellcheck disable=SC2086  # several settings
accept 1 "$train" configuration.yaml --out whole $long
read_digest
expected=$found

# --- signals --------------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2086
for signal in TERM INT USR2; do
    start 1 $long
    kill -$signal $process
    stopped_by SIG$signal 2
done
# shellcheck disable=SC2086
start 2 $long # mpirun hands SIGUSR1 and SIGUSR2 on to all ranks
kill -USR1 $process
waited=0
until [ "$(grep -c 'checkpoint at' run/log)" -gt 1 ] || [ $waited -gt 300 ]; do
    sleep 0.1
    waited=$((waited + 1))
done
between=$(sed -n '$s/.*checkpoint at iteration \([0-9]*\)$/\1/p' run/log)
[ "${between:-0}" -gt 0 ] && [ "$between" -lt 16 ] || fail "no checkpoint after SIGUSR1"
kill -USR2 $process
stopped_by SIGUSR2 3
# shellcheck disable=SC2086
start 1 $long -s sampler.steps=1000000
kill -INT $process
sleep 0.2
kill -INT $process
ends 130

# An iteration that would take hours is given up after the grace: the checkpoint before it counts.
for on in 1 2; do
    start $on -s sampler.steps=16000000 -s run.grace=1
    kill -USR2 $process
    ends 75
    grep -q '^stopped after iteration 0 of 5 (SIGUSR2); --restart goes on from iteration 0$' output || fail "other words"
    [ "$(ls run/checkpoints)" = 00000000.h5 ] || fail "other checkpoints: $(ls run/checkpoints)"
done

# --- stop file, walltime --------------------------------------------------------------------------------------------------

# shellcheck disable=SC2086
for on in 1 2; do
    start $on $long
    touch run/stop
    stopped_by "stop file" 2
    [ ! -e run/stop ] || fail "the restart left the stop file"
done

# shellcheck disable=SC2086
for on in 1 2; do
    start $on -s learning.iterations=100000 -s run.max_walltime=0.1
    ends 75
    grep -q '(run.max_walltime); --restart goes on' output || fail "it does not say why it stopped"
    at=$(sed -n 's/^stopped after iteration \([0-9]*\) of .*/\1/p' output)
    [ "$at" -gt 0 ] && [ -f "run/checkpoints/$(printf %08d "$at").h5" ] || fail "no checkpoint of iteration $at"
done
start 1 -s sampler.steps=16000000 -s run.max_walltime=0.05
ends 1
grep -q '^ggcn_train: bad configuration: no iteration was finished within run.max_walltime' output || fail "other words"

# --- which checkpoints there are ------------------------------------------------------------------------------------------

# shellcheck disable=SC2086
accept 1 "$train" configuration.yaml --out kept $long -s output.checkpoint_every=2 -s output.keep=2 -s output.keep_every=5
kept=$(basename -a kept/checkpoints/* | tr '\n' ' ')
[ "$kept" = "00000005.h5 00000010.h5 00000015.h5 00000016.h5 " ] || fail "other checkpoints: $kept"
read_digest
expect_digest "with more checkpoints"
accept 1 "$train" configuration.yaml --out minutes -s learning.iterations=60 -s sampler.steps=100 -s output.checkpoint_minutes=0.01
[ "$(grep -c 'checkpoint at iteration' minutes/log)" -ge 3 ] || fail "no checkpoints by time: $(cat minutes/log)"

# --- one run at a time ----------------------------------------------------------------------------------------------------

# refused WORDS ARGUMENT...
refused() {
    words=$1
    shift
    for ranks in 1 2; do
        name=$*
        every_code $ranks "$train" "$@" >second 2>&1 </dev/null
        mv second output
        [ "$(grep -cx 1 codes)" -eq $ranks ] || fail "exit codes $(paste -sd' ' codes)"
        [ "$(grep -c '^ggcn_train: ' output)" -eq 1 ] || fail "not one message"
        grep -q "$words" output || fail "no \"$words\""
    done
}
start 1 -s sampler.steps=3000 -s learning.iterations=100000
locked="another program uses this run directory: process $process on $(uname -n)"
refused "$locked" --restart run
refused "$locked" configuration.yaml --out run --overwrite
[ "$(ls run/checkpoints)" = 00000000.h5 ] || fail "the second run changed the directory of the first"
kill -KILL $process
wait $process 2>/dev/null
[ -e run/lock ] || fail "there is no lock to be found stale"
accept 2 "$train" --restart run -s sampler.steps=5 -s learning.iterations=3
[ ! -e run/lock ] || fail "the lock was left"

# A lock of this host's process that has another start, of before the host's last start, of another host; and of a requeued job.
mine="pid $$ started $(cut -d' ' -f22 /proc/$$/stat)"
boot=$(cat /proc/sys/kernel/random/boot_id)
# lock HOST PROCESS BOOT JOB
lock() {
    printf 'host %s\n%s\nboot %s\njob %s\n' "$@" >run/lock
}
lock "$(uname -n)" "$mine" "$boot" -
refused "process $$ on $(uname -n)" --restart run
lock "$(uname -n)" "pid $$ started 1" "$boot" -
accept 1 "$train" --restart run -s learning.iterations=4
lock "$(uname -n)" "$mine" 00000000-0000-0000-0000-000000000000 -
accept 1 "$train" --restart run -s learning.iterations=5
lock elsewhere "pid 1 started 1" other -
refused "process 1 on elsewhere" --restart run
lock elsewhere "pid 1 started 1" other 77
SLURM_JOB_ID=78
export SLURM_JOB_ID
refused "process 1 on elsewhere, job 77" --restart run
SLURM_JOB_ID=77
OMPI_MCA_ras=^slurm OMPI_MCA_plm=^slurm accept 1 "$train" --restart run -s learning.iterations=6
unset SLURM_JOB_ID
echo "host of a lock that was cut off" >run/lock
accept 1 "$train" --restart run -s learning.iterations=7

finish "runs stop and go on"
