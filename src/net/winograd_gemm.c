/* A panel of B stays in the first-level cache while the rows of A pass by, a few at a time: as many as have room for
 * their results in registers. Compiled with contraction to fused multiply-add (CMakeLists.txt). */
#include "net/winograd_gemm.h"

#include <stdbool.h>

typedef float vector __attribute__((vector_size(GGCN_VECTOR * 4), aligned(4), may_alias));

enum { ROWS = GGCN_GEMM_ROWS };
enum { DEPTH = 256 /* rows of a panel that the first-level cache holds */, AHEAD = 64 };

static inline vector load(const float *p) {
    return *(const vector *)p;
}

static inline void store(float *p, vector v) {
    *(vector *)p = v;
}

/* Element (i, k) of A lies at i * row + k * step. `rows` is a constant wherever this is inlined, so that the results
 * stay in registers. The rows of B that come next are fetched from afar in the meantime. */
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
        __builtin_prefetch(b + AHEAD * GGCN_PANEL);
        if (GGCN_VECTOR == 16)
            __builtin_prefetch(b + AHEAD * GGCN_PANEL + GGCN_VECTOR);
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

/* A tile of `rows` rows, made for each number of them. */
static inline __attribute__((always_inline)) void tile_of(int64_t rows, int64_t depth, const float *a, int64_t row,
                                                          int64_t step, const float *b, float *c, int64_t ldc,
                                                          bool add) {
    switch (rows) {
#define GGCN_TILE(n)                                                                                                   \
    case n:                                                                                                            \
        if (n <= ROWS)                                                                                                 \
            tile(n <= ROWS ? n : ROWS, depth, a, row, step, b, c, ldc, add);                                           \
        return;
        GGCN_TILE(1)
        GGCN_TILE(2)
        GGCN_TILE(3)
        GGCN_TILE(4)
        GGCN_TILE(5)
        GGCN_TILE(6)
        GGCN_TILE(7)
        GGCN_TILE(8)
        GGCN_TILE(9)
        GGCN_TILE(10)
        GGCN_TILE(11)
        GGCN_TILE(12)
        GGCN_TILE(13)
        GGCN_TILE(14)
#undef GGCN_TILE
    }
}

static inline __attribute__((always_inline)) void product(int64_t rows, int64_t columns, int64_t depth, const float *a,
                                                          int64_t row, int64_t step, const float *b, float *c,
                                                          int64_t ldc) {
    const int64_t panels = ggcn_gemm_columns(columns) / GGCN_PANEL;
    const int64_t tiles = (rows + ROWS - 1) / ROWS; /* as even as can be: a few rows alone would be slow */
    for (int64_t first = 0; first < depth; first += DEPTH) {
        const int64_t part = depth - first < DEPTH ? depth - first : DEPTH;
        for (int64_t p = 0; p < panels; p++) {
            const float *panel = b + (p * depth + first) * GGCN_PANEL;
            for (int64_t t = 0; t < tiles; t++) {
                const int64_t i = rows * t / tiles, end = rows * (t + 1) / tiles;
                tile_of(end - i, part, a + first * step + i * row, row, step, panel, c + p * GGCN_PANEL + i * ldc, ldc,
                        first > 0);
            }
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
