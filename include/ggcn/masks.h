/**
 * @file
 * Masks that hide pixels of images, for inpainting (paper, Section 5.6): a square in the middle, random spots, both, or
 * a given one.
 */
#ifndef GGCN_MASKS_H
#define GGCN_MASKS_H

#include <stdint.h>

#include "ggcn/config.h"
#include "ggcn/random.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t height, width; /**< of the images, in pixels */
    int64_t square;        /**< side of the square in the middle; 0: none */
    int64_t spots, spot;   /**< how many spots, which may lie on each other, and their side; 0: none */
    const uint8_t *given;  /**< [height][width] not 0: hidden in every image; NULL: none */
} ggcn_masks;

/** The masks of a configuration for images of a size; none of it hides anything if inpaint.mask is none. */
ggcn_masks ggcn_masks_of(const ggcn_config_inpaint *config, int64_t height, int64_t width);

/** Spots of a side that would hide a share of an image if none lay on another; at least one if the share is not 0. */
int64_t ggcn_mask_spots(int64_t height, int64_t width, double share, int64_t spot);

/** The mask of an image: a pixel is hidden if any part hides it. Spots lie inside the image, at places that depend on
 * the key alone; odd remainders put the square one pixel nearer to the top and left.
 *  @param[out] hidden [height][width] 1: hidden, 0: seen */
void ggcn_mask_draw(const ggcn_masks *masks, ggcn_random_key key, uint8_t *hidden);

#ifdef __cplusplus
}
#endif
#endif
