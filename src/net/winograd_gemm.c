/* A panel of B stays in the first-level cache while the rows of A pass by, a few at a time: as many as have room for
 * their results in registers. Compiled with contraction to fused multiply-add (CMakeLists.txt). */
#include "net/winograd_gemm.h"

#include <stdbool.h>

typedef float vector __attribute__((vector_size(GGCN_VECTOR * 4), aligned(4), may_alias));

enum { ROWS = GGCN_GEMM_ROWS };
enum { DEPTH = 256 }; /* rows of a panel that the first-level cache holds */

static inline vector load(const float *p) {
    return *(const vector *)p;
}

static inline void store(float *p, vector v) {
    *(vector *)p = v;
}

/* Element (i, k) of A lies at i * row + k * step. `rows` is a constant wherever this is inlined, so that the results
 * stay in registers. */
static inline __attribute__((always_inline)) void tile(const int rows, int64_t depth, const float *a, int64_t row,
                                                       int64_t step, const float *b, float *c, int64_t ldc, bool add) {
    vector left[ROWS], right[ROWS];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) {
        left[i] = add ? load(c + i * ldc) : (vector){0};
        right[i] = add ? load(c + i * ldc + GGCN_VECTOR) : (vector){0};
    }
    for (int64_t k = 0; k < depth; k++, b += GGCN_PANEL) {
        const vector b0 = load(b), b1 = load(b + GGCN_VECTOR);
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            left[i] += a[i * row + k * step] * b0;
            right[i] += a[i * row + k * step] * b1;
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) {
        store(c + i * ldc, left[i]);
        store(c + i * ldc + GGCN_VECTOR, right[i]);
    }
}

/* What is left of the rows. */
static inline __attribute__((always_inline)) void last_rows(int64_t rows, int64_t depth, const float *a, int64_t row,
                                                            int64_t step, const float *b, float *c, int64_t ldc,
                                                            bool add) {
    for (; rows >= 4; rows -= 4, a += 4 * row, c += 4 * ldc)
        tile(4, depth, a, row, step, b, c, ldc, add);
    if (rows == 3)
        tile(3, depth, a, row, step, b, c, ldc, add);
    else if (rows == 2)
        tile(2, depth, a, row, step, b, c, ldc, add);
    else if (rows == 1)
        tile(1, depth, a, row, step, b, c, ldc, add);
}

static inline __attribute__((always_inline)) void product(int64_t rows, int64_t columns, int64_t depth, const float *a,
                                                          int64_t row, int64_t step, const float *b, float *c,
                                                          int64_t ldc) {
    const int64_t panels = ggcn_gemm_columns(columns) / GGCN_PANEL;
    /* two rows alone leave the multipliers waiting for each other: better twice four than six and two */
    const int64_t left = rows % ROWS == 2 && rows > ROWS ? ROWS + 2 : rows % ROWS;
    for (int64_t first = 0; first < depth; first += DEPTH) {
        const int64_t part = depth - first < DEPTH ? depth - first : DEPTH;
        for (int64_t p = 0; p < panels; p++) {
            const float *panel = b + (p * depth + first) * GGCN_PANEL, *from = a + first * step;
            float *to = c + p * GGCN_PANEL;
            for (int64_t i = 0; i < rows - left; i += ROWS)
                tile(ROWS, part, from + i * row, row, step, panel, to + i * ldc, ldc, first > 0);
            last_rows(left, part, from + (rows - left) * row, row, step, panel, to + (rows - left) * ldc, ldc,
                      first > 0);
        }
    }
}

void ggcn_gemm(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t lda, const float *b, float *c,
               int64_t ldc) {
    product(rows, columns, depth, a, lda, 1, b, c, ldc);
}

void ggcn_gemm_transposed(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t lda, const float *b,
                          float *c, int64_t ldc) {
    product(rows, columns, depth, a, 1, lda, b, c, ldc);
}
