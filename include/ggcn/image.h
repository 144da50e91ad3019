/**
 * @file
 * Images: decoding of data-set formats, padding and resizing, PNG grids. No MPI, no HDF5.
 */
#ifndef GGCN_IMAGE_H
#define GGCN_IMAGE_H

#include "ggcn/graph.h"
#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A set of labelled images that can be read by number, in any order. One importer per format fills it in
 * (src/image/import_idx.c, import_cifar10.c); ggcn_data drives it.
 */
typedef struct ggcn_image_source ggcn_image_source;
struct ggcn_image_source {
    int64_t count;
    ggcn_shape shape;     /**< of every image as stored; resizing is the caller's */
    uint32_t n_classes;
    char **classes;       /**< [n_classes] names */
    char *description;    /**< format and file names, for the data set's source attribute */
    void *private_data;
    /** Reads one image, bytes [C][H][W], and its label. `image` is NULL where only the label is wanted. */
    ggcn_status (*read)(ggcn_image_source *source, int64_t number, uint8_t *image, uint32_t *label);
    /** Releases what private_data owns; ggcn_image_source_close releases the rest. */
    void (*close)(ggcn_image_source *source);
};

/** IDX (MNIST, Fashion-MNIST), plain or gzip. `images` is the file of images; the labels file is found beside it by the
 *  usual name (…-images-idx3-ubyte[.gz] -> …-labels-idx1-ubyte[.gz]) or given. Class names come from a table for
 *  Fashion-MNIST when the path names it, else the digits of the labels.
 *  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (magic, truncated, counts differ, label out of range; names file and offset) */
ggcn_status ggcn_import_idx(const char *images, const char *labels, ggcn_image_source **source);
/** CIFAR-10 binary records (1 label byte + 3072 pixel bytes), any number of records: a file or a folder of *.bin files;
 *  class names from batches.meta.txt beside them if present.
 *  @return as ggcn_import_idx */
ggcn_status ggcn_import_cifar10(const char *path, ggcn_image_source **source);
/** Releases a source and sets the pointer to NULL. NULL is allowed. */
void ggcn_image_source_close(ggcn_image_source **source);

typedef enum { GGCN_FIT_PAD, GGCN_FIT_RESIZE } ggcn_fit;
/** Brings an image to size x size: PAD centres it on black (only for smaller images), RESIZE by area averaging down or
 *  bilinear up. @param in [C][h][w] @param[out] out [C][size][size] */
ggcn_status ggcn_image_fit(const uint8_t *in, ggcn_shape shape, ggcn_fit fit, int64_t size, uint8_t *out);
/** Rec. 601 luma of an RGB image. @param in [3][h][w] @param[out] out [1][h][w] */
void ggcn_image_grey(const uint8_t *in, int64_t height, int64_t width, uint8_t *out);

/**
 * Writes images as a grid into an RGB PNG file, atomically, with 2 grey pixels between them, 1 or 3 channels. Image i is
 * in row i/columns and column i%columns; there are min(columns, count) columns.
 * @param images [count][C][H][W], floats mapped linearly from [lowest, highest] to 0..255 and clamped; NaN becomes magenta
 * @param zoom   whole factor by which pixels are repeated, at least 1
 * @return GGCN_ERROR_ARGUMENT, GGCN_ERROR_IO (message holds the path and the system's reason), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_write_grid(const char *path, const float *images, int64_t count, ggcn_shape shape, int64_t columns,
                            float lowest, float highest, int64_t zoom);

#ifdef __cplusplus
}
#endif
#endif
