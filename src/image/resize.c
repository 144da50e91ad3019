#include "image/resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double lobes = 3.0;
enum { places = 22, half = 1 << (places - 1) }; /* 8 bits of pixel, 22 of weight and 2 to spare make 32 */
enum { abreast = 32 };                          /* rows that are resized together */

typedef struct {
    int32_t first, count;
} span;

/* Output pixel o of an axis is the sum over i < spans[o].count of weights[o * taps + i] * input pixel spans[o].first +
 * i, in units of 2^-22. The magnitudes of an output pixel's weights add up to less than 1.6, so the sum stays below
 * 2^31. */
typedef struct {
    int64_t in, out, taps;
    span *spans;
    int32_t *weights;
} axis;

/* A plane of bytes; row y begins at pixels + y * stride. */
typedef struct {
    const uint8_t *pixels;
    int64_t height, width, stride;
} plane;

static double sinc(double t) {
    return t == 0.0 ? 1.0 : sin(t * pi) / (t * pi);
}

static double lanczos(double t) {
    return -lobes <= t && t < lobes ? sinc(t) * sinc(t / lobes) : 0.0;
}

static void find_weights(const axis *a, int64_t o, double *exact) {
    const double scale = (double)a->in / (double)a->out, widening = scale < 1.0 ? 1.0 : scale;
    const double support = lobes * widening, centre = ((double)o + 0.5) * scale, narrowing = 1.0 / widening;
    const int64_t from = (int64_t)(centre - support + 0.5), to = (int64_t)(centre + support + 0.5);
    const int64_t first = from < 0 ? 0 : from, count = (to > a->in ? a->in : to) - first;
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        exact[i] = lanczos(((double)(i + first) - centre + 0.5) * narrowing);
        sum += exact[i];
    }
    int32_t *weights = a->weights + o * a->taps;
    for (int64_t i = 0; i < count; i++) {
        const double scaled = exact[i] / sum * (1 << places);
        weights[i] = (int32_t)(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
    }
    a->spans[o] = (span){(int32_t)first, (int32_t)count};
}

static void axis_clear(axis *a) {
    free(a->spans);
    free(a->weights);
}

/* To be cleared by the caller, after an error too. */
static ggcn_status axis_make(int64_t in, int64_t out, axis *a) {
    const double scale = (double)in / (double)out;
    *a = (axis){.in = in, .out = out, .taps = 2 * (int64_t)ceil(lobes * (scale < 1.0 ? 1.0 : scale)) + 1};
    a->spans = malloc((size_t)out * sizeof *a->spans);
    a->weights = malloc((size_t)(out * a->taps) * sizeof *a->weights);
    double *exact = malloc((size_t)a->taps * sizeof *exact);
    if (!a->spans || !a->weights || !exact) {
        free(exact);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to resize an image");
    }
    for (int64_t o = 0; o < out; o++)
        find_weights(a, o, exact);
    free(exact);
    return GGCN_SUCCESS;
}

static uint8_t to_byte(int32_t sum) {
    const int32_t value = sum >> places;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Rows of in.width pixels to rows of a->out. Rows are turned on their side first, so that pixels with the same weight
 * lie beside each other. @param cells [in.width][abreast] @param[out] out [in.height][a->out] */
static void resize_rows(const axis *a, plane in, int32_t *restrict cells, uint8_t *restrict out) {
    for (int64_t y = 0; y < in.height; y += abreast) {
        const int64_t rows = in.height - y < abreast ? in.height - y : abreast;
        for (int64_t t = 0; t < rows; t++)
            for (int64_t x = 0; x < in.width; x++)
                cells[x * abreast + t] = in.pixels[(y + t) * in.stride + x];
        for (int64_t x = 0; x < a->out; x++) {
            const int32_t *from = cells + a->spans[x].first * abreast, *weights = a->weights + x * a->taps;
            int32_t sums[abreast];
            for (int t = 0; t < abreast; t++)
                sums[t] = half;
            for (int32_t i = 0; i < a->spans[x].count; i++)
                for (int t = 0; t < abreast; t++)
                    sums[t] += weights[i] * from[i * abreast + t];
            for (int64_t t = 0; t < rows; t++)
                out[(y + t) * a->out + x] = to_byte(sums[t]);
        }
    }
}

/* Columns of in.height pixels to columns of a->out. @param sums [in.width] @param[out] out [a->out][in.width] */
static void resize_columns(const axis *a, plane in, int32_t *restrict sums, uint8_t *restrict out) {
    for (int64_t y = 0; y < a->out; y++) {
        for (int64_t x = 0; x < in.width; x++)
            sums[x] = half;
        for (int64_t i = 0; i < a->spans[y].count; i++) {
            const uint8_t *from = in.pixels + (a->spans[y].first + i) * in.stride;
            const int32_t weight = a->weights[y * a->taps + i];
            for (int64_t x = 0; x < in.width; x++)
                sums[x] += weight * from[x];
        }
        for (int64_t x = 0; x < in.width; x++)
            out[y * in.width + x] = to_byte(sums[x]);
    }
}

/* What both passes need; an axis that keeps its size has no spans. */
typedef struct {
    axis x, y;
    uint8_t *between; /* [box height][out width] */
    int32_t *sums;    /* [out width] */
    int32_t *cells;   /* [box width][abreast] */
} passes;

static ggcn_status make_passes(const ggcn_crop *box, ggcn_shape out, passes *p) {
    if (box->width != out.width)
        GGCN_TRY(axis_make(box->width, out.width, &p->x));
    if (box->height != out.height)
        GGCN_TRY(axis_make(box->height, out.height, &p->y));
    p->between = malloc((size_t)(box->height * out.width));
    p->sums = malloc((size_t)out.width * sizeof *p->sums);
    p->cells = calloc((size_t)(box->width * abreast), sizeof *p->cells);
    if (!p->between || !p->sums || !p->cells)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to resize an image");
    return GGCN_SUCCESS;
}

static void resize_plane(const passes *p, plane in, uint8_t *out) {
    if (p->x.spans) {
        uint8_t *to = p->y.spans ? p->between : out;
        resize_rows(&p->x, in, p->cells, to);
        in = (plane){to, in.height, p->x.out, p->x.out};
    }
    if (p->y.spans)
        resize_columns(&p->y, in, p->sums, out);
    else if (!p->x.spans)
        for (int64_t y = 0; y < in.height; y++)
            memcpy(out + y * in.width, in.pixels + y * in.stride, (size_t)in.width);
}

ggcn_status ggcn_resize(const ggcn_picture *in, const ggcn_crop *box, ggcn_picture *out) {
    passes p = {0};
    const ggcn_status status = make_passes(box, out->shape, &p);
    for (int64_t c = 0; status == GGCN_SUCCESS && c < in->shape.channels; c++) {
        const int64_t stride = in->shape.width, first = (c * in->shape.height + box->y) * stride + box->x;
        resize_plane(&p, (plane){in->pixels + first, box->height, box->width, stride},
                     out->pixels + c * out->shape.height * out->shape.width);
    }
    axis_clear(&p.x);
    axis_clear(&p.y);
    free(p.between);
    free(p.sums);
    free(p.cells);
    return status;
}
