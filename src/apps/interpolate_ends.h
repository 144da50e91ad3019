/* The latents at the ends of the rows. */
#ifndef GGCN_APPS_INTERPOLATE_ENDS_H
#define GGCN_APPS_INTERPOLATE_ENDS_H

#include "ggcn/trained.h"
#include "interpolate_options.h"

typedef struct {
    float *z;         /* [rows][2][latent] in [-1, 1] */
    uint32_t *labels; /* [rows] class of each row */
    float *images;    /* [rows][2][C][H][W] that latents were fitted to; NULL if none were */
    double *distance; /* [rows][2] |G(z) - x|^2 / elements of fitted latents */
} interpolate_ends;

/* Collective; the same on all ranks. To be released with interpolate_ends_clear, also after a failure.
 * @return GGCN_ERROR_ARGUMENT (no such chain, image or class), and what data_images_open returns */
ggcn_status interpolate_ends_find(const interpolate_options *options, ggcn_trained *model, interpolate_ends *ends);
void interpolate_ends_clear(interpolate_ends *ends);

#endif
