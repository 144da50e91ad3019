#!/bin/sh
# One run as a PBS job that is submitted again until it is done:
#   qsub -l select=4:ncpus=16:mpiprocs=16 -l walltime=24:00:00 -v RUN=runs/cars,CONFIGURATION=cars.yaml jobs/pbs.sh
# MINUTES (of -v) has to be the walltime; a little before, the run writes a checkpoint and stops (exit code 75), and the job is
# submitted again. PBS sends SIGTERM before it kills a job: that stops it with a checkpoint, too. touch RUN/stop ends it.
#PBS -N ggcn
#PBS -j oe
#PBS -r y
set -u
cd "$PBS_O_WORKDIR" || exit 1
jobs=${GGCN_JOBS:-$PBS_O_WORKDIR/jobs}
# shellcheck disable=SC2086  # a command with its arguments
"$jobs/train.sh" "$RUN" "$CONFIGURATION" ${MINUTES:+-s run.max_walltime=$MINUTES} -- ${GGCN_LAUNCHER:-mpirun} ${GGCN_TRAIN:-ggcn_train} &
process=$!
trap 'kill -USR2 $process' TERM
while :; do
    wait $process
    code=$?
    kill -0 $process 2>/dev/null || break
done
if [ $code -eq 75 ] && [ ! -e "$RUN/stop" ]; then
    qsub -v "RUN=$RUN,CONFIGURATION=$CONFIGURATION${MINUTES:+,MINUTES=$MINUTES}" "$jobs/pbs.sh"
fi
exit $code
