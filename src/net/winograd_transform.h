/* The three linear maps of Winograd's minimal filtering F(m, r) with m + r = 7 in each direction (Winograd 1980; Lavin
 * and Gray, CVPR 2016), by interpolation in the points 0, a, -a, b, -b and infinity:
 *
 *     y_i = sum_q g_q d_{i+q}  =  sum_j A_ji (G g)_j (B d)_j,     i < m, q < r, j < 6
 *
 *     A_ji = p_j^i, at infinity 1 for i = m-1      G_jq = p_j^q / prod_{l /= j} (p_j - p_l), at infinity 1 for q = r-1
 *     B_j  = coefficients of M(x)/(x - p_j), at infinity of M(x) = x (x^2 - a^2) (x^2 - b^2)
 *
 * a = 5/8 and b = 3/2, which are exact, keep the rounding errors small. In two dimensions the maps act on rows and
 * columns. All three work on GGCN_SIMD channels at a time, number `j1` of row j being element [6 j0 + j1]. */
#ifndef GGCN_NET_WINOGRAD_TRANSFORM_H
#define GGCN_NET_WINOGRAD_TRANSFORM_H

#include <stdint.h>

#include "net/simd.h"

enum { GGCN_WINOGRAD_SIDE = 6, GGCN_WINOGRAD_POINTS = 36 };

/* B d B^T. */
void ggcn_winograd_data(const ggcn_simd *d, ggcn_simd *v);
/* A^T v A: y_{i0 i1} at [6 i0 + i1], i0 < m[0], i1 < m[1]. */
void ggcn_winograd_result(const ggcn_simd *v, const int64_t *m, ggcn_simd *y);
/* G g G^T: g_{q0 q1} at [6 q0 + q1], q0 < r[0], q1 < r[1]. */
void ggcn_winograd_kernel(const ggcn_simd *g, const int64_t *r, ggcn_simd *u);

#endif
