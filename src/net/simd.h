/* A vector of neighbouring channels: as many floats as a register of this build has, up to the smallest group of lanes.
 */
#ifndef GGCN_NET_SIMD_H
#define GGCN_NET_SIMD_H

#include <stdbool.h>

#if defined(__AVX__)
#define GGCN_SIMD 8
#else
#define GGCN_SIMD 4
#endif
typedef float ggcn_simd __attribute__((vector_size(GGCN_SIMD * 4), aligned(4), may_alias));

/* Whether convolutions of our own may take the place of oneDNN's: the build must have vectors with fused multiply-add,
 * and oneDNN must not have been told to leave them out. */
bool ggcn_simd_pays(void);

#endif
