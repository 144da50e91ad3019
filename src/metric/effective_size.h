/* Effective sample size and R-hat of plain numbers, without ranks. */
#ifndef GGCN_METRIC_EFFECTIVE_SIZE_H
#define GGCN_METRIC_EFFECTIVE_SIZE_H

#include <stdint.h>

#include "ggcn/status.h"

/* Chains as rows [chains][draws]. */
typedef struct {
    int64_t chains, draws;
    double *values;
} ggcn_rows;

/* Geyer's initial monotone sequence over autocorrelations of all chains. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_effective_size(const ggcn_rows *rows, double *size);

/* sqrt( ((draws - 1) W + B) / (draws W) ), W = mean variance in a chain, B = draws times the variance of their means.
 */
double ggcn_potential_scale_reduction(const ggcn_rows *rows);

#endif
