/**
 * @file
 * How differently a trained model's layers respond to two sets of images: the paper's response distance R
 * (Section 5.1), layer by layer.
 */
#ifndef GGCN_TRAINED_RESPONSE_H
#define GGCN_TRAINED_RESPONSE_H

#include "ggcn/image_spread.h"
#include "ggcn/trained.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Images that lie on all ranks, as bytes of the model's finest grid. */
typedef struct {
    const ggcn_image_spread *spread;
    const uint8_t *images; /**< [spread->owned][C][H][W], 0 black (data.pixel_min), 255 white (data.pixel_max) */
} ggcn_spread_set;

/** The network of the finest grid's potential; the model's own. Its layers that are compared are those of
 *  ggcn_graph_responses: activations and the last one, from image to features. */
const ggcn_graph *ggcn_trained_graph(const ggcn_trained *model);

/**
 * R between two sets: of each layer  1/K sum_k | mean over set a of h_k - mean over set b of h_k |,  h_k the mean over
 * positions of channel k of K; and of the features that theta weighs, as ggcn_response_distance defines it, which is
 * what training records. Means are summed in double precision over blocks of GGCN_SPREAD_BLOCK images in the fixed tree
 * of ggcn/blocks.h: the bits depend on neither ranks nor threads. Collective.
 * @param[out] layers as many as ggcn_graph_responses gives  @param[out] total of the features; both the same on every
 * rank
 * @return GGCN_ERROR_NUMERIC (responses that are not finite), GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_trained_response_distances(const ggcn_trained *model, const ggcn_spread_set *a,
                                            const ggcn_spread_set *b, double *layers, double *total);

#ifdef __cplusplus
}
#endif
#endif
