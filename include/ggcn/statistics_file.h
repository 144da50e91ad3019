/**
 * @file
 * Feature statistics of a reference in a file, so that they are computed once. All functions are collective.
 */
#ifndef GGCN_STATISTICS_FILE_H
#define GGCN_STATISTICS_FILE_H

#include <stdbool.h>

#include "ggcn/frechet.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What statistics belong to. */
typedef struct {
    const char *network;     /**< path of the network file */
    uint64_t network_digest; /**< ggcn_network_digest */
    uint64_t layers_digest;  /**< ggcn_graph_digest */
    const char *features;    /**< layer with the features */
    const char *resize;      /**< resize rule */
    const char *image_set;   /**< path of the file with the images */
    uint64_t images_digest;  /**< as ggcn_image_set_read gives it */
} ggcn_statistics_key;

/** Writes the file; rank 0 writes. @return GGCN_ERROR_IO */
ggcn_status ggcn_statistics_write(const char *path, const ggcn_statistics_key *key,
                                  const ggcn_feature_statistics *statistics);

/**
 * Reads the file, if there is one, on rank 0, which shares it. Paths in the key may differ from those in the file.
 * @param[in,out] statistics of D features, with room for them; on success with `found` they are those of the file
 * @param[out] found  false if there is no such file
 * @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (damaged, another kind), GGCN_ERROR_CONFIG (of another network, layer,
 * resize rule or other images; the message says which)
 */
ggcn_status ggcn_statistics_read(const char *path, const ggcn_statistics_key *key, ggcn_feature_statistics *statistics,
                                 bool *found);

#ifdef __cplusplus
}
#endif
#endif
