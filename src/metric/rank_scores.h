/* Ranks of numbers, as normal scores. */
#ifndef GGCN_METRIC_RANK_SCORES_H
#define GGCN_METRIC_RANK_SCORES_H

#include <stddef.h>

#include "ggcn/status.h"

/* The quantile function of N(0, 1), 0 < p < 1. */
double ggcn_normal_quantile(double p);

/* Normal scores of ranks, equal numbers sharing the mean of their ranks: quantile((rank - 3/8)/(count + 1/4)).
 * @param[out] scores [count]  @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_rank_scores(const double *values, size_t count, double *scores);

/* Sorts a copy. @param[out] sorted malloc'ed [count], ascending  @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_sorted_copy(const double *values, size_t count, double **sorted);
/* Quantile between two of `count` ascending numbers, at place p (count - 1). */
double ggcn_sorted_quantile(const double *sorted, size_t count, double p);

#endif
