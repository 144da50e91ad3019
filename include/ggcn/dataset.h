/**
 * @file
 * Data-set files: images as bytes with labels, in HDF5. All functions are collective but ggcn_dataset_describe and
 * ggcn_observed_destroy.
 *
 * Layout of a data-set file (format "ggcn-dataset", version 1):
 *   /images  uint8 [image][channel][row][column], chunked, Fletcher-32; 0 black, 255 white
 *   /labels  uint32 [image], below the number of classes
 *   /classes fixed-length UTF-8 strings [class], padded with zeros
 * with provenance at the root.
 */
#ifndef GGCN_DATASET_H
#define GGCN_DATASET_H

#include "ggcn/blocks.h"
#include "ggcn/config.h"
#include "ggcn/graph.h"
#include "ggcn/observed.h"
#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t count;
    ggcn_shape shape;
    uint32_t n_classes;      /**< at least 1 */
    char **classes;          /**< [n_classes] names */
    char *source;            /**< where the images came from, in words */
    uint64_t checksum;       /**< XXH3-64 over the XXH3-64 of each image (seed: its label), in order */
} ggcn_dataset_info;

typedef struct ggcn_dataset ggcn_dataset;
typedef struct ggcn_dataset_writer ggcn_dataset_writer;

/**
 * Opens and validates a data-set file.
 * @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_FORMAT (not HDF5, another kind, newer version, inconsistent)
 */
ggcn_status ggcn_dataset_open(const char *path, ggcn_dataset **dataset);
void ggcn_dataset_close(ggcn_dataset **dataset);
const ggcn_dataset_info *ggcn_dataset_describe(const ggcn_dataset *dataset);
/** Reads a range of images; each rank may ask for another range, a count of 0 included.
 *  @param[out] images [count][C][H][W] or NULL  @param[out] labels [count] or NULL */
ggcn_status ggcn_dataset_read(ggcn_dataset *dataset, int64_t first, int64_t count, uint8_t *images, uint32_t *labels);
/** Reads all images and labels and compares them with the checksum; each rank reads its share.
 *  @return GGCN_ERROR_FORMAT if they differ, with both checksums in the message; errors as ggcn_dataset_read */
ggcn_status ggcn_dataset_verify(ggcn_dataset *dataset);

/** Starts a file under a temporary name beside `path`. `info->checksum` is ignored. Strings are copied.
 *  @return GGCN_ERROR_IO (cannot write there), GGCN_ERROR_ARGUMENT (no images, impossible shape) */
ggcn_status ggcn_dataset_create(const char *path, const ggcn_dataset_info *info, ggcn_dataset_writer **writer);
/** Writes images first .. first+count-1; each rank its own range, a count of 0 included. */
ggcn_status ggcn_dataset_write(ggcn_dataset_writer *writer, int64_t first, int64_t count, const uint8_t *images,
                               const uint32_t *labels);
/** Flushes, syncs, re-opens, verifies and renames to the final name. Releases the writer in any case. */
ggcn_status ggcn_dataset_finish(ggcn_dataset_writer **writer);
/** Drops an unfinished file. */
void ggcn_dataset_abandon(ggcn_dataset_writer **writer);

/** Loads this rank's share. Collective.
 *  @return GGCN_ERROR_CONFIG: size differs from data.size, unknown class, fewer images than blocks */
ggcn_status ggcn_observed_load(ggcn_dataset *dataset, const ggcn_config_data *config, const ggcn_blocks *blocks,
                               ggcn_observed **observed);
/** The same without images and labels (`start`, `images`, `labels` are NULL): only counts and checks. Collective. */
ggcn_status ggcn_observed_select(ggcn_dataset *dataset, const ggcn_config_data *config, const ggcn_blocks *blocks,
                                 ggcn_observed **observed);
void ggcn_observed_destroy(ggcn_observed **observed);

#ifdef __cplusplus
}
#endif
#endif
