#include "net/winograd_weight.h"

#include <stdlib.h>

#include "net/winograd.h"
#include "net/winograd_gemm.h"
#include "net/winograd_tiles.h"

typedef ggcn_simd vector;
enum {
    POINTS = GGCN_WINOGRAD_POINTS,
    MOST_TILES = 128,          /* at a time: bounds the scratch memory */
    ROWS = 8 * GGCN_GEMM_ROWS, /* channels of src and of dst whose sums, of all points, stay in the second-level */
    COLUMNS = 2 * GGCN_PANEL,  /* cache until they are transformed back */
    SUMS = ROWS * COLUMNS + GGCN_TILES_APART,
    SOME = 8 /* channels of src that are unpacked at a time */
};

struct ggcn_winograd_weight {
    ggcn_tiles t;
    int64_t chunk;  /* tiles that pass through scratch memory at a time */
    int64_t row;    /* distance of a tile's data in scratch memory */
    int64_t panels; /* channels of dst, filled up to whole panels */
};

static size_t data_points(const ggcn_winograd_weight *w) {
    return (size_t)(w->chunk * w->row) + GGCN_TILES_APART;
}

static size_t signal_points(const ggcn_winograd_weight *w) {
    return (size_t)(w->chunk * w->panels) + GGCN_TILES_APART;
}

static void plan(ggcn_winograd_weight *w, const ggcn_correlation_spec *spec) {
    const ggcn_tiles t = ggcn_tiles_plan(spec, false);
    w->t = t;
    w->chunk = ggcn_tiles_parts(t.count, ggcn_tiles_parts(t.count, MOST_TILES));
    w->row = t.in.channels + GGCN_TILES_APART;
    w->panels = ggcn_gemm_columns(t.out.channels);
}

ggcn_status ggcn_winograd_weight_create(const ggcn_correlation_spec *spec, ggcn_winograd_weight **weight) {
    *weight = malloc(sizeof **weight);
    if (!*weight)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a convolution");
    plan(*weight, spec);
    return GGCN_SUCCESS;
}

void ggcn_winograd_weight_destroy(ggcn_winograd_weight **weight) {
    free(*weight);
    *weight = NULL;
}

/* Costs in nanoseconds, roughly, as in winograd.c. AVX2: what they choose of the networks small, r32 and v0 was
 * measured on Zen 3 at 1.7 to 4 times the speed of direct convolution, but for r32's conv9, which is even; AVX-512: on
 * Sapphire Rapids at 1.2 to 2 times. */
#if GGCN_VECTOR == 16
static const double products_rate = 115, transform = 0.3, sum = 0.2;
#else
static const double products_rate = 80, transform = 0.4, sum = 0.3;
#endif

static double winograd_cost(const ggcn_winograd_weight *w) {
    const double matrix = (double)(w->t.in.channels * w->panels);
    const double products = 2 * (double)w->t.count * matrix / products_rate;
    const double transforms = transform * (double)(w->t.count * (w->t.in.channels + w->t.out.channels));
    const double sums = sum * matrix * (double)ggcn_tiles_parts(w->t.count, w->chunk);
    return (double)w->t.points * (products + transforms + sums);
}

bool ggcn_winograd_weight_pays(const ggcn_correlation_spec *spec) {
    ggcn_winograd_weight w;
    if (!ggcn_simd_pays() || !ggcn_winograd_possible(spec))
        return false;
    plan(&w, spec);
    return winograd_cost(&w) < 0.9 * ggcn_winograd_direct_cost(spec);
}

size_t ggcn_winograd_weight_floats(const ggcn_winograd_weight *w) {
    return (size_t)(w->t.in.channels * w->t.r[0] * w->t.r[1] * w->panels);
}

size_t ggcn_winograd_weight_scratch(const ggcn_winograd_weight *w) {
    return (size_t)w->t.points * (data_points(w) + signal_points(w) + SUMS) * sizeof(float);
}

/* The transformed signal of one tile, as row k of the matrices in panels; the last panel's empty columns are zero. */
static void read_signal(const ggcn_winograd_weight *w, const float *dst, int64_t tile, int64_t k, int64_t depth,
                        float *panels, size_t points) {
    const ggcn_layout l = w->t.out.layout;
    const ggcn_tiles_place p = ggcn_tiles_find(&w->t, &w->t.out, tile, 0, w->t.m);
    const int64_t groups = ggcn_layout_groups(l), plane = l.height * l.width * l.lanes, edge = w->t.edge;
    for (int64_t n = 0; n < w->panels; n += GGCN_SIMD) {
        const float *from = dst + (p.image * groups + n / l.lanes) * plane + n % l.lanes;
        float *to = panels + ggcn_gemm_at(depth, k, n);
        vector y[POINTS], v[POINTS] = {{0}};
        if (n < w->t.out.channels) {
            for (int64_t i = 0; i < w->t.m[0]; i++)
                for (int64_t j = 0; j < w->t.m[1]; j++)
                    y[edge * i + j] = p.rows[i] >= 0 && p.columns[j] >= 0
                                          ? *(const vector *)(from + p.rows[i] + p.columns[j])
                                          : (vector){0};
            ggcn_winograd_spread(edge, y, w->t.m, v);
        }
        for (size_t j = 0; j < (size_t)w->t.points; j++)
            *(vector *)(to + j * points) = v[j];
    }
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Where the packed gradient [panel of dst][channel of src in phases][q0][q1][channel of the panel] begins for a channel
 * of src and a panel's first channel of dst. */
static int64_t packed_at(const ggcn_winograd_weight *w, int64_t split, int64_t o) {
    return (o * w->t.in.channels + split * GGCN_PANEL) * w->t.r[0] * w->t.r[1];
}

/* Transforms the sums of some channels of src, and of one panel of dst, back and adds them. */
static void add_sums(const ggcn_winograd_weight *w, const float *sums, int64_t rows, float scale, float *packed) {
    const int64_t *r = w->t.r, edge = w->t.edge;
    for (int64_t i = 0; i < rows; i++, sums += COLUMNS, packed += r[0] * r[1] * GGCN_PANEL)
        for (int64_t n = 0; n < GGCN_PANEL; n += GGCN_SIMD) {
            vector u[POINTS], g[POINTS];
            for (int64_t j = 0; j < w->t.points; j++)
                u[j] = *(const vector *)(sums + j * SUMS + n);
            ggcn_winograd_gather(edge, u, r, g);
            for (int64_t q = 0; q < r[0] * r[1]; q++) {
                vector *to = (vector *)(packed + q * GGCN_PANEL + n);
                *to += scale * g[edge * (q / r[1]) + q % r[1]];
            }
        }
}

void ggcn_winograd_weight_add(const ggcn_winograd_weight *w, const float *src, const float *dst, float scale,
                              float *packed, float *scratch) {
    const int64_t in = w->t.in.channels;
    const size_t of_data = data_points(w), of_signal = signal_points(w), points = (size_t)w->t.points;
    float *data = scratch, *signal = data + points * of_data, *sums = signal + points * of_signal;
    for (int64_t first = 0; first < w->t.count; first += w->chunk) {
        const int64_t tiles = least(w->t.count - first, w->chunk);
        for (int64_t k = 0; k < tiles; k++) {
            ggcn_tiles_read(&w->t, src, first + k, data + k * w->row, of_data);
            read_signal(w, dst, first + k, k, tiles, signal, of_signal);
        }
        for (int64_t c = 0; c < in; c += ROWS)
            for (int64_t o = 0; o < w->panels; o += COLUMNS) {
                const int64_t rows = least(in - c, ROWS), columns = least(w->panels - o, COLUMNS);
                for (size_t j = 0; j < points; j++)
                    ggcn_gemm_transposed(rows, columns, tiles, data + j * of_data + c, w->row,
                                         signal + j * of_signal + o * tiles, sums + j * SUMS, COLUMNS);
                for (int64_t n = 0; n < columns; n += GGCN_PANEL)
                    add_sums(w, sums + n, rows, scale, packed + packed_at(w, c, o + n));
            }
    }
}

/* SOME channels of src from c on and a panel of dst from o on: few enough that what is written stays in the cache. */
static void unpack_part(const ggcn_winograd_weight *w, const float *packed, int64_t c, int64_t o, float *plain) {
    const ggcn_correlation_spec *s = &w->t.spec;
    const int64_t padded = ggcn_layout_groups(s->src) * s->src.lanes, elements = w->t.r[0] * w->t.r[1];
    const int64_t apart = s->src.channels * s->kernel[0] * s->kernel[1], count = least(GGCN_PANEL, s->dst.channels - o);
    for (int64_t phase = 0; phase < ggcn_tiles_phases(&w->t.in); phase++)
        for (int64_t split = phase * padded + c; split < phase * padded + least(c + SOME, padded); split++)
            for (int64_t q = 0; q < elements; q++) {
                const float *from = packed + packed_at(w, split, o) + q * GGCN_PANEL;
                const int64_t at = ggcn_tiles_weight(&w->t, split, o, q / w->t.r[1], q % w->t.r[1]);
                for (int64_t n = 0; n < count && at >= 0; n++)
                    plain[n * apart + at] = from[n];
            }
}

void ggcn_winograd_weight_unpack(const ggcn_winograd_weight *w, const float *packed, float *plain) {
    for (int64_t o = 0; o < w->t.spec.dst.channels; o += GGCN_PANEL)
        for (int64_t c = 0; c < w->t.spec.src.channels; c += SOME)
            unpack_part(w, packed, c, o, plain);
}
