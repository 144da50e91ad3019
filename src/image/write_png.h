/**
 * @file
 * Writing a PNG file row by row.
 */
#ifndef GGCN_IMAGE_WRITE_PNG_H
#define GGCN_IMAGE_WRITE_PNG_H

#include <stdint.h>
#include <stdio.h>

#include "ggcn/image.h"

/** Makes row y of an image. @param[out] row [width][channels] */
typedef void (*ggcn_png_row)(const void *context, int64_t y, uint8_t *row);

/** Writes a PNG file of 8 bits under the name PATH.part, syncs it, then renames it to PATH.
 *  @param shape 1 channel for grey, 3 for RGB; at most 1,000,000 pixels a side
 *  @return GGCN_ERROR_IO, GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY */
ggcn_status ggcn_png_write_rows(const char *path, ggcn_shape shape, ggcn_png_row fill, const void *context);
/** The same into an open stream, where the bytes are those of the file. @param name for messages
 *  @return GGCN_ERROR_IO, GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY */
ggcn_status ggcn_png_put_rows(FILE *stream, const char *name, ggcn_shape shape, ggcn_png_row fill, const void *context);

#endif
