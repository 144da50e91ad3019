/**
 * @file
 * What ends a run early or asks it for a checkpoint: signals, a file named `stop` in its directory, the walltime.
 *
 *     SIGUSR1                      write a checkpoint, go on
 *     SIGTERM, SIGINT, SIGUSR2     write a checkpoint, stop
 *     a second SIGINT              end at once
 *     DIRECTORY/stop               write a checkpoint, stop
 *     max_walltime                 the same, early enough: judged by the longest recent iteration and checkpoint
 *     checkpoint_interval          write a checkpoint, go on
 *
 * The ranks agree after each iteration. An iteration that takes too long is given up between two Langevin steps
 * (ggcn/interrupt.h): `grace` seconds after a signal to stop, or when the walltime is over. Each rank then goes by what
 * it received itself; mpirun and srun hand a signal on to all ranks.
 */
#ifndef GGCN_RUN_CONTROL_H
#define GGCN_RUN_CONTROL_H

#include <stdbool.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** All in seconds. */
typedef struct {
    double max_walltime;        /**< from ggcn_run_control_listen on; 0: no limit */
    double grace;               /**< how long an iteration may go on after a signal to stop */
    double checkpoint_interval; /**< 0: none */
} ggcn_run_limits;

/** What to do now. */
typedef struct {
    bool checkpoint; /**< write one, then stop or go on */
    bool stop;
    bool walltime;    /**< whether the walltime is among the reasons to stop */
    char reason[128]; /**< e.g. "SIGTERM, run.max_walltime"; empty if there is nothing to do */
} ggcn_order;

typedef struct ggcn_run_control ggcn_run_control;

/** Starts the clock and installs the signal handlers, for the rest of the process. Call before anything that takes
 * long: a signal that comes later is obeyed after the first iteration. Not collective. */
void ggcn_run_control_listen(void);

/**
 * Begins to control a run. Not collective. At most one at a time: there is one process to signal.
 * @param directory of the run, made already; a file `stop` left there is removed  @return GGCN_ERROR_MEMORY,
 * GGCN_ERROR_IO
 */
ggcn_status ggcn_run_control_create(const char *directory, const ggcn_run_limits *limits, ggcn_run_control **control);
/** NULL is allowed. */
void ggcn_run_control_destroy(ggcn_run_control **control);

/**
 * Collective: to be called before the first iteration and after each; all ranks get the same order. The time between
 * two calls, without the checkpoint, is taken for the length of an iteration. @return GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_run_control_ask(ggcn_run_control *control, ggcn_order *order);
/** Says that a checkpoint was tried and how long it took. Not collective. */
void ggcn_run_control_checkpointed(ggcn_run_control *control, double seconds);
/** Collective: why an iteration was given up (GGCN_ERROR_INTERRUPTED). */
ggcn_status ggcn_run_control_interrupted(ggcn_run_control *control, ggcn_order *order);

#ifdef __cplusplus
}
#endif
#endif
