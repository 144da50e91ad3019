/**
 * @file
 * Frechet distance (Heusel et al. 2017) between the normal distributions that fit two sets of features.
 */
#ifndef GGCN_FRECHET_H
#define GGCN_FRECHET_H

#include "ggcn/image_spread.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Mean and unbiased covariance (divided by count - 1) of the features of a set. */
typedef struct {
    int64_t count;      /**< images; a covariance of `count` <= `features` images cannot have full rank */
    int64_t features;   /**< D */
    double *mean;       /**< [D] */
    double *covariance; /**< [D][D], symmetric */
} ggcn_feature_statistics;

/** Makes room for the statistics of D features. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_feature_statistics_create(int64_t features, ggcn_feature_statistics *statistics);
void ggcn_feature_statistics_clear(ggcn_feature_statistics *statistics);

/**
 * Statistics of a set: the mean first, then the products of differences from it. Collective; the same bits on every
 * rank.
 * @param values [spread->owned][D] features of this rank's images
 * @param[out] statistics of D features, with room for them
 * @return GGCN_ERROR_CONFIG (fewer than two images), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_compute_feature_statistics(const ggcn_image_spread *spread, const float *values,
                                            ggcn_feature_statistics *statistics);

/**
 *     |m_a - m_b|^2 + tr S_a + tr S_b - 2 tr (S_a S_b)^(1/2)
 * The last trace is the sum of the singular values of F_a' F_b, where S = F F' by Cholesky with pivoting: there is no
 * root of a rounding error, and a singular covariance is no special case. In double precision by LAPACK. Not
 * collective; with another LAPACK library the last digits may differ.
 * @return GGCN_ERROR_NUMERIC (not finite), GGCN_ERROR_LIBRARY (LAPACK does not converge), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_frechet_distance(const ggcn_feature_statistics *a, const ggcn_feature_statistics *b, double *distance);

#ifdef __cplusplus
}
#endif
#endif
