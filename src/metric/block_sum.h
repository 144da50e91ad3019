/* A sum over all images of a set, block by block. */
#ifndef GGCN_METRIC_BLOCK_SUM_H
#define GGCN_METRIC_BLOCK_SUM_H

#include "ggcn/image_spread.h"

/* The sum over some images of this rank: local numbers first .. end-1 of its own. Called by several threads at once.
 * @param[out] sums [length], zero before */
typedef void (*ggcn_block_term)(const void *context, int64_t first, int64_t end, double *sums);

/* Adds up a vector over all images, in the fixed tree over blocks. Collective.
 * @param mine  this rank's status so far: an error makes all ranks return
 * @param[out] total [length], the same on every rank  @return GGCN_ERROR_MEMORY, GGCN_ERROR_ARGUMENT, `mine` */
ggcn_status ggcn_sum_over_images(const ggcn_image_spread *spread, size_t length, ggcn_block_term term,
                                 const void *context, ggcn_status mine, double *total);

#endif
