#!/bin/sh
# jobs/ without Slurm: test_jobs.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# until-done.sh, cores for threads, and pbs.sh with a stand-in for PBS: its variables are set, qstat prints an example, and qsub
# notes what it was called with, to be started by the test. A run that is stopped again and again ends with the digest of one
# that was not.
set -u
train=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
jobs=$(dirname "$launcher")
work_in jobs
seconds=150

make_data_set 120 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml
settings='-s learning.iterations=12 -s sampler.steps=100 -s output.checkpoint_every=1'
ranks=1
# shellcheck disable=SC2086  # several settings
accept 1 "$train" configuration.yaml --out whole $settings
read_digest
expected=$found

# A launcher that stops the run when it has written a checkpoint of its own, until there were two such pieces.
cat >pieces <<'SH'
#!/bin/sh
trap 'kill -USR2 $process' USR2
"$@" &
process=$!
before=$(ls run/checkpoints 2>/dev/null | tail -n 1)
if [ "$(cat stops 2>/dev/null | wc -l)" -lt 2 ]; then
    # the first checkpoint of a run comes before its first iteration
    until newest=$(ls run/checkpoints 2>/dev/null | tail -n 1)
        [ -n "$newest" ] && [ "$newest" != "${before:-00000000.h5}" ]; do
        kill -0 $process 2>/dev/null || exit 1
        sleep 0.05
    done
    echo stop >>stops
    kill -USR2 $process
fi
while :; do
    wait $process
    code=$?
    kill -0 $process 2>/dev/null || exit $code
done
SH
chmod +x pieces

# expect_pieces COUNT: the run was stopped so often, each time further on, and went on from there each time.
expect_pieces() {
    stopped=$(sed -n 's/^stopped after iteration \([0-9]*\) .*/\1/p' output | tr '\n' ' ')
    went_on=$(sed -n 's/^read checkpoint 0*\([0-9]*\)$/\1/p' output | tr '\n' ' ')
    [ "$stopped" = "$went_on" ] || fail "stopped after $stopped, went on from $went_on"
    # shellcheck disable=SC2086  # numbers
    [ "$(printf '%s\n' $stopped | sort -nu | wc -l)" -eq "$1" ] || fail "not $1 pieces: stopped after $stopped"
}

# waits_for COMMAND...
waits_for() {
    waited=0
    until "$@" >/dev/null 2>&1 || [ $waited -gt 600 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
}

# --- until-done.sh --------------------------------------------------------------------------------------------------------

ranks=2 name="until-done.sh"
# shellcheck disable=SC2086
timeout $seconds "$jobs/until-done.sh" run configuration.yaml $settings -- ./pieces "$launcher" -np 2 "$train" >output 2>&1 </dev/null ||
    fail "exit code $?"
expect_pieces 2
read_digest
expect_digest "until-done.sh, twice exit code 75"

# A signal ends all of it, with a checkpoint; also one that reaches every script, as Ctrl-C in a terminal does.
for to in alone group; do
    name="SIGTERM to until-done.sh, $to"
    rm -rf run
    # shellcheck disable=SC2086
    setsid "$jobs/until-done.sh" run configuration.yaml $settings -- "$launcher" -np 2 "$train" >output 2>&1 </dev/null &
    process=$!
    waits_for test -e run/checkpoints/00000001.h5
    [ $to = alone ] || process=-$process
    kill -TERM $process
    process=${process#-}
    wait $process
    code=$?
    [ $code -eq 75 ] || fail "exit code $code in place of 75"
    [ "$(grep -c '^stopped after iteration .*SIGUSR2' output)" -eq 1 ] || fail "it was not stopped once"
    [ ! -e run/lock ] || fail "it did not wait for the program"
done
name="until-done.sh goes on"
timeout $seconds "$jobs/until-done.sh" run -- "$launcher" -np 2 "$train" >output 2>&1 </dev/null || fail "exit code $?"
read_digest
expect_digest "until-done.sh, stopped by SIGTERM and started again"

# --- pbs.sh ---------------------------------------------------------------------------------------------------------------

mkdir pbs
cat >pbs/qstat <<'SH'
#!/bin/sh
[ "$*" = "-f $PBS_JOBID" ] || exit 1
printf 'Job Id: %s\n    Job_Name = ggcn\n    queue = long\n    server = x\n    Account_Name = cars\n' "$PBS_JOBID"
printf '    project = _pbs_project_default\n    Resource_List.ncpus = 2\n    Resource_List.place = scatter\n'
printf '    Resource_List.select = 2:ncpus=1:mpi\n\tprocs=1\n    Resource_List.walltime = 00:01:00\n    Variable_List = RUN=run\n'
SH
# The next job has only the variables that are named, and those of PBS.
cat >pbs/qsub <<'SH'
#!/bin/sh
echo "$@" >>submitted
: >next
while [ $# -gt 1 ]; do
    if [ "$1" = -v ]; then
        for name in $(echo "$2" | tr , ' '); do
            eval "echo \"export $name='\$$name'\"" >>next
        done
    fi
    shift
done
echo "exec sh '$1'" >>next
SH
chmod +x pbs/qsub pbs/qstat
# in_pbs COMMAND...: in the place of the shell, without its environment, but for what sanitizers are told.
in_pbs() {
    exec env -i PATH="$PWD/pbs:$PATH" HOME="$HOME" OMP_NUM_THREADS=1 ASAN_OPTIONS="${ASAN_OPTIONS:-}" PBS_O_WORKDIR="$PWD" \
        PBS_JOBID=12.server "$@"
}
# pbs_job: one job after the other, while there is one.
pbs_job() {
    while [ -e next ]; do
        mv next now
        (in_pbs timeout $seconds setsid sh ./now)
        code=$?
    done
}
# first_job LAUNCHER...
first_job() {
    rm -rf run stops submitted
    cat >next <<SH
export RUN=run CONFIGURATION=pbs.yaml GGCN_JOBS='$jobs' GGCN_LAUNCHER='$*' GGCN_TRAIN='$train' MINUTES=60
exec sh '$jobs/pbs.sh'
SH
}
sed -e 's/steps: 5/steps: 100/' -e 's/iterations: 5/iterations: 12/' -e 's/checkpoint_every: 0/checkpoint_every: 1/' \
    configuration.yaml >pbs.yaml

name="pbs.sh"
first_job ./pieces "$launcher" -np 2
pbs_job >output 2>&1 </dev/null
[ $code -eq 0 ] || fail "exit code $code"
expect_pieces 2
[ "$(sort submitted | uniq -c | sed 's/^ *//')" = "2 -q long -A cars -l place=scatter -l select=2:ncpus=1:mpiprocs=1 -l walltime=00:01:00 -v RUN,CONFIGURATION,MINUTES,GGCN_JOBS,GGCN_LAUNCHER,GGCN_TRAIN $jobs/pbs.sh" ] ||
    fail "other jobs: $(cat submitted)"
grep -q 'max_walltime: 60' run/config.yaml || fail "MINUTES did not reach the run"
read_digest
expect_digest "pbs.sh, twice submitted again (stand-in for PBS)"

# PBS's SIGTERM reaches every process of the job's session.
name="SIGTERM from PBS"
first_job "$launcher" -np 2
mv next now
(in_pbs setsid sh ./now) >output 2>&1 </dev/null &
process=$!
waits_for test -e run/checkpoints/00000001.h5
kill -TERM -$process
wait $process
code=$?
[ $code -eq 75 ] || fail "exit code $code in place of 75"
[ "$(wc -l <submitted)" -eq 1 ] || fail "it was not submitted again"

# --- threads and cores ----------------------------------------------------------------------------------------------------

if [ "$(nproc)" -ge 2 ]; then
    tied="ggcn_train: 2 threads a rank on 1 of the machine's cores"
    accept 1 env OMP_NUM_THREADS=2 taskset -c "$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')" "$train" configuration.yaml --out tied
    [ "$(grep -c "^$tied" output)" -eq 1 ] || fail "it does not say that its threads share a core"
    OMP_NUM_THREADS=2 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMP_NUM_THREADS OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
    . "$jobs/launcher.sh"
    # shellcheck disable=SC2154,SC2086  # launcher.sh's; a command with its arguments
    accept 1 $launcher -np 1 "$train" configuration.yaml --out apart
    ! grep -q "^$tied" output || fail "the launcher of batch jobs has tied its threads to one core"
else
    echo "one core: threads tied to few of several were not tried"
fi

finish "until-done.sh and pbs.sh come to the end of a run that is stopped again and again"
