/* Images between the grids of a multi-grid model. Factors are whole. */
#ifndef GGCN_LEARN_GRID_IMAGE_H
#define GGCN_LEARN_GRID_IMAGE_H

#include "ggcn/graph.h"

/* Means over factor x factor pixels. @param in [C][H][W]  @param[out] out [C][H/factor][W/factor] */
void ggcn_reduce_image(const float *in, ggcn_shape shape, int64_t factor, float *out);

/* Repeats each pixel factor x factor times. @param in [C][H][W]  @param[out] out [C][H factor][W factor] */
void ggcn_enlarge_image(const float *in, ggcn_shape shape, int64_t factor, float *out);

#endif
