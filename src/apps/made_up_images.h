/* Observed images made up here, for trying a model and for benchmarks: what is in them does not matter for the time. */
#ifndef GGCN_APPS_MADE_UP_IMAGES_H
#define GGCN_APPS_MADE_UP_IMAGES_H

#include "ggcn/blocks.h"
#include "ggcn/observed.h"
#include "ggcn/status.h"

/* Classes in equal shares, but no more of them than there are blocks, so that each can have a chain.
 * @param each images of a block  @param[out] observed to be released with ggcn_observed_destroy, also after a failure
 */
ggcn_status make_up_images(ggcn_shape shape, uint32_t n_classes, const ggcn_blocks *blocks, int64_t each,
                           ggcn_observed **observed);

#endif
