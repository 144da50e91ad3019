/**
 * @file
 * The networks a model is made of.
 */
#ifndef GGCN_MODEL_NETWORKS_H
#define GGCN_MODEL_NETWORKS_H

#include "ggcn/config.h"
#include "ggcn/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GGCN_MOST_GRIDS = 16 };

/** A network, and where its parameters start. */
typedef struct {
    ggcn_graph *graph;
    float *parameters; /**< as described by ggcn_graph_parameters; NULL: random, as the configuration says */
    float *statistics; /**< as described by ggcn_graph_statistics; NULL: mean 0, variance 1 */
} ggcn_initial_network;

typedef struct {
    int grids;                                        /**< potentials: 1, or one for each grid after the first */
    ggcn_initial_network potentials[GGCN_MOST_GRIDS]; /**< coarse to fine; the input shapes are the grids */
    int64_t first_size;    /**< multi-grid: height and width of the images that chains start from; otherwise 0 */
    ggcn_graph *generator; /**< [latent + embedding, 1, 1], or an image with hidden pixels, to an image; NULL: none */
} ggcn_model_networks;

/**
 * Loads the networks a configuration asks for: built-in ones, YAML files and network files. Collective; all ranks get
 * the same outcome.
 * @param image shape of the data's images  @param n_classes of the data
 * @param[out] networks to be released with ggcn_model_networks_clear, also after a failure
 * @return GGCN_ERROR_CONFIG (a network does not fit, a model that needs one it was not given), GGCN_ERROR_IO,
 *         GGCN_ERROR_FORMAT
 */
ggcn_status ggcn_model_networks_load(const ggcn_config *config, ggcn_shape image, uint32_t n_classes,
                                     ggcn_model_networks *networks);

/** A number that tells these networks from others: over the layers of all and, if `fixed`, over the filters of the
 * finest grid's potential, which then are as much a part of the model as the layers. */
uint64_t ggcn_model_networks_digest(const ggcn_model_networks *networks, bool fixed);

/** Releases what the structure owns. */
void ggcn_model_networks_clear(ggcn_model_networks *networks);

#ifdef __cplusplus
}
#endif
#endif
