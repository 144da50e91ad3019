/* The adjoint of a correlation whose src is an image, in plain layout: grad_x Phi's last step. oneDNN has only a slow
 * kernel for so few channels, on other layouts than ours. Here each result is a sum of products of whole groups of
 * dst's channels, a few neighbouring results at a time; a stride is taken apart into its phases as in winograd.h. */
#ifndef GGCN_NET_FEW_CHANNELS_H
#define GGCN_NET_FEW_CHANNELS_H

#include <stdbool.h>

#include "net/onednn.h"

/* 1 or 3 channels, strides of 1 or 2 in both directions, dst in groups. */
bool ggcn_few_channels_possible(const ggcn_correlation_spec *spec);

size_t ggcn_few_channels_packed_bytes(const ggcn_correlation_spec *spec);
/* @param plain [dst channels][src channels][kernel height][kernel width] */
void ggcn_few_channels_pack(const ggcn_correlation_spec *spec, const float *plain, float *packed);
/* src = A_w^T dst, where possible. */
void ggcn_few_channels_adjoint(const ggcn_correlation_spec *spec, const float *packed, const float *dst, float *src);

#endif
