/* How near completed images come to their originals. */
#ifndef GGCN_APPS_INPAINT_SCORE_H
#define GGCN_APPS_INPAINT_SCORE_H

#include "ggcn/trained.h"

/* Means over images. Errors are of pixels clamped to the range of the configuration and scaled to 0 .. 1. */
typedef struct {
    double mse, psnr;  /* over all pixels; PSNR = 10 log10(1/MSE) of each image, in dB */
    double hidden_mse; /* over hidden pixels */
} inpaint_score;

/* The same bits on any ranks. Collective.
 * @param count, first, local  images over all ranks, and this rank's
 * @param x, originals [local][C][H][W]  @param hidden [local][H][W]
 * @return GGCN_ERROR_MEMORY */
ggcn_status inpaint_score_of(const ggcn_trained_info *info, int64_t count, int64_t first, int64_t local, const float *x,
                             const float *originals, const uint8_t *hidden, inpaint_score *score);

#endif
