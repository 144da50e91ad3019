#!/bin/sh
# One run as a Slurm job that is requeued until it is done:
#   sbatch --ntasks=64 --time=24:00:00 jobs/slurm.sh RUN_DIRECTORY CONFIGURATION [-s section.key=value ...]
#   sbatch --ntasks=8 --cpus-per-task=8 ...                    # eight threads a rank, on cores of its own
# Two minutes before the time is over the run is told to write a checkpoint and stop (exit code 75), and the job queues again
# and goes on. touch RUN_DIRECTORY/stop ends it for good. The log is RUN_DIRECTORY/log, what the job prints ggcn-JOBID.out.
# GGCN_JOBS: the folder of these scripts (jobs, where sbatch was called); GGCN_LAUNCHER: what starts the program on all tasks, in
# the place of launcher.sh's.
#SBATCH --job-name=ggcn
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=ggcn-%j.out
set -u
jobs=${GGCN_JOBS:-$SLURM_SUBMIT_DIR/jobs}
run=$1
. "$jobs/forward.sh"
. "$jobs/launcher.sh"
# shellcheck disable=SC2086  # a command with its arguments
forward "$jobs/train.sh" "$@" -- $launcher ${GGCN_TRAIN:-ggcn_train}
if [ $code -eq 75 ] && [ ! -e "$run/stop" ]; then
    scontrol requeue "$SLURM_JOB_ID" # each task of an array has a number of its own
fi
exit $code
