/* The products in the middle of a Winograd correlation, on one thread: C = A B and C = A^T B, B in a packed form. */
#ifndef GGCN_NET_WINOGRAD_GEMM_H
#define GGCN_NET_WINOGRAD_GEMM_H

#include <stddef.h>
#include <stdint.h>

/* Floats in a vector register of this build, and columns of a panel of B: two registers. GGCN_VECTOR may be given to
 * try another machine's widths, which are right but slow. */
#ifndef GGCN_VECTOR
#if defined(__AVX512F__)
#define GGCN_VECTOR 16
#elif defined(__AVX__)
#define GGCN_VECTOR 8
#else
#define GGCN_VECTOR 4
#endif
#endif
enum {
    GGCN_PANEL = 2 * GGCN_VECTOR,
    /* rows of A whose products with a panel have room in the registers: multiples of it are the fastest */
    GGCN_GEMM_ROWS = GGCN_VECTOR == 16  ? 14
                     : GGCN_VECTOR == 8 ? 6
                                        : 4
};

/* Columns of B with those that fill up its last panel. */
static inline int64_t ggcn_gemm_columns(int64_t columns) {
    return (columns + GGCN_PANEL - 1) / GGCN_PANEL * GGCN_PANEL;
}

/* Where element (k, column) of B lies in its packed form of ggcn_gemm_columns() * depth floats. */
static inline size_t ggcn_gemm_at(int64_t depth, int64_t k, int64_t column) {
    return (size_t)((column / GGCN_PANEL * depth + k) * GGCN_PANEL + column % GGCN_PANEL);
}

/* c[row][column] = sum over k of a[row][k] b(k, column), rows of a and c lda and ldc floats apart, ggcn_gemm_columns()
 * of each row of c written. The sum over k runs in the order of k, in two parts where depth is large. */
void ggcn_gemm(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t lda, const float *b, float *c,
               int64_t ldc);
/* The same with A transposed: c[row][column] = sum over k of a[k][row] b(k, column). */
void ggcn_gemm_transposed(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t lda, const float *b,
                          float *c, int64_t ldc);

#endif
