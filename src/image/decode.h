/**
 * @file
 * What the decoders of the three formats share.
 */
#ifndef GGCN_IMAGE_DECODE_H
#define GGCN_IMAGE_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "ggcn/image.h"

/** A file in memory. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
    const char *name; /**< for messages */
} ggcn_encoded;

/** The decoders. @param[out] orientation EXIF's, 1 to 8; still to be applied. Errors as ggcn_decode_image. */
ggcn_status ggcn_decode_jpeg(const ggcn_encoded *file, ggcn_picture *picture, int *orientation);
ggcn_status ggcn_decode_png(const ggcn_encoded *file, ggcn_picture *picture, int *orientation);
ggcn_status ggcn_decode_webp(const ggcn_encoded *file, ggcn_picture *picture, int *orientation);

/** Checks the size that a file's header gives against the limits and the file's own size, then makes room for the
 * image.
 *  @return GGCN_ERROR_FORMAT (larger than the limits), GGCN_ERROR_MEMORY */
ggcn_status ggcn_decode_reshape(const ggcn_encoded *file, ggcn_shape shape, ggcn_picture *picture);

/** Stores a row of interleaved samples in the picture's planes, alpha put on white.
 *  @param samples in a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
 *  @param row     [picture's width][samples] */
void ggcn_decode_store_row(ggcn_picture *picture, int64_t y, const uint8_t *row, int samples);

#endif
