/* What the files of hpc/ share about MPI beyond ggcn/hpc.h. */
#ifndef GGCN_HPC_RANKS_H
#define GGCN_HPC_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

/* True between MPI's start and its end. Without MPI every collective function of hpc/ works for the one process alone.
 */
bool ggcn_mpi_running(void);

/* Collective: the largest value over the ranks. */
ggcn_status ggcn_max_int64(int64_t *value);

/* Collective: the union of the ranks' bits. */
ggcn_status ggcn_join_bits(unsigned *bits);

/* Collective: the values of all ranks in rank order, on rank 0; `all` is malloc'ed there and NULL elsewhere. */
ggcn_status ggcn_gather_u64(const uint64_t *mine, int64_t count, uint64_t **all, int64_t *total);

#endif
