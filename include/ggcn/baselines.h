/**
 * @file
 * What ggcn_bench compares the parallel parts with.
 */
#ifndef GGCN_BASELINES_H
#define GGCN_BASELINES_H

#include <stddef.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Collective: the element-wise sum over the ranks in the order that MPI likes (MPI_Allreduce), whose bits may depend
 * on their number. @param[in,out] values [count], fewer than 2^31  @return GGCN_ERROR_ARGUMENT, GGCN_ERROR_LIBRARY */
ggcn_status ggcn_baseline_sum(float *values, size_t count);

#ifdef __cplusplus
}
#endif
#endif
