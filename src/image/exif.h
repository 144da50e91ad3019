/**
 * @file
 * EXIF, as far as it tells how to turn an image.
 */
#ifndef GGCN_IMAGE_EXIF_H
#define GGCN_IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/**
 * The orientation that an EXIF block asks for: 1 (as stored) to 8. A block that is damaged or has no orientation gives
 * 1, as in viewers.
 * @param exif a TIFF structure, with or without "Exif\0\0" before it; NULL with size 0 is allowed
 */
int ggcn_exif_orientation(const uint8_t *exif, size_t size);

#endif
