#include "net/winograd.h"

#include <stdlib.h>

#include "net/winograd_gemm.h"
#include "net/winograd_tiles.h"

typedef ggcn_simd vector;
enum { POINTS = GGCN_WINOGRAD_POINTS };

struct ggcn_winograd {
    ggcn_tiles t;
    int64_t chunk;           /* tiles that pass through scratch memory at a time */
    int64_t row_in, row_out; /* distance of a tile's channels in scratch memory */
};

bool ggcn_winograd_possible(const ggcn_correlation_spec *spec) {
    for (int i = 0; i < 2; i++) {
        const int64_t r = ggcn_tiles_parts(spec->kernel[i], spec->stride[i]);
        if (r < 2 || r > 5)
            return false;
    }
    return ggcn_simd_fits(spec->src.lanes) && ggcn_simd_fits(spec->dst.lanes);
}

/* Large weights are read from far away for each chunk; otherwise a chunk's data should stay in the second-level cache.
 */
static void plan(ggcn_winograd *w, const ggcn_correlation_spec *spec, bool adjoint) {
    enum { most = 48, most_large = 96, large = 1 << 16 };
    const ggcn_tiles t = ggcn_tiles_plan(spec, adjoint);
    const int64_t chunks = ggcn_tiles_parts(t.count, t.in.channels * t.out.channels < large ? most : most_large);
    w->t = t;
    w->chunk = ggcn_tiles_parts(ggcn_tiles_parts(t.count, chunks), GGCN_GEMM_ROWS) * GGCN_GEMM_ROWS;
    w->row_in = t.in.channels + GGCN_TILES_APART;
    w->row_out = ggcn_gemm_columns(t.out.channels) + GGCN_TILES_APART;
}

ggcn_status ggcn_winograd_create(const ggcn_correlation_spec *spec, bool adjoint, ggcn_winograd **winograd) {
    *winograd = malloc(sizeof **winograd);
    if (!*winograd)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a convolution");
    plan(*winograd, spec, adjoint);
    return GGCN_SUCCESS;
}

void ggcn_winograd_destroy(ggcn_winograd **winograd) {
    free(*winograd);
    *winograd = NULL;
}

/* Costs in nanoseconds: direct convolution and the products by GFLOP/s, transforms by element, weights by element read,
 * once a chunk. Only their ratios matter. AVX2: measured on Zen 3 (oneDNN 2.6.3's direct convolutions: 65 to 108
 * GFLOP/s); AVX-512: on Sapphire Rapids (155 to 190, but 90 where a row has fewer than 8 results). */
#if GGCN_VECTOR == 16
static const double direct_rate = 165, direct_short_rate = 90, products_rate = 160, transform = 0.2, weight = 0.13;
static const double bf16_gain = 2;
#else
static const double direct_rate = 90, direct_short_rate = 90, products_rate = 100, transform = 0.4, weight = 0.15;
static const double bf16_gain = 2;
#endif
enum { SHORT = 8 };

double ggcn_winograd_direct_cost(const ggcn_correlation_spec *s) {
    const double flops = 2.0 * (double)(s->src.channels * s->dst.channels * s->kernel[0] * s->kernel[1]) *
                         (double)(s->dst.batch * s->dst.height * s->dst.width);
    return flops / (s->dst.width < SHORT ? direct_short_rate : direct_rate) / (s->bf16 ? bf16_gain : 1);
}

static double winograd_cost(const ggcn_winograd *w) {
    const double chunks = (double)ggcn_tiles_parts(w->t.count, w->chunk);
    const double matrix = (double)(w->t.in.channels * ggcn_gemm_columns(w->t.out.channels));
    const double products = 2 * (double)w->t.count * matrix / products_rate;
    const double transforms = transform * (double)(w->t.count * (w->t.in.channels + w->t.out.channels));
    return (double)w->t.points * (products + transforms + weight * matrix * chunks);
}

bool ggcn_winograd_pays(const ggcn_correlation_spec *spec, bool adjoint) {
    ggcn_winograd w;
    if (!ggcn_simd_pays() || !ggcn_winograd_possible(spec))
        return false;
    plan(&w, spec, adjoint);
    return winograd_cost(&w) < 0.9 * ggcn_winograd_direct_cost(spec);
}

static size_t packed_matrix(const ggcn_winograd *w) {
    return (size_t)(ggcn_gemm_columns(w->t.out.channels) * w->t.in.channels);
}

size_t ggcn_winograd_packed_bytes(const ggcn_winograd *w) {
    return (size_t)w->t.points * packed_matrix(w) * sizeof(float);
}

size_t ggcn_winograd_scratch(const ggcn_winograd *w) {
    return (size_t)(w->t.points * w->chunk * (w->row_in + w->row_out)) * sizeof(float);
}

/* --- weights ------------------------------------------------------------------------------------------------------ */

/* Element (k, n) of the matrix of kernel element (q0, q1); 0 beyond the channels and beyond the kernel. */
static float weight_at(const ggcn_winograd *w, const float *plain, int64_t k, int64_t n, int64_t q0, int64_t q1) {
    if (n >= w->t.out.channels)
        return 0;
    const int64_t at = ggcn_tiles_weight(&w->t, w->t.adjoint ? n : k, w->t.adjoint ? k : n, q0, q1);
    return at < 0 ? 0 : plain[at];
}

void ggcn_winograd_pack(const ggcn_winograd *w, const float *plain, float *packed) {
    const int64_t depth = w->t.in.channels, columns = ggcn_gemm_columns(w->t.out.channels);
    const size_t matrix = packed_matrix(w);
    for (int64_t k = 0; k < depth; k++)
        for (int64_t n = 0; n < columns; n += GGCN_SIMD) {
            vector g[POINTS], u[POINTS];
            for (int64_t q0 = 0; q0 < w->t.r[0]; q0++)
                for (int64_t q1 = 0; q1 < w->t.r[1]; q1++)
                    for (int64_t i = 0; i < GGCN_SIMD; i++)
                        g[w->t.edge * q0 + q1][i] = weight_at(w, plain, k, n + i, q0, q1);
            ggcn_winograd_kernel(w->t.edge, g, w->t.r, u);
            float *to = packed + ggcn_gemm_at(depth, k, n);
            for (size_t j = 0; j < (size_t)w->t.points; j++)
                *(vector *)(to + j * matrix) = u[j];
        }
}

/* --- a pass ------------------------------------------------------------------------------------------------------- */

static inline vector activate(vector y, float slope) {
    typedef int32_t mask __attribute__((vector_size(GGCN_SIMD * 4), may_alias));
    const mask positive = y > 0;
    return (vector)(((mask)y & positive) | ((mask)(slope * y) & ~positive));
}

/* The results of one tile, with bias and activation unless bias is NULL. */
static void write_tile(const ggcn_winograd *w, const float *products, size_t points, int64_t tile, const float *bias,
                       bool activation, float *out) {
    const ggcn_layout l = w->t.out.layout;
    const int64_t groups = ggcn_layout_groups(l), plane = l.height * l.width * l.lanes;
    for (int64_t phase = 0; phase < ggcn_tiles_phases(&w->t.out); phase++) {
        const ggcn_tiles_place p = ggcn_tiles_find(&w->t, &w->t.out, tile, phase, w->t.m);
        for (int64_t g = 0; g < groups; g++)
            for (int64_t lane = 0; lane < l.lanes; lane += GGCN_SIMD, products += GGCN_SIMD) {
                vector u[POINTS], y[POINTS];
                for (size_t j = 0; j < (size_t)w->t.points; j++)
                    u[j] = *(const vector *)(products + j * points);
                ggcn_winograd_result(w->t.edge, u, w->t.m, y);
                const vector constant = bias ? *(const vector *)(bias + g * l.lanes + lane) : (vector){0};
                float *to = out + (p.image * groups + g) * plane + lane;
                for (int64_t i = 0; i < w->t.m[0]; i++)
                    for (int64_t j = 0; j < w->t.m[1]; j++)
                        if (p.rows[i] >= 0 && p.columns[j] >= 0) {
                            const vector value = y[w->t.edge * i + j] + constant;
                            *(vector *)(to + p.rows[i] + p.columns[j]) =
                                activation ? activate(value, w->t.spec.slope) : value;
                        }
            }
    }
}

void ggcn_winograd_run(const ggcn_winograd *w, const float *packed, bool affine, const float *bias, const float *in,
                       float *out, float *scratch) {
    const size_t points_in = (size_t)(w->chunk * w->row_in), points_out = (size_t)(w->chunk * w->row_out);
    float *products = scratch + (size_t)w->t.points * points_in;
    for (int64_t first = 0; first < w->t.count; first += w->chunk) {
        const int64_t tiles = w->t.count - first < w->chunk ? w->t.count - first : w->chunk;
        for (int64_t t = 0; t < tiles; t++)
            ggcn_tiles_read(&w->t, in, first + t, scratch + t * w->row_in, points_in);
        for (size_t j = 0; j < (size_t)w->t.points; j++)
            ggcn_gemm(tiles, w->t.out.channels, w->t.in.channels, scratch + j * points_in, w->row_in,
                      packed + j * packed_matrix(w), products + j * points_out, w->row_out);
        for (int64_t t = 0; t < tiles; t++)
            write_tile(w, products + t * w->row_out, points_out, first + t, affine && w->t.spec.bias ? bias : NULL,
                       affine && w->t.spec.activation, out);
    }
}
