/**
 * @file
 * Images: decoding of data-set formats, padding and resizing, PNG grids. No MPI, no HDF5.
 */
#ifndef GGCN_IMAGE_H
#define GGCN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ggcn/graph.h"
#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * An image in memory: bytes [C][H][W] with 1 or 3 channels. The buffer only grows, so one picture serves for many
 * images. Start with {0}; release with ggcn_picture_clear.
 */
typedef struct {
    ggcn_shape shape;
    uint8_t *pixels; /**< [C][H][W]; owned */
    size_t capacity; /**< bytes allocated */
} ggcn_picture;

/** Gives the picture a shape and room for it; its pixels are then undefined.
 *  @return GGCN_ERROR_ARGUMENT for a shape beyond GGCN_LARGEST_SIDE or GGCN_LARGEST_PIXELS, GGCN_ERROR_MEMORY */
ggcn_status ggcn_picture_reshape(ggcn_picture *picture, ggcn_shape shape);
void ggcn_picture_clear(ggcn_picture *picture);

/** Larger images are refused before memory is asked for: pixels a side, and pixels in all. */
#define GGCN_LARGEST_SIDE 32768
#define GGCN_LARGEST_PIXELS (INT64_C(1) << 27)
/** A file may make so many pixels whatever its size, and for each of its bytes so many more. Deflate makes at most 1032
 * bytes of one, JPEG at most 512 pixels: only images of next to one colour, with two shades or as WebP, come to more.
 */
#define GGCN_FREE_PIXELS (1u << 20)
#define GGCN_PIXELS_PER_BYTE 2048u

/* --- sources: sets of labelled images ----------------------------------------------------------------------------- */

/**
 * A set of labelled images that can be read by number, in any order; fastest in ascending order. One importer per
 * format fills it in (src/image/import_NAME.c); ggcn_data drives it. Not safe for several threads.
 */
typedef struct ggcn_image_source ggcn_image_source;
struct ggcn_image_source {
    int64_t count;
    int64_t held_out; /**< the last `held_out` of the images are the format's own validation part; 0 if it has none */
    ggcn_shape shape; /**< of every image as stored; height and width are 0 where they are known only from each image */
    uint32_t n_classes;
    char **classes;    /**< [n_classes] names, all different */
    char *description; /**< format and file names, for the data set's source attribute */
    char *note;        /**< what the user should know, e.g. files that were left aside; NULL if nothing */
    void *private_data;
    /** Reads one image, and its label. `picture` is NULL where only the label is wanted.
     *  @return GGCN_ERROR_FORMAT, GGCN_ERROR_IO: this image is bad (the message names it), others may be good */
    ggcn_status (*read)(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label);
    /** What messages call an image, e.g. its path below the source or its key. @param[out] text [size], terminated */
    void (*name)(ggcn_image_source *source, int64_t number, char *text, size_t size);
    /** Releases what private_data owns; ggcn_image_source_close releases the rest. */
    void (*close)(ggcn_image_source *source);
};

/** What the importers may be told besides the path. Zero: nothing. */
typedef struct {
    const char *labels; /**< idx: the file of labels; celeba: list_attr_celeba.txt; NULL: as found beside the images */
    const char
        *attributes; /**< celeba: names of attributes, separated by commas, that make the classes; NULL: one class */
} ggcn_import_options;

/** IDX (MNIST, Fashion-MNIST), plain or gzip. `path` is the file of images; the labels file is found beside it by the
 *  usual name (…-images-idx3-ubyte[.gz] -> …-labels-idx1-ubyte[.gz]) or given. Class names come from a table for
 *  Fashion-MNIST when the path names it, else the digits of the labels.
 *  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (magic, truncated, counts differ, label out of range; names file and
 * offset) */
ggcn_status ggcn_import_idx(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
/** CIFAR-10 binary records (1 label byte + 3072 pixel bytes), any number of records: a file or a folder of *.bin files;
 *  class names from batches.meta.txt beside them if present.
 *  @return as ggcn_import_idx */
ggcn_status ggcn_import_cifar10(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
/** A folder of JPEG, PNG and WebP files, told by their content. The class is the folder an image lies in, as a path
 * below `path` ("abbey", "a/abbey"; SUN's nested categories), or one class for a folder without sub-folders. Images are
 * in the byte order of their paths. Hidden files, and files that neither are images nor are named like some, are left
 * aside and counted in `note`.
 *  @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_FORMAT (no images; names the folder and what was found) */
ggcn_status ggcn_import_folder(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
/** Tiny ImageNet: train/WNID/images/, val/images/ with val/val_annotations.txt (the held-out part), classes in the
 * order of wnids.txt, named by the first term of words.txt if it is there, else by WNID.
 *  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (names file and line: annotated file missing, unknown or repeated class) */
ggcn_status ggcn_import_tiny_imagenet(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
/** LSUN's LMDB: the folder with data.mdb; values are WebP, JPEG or PNG files; one class, named as the folder without
 * _lmdb.
 *  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (not LMDB, no entries) */
ggcn_status ggcn_import_lsun(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
/** CelebA: a folder of images, and list_attr_celeba.txt (beside the images or beside their folder, or
 * `options->labels`) where `options->attributes` asks for classes: k attributes make 2^k classes, named like
 * "Smiling+not_Male".
 *  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (names file and line: missing image, bad value), GGCN_ERROR_ARGUMENT (no
 * such attribute; the hint lists them) */
ggcn_status ggcn_import_celeba(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
/** Releases a source and sets the pointer to NULL. NULL is allowed. */
void ggcn_image_source_close(ggcn_image_source **source);

/* --- decoding ----------------------------------------------------------------------------------------------------- */

/** Whether bytes begin like a JPEG, PNG or WebP file. 16 bytes are enough. */
bool ggcn_is_image(const uint8_t *bytes, size_t size);
/**
 * Decodes a JPEG, PNG or WebP file, told by its content, as a viewer shows it: rotated by its EXIF orientation, palette
 * and CMYK turned into RGB, 16 bits rounded to 8, alpha put on white. Embedded colour profiles are not applied.
 * @param name      for messages
 * @param[out] picture 1 channel for grey files without colour, otherwise 3
 * @return GGCN_ERROR_FORMAT (not one of these, damaged, truncated, larger than the limits, for its bytes as well),
 *         GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_decode_image(const uint8_t *bytes, size_t size, const char *name, ggcn_picture *picture);
/** The same from a file. @return GGCN_ERROR_IO as well (message holds the path and the system's reason) */
ggcn_status ggcn_decode_file(const char *path, ggcn_picture *picture);

/* --- changing images ---------------------------------------------------------------------------------------------- */

/** A box of pixels. Centred: x and y are not used; odd remainders put the box one pixel nearer to the top and left. */
typedef struct {
    int64_t width, height, x, y;
    bool centred;
} ggcn_crop;
/** Cuts a box out; `out` is not `in`. @param name for messages
 *  @return GGCN_ERROR_FORMAT if the image does not contain the box, GGCN_ERROR_ARGUMENT for an empty box */
ggcn_status ggcn_image_crop(const ggcn_picture *in, const ggcn_crop *crop, const char *name, ggcn_picture *out);

/** PAD centres the image on black (only for smaller images). RESIZE brings it to the square whatever its proportions.
 * COVER keeps proportions: the largest centred square of the image is resized. */
typedef enum { GGCN_FIT_PAD, GGCN_FIT_RESIZE, GGCN_FIT_COVER } ggcn_fit;
/** Brings an image to size x size; `out` is not `in`. Resizing is Lanczos-3 with the support widened when shrinking
 *  (anti-aliased), in whole numbers, rows first: the bits of Pillow's LANCZOS.
 *  @return GGCN_ERROR_ARGUMENT (PAD of a larger image), GGCN_ERROR_MEMORY */
ggcn_status ggcn_image_fit(const ggcn_picture *in, ggcn_fit fit, int64_t size, ggcn_picture *out);
/** Makes an image have `channels`: 3 to 1 is Rec. 601 luma, 1 to 3 repeats it; in place. */
ggcn_status ggcn_image_set_channels(ggcn_picture *picture, int64_t channels);

/* --- writing ------------------------------------------------------------------------------------------------------ */

/** Writes bytes [C][H][W] of 1 or 3 channels as a grey or RGB PNG file, atomically.
 *  @return GGCN_ERROR_ARGUMENT, GGCN_ERROR_IO (message holds the path and the system's reason), GGCN_ERROR_MEMORY */
ggcn_status ggcn_write_png(const char *path, const uint8_t *image, ggcn_shape shape);

/** The byte of a pixel in pictures and scores: `lowest` is 0 and `highest` 255, in between rounded, beyond clamped; NaN
 * is 0. */
uint8_t ggcn_pixel_byte(float value, double lowest, double highest);

/**
 * Writes images as a grid into an RGB PNG file, atomically, with 2 grey pixels between them, 1 or 3 channels. Image i
 * is in row i/columns and column i%columns; there are min(columns, count) columns.
 * @param images [count][C][H][W], floats mapped linearly from [lowest, highest] to 0..255 and clamped; NaN becomes
 * magenta
 * @param zoom   whole factor by which pixels are repeated, at least 1
 * @return GGCN_ERROR_ARGUMENT, GGCN_ERROR_IO (message holds the path and the system's reason), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_write_grid(const char *path, const float *images, int64_t count, ggcn_shape shape, int64_t columns,
                            float lowest, float highest, int64_t zoom);
/** The same bytes into an open stream, e.g. of open_memstream. @param name for messages
 *  @return GGCN_ERROR_ARGUMENT, GGCN_ERROR_IO, GGCN_ERROR_MEMORY */
ggcn_status ggcn_put_grid(FILE *stream, const char *name, const float *images, int64_t count, ggcn_shape shape,
                          int64_t columns, float lowest, float highest, int64_t zoom);

#ifdef __cplusplus
}
#endif
#endif
