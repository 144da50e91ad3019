/* Running mean and variance of the norm layers, from sums over the observed batch of all ranks. */
#ifndef GGCN_LEARN_NORM_STATISTICS_H
#define GGCN_LEARN_NORM_STATISTICS_H

#include "ggcn/graph.h"

/* statistics <- (1 - momentum) statistics + momentum (mean, variance) of the batch.
 * @param sums [n_statistics] as ggcn_norm_sums adds them  @param images in the batch, over all ranks */
void ggcn_norm_statistics_update(const ggcn_graph *graph, const double *sums, double images, double momentum,
                                 float *statistics);

#endif
