/* How near completed images come to their originals. */
#ifndef GGCN_APPS_INPAINT_SCORE_H
#define GGCN_APPS_INPAINT_SCORE_H

#include "ggcn/trained.h"

/* Means over images, of the bytes that a picture shows, on the scale from 0 to 1 (ggcn/pair_scores.h). */
typedef struct {
    double mse, psnr, ssim; /* over all pixels; SSIM is NaN for images smaller than its window */
    double hidden_mse;      /* over hidden pixels */
} inpaint_score;

/* The same bits on any ranks; ranks may be without images. Collective.
 * @param count, first, local  images over all ranks, and this rank's
 * @param x, originals [local][C][H][W], alike where hidden is 0  @param hidden [local][H][W]
 * @return GGCN_ERROR_MEMORY */
ggcn_status inpaint_score_of(const ggcn_trained_info *info, int64_t count, int64_t first, int64_t local, const float *x,
                             const float *originals, const uint8_t *hidden, inpaint_score *score);

#endif
