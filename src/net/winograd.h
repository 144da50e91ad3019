/* Correlations by Winograd's minimal filtering in tiles of 6 x 6 or 5 x 5 (winograd_transform.h), on our layouts, one
 * thread a call: 36 or 25 matrix products of tiles x depth by depth x width in place of a sum over the kernel, with 1.8
 * to 4 times fewer multiplications. oneDNN has it for AVX-512 and stride 1 only.
 *
 * A stride s is taken apart into its s x s phases: with ky = s q + f, row s y + ky - pad of src is row y + q of phase
 * f, dst[y] = sum over f, q of w[s q + f] src_f[y + q],    src_f[u] = src[s u + f - pad], a correlation of stride 1
 * with kernels of r = ceil(k/s) on s x s times as many channels; and its adjoint is the correlation of dst with the
 * flipped kernels, one for each phase of src, src_f[v] = sum over q of w[s (r-1-q) + f] dst[v + q - (r-1)].
 */
#ifndef GGCN_NET_WINOGRAD_H
#define GGCN_NET_WINOGRAD_H

#include <stdbool.h>

#include "net/onednn.h"

typedef struct ggcn_winograd ggcn_winograd;

/* Whether it is the faster way for a pass, and possible: a fixed rule on shapes, batch and instruction set, so that two
 * runs never differ. */
bool ggcn_winograd_pays(const ggcn_correlation_spec *spec, bool adjoint);
/* Whether it can run: kernels of 2 to 5 rows and columns per phase, channels in groups on both sides. */
bool ggcn_winograd_possible(const ggcn_correlation_spec *spec);

/* What direct convolution costs by the same rule, in nanoseconds. */
double ggcn_winograd_direct_cost(const ggcn_correlation_spec *spec);

/* For the forward pass or the adjoint, where possible. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_winograd_create(const ggcn_correlation_spec *spec, bool adjoint, ggcn_winograd **winograd);
void ggcn_winograd_destroy(ggcn_winograd **winograd);

/* Bytes of the packed weights, and of the scratch memory of a call (both to be aligned to 64). */
size_t ggcn_winograd_packed_bytes(const ggcn_winograd *w);
size_t ggcn_winograd_scratch(const ggcn_winograd *w);

/* @param plain [dst channels][src channels][kernel height][kernel width] */
void ggcn_winograd_pack(const ggcn_winograd *w, const float *plain, float *packed);

/* out = A in (or A^T in); affine: with bias [out channels, filled up to groups] and the activation of the spec. */
void ggcn_winograd_run(const ggcn_winograd *w, const float *packed, bool affine, const float *bias, const float *in,
                       float *out, float *scratch);

#endif
