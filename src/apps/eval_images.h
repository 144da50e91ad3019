/* Images of a set over the ranks, and what a feature network makes of them. */
#ifndef GGCN_APPS_EVAL_IMAGES_H
#define GGCN_APPS_EVAL_IMAGES_H

#include "eval_network.h"
#include "ggcn/frechet.h"
#include "ggcn/image_set.h"

/* A set as this rank has it; zero before eval_images_load, to be released with eval_images_clear in any case. */
typedef struct {
    ggcn_image_spread spread;
    ggcn_shape shape;
    uint8_t *images;          /* [owned][C][H][W] */
    float *features, *logits; /* [owned][...] */
} eval_images;

/* All functions but eval_images_clear and eval_print_rank are collective. */

/* Reads the images. @param[out] digest of the set
 * @return GGCN_ERROR_CONFIG (more ranks than blocks of images), GGCN_ERROR_FORMAT, GGCN_ERROR_MEMORY */
ggcn_status eval_images_load(ggcn_image_set *set, eval_images *images, uint64_t *digest);
void eval_images_clear(eval_images *images);
/* Features and logits of loaded images. @return as ggcn_compute_features */
ggcn_status eval_images_features(const eval_network *network, eval_images *images);
/* Mean and covariance of the features. */
ggcn_status eval_images_statistics(const eval_images *images, ggcn_feature_statistics *statistics);
/* A line that says so where a covariance has not full rank: it cannot tell all directions apart, and the distance comes
 * out too large. Not collective. @param title  of the images */
void eval_print_rank(const char *title, int64_t count, int64_t features);
/* Computed on rank 0, so that all have the same bits. */
ggcn_status eval_frechet(const ggcn_feature_statistics *a, const ggcn_feature_statistics *b, double *distance);

#endif
