#!/bin/sh
# One run as a PBS job that is submitted again until it is done:
#   qsub -l select=4:ncpus=16:mpiprocs=16:ompthreads=1 -l walltime=24:00:00 -v RUN=runs/cars,CONFIGURATION=cars.yaml,MINUTES=1435 jobs/pbs.sh
# MINUTES (of -v) is the walltime, less some for the start; before they are over, the run writes a checkpoint and stops (exit code 75), and the job is
# submitted again with the resources, queue and account it had, by qsub on the node it ran on. PBS sends SIGTERM before it kills
# a job: that stops it with a checkpoint, too. touch RUN/stop ends it.
# GGCN_JOBS, GGCN_LAUNCHER (of -v): as in slurm.sh.
#PBS -N ggcn
#PBS -j oe
#PBS -r y
set -u
cd "$PBS_O_WORKDIR" || exit 1
jobs=${GGCN_JOBS:-$PBS_O_WORKDIR/jobs}
. "$jobs/forward.sh"
. "$jobs/launcher.sh"
# shellcheck disable=SC2086  # a command with its arguments
forward "$jobs/train.sh" "$RUN" "$CONFIGURATION" ${MINUTES:+-s run.max_walltime=$MINUTES} -- \
    $launcher ${GGCN_TRAIN:-ggcn_train}

# What the job was submitted with; PBS breaks long lines before a tab.
again() {
    tab=$(printf '\t')
    qstat -f "$PBS_JOBID" | sed -e ':more' -e 'N' -e '$!b more' -e "s/\n$tab//g" |
        sed -n -e 's/^ *Resource_List\.\(select\|nodes\|place\|walltime\) = /-l \1=/p' -e 's/^ *queue = /-q /p' \
            -e 's/^ *Account_Name = /-A /p' -e '/_pbs_project_default/d' -e 's/^ *project = /-P /p'
}
if [ $code -eq 75 ] && [ ! -e "$RUN/stop" ]; then
    variables=RUN,CONFIGURATION
    for name in MINUTES GGCN_JOBS GGCN_LAUNCHER GGCN_TRAIN; do
        eval "[ -z \"\${$name:-}\" ] || variables=$variables,$name"
    done
    # shellcheck disable=SC2046  # options
    qsub $(again) -v "$variables" "$jobs/pbs.sh"
fi
exit $code
