/**
 * @file
 * Image files made in memory: for tests of what reads them. A failure ends the test.
 */
#ifndef GGCN_TEST_IMAGE_FILES_H
#define GGCN_TEST_IMAGE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* these two need stdio.h */
#include <jpeglib.h>
#include <png.h>

/** A file; start with {0}. The bytes are to be released with free(). */
typedef struct {
    uint8_t *bytes;
    size_t size;
} image_file;

/** An EXIF block to be put into a file, or NULL for none. */
typedef struct {
    uint8_t bytes[64];
    size_t size;
} exif_block;

/** A TIFF structure with two entries, the second of them the orientation. */
exif_block make_exif(int orientation, bool big_endian);

typedef struct {
    J_COLOR_SPACE rows;   /**< what the rows hold */
    J_COLOR_SPACE stored; /**< what the file holds */
    bool without_adobe;   /**< leave out the marker that libjpeg writes for CMYK */
    bool progressive;
    const exif_block *exif;
} jpeg_kind;

/** @param rows [height][width][components of kind->rows] */
image_file make_jpeg(const uint8_t *rows, int width, int height, const jpeg_kind *kind);

typedef struct {
    int colour_type, bits; /**< as in png.h */
    bool interlaced;
    const png_color *palette; /**< [2^bits] */
    const png_byte *alpha;    /**< tRNS of a palette, [n_alpha] */
    int n_alpha;
    const png_color_16 *transparent; /**< tRNS of grey and RGB */
    const exif_block *exif;
    bool exif_behind; /**< the pixels */
} png_kind;

/** @param rows [height][bytes of a row], packed as in the file */
image_file make_png(const uint8_t *rows, int width, int height, const png_kind *kind);

/** @param rows [height][width][4], RGBA */
image_file make_webp(const uint8_t *rows, int width, int height, bool lossless, const exif_block *exif);

/** The first bytes of a WebP file, up to the size of the image. @param flags of the VP8X chunk: 2 for an animation */
image_file make_webp_header(int flags, uint32_t width, uint32_t height);

/** A PNG file's signature and IHDR chunk, 8-bit RGB. */
image_file make_png_header(uint32_t width, uint32_t height);

#endif
