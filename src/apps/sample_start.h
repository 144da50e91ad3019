/* Where the chains of ggcn_sample start. */
#ifndef GGCN_APPS_SAMPLE_START_H
#define GGCN_APPS_SAMPLE_START_H

#include "sample_plan.h"

/* Start states of this rank's chains on the plan's first grid. Collective.
 * @param[out] x [local][C][H][W] of that grid; there is room for the finest grid
 * @param[out] labels [local]  @param[out] numbers [local] of the chains: the run's own, or those sampled
 * @return GGCN_ERROR_CONFIG (a data set of other images), GGCN_ERROR_IO, GGCN_ERROR_FORMAT, GGCN_ERROR_MEMORY */
ggcn_status sample_begin(const sample_plan *plan, float *x, uint32_t *labels, uint64_t *numbers);

#endif
