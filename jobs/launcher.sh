# How a batch job starts the program on all of its tasks. To be sourced: $launcher, a command with its arguments.
# Each rank has its threads on neighbouring cores of its own: by itself mpirun ties a rank of two threads or more to one core, or
# to a processor where other ranks are, too. OMP_NUM_THREADS: the threads of a rank, by itself Slurm's cores a task.
# shellcheck shell=sh
# shellcheck disable=SC2034  # for the caller
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-${SLURM_CPUS_PER_TASK:-1}}"
launcher=${GGCN_LAUNCHER:-mpirun --map-by slot:PE=$OMP_NUM_THREADS --bind-to core}
