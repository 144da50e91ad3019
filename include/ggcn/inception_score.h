/**
 * @file
 * Inception score (Salimans et al. 2016) from the class scores of a feature network.
 */
#ifndef GGCN_INCEPTION_SCORE_H
#define GGCN_INCEPTION_SCORE_H

#include "ggcn/image_spread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double mean, deviation; /**< over the splits; the deviation divides by their number */
    int64_t splits;
} ggcn_inception_score;

/**
 * exp( mean over images of sum_k p_k log(p_k / q_k) ), p = softmax of an image's class scores, q = mean of p over the
 * images of a split. Image i belongs to the split i modulo `splits`, so that sets sorted by class are split evenly.
 * Collective; the same bits on every rank.
 * @param logits [spread->owned][classes] of this rank's images
 * @return GGCN_ERROR_CONFIG (more splits than images), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_compute_inception_score(const ggcn_image_spread *spread, int64_t classes, const float *logits,
                                         int64_t splits, ggcn_inception_score *score);

/** How many images have each class as the one with the largest score. Collective. @param[out] counts [classes]
 *  @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_count_top_classes(const ggcn_image_spread *spread, int64_t classes, const float *logits,
                                   double *counts);

#ifdef __cplusplus
}
#endif
#endif
