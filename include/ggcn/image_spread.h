/**
 * @file
 * Images of a set spread over the ranks, for measures of the whole set.
 *
 * The images are cut into blocks of GGCN_SPREAD_BLOCK, and sums go over these blocks in the fixed tree of
 * ggcn/blocks.h, so that a measure has the same bits for any number of ranks and threads.
 */
#ifndef GGCN_IMAGE_SPREAD_H
#define GGCN_IMAGE_SPREAD_H

#include "ggcn/blocks.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GGCN_SPREAD_BLOCK = 16 };

typedef struct {
    ggcn_blocks blocks;
    int64_t count;        /**< images over all ranks */
    int64_t first, owned; /**< this rank's images first .. first+owned-1 */
} ggcn_image_spread;

/** Spreads `count` images. Not collective. @return GGCN_ERROR_CONFIG if a rank would be without images; no images */
ggcn_status ggcn_spread_images(int64_t count, ggcn_image_spread *spread);

#ifdef __cplusplus
}
#endif
#endif
