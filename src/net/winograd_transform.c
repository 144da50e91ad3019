#include "net/winograd_transform.h"

typedef ggcn_simd vector;
enum { SIDE = GGCN_WINOGRAD_SIDE };

#define A 0.625f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)
#define C 0.5f

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

static inline void spread_line(const vector *y, int64_t m, vector *v, int step) {
    const vector y1 = m > 1 ? y[step] : (vector){0}, y2 = m > 2 ? y[2 * step] : (vector){0};
    const vector y3 = m > 3 ? y[3 * step] : (vector){0}, y4 = m > 4 ? y[4 * step] : (vector){0};
    const vector even_a = y[0] + A2 * (y2 + A2 * y4), odd_a = A * (y1 + A2 * y3);
    const vector even_b = y[0] + B2 * (y2 + B2 * y4), odd_b = B * (y1 + B2 * y3);
    const vector zeroth = y[0], last = y[(m - 1) * step];
    v[0] = zeroth;
    v[step] = even_a + odd_a;
    v[2 * step] = even_a - odd_a;
    v[3 * step] = even_b + odd_b;
    v[4 * step] = even_b - odd_b;
    v[5 * step] = last;
}

static const float point[SIDE - 1] = {0, A, -A, B, -B};
static const float factor[SIDE - 1] = {1 / (A2 * B2), 1 / (2 * A2 * (A2 - B2)), 1 / (2 * A2 * (A2 - B2)),
                                       1 / (2 * B2 * (B2 - A2)), 1 / (2 * B2 * (B2 - A2))};

static inline void kernel_line(const vector *g, int64_t r, vector *u, int step) {
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

static inline void gather_line(const vector *u, int64_t r, vector *g, int step) {
    const vector even_a = factor[1] * (u[step] + u[2 * step]), odd_a = A * factor[1] * (u[step] - u[2 * step]);
    const vector even_b = factor[3] * (u[3 * step] + u[4 * step]), odd_b = B * factor[3] * (u[3 * step] - u[4 * step]);
    const vector infinity = u[5 * step];
    g[0] = factor[0] * u[0] + even_a + even_b;
    g[step] = odd_a + odd_b;
    if (r > 2)
        g[2 * step] = A2 * even_a + B2 * even_b;
    if (r > 3)
        g[3 * step] = A2 * odd_a + B2 * odd_b;
    if (r > 4)
        g[4 * step] = A2 * A2 * even_a + B2 * B2 * even_b;
    g[(r - 1) * step] += infinity;
}

/* The same with side 5. */
static inline void data_line_5(const vector *d, vector *v, int step) {
    const vector d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
    v[0] = C * (d[0] - d2) + (d3 - d1);
    v[step] = (1 - C) * d2 + (d3 - C * d1);
    v[2 * step] = C * d1 - (1 + C) * d2 + d3;
    v[3 * step] = d3 - d1;
    v[4 * step] = C * (d1 - d3) + (d[4 * step] - d2);
}

static inline void result_line_5(const vector *v, vector *y, int step) {
    const vector even = v[step] + v[2 * step], odd = v[step] - v[2 * step], half = v[3 * step];
    y[0] = v[0] + even + half;
    y[step] = odd + C * half;
    y[2 * step] = even + C * C * half;
    y[3 * step] = odd + C * C * C * half + v[4 * step];
}

static inline void spread_line_5(const vector *y, vector *v, int step) {
    const vector y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
    const vector even = y0 + y2, odd = y1 + y3;
    v[0] = y0;
    v[step] = even + odd;
    v[2 * step] = even - odd;
    v[3 * step] = y0 + C * (y1 + C * (y2 + C * y3));
    v[4 * step] = y3;
}

static inline void kernel_line_5(const vector *g, vector *u, int step) {
    const vector g0 = g[0], g1 = g[step];
    u[0] = g0 / C;
    u[step] = (g0 + g1) / (2 * (1 - C));
    u[2 * step] = (g1 - g0) / (2 * (1 + C));
    u[3 * step] = (g0 + C * g1) / (C * (C * C - 1));
    u[4 * step] = g1;
}

static inline void gather_line_5(const vector *u, vector *g, int step) {
    const vector a = u[step] / (2 * (1 - C)), b = u[2 * step] / (2 * (1 + C)), c = u[3 * step] / (C * (C * C - 1));
    const vector infinity = u[4 * step];
    g[0] = u[0] / C + (a - b) + c;
    g[step] = (a + b) + C * c + infinity;
}

static inline __attribute__((always_inline)) void data(const int side, const vector *d, vector *v) {
    vector half[SIDE * SIDE];
    for (int i = 0; i < side; i++)
        side == 5 ? data_line_5(d + i, half + i, side) : data_line(d + i, half + i, side);
    for (int i = 0; i < side; i++)
        side == 5 ? data_line_5(half + side * i, v + side * i, 1) : data_line(half + side * i, v + side * i, 1);
}

void ggcn_winograd_data(int64_t side, const vector *d, vector *v) {
    if (side == 5)
        data(5, d, v);
    else
        data(6, d, v);
}

void ggcn_winograd_result(int64_t side, const vector *v, const int64_t *m, vector *y) {
    vector half[SIDE * SIDE];
    if (side == 5) {
        for (int i = 0; i < 5; i++)
            result_line_5(v + i, half + i, 5);
        for (int i = 0; i < 4; i++)
            result_line_5(half + 5 * i, y + 5 * i, 1);
        return;
    }
    for (int i = 0; i < SIDE; i++)
        result_line(v + i, m[0], half + i, SIDE);
    for (int64_t i = 0; i < m[0]; i++)
        result_line(half + SIDE * i, m[1], y + SIDE * i, 1);
}

void ggcn_winograd_kernel(int64_t side, const vector *g, const int64_t *r, vector *u) {
    vector half[SIDE * SIDE];
    if (side == 5) {
        for (int i = 0; i < 2; i++)
            kernel_line_5(g + i, half + i, 5);
        for (int j = 0; j < 5; j++)
            kernel_line_5(half + 5 * j, u + 5 * j, 1);
        return;
    }
    for (int64_t i = 0; i < r[1]; i++)
        kernel_line(g + i, r[0], half + i, SIDE);
    for (int j = 0; j < SIDE; j++)
        kernel_line(half + SIDE * j, r[1], u + SIDE * j, 1);
}

void ggcn_winograd_spread(int64_t side, const vector *y, const int64_t *m, vector *v) {
    vector half[SIDE * SIDE];
    if (side == 5) {
        for (int i = 0; i < 4; i++)
            spread_line_5(y + i, half + i, 5);
        for (int j = 0; j < 5; j++)
            spread_line_5(half + 5 * j, v + 5 * j, 1);
        return;
    }
    for (int64_t i = 0; i < m[1]; i++)
        spread_line(y + i, m[0], half + i, SIDE);
    for (int j = 0; j < SIDE; j++)
        spread_line(half + SIDE * j, m[1], v + SIDE * j, 1);
}

void ggcn_winograd_gather(int64_t side, const vector *u, const int64_t *r, vector *g) {
    vector half[SIDE * SIDE];
    if (side == 5) {
        for (int i = 0; i < 5; i++)
            gather_line_5(u + i, half + i, 5);
        for (int i = 0; i < 2; i++)
            gather_line_5(half + 5 * i, g + 5 * i, 1);
        return;
    }
    for (int i = 0; i < SIDE; i++)
        gather_line(u + i, r[0], half + i, SIDE);
    for (int64_t i = 0; i < r[0]; i++)
        gather_line(half + SIDE * i, r[1], g + SIDE * i, 1);
}
