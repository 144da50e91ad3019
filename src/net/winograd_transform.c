#include "net/winograd_transform.h"

typedef ggcn_simd vector;
enum { SIDE = GGCN_WINOGRAD_SIDE };

#define A 0.625f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)

/* One row or column of each map; `step` is the distance of its elements. */
static inline void data_line(const vector *d, vector *v, int step) {
    const vector d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
    const vector even_a = d4 - B2 * d2, odd_a = A * (d3 - B2 * d1);
    const vector even_b = d4 - A2 * d2, odd_b = B * (d3 - A2 * d1);
    const vector last = A2 * B2 * d1 - (A2 + B2) * d3 + d[5 * step];
    v[0] = A2 * B2 * d[0] - (A2 + B2) * d2 + d4;
    v[step] = even_a + odd_a;
    v[2 * step] = even_a - odd_a;
    v[3 * step] = even_b + odd_b;
    v[4 * step] = even_b - odd_b;
    v[5 * step] = last;
}

static inline void result_line(const vector *v, int64_t m, vector *y, int step) {
    const vector even_a = v[step] + v[2 * step], odd_a = v[step] - v[2 * step];
    const vector even_b = v[3 * step] + v[4 * step], odd_b = v[3 * step] - v[4 * step];
    const vector infinity = v[5 * step];
    const vector zeroth = v[0] + even_a + even_b, first = A * odd_a + B * odd_b;
    y[0] = zeroth;
    y[step] = first;
    if (m > 2)
        y[2 * step] = A2 * even_a + B2 * even_b;
    if (m > 3)
        y[3 * step] = A * A2 * odd_a + B * B2 * odd_b;
    if (m > 4)
        y[4 * step] = A2 * A2 * even_a + B2 * B2 * even_b;
    y[(m - 1) * step] += infinity;
}

static inline void kernel_line(const vector *g, int64_t r, vector *u, int step) {
    static const float point[SIDE - 1] = {0, A, -A, B, -B};
    static const float factor[SIDE - 1] = {1 / (A2 * B2), 1 / (2 * A2 * (A2 - B2)), 1 / (2 * A2 * (A2 - B2)),
                                           1 / (2 * B2 * (B2 - A2)), 1 / (2 * B2 * (B2 - A2))};
    vector line[SIDE];
    for (int j = 0; j < SIDE - 1; j++) {
        line[j] = g[(r - 1) * step];
        for (int64_t q = r - 2; q >= 0; q--)
            line[j] = line[j] * point[j] + g[q * step];
        line[j] *= factor[j];
    }
    line[SIDE - 1] = g[(r - 1) * step];
    for (int j = 0; j < SIDE; j++)
        u[j * step] = line[j];
}

void ggcn_winograd_data(const vector *d, vector *v) {
    vector half[SIDE * SIDE];
    for (int i = 0; i < SIDE; i++)
        data_line(d + i, half + i, SIDE);
    for (int i = 0; i < SIDE; i++)
        data_line(half + SIDE * i, v + SIDE * i, 1);
}

void ggcn_winograd_result(const vector *v, const int64_t *m, vector *y) {
    vector half[SIDE * SIDE];
    for (int i = 0; i < SIDE; i++)
        result_line(v + i, m[0], half + i, SIDE);
    for (int64_t i = 0; i < m[0]; i++)
        result_line(half + SIDE * i, m[1], y + SIDE * i, 1);
}

void ggcn_winograd_kernel(const vector *g, const int64_t *r, vector *u) {
    vector half[SIDE * SIDE];
    for (int64_t i = 0; i < r[1]; i++)
        kernel_line(g + i, r[0], half + i, SIDE);
    for (int j = 0; j < SIDE; j++)
        kernel_line(half + SIDE * j, r[1], u + SIDE * j, 1);
}
