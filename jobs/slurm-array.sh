#!/bin/sh
# An ablation as an array of Slurm jobs, one run for each line of a file:
#   sbatch --array=1-$(grep -c . variants.txt) --ntasks=16 --time=24:00:00 jobs/slurm-array.sh runs/ablation base.yaml variants.txt
# A line is a name and settings, e.g. "beta-1 -s jko.beta=1 -s run.seed=2"; that run's directory is runs/ablation/beta-1. Each
# task is requeued by itself until it is done, as jobs/slurm.sh does.
#SBATCH --job-name=ggcn
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=ggcn-%A_%a.out
set -eu
jobs=${GGCN_JOBS:-$SLURM_SUBMIT_DIR/jobs}
directory=$1 configuration=$2
line=$(grep . "$3" | sed -n "${SLURM_ARRAY_TASK_ID}p")
[ -n "$line" ] || { echo "$3 has no line $SLURM_ARRAY_TASK_ID" >&2; exit 2; }
set -f
# shellcheck disable=SC2086  # the words of the line
set -- $line
name=$1
shift
exec "$jobs/slurm.sh" "$directory/$name" "$configuration" "$@"
