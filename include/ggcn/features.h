/**
 * @file
 * Features and class scores of images by a fixed network, e.g. one read from a network file.
 */
#ifndef GGCN_FEATURES_H
#define GGCN_FEATURES_H

#include "ggcn/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a feature network is made of; nothing is kept but copies. */
typedef struct {
    const char *name;                     /**< for messages, e.g. the file's */
    const ggcn_graph *graph;              /**< input: pixels from -1 to 1, one or three channels */
    const float *parameters, *statistics; /**< as ggcn_weights_pack takes them */
    const char *features; /**< layer whose channels, averaged over positions, are the features; NULL: the last one */
    const char *logits;   /**< the same of the class scores; NULL: the last one, none if that has the features */
    const char *resize;   /**< "bilinear-pillow" (also NULL) or "bilinear-tensorflow" */
} ggcn_feature_source;

typedef struct ggcn_feature_network ggcn_feature_network;

/**
 * Compiles a feature network. Not collective.
 * @return GGCN_ERROR_FORMAT (no layer of that name; a layer that neither makes; unknown resize rule; other than one or
 * three channels), GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_feature_network_create(const ggcn_feature_source *source, ggcn_feature_network **network);
void ggcn_feature_network_destroy(ggcn_feature_network **network);

int64_t ggcn_feature_network_features(const ggcn_feature_network *network); /**< features of an image */
int64_t ggcn_feature_network_classes(const ggcn_feature_network *network);  /**< class scores of an image, 0: none */
ggcn_shape ggcn_feature_network_input(const ggcn_feature_network *network);
const char *ggcn_feature_network_resize(const ggcn_feature_network *network); /**< name of the rule; the network's */

/**
 * Features of images, by all threads. Images of another size than the input's are resized; the channels of grey ones
 * are repeated for a network that reads colour. An image's features do not depend on the others. Not collective.
 * @param images [count][C][H][W] bytes, C = 1 or the network's
 * @param[out] features [count][features]  @param[out] logits [count][classes]; unused if there are no classes
 * @return GGCN_ERROR_CONFIG (other channels than the network reads), GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY,
 *         GGCN_ERROR_NUMERIC (a feature is not finite)
 */
ggcn_status ggcn_compute_features(const ggcn_feature_network *network, ggcn_shape shape, int64_t count,
                                  const uint8_t *images, float *features, float *logits);

#ifdef __cplusplus
}
#endif
#endif
