/**
 * @file
 * Data-set files: images as bytes with labels, in HDF5. All functions are collective but ggcn_dataset_describe,
 * ggcn_dataset_survey_clear and ggcn_observed_destroy.
 *
 * Layout of a data-set file (format "ggcn-dataset", version 2):
 *   /images  uint8 [image][channel][row][column], chunked, Fletcher-32; 0 black, 255 white
 *   /labels  uint32 [image], below the number of classes
 *   /classes fixed-length UTF-8 strings [class], padded with zeros
 *   root attribute held_out, int64: the last `held_out` images are the held-out part, which training never sees. At
 *   least one image is outside it. Files of version 1 lack the attribute; they hold nothing out.
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
    int64_t count;    /**< images, held-out ones included */
    int64_t held_out; /**< the last `held_out` of them are the held-out part, below `count` */
    ggcn_shape shape;
    uint32_t n_classes; /**< at least 1 */
    char **classes;     /**< [n_classes] names */
    char *source;       /**< where the images came from, in words */
    uint64_t checksum;  /**< XXH3-64 over the XXH3-64 of each image (seed: its label), in order */
    char *created, *command_line, *ggcn_version; /**< when, how and with which ggcn the file was made */
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
/** Compares a checksum made of the images, e.g. by ggcn_dataset_survey_images, with the file's; the same on all ranks.
 *  @return GGCN_ERROR_FORMAT as ggcn_dataset_verify */
ggcn_status ggcn_dataset_compare_checksum(const ggcn_dataset *dataset, uint64_t checksum);

/** What reading all images once tells. Release with ggcn_dataset_survey_clear. */
typedef struct {
    uint64_t checksum;        /**< of the images and labels as they are, computed like ggcn_dataset_info's */
    int64_t *training;        /**< [n_classes] images of each class outside the held-out part */
    int64_t *held_out;        /**< [n_classes] images of each class in the held-out part */
    double *mean, *deviation; /**< [channels] mean and standard deviation of the bytes, 0 to 255, over all images */
} ggcn_dataset_survey;
/** Reads all images and labels, each rank its share. The same result on every rank, to the bit, for any number of
 *  ranks. */
ggcn_status ggcn_dataset_survey_images(ggcn_dataset *dataset, ggcn_dataset_survey *survey);
void ggcn_dataset_survey_clear(ggcn_dataset_survey *survey);
/**
 * Finds images that repeat an earlier one: the same bytes (XXH3-128), whatever the label.
 * @param[out] first [count] number of the first image with the same bytes, the image's own if there is no earlier one;
 *             malloc'ed on rank 0, NULL on the others
 */
ggcn_status ggcn_dataset_find_repeats(ggcn_dataset *dataset, int64_t **first);

/** Starts a file under a temporary name beside `path`. Checksum and origin in `info` are ignored. Strings are copied.
 *  @return GGCN_ERROR_IO (cannot write there), GGCN_ERROR_ARGUMENT (no images, all of them held out, impossible
 *  shape) */
ggcn_status ggcn_dataset_create(const char *path, const ggcn_dataset_info *info, ggcn_dataset_writer **writer);
/** Writes images first .. first+count-1; each rank its own range, a count of 0 included. */
ggcn_status ggcn_dataset_write(ggcn_dataset_writer *writer, int64_t first, int64_t count, const uint8_t *images,
                               const uint32_t *labels);
/** Flushes, syncs, re-opens, verifies and renames to the final name. Releases the writer in any case. */
ggcn_status ggcn_dataset_finish(ggcn_dataset_writer **writer);
/** Drops an unfinished file. */
void ggcn_dataset_abandon(ggcn_dataset_writer **writer);

/** Loads this rank's share of the images outside the held-out part: training never sees held-out ones. Collective.
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
