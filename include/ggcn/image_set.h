/**
 * @file
 * Images to be measured, from a file of any kind that holds some: a data set, samples, or recorded chains. All
 * functions are collective but ggcn_image_set_describe and ggcn_image_set_close.
 *
 * Images come as bytes, 0 black and 255 white: those that are stored as numbers are clamped to the pixel range of their
 * configuration and rounded, as a PNG file of them would be. The images of recorded chains are numbered draw by draw:
 * number = draw * chains + chain.
 */
#ifndef GGCN_IMAGE_SET_H
#define GGCN_IMAGE_SET_H

#include "ggcn/graph.h"
#include "ggcn/image_spread.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which images: all, those of a data set that are for learning or not, or the originals that a file of samples has of
 *  completed images. */
typedef enum { GGCN_PART_ALL, GGCN_PART_TRAINING, GGCN_PART_HELD_OUT, GGCN_PART_ORIGINALS } ggcn_set_part;

typedef struct {
    const char *path;
    const char *kind; /**< in words, e.g. "data set" */
    bool samples;     /**< a file of samples */
    int64_t count;    /**< images of the part */
    ggcn_shape shape;
} ggcn_image_set_info;

typedef struct ggcn_image_set ggcn_image_set;

/**
 * Opens a file. @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_FORMAT (another kind of file, damaged, against
 * its schema), GGCN_ERROR_CONFIG (a part without images, or that such a file does not have)
 */
ggcn_status ggcn_image_set_open(const char *path, ggcn_set_part part, ggcn_image_set **set);
void ggcn_image_set_close(ggcn_image_set **set);
const ggcn_image_set_info *ggcn_image_set_describe(const ggcn_image_set *set);

/**
 * Reads this rank's images.
 * @param spread of a number of images up to the set's: its first ones
 * @param[out] images [spread->owned][C][H][W]
 * @param[out] digest XXH3-64 over the XXH3-64 of each image's bytes, in order; the same on every rank
 * @return GGCN_ERROR_FORMAT (damaged), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_image_set_read(ggcn_image_set *set, const ggcn_image_spread *spread, uint8_t *images,
                                uint64_t *digest);

#ifdef __cplusplus
}
#endif
#endif
