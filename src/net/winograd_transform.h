/* The linear maps of Winograd's minimal filtering F(m, r) with m + r - 1 = side in each direction (Winograd 1980;
 * Lavin and Gray, CVPR 2016), by interpolation in side - 1 points p_j and infinity:
 *
 *     y_i = sum_q g_q d_{i+q}  =  sum_j A_ji (G g)_j (B d)_j,     i < m, q < r, j < side
 *
 *     A_ji = p_j^i, at infinity 1 for i = m-1      G_jq = p_j^q / prod_{l /= j} (p_j - p_l), at infinity 1 for q = r-1
 *     B_j  = coefficients of M(x)/(x - p_j), at infinity of M(x) = prod (x - p_j)
 *
 * The sum is bilinear in g and d, so the gradient by g of a linear function e of y is G^T ( (A e) (B d) ), point by
 * point: the same multiplications, and the adjoints of two of the maps.
 *
 * side 6: 0, 5/8, -5/8, 3/2, -3/2, any r from 2 to 5;  side 5: 0, 1, -1, 1/2, for r = 2, whose results then come in
 * fours. The points are exact, and near 1 in size, which keeps the rounding errors small. In two dimensions the maps
 * act on rows and columns. All work on GGCN_SIMD channels at a time; an array's row begins `side` elements behind
 * the one before. */
#ifndef GGCN_NET_WINOGRAD_TRANSFORM_H
#define GGCN_NET_WINOGRAD_TRANSFORM_H

#include <stdint.h>

#include "net/simd.h"

enum { GGCN_WINOGRAD_SIDE = 6, GGCN_WINOGRAD_POINTS = 36 }; /* at most */

/* B d B^T. */
void ggcn_winograd_data(int64_t side, const ggcn_simd *d, ggcn_simd *v);
/* A^T v A: y_{i0 i1}, i0 < m[0], i1 < m[1]. */
void ggcn_winograd_result(int64_t side, const ggcn_simd *v, const int64_t *m, ggcn_simd *y);
/* The adjoint of ggcn_winograd_result: A y A^T. */
void ggcn_winograd_spread(int64_t side, const ggcn_simd *y, const int64_t *m, ggcn_simd *v);
/* G g G^T of g_{q0 q1}, q0 < r[0], q1 < r[1]. */
void ggcn_winograd_kernel(int64_t side, const ggcn_simd *g, const int64_t *r, ggcn_simd *u);
/* Its adjoint: G^T u G. */
void ggcn_winograd_gather(int64_t side, const ggcn_simd *u, const int64_t *r, ggcn_simd *g);

#endif
