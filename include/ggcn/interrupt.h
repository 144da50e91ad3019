/**
 * @file
 * Giving up long work part-way. The sampler asks between Langevin steps; who knows the answer (hpc/signals.c) says so
 * once.
 */
#ifndef GGCN_INTERRUPT_H
#define GGCN_INTERRUPT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What ggcn_interrupted asks from now on; NULL: nothing, the work is never given up. `asked` is called by any thread,
 * often, and must not call MPI. Call while no other thread works. */
void ggcn_interrupt_set(bool (*asked)(void));

/** Whether the work in progress is to be given up: its caller then fails with GGCN_ERROR_INTERRUPTED. This rank's
 * answer; the ranks agree where they next sum. */
bool ggcn_interrupted(void);

#ifdef __cplusplus
}
#endif
#endif
