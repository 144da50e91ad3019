/* A vector of neighbouring channels: as many floats as a register of this build has. */
#ifndef GGCN_NET_SIMD_H
#define GGCN_NET_SIMD_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define GGCN_SIMD 16
#elif defined(__AVX__)
#define GGCN_SIMD 8
#else
#define GGCN_SIMD 4
#endif
typedef float ggcn_simd __attribute__((vector_size(GGCN_SIMD * 4), aligned(4), may_alias));

/* Whether groups of so many lanes are whole vectors: not where oneDNN has been told to use narrower ones than the
 * build. */
static inline bool ggcn_simd_fits(int64_t lanes) {
    return lanes % GGCN_SIMD == 0;
}

/* Whether convolutions of our own may take the place of oneDNN's: the build must have vectors with fused multiply-add,
 * and oneDNN must not have been told to leave them out. */
bool ggcn_simd_pays(void);

#endif
