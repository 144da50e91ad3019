#!/bin/sh
# jobs/ under a real Slurm: test_slurm.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# A job that would hit its time limit writes a checkpoint, is requeued, and finishes with the digest of a run that nobody
# disturbed. Exit code 77, with the reason, where no Slurm can be started.
set -u
train=$1 data=$2 make_images=$3 launcher=$4
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
. "$here/slurm.sh"
jobs=$(dirname "$launcher")
if why=$(slurm_missing); then
    echo "SKIPPED: a Slurm of our own cannot be started here: $why"
    exit 77
fi
work_in slurm
seconds=150
trap 'slurm_stop; cd /; rm -rf "$folder"' EXIT

make_data_set 120 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml
# Long enough to be stopped in the middle, which Slurm does ten seconds after the start: its shortest time limit is a minute,
# and the signal comes 50 seconds before.
# run_for ITERATIONS DIRECTORY: leaves the seconds it took in $took.
run_for() {
    began=$(date +%s)
    accept 1 "$train" configuration.yaml --out "$2" -s learning.iterations="$1" -s output.chain_every=0 -s sampler.steps=100
    took=$(($(date +%s) - began))
}
iterations=50
run_for $iterations probe
while [ $took -lt 3 ]; do
    iterations=$((iterations * 3))
    rm -rf probe
    run_for $iterations probe
done
iterations=$((iterations * 15 / took))

if ! slurm_start; then
    tail -n 5 slurm/*.log slurm/munge/log
    echo "SKIPPED: a Slurm of our own cannot be started here: see above"
    exit 77
fi
finished() {
    [ -z "$(squeue -h -o %i)" ]
}

ranks=2
name="a job that is requeued"
GGCN_JOBS=$jobs GGCN_LAUNCHER="$launcher -np 2" GGCN_TRAIN=$train OMP_NUM_THREADS=1
export GGCN_JOBS GGCN_LAUNCHER GGCN_TRAIN OMP_NUM_THREADS
# A machine that became faster since then finishes before it is stopped: more of it then.
for try in 1 2 3; do
    sbatch --ntasks=2 --time=1 --signal=B:USR2@50 --output=job.out "$jobs/slurm.sh" run configuration.yaml \
        -s learning.iterations=$iterations -s output.chain_every=0 -s sampler.steps=100 >output 2>&1 || fail "sbatch refused it"
    slurm_wait 150 finished || { squeue; tail -n 20 slurm/slurmctld.log; fail "the job does not end"; }
    cp job.out output
    ! grep -q '^stopped after' output && [ $try -lt 3 ] || break
    iterations=$((iterations * 3))
    rm -rf run job.out
done
printf 'one\ntwo -s run.seed=2\n' >variants.txt
[ "$(grep -c '^stopped after iteration .*SIGUSR2' output)" -ge 1 ] || fail "it was not stopped before its time was over"
[ "$(grep -c '^read checkpoint' output)" -ge 1 ] || fail "it was not requeued"
times=$(grep -c '^stopped after' output)
read_digest
expected=$found
ranks=1 name="the same outside Slurm"
run_for $iterations whole
read_digest
expect_digest "a job stopped $times time(s) by Slurm and requeued"

# --- an array -------------------------------------------------------------------------------------------------------------

name="an array, by launcher.sh's own launcher"
unset GGCN_LAUNCHER OMP_NUM_THREADS
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
sbatch --array=1-2 --ntasks=1 --time=1 --output=array-%a.out "$jobs/slurm-array.sh" ablation configuration.yaml variants.txt \
    >output 2>&1 || fail "sbatch refused it"
slurm_wait 60 finished || fail "the array does not end"
cat array-*.out >output
[ -f ablation/one/checkpoints/00000005.h5 ] && [ -f ablation/two/checkpoints/00000005.h5 ] || fail "runs are missing"
grep -q '^  seed: 2' ablation/two/config.yaml || fail "the settings of the second line were lost"

finish "Slurm stops, requeues and finishes runs"
