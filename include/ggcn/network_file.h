/**
 * @file
 * Network files: the layers of a network with all their weights, in HDF5. Fixed filters of frame and wframe, feature
 * networks of scores, and trained networks handed on to others.
 *
 * hdf5_schemas/README.md ("Network file", as `ggcn_data formats` prints it) says what is in one.
 */
#ifndef GGCN_NETWORK_FILE_H
#define GGCN_NETWORK_FILE_H

#include <stdbool.h>

#include "ggcn/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Whether a file is HDF5, by its first bytes, and so no YAML text. False if it cannot be read. Not collective. */
bool ggcn_network_is_file(const char *path);

/**
 * Writes a network file; rank 0 writes, all agree. Collective.
 * @param parameters  as described by ggcn_graph_parameters, the same on all ranks
 * @param statistics  as described by ggcn_graph_statistics; NULL if the graph has none
 * @param description what the network does, one line  @param source where its weights come from
 * @return GGCN_ERROR_NUMERIC (a number is not finite; the message names it), GGCN_ERROR_CONFIG (the ranks' numbers
 *         differ), GGCN_ERROR_IO
 */
ggcn_status ggcn_network_file_write(const char *path, const ggcn_graph *graph, const float *parameters,
                                    const float *statistics, const char *description, const char *source);

/**
 * Reads a network file; rank 0 reads and hands on to all. Collective.
 * @param input  shape of the images to be read by it, or {0, 0, 0} for that in the file
 * @param[out] graph      owned by the caller
 * @param[out] parameters malloc'ed  @param[out] statistics malloc'ed; NULL if the graph has none
 * @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_FORMAT: not a network file, damaged, against its schema,
 *         layers that make no network for `input`, data sets that are missing, too many, or of another shape than the
 *         layers need, numbers that are not finite, variances below 0, another digest. The message names the file and
 *         the data set
 */
ggcn_status ggcn_network_file_read(const char *path, ggcn_shape input, ggcn_graph **graph, float **parameters,
                                   float **statistics);

/** XXH3-64 of the statistics, seeded with the XXH3-64 of the parameters: the attribute `digest` of a network file.
 * Vectors as in ggcn_network_file_write. Not collective. */
uint64_t ggcn_network_digest(const ggcn_graph *graph, const float *parameters, const float *statistics);

/** What a network file says about the network beside its layers. Texts are owned; NULL where the file says nothing. */
typedef struct {
    char *description, *source;
    char *features; /**< layer whose channels are the features; NULL: the last one */
    char *logits;   /**< layer whose channels are the class scores; NULL: the last one, unless `features` is that */
    char *resize;   /**< how images of another size are brought to the input's; NULL: bilinear-pillow */
    char **classes; /**< [n_classes] names in the order of the scores */
    int64_t n_classes;
} ggcn_network_about;

/** Reads it; rank 0 reads and hands on to all. Collective. To be released with ggcn_network_about_clear in any case.
 *  @return as ggcn_network_file_read, but layers and numbers are not looked at */
ggcn_status ggcn_network_file_about(const char *path, ggcn_network_about *about);
void ggcn_network_about_clear(ggcn_network_about *about);

#ifdef __cplusplus
}
#endif
#endif
