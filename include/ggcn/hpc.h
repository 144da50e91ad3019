/**
 * @file
 * The ranks of a run: start, end, agreement. MPI itself stays inside hpc/.
 */
#ifndef GGCN_HPC_H
#define GGCN_HPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Starts MPI (threads: funneled) unless it runs already. Collective. To be the first ggcn call of a program. */
ggcn_status ggcn_hpc_start(int *argc, char ***argv);
/** Ends MPI if ggcn_hpc_start started it. Collective. */
void ggcn_hpc_finish(void);

int ggcn_rank(void);  /**< this rank's number, 0 before ggcn_hpc_start */
int ggcn_ranks(void); /**< how many ranks there are, 1 before ggcn_hpc_start */

/**
 * Collective: every rank hands in its own status. If all succeeded all get GGCN_SUCCESS. Otherwise the lowest rank that
 * failed gets its own status and error back, and every other rank gets GGCN_ERROR_ELSEWHERE, so that exactly one rank
 * prints a message and all of them leave.
 */
ggcn_status ggcn_agree(ggcn_status mine);

/** Collective: copies `bytes` bytes from rank `root` to all. @return GGCN_ERROR_LIBRARY */
ggcn_status ggcn_broadcast(void *data, size_t bytes, int root);
/** Collective: broadcasts a malloc'ed string of rank 0; the others receive a malloc'ed copy.
 *  @return GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY */
ggcn_status ggcn_broadcast_text(char **text);
/** Collective: whether `data` has the same bytes on all ranks; if not, each that differs from rank 0 fails.
 *  @param what  what differs, for the message  @return GGCN_ERROR_CONFIG with the hint */
ggcn_status ggcn_same_on_all_ranks(const char *what, const char *hint, const void *data, size_t bytes);
/** Collective, after an error that the ranks agreed on: the description of the rank that has it, on every rank.
 *  @param mine  this rank's status  @param[out] message [size]  @return the status of that rank */
ggcn_status ggcn_share_failure(ggcn_status mine, char *message, size_t size);
/** Collective: waits for all ranks. */
void ggcn_barrier(void);
/** Collective: element-wise maximum over the ranks, e.g. of timings. */
ggcn_status ggcn_max_over_ranks(double *values, size_t count);

/** Ends all ranks at once with an exit code; for errors after which the ranks cannot agree any more. */
_Noreturn void ggcn_hpc_abort(int code);

#ifdef __cplusplus
}
#endif
#endif
