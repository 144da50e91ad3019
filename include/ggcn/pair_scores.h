/**
 * @file
 * How alike two images are: mean squared error, peak signal-to-noise ratio, structural similarity.
 */
#ifndef GGCN_PAIR_SCORES_H
#define GGCN_PAIR_SCORES_H

#include "ggcn/graph.h"
#include "ggcn/image_spread.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GGCN_SSIM_WINDOW = 11 }; /**< images must have at least so many rows and columns */

/** Means over pairs, of pixels between 0 (black) and 1 (white). */
typedef struct {
    double mse;  /**< over channels and pixels */
    double psnr; /**< of 10 log10(1/mse) of each pair, in dB; infinite if a pair is identical */
    double ssim;
    int64_t identical; /**< pairs with the same bytes */
} ggcn_pair_scores;

/** Mean squared error of two images of bytes [C][H][W], on the scale from 0 to 1. */
double ggcn_mse(ggcn_shape shape, const uint8_t *a, const uint8_t *b);
/** 10 log10(1/mse) of that error, in dB; infinite for 0. */
double ggcn_psnr(double mse);

/**
 * Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004): the mean over channels and over all positions of a
 * Gaussian window of 11 x 11 (sigma 1.5) that lies within the image of
 *     (2 m_a m_b + c1)(2 s_ab + c2) / ((m_a^2 + m_b^2 + c1)(s_a^2 + s_b^2 + c2)),   c1 = 0.01^2, c2 = 0.03^2,
 * with the window's means and its biased (co)variances. Not collective.
 * @param a,b [C][H][W] bytes  @return GGCN_ERROR_ARGUMENT (smaller than the window), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_ssim(ggcn_shape shape, const uint8_t *a, const uint8_t *b, double *ssim);

/**
 * Scores of the pairs a[i], b[i] of all ranks. Collective; the same bits on every rank.
 * @param a,b [spread->owned][C][H][W] bytes of this rank
 * @return GGCN_ERROR_ARGUMENT (images smaller than the window), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_score_pairs(const ggcn_image_spread *spread, ggcn_shape shape, const uint8_t *a, const uint8_t *b,
                             ggcn_pair_scores *scores);

#ifdef __cplusplus
}
#endif
#endif
