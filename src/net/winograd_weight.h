/* The weight gradient of a correlation by Winograd's minimal filtering, on our layouts, one thread a call: data and
 * signal of every tile are transformed (winograd_transform.h), their products summed over the tiles by one matrix
 * product for each of a tile's 36 or 25 points, and the sums transformed back. A stride is taken apart into its phases
 * as in winograd.h. */
#ifndef GGCN_NET_WINOGRAD_WEIGHT_H
#define GGCN_NET_WINOGRAD_WEIGHT_H

#include <stdbool.h>

#include "net/onednn.h"

typedef struct ggcn_winograd_weight ggcn_winograd_weight;

/* Whether it is the faster way: a fixed rule on shapes, batch and instruction set, so that two runs never differ. It is
 * possible where ggcn_winograd_possible says so. */
bool ggcn_winograd_weight_pays(const ggcn_correlation_spec *spec);

/* Where possible. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_winograd_weight_create(const ggcn_correlation_spec *spec, ggcn_winograd_weight **weight);
void ggcn_winograd_weight_destroy(ggcn_winograd_weight **weight);

/* Floats of the packed gradient, which may be added and scaled element by element. */
size_t ggcn_winograd_weight_floats(const ggcn_winograd_weight *w);
/* Bytes of the scratch memory of a call (to be aligned to 64). */
size_t ggcn_winograd_weight_scratch(const ggcn_winograd_weight *w);

/* packed += scale d<dst, A_w src>/dw. */
void ggcn_winograd_weight_add(const ggcn_winograd_weight *w, const float *src, const float *dst, float scale,
                              float *packed, float *scratch);
/* @param plain [dst channels][src channels][kernel height][kernel width] */
void ggcn_winograd_weight_unpack(const ggcn_winograd_weight *w, const float *packed, float *plain);

#endif
