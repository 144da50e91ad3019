#include "net/winograd.h"

#include <stdlib.h>

#include "net/winograd_gemm.h"
#include "net/winograd_transform.h"

typedef ggcn_simd vector;
enum {
    SIDE = GGCN_WINOGRAD_SIDE,
    POINTS = GGCN_WINOGRAD_POINTS,
    APART = 16 /* floats, so that rows share no cache set */
};

/* One side of the correlation of stride 1: a tensor in phases. Row `u` of phase f is row stride u + f - offset. */
typedef struct {
    ggcn_layout layout;
    int64_t stride[2], offset[2];
    int64_t channels; /* of all phases: [phase][group][lane] */
} side;

struct ggcn_winograd {
    ggcn_correlation_spec spec;
    bool adjoint;
    side in, out;
    int64_t edge, points;         /* rows and columns of a tile of data, and elements */
    int64_t r[2], m[2], tiles[2]; /* kernel, results of a tile, tiles of an image */
    int64_t count, chunk;         /* tiles of all images, and of those that pass through scratch memory at a time */
    int64_t row_in, row_out;      /* distance of a tile's channels in scratch memory */
};

static int64_t phases(const side *s) {
    return s->stride[0] * s->stride[1];
}

static int64_t up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

bool ggcn_winograd_possible(const ggcn_correlation_spec *spec) {
    for (int i = 0; i < 2; i++) {
        const int64_t r = up(spec->kernel[i], spec->stride[i]);
        if (r < 2 || r > 5)
            return false;
    }
    return spec->src.lanes > 1 && spec->dst.lanes > 1;
}

/* The tensor as it is. */
static side whole(ggcn_layout layout) {
    return (side){.layout = layout, .stride = {1, 1}, .channels = ggcn_layout_groups(layout) * layout.lanes};
}

/* The sides, and the rows and columns of results, of the forward pass or of the adjoint. */
static void take_apart(ggcn_winograd *w, int64_t rows[2]) {
    const ggcn_correlation_spec *s = &w->spec;
    side split = whole(s->src), plain = whole(s->dst);
    const int64_t sizes[2] = {s->src.height, s->src.width}, results[2] = {s->dst.height, s->dst.width};
    for (int i = 0; i < 2; i++) {
        const int64_t stride = s->stride[i], pad = s->pad[i];
        const int64_t first = pad / stride, last = (sizes[i] - 1 + pad) / stride; /* rows of the phases that exist */
        w->r[i] = up(s->kernel[i], stride);
        split.stride[i] = stride;
        split.offset[i] = w->adjoint ? pad - stride * first : pad;
        plain.offset[i] = w->adjoint ? w->r[i] - 1 - first : 0;
        rows[i] = w->adjoint ? last - first + 1 : results[i];
    }
    split.channels *= phases(&split);
    w->in = w->adjoint ? plain : split;
    w->out = w->adjoint ? split : plain;
}

/* Large weights are read from far away for each chunk; otherwise a chunk's data should stay in the second-level cache.
 */
static void plan_chunks(ggcn_winograd *w) {
    enum { most = 48, most_large = 96, large = 1 << 16 };
    const int64_t chunks = up(w->count, w->in.channels * w->out.channels < large ? most : most_large);
    w->chunk = up(up(w->count, chunks), GGCN_GEMM_ROWS) * GGCN_GEMM_ROWS;
    w->row_in = w->in.channels + APART;
    w->row_out = ggcn_gemm_columns(w->out.channels) + APART;
}

/* Cuts an image's rows and columns of results into tiles. */
static void cut(ggcn_winograd *w, const int64_t rows[2], int64_t edge) {
    w->edge = edge;
    w->points = edge * edge;
    for (int i = 0; i < 2; i++) {
        w->m[i] = edge + 1 - w->r[i];
        w->tiles[i] = up(rows[i], w->m[i]);
    }
}

static int64_t multiplications(const ggcn_winograd *w) {
    return w->tiles[0] * w->tiles[1] * w->points;
}

static void plan(ggcn_winograd *w, const ggcn_correlation_spec *spec, bool adjoint) {
    int64_t rows[2];
    *w = (ggcn_winograd){.spec = *spec, .adjoint = adjoint};
    take_apart(w, rows);
    cut(w, rows, SIDE);
    if (w->r[0] == 2 && w->r[1] == 2) {
        const int64_t before = multiplications(w);
        cut(w, rows, SIDE - 1);
        if (multiplications(w) >= before)
            cut(w, rows, SIDE);
    }
    w->count = spec->src.batch * w->tiles[0] * w->tiles[1];
    plan_chunks(w);
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

/* Costs in nanoseconds, measured on Zen 3 with AVX2 (oneDNN 2.6.3's direct convolutions: 65 to 108 GFLOP/s). Only their
 * ratios matter; with AVX-512 they were not measured. */
static double direct_cost(const ggcn_correlation_spec *s) {
    const double flops = 2.0 * (double)(s->src.channels * s->dst.channels * s->kernel[0] * s->kernel[1]) *
                         (double)(s->dst.batch * s->dst.height * s->dst.width);
    return flops / 90;
}

static double winograd_cost(const ggcn_winograd *w) {
    const int64_t chunks = up(w->count, w->chunk), rows = up(w->chunk, GGCN_GEMM_ROWS) * GGCN_GEMM_ROWS * chunks;
    const double matrix = (double)(w->in.channels * ggcn_gemm_columns(w->out.channels));
    const double products = 2 * (double)rows * matrix / 100;
    const double transforms = 0.4 * (double)(w->count * (w->in.channels + w->out.channels));
    const double weights = 0.15 * matrix * (double)chunks; /* read once a chunk */
    return (double)w->points * (products + transforms + weights);
}

bool ggcn_winograd_pays(const ggcn_correlation_spec *spec, bool adjoint) {
    ggcn_winograd w;
    if (!ggcn_simd_pays() || !ggcn_winograd_possible(spec))
        return false;
    plan(&w, spec, adjoint);
    return winograd_cost(&w) < 0.9 * direct_cost(spec);
}

static size_t packed_matrix(const ggcn_winograd *w) {
    return (size_t)(ggcn_gemm_columns(w->out.channels) * w->in.channels);
}

size_t ggcn_winograd_packed_bytes(const ggcn_winograd *w) {
    return (size_t)w->points * packed_matrix(w) * sizeof(float);
}

size_t ggcn_winograd_scratch(const ggcn_winograd *w) {
    return (size_t)(w->points * w->chunk * (w->row_in + w->row_out)) * sizeof(float);
}

/* --- weights
 * ---------------------------------------------------------------------------------------------------------- */

/* Element (k, n) of the matrix of kernel element (q0, q1); 0 beyond the channels and beyond the kernel. */
static float weight_at(const ggcn_winograd *w, const float *plain, int64_t k, int64_t n, int64_t q0, int64_t q1) {
    const ggcn_correlation_spec *s = &w->spec;
    const int64_t split = w->adjoint ? n : k, o = w->adjoint ? k : n;
    const int64_t padded = ggcn_layout_groups(s->src) * s->src.lanes, phase = split / padded, c = split % padded;
    const int64_t y = s->stride[0] * (w->adjoint ? w->r[0] - 1 - q0 : q0) + phase / s->stride[1];
    const int64_t x = s->stride[1] * (w->adjoint ? w->r[1] - 1 - q1 : q1) + phase % s->stride[1];
    if (c >= s->src.channels || o >= s->dst.channels || y >= s->kernel[0] || x >= s->kernel[1])
        return 0;
    return plain[((o * s->src.channels + c) * s->kernel[0] + y) * s->kernel[1] + x];
}

void ggcn_winograd_pack(const ggcn_winograd *w, const float *plain, float *packed) {
    const int64_t depth = w->in.channels, columns = ggcn_gemm_columns(w->out.channels);
    const size_t matrix = packed_matrix(w);
    for (int64_t k = 0; k < depth; k++)
        for (int64_t n = 0; n < columns; n += GGCN_SIMD) {
            vector g[POINTS], u[POINTS];
            for (int64_t q0 = 0; q0 < w->r[0]; q0++)
                for (int64_t q1 = 0; q1 < w->r[1]; q1++)
                    for (int64_t i = 0; i < GGCN_SIMD; i++)
                        g[w->edge * q0 + q1][i] =
                            n + i < w->out.channels ? weight_at(w, plain, k, n + i, q0, q1) : 0.0f;
            ggcn_winograd_kernel(w->edge, g, w->r, u);
            float *to = packed + ggcn_gemm_at(depth, k, n);
            for (size_t j = 0; j < (size_t)w->points; j++)
                *(vector *)(to + j * matrix) = u[j];
        }
}

/* --- a pass
 * ----------------------------------------------------------------------------------------------------------- */

/* Where a tile lies. */
typedef struct {
    int64_t image, first[2]; /* first result row and column */
} place;

static place place_of(const ggcn_winograd *w, int64_t tile) {
    const int64_t each = w->tiles[0] * w->tiles[1], inside = tile % each;
    return (place){tile / each, {inside / w->tiles[1] * w->m[0], inside % w->tiles[1] * w->m[1]}};
}

/* Offsets, in floats inside a plane, of the rows or columns first .. first+count-1 of a phase; -1 outside. */
static void positions(const side *s, int axis, int64_t phase, int64_t first, int64_t count, int64_t scale,
                      int64_t *at) {
    const int64_t size = axis == 0 ? s->layout.height : s->layout.width;
    for (int64_t i = 0; i < count; i++) {
        const int64_t position = s->stride[axis] * (first + i) + phase - s->offset[axis];
        at[i] = position >= 0 && position < size ? position * scale : -1;
    }
}

static void load_tile(int64_t edge, const float *plane, const int64_t *rows, const int64_t *columns, vector *d) {
    for (int64_t i = 0; i < edge; i++)
        for (int64_t j = 0; j < edge; j++)
            d[edge * i + j] =
                rows[i] >= 0 && columns[j] >= 0 ? *(const vector *)(plane + rows[i] + columns[j]) : (vector){0};
}

/* The transformed data of one tile: element k of point j at v[j points + k]. */
static void read_tile(const ggcn_winograd *w, const float *in, int64_t tile, float *v, size_t points) {
    const place p = place_of(w, tile);
    const ggcn_layout l = w->in.layout;
    const int64_t groups = ggcn_layout_groups(l), plane = l.height * l.width * l.lanes;
    for (int64_t phase = 0; phase < phases(&w->in); phase++) {
        int64_t rows[SIDE], columns[SIDE];
        positions(&w->in, 0, phase / w->in.stride[1], p.first[0], w->edge, l.width * l.lanes, rows);
        positions(&w->in, 1, phase % w->in.stride[1], p.first[1], w->edge, l.lanes, columns);
        for (int64_t g = 0; g < groups; g++)
            for (int64_t lane = 0; lane < l.lanes; lane += GGCN_SIMD, v += GGCN_SIMD) {
                vector d[POINTS], transformed[POINTS];
                load_tile(w->edge, in + (p.image * groups + g) * plane + lane, rows, columns, d);
                ggcn_winograd_data(w->edge, d, transformed);
                for (size_t j = 0; j < (size_t)w->points; j++)
                    *(vector *)(v + j * points) = transformed[j];
            }
    }
}

static vector activate(vector y, float slope) {
    vector out;
    for (int i = 0; i < GGCN_SIMD; i++)
        out[i] = y[i] > 0 ? y[i] : slope * y[i];
    return out;
}

/* The results of one tile, with bias and activation unless bias is NULL. */
static void write_tile(const ggcn_winograd *w, const float *products, size_t points, int64_t tile, const float *bias,
                       bool activation, float *out) {
    const place p = place_of(w, tile);
    const ggcn_layout l = w->out.layout;
    const int64_t groups = ggcn_layout_groups(l), plane = l.height * l.width * l.lanes;
    for (int64_t phase = 0; phase < phases(&w->out); phase++) {
        int64_t rows[SIDE], columns[SIDE];
        positions(&w->out, 0, phase / w->out.stride[1], p.first[0], w->m[0], l.width * l.lanes, rows);
        positions(&w->out, 1, phase % w->out.stride[1], p.first[1], w->m[1], l.lanes, columns);
        for (int64_t g = 0; g < groups; g++)
            for (int64_t lane = 0; lane < l.lanes; lane += GGCN_SIMD, products += GGCN_SIMD) {
                vector u[POINTS], y[POINTS];
                for (size_t j = 0; j < (size_t)w->points; j++)
                    u[j] = *(const vector *)(products + j * points);
                ggcn_winograd_result(w->edge, u, w->m, y);
                const vector constant = bias ? *(const vector *)(bias + g * l.lanes + lane) : (vector){0};
                float *to = out + (p.image * groups + g) * plane + lane;
                for (int64_t i = 0; i < w->m[0]; i++)
                    for (int64_t j = 0; j < w->m[1]; j++)
                        if (rows[i] >= 0 && columns[j] >= 0) {
                            const vector value = y[w->edge * i + j] + constant;
                            *(vector *)(to + rows[i] + columns[j]) =
                                activation ? activate(value, w->spec.slope) : value;
                        }
            }
    }
}

void ggcn_winograd_run(const ggcn_winograd *w, const float *packed, bool affine, const float *bias, const float *in,
                       float *out, float *scratch) {
    const size_t points_in = (size_t)(w->chunk * w->row_in), points_out = (size_t)(w->chunk * w->row_out);
    float *products = scratch + (size_t)w->points * points_in;
    for (int64_t first = 0; first < w->count; first += w->chunk) {
        const int64_t tiles = w->count - first < w->chunk ? w->count - first : w->chunk;
        for (int64_t t = 0; t < tiles; t++)
            read_tile(w, in, first + t, scratch + t * w->row_in, points_in);
        for (size_t j = 0; j < (size_t)w->points; j++)
            ggcn_gemm(tiles, w->out.channels, w->in.channels, scratch + j * points_in, w->row_in,
                      packed + j * packed_matrix(w), products + j * points_out, w->row_out);
        for (int64_t t = 0; t < tiles; t++)
            write_tile(w, products + t * w->row_out, points_out, first + t, affine && w->spec.bias ? bias : NULL,
                       affine && w->spec.activation, out);
    }
}
