#include "metric/resample.h"

#include <math.h>
#include <stdlib.h>

/* Which input pixels make an output pixel. */
typedef struct {
    int64_t first, count;
    double *weights; /* [count], sum 1 */
} taps;

typedef struct {
    int64_t in, out;
    taps *taps;      /* [out] */
    double *weights; /* of all */
} axis;

struct ggcn_resampler {
    axis across, down;
};

static void pillow_taps(const axis *a, int64_t o, taps *t) {
    const double scale = (double)a->in / (double)a->out, support = scale > 1 ? scale : 1;
    const double centre = ((double)o + 0.5) * scale;
    const int64_t first = (int64_t)(centre - support + 0.5), end = (int64_t)(centre + support + 0.5);
    t->first = first < 0 ? 0 : first;
    t->count = (end > a->in ? a->in : end) - t->first;
    double sum = 0;
    for (int64_t i = 0; i < t->count; i++) {
        const double distance = fabs((double)(t->first + i) - centre + 0.5) / support;
        t->weights[i] = distance < 1 ? 1 - distance : 0;
        sum += t->weights[i];
    }
    for (int64_t i = 0; i < t->count; i++)
        t->weights[i] /= sum;
}

static void tensorflow_taps(const axis *a, int64_t o, taps *t) {
    const float place = (float)o * ((float)a->in / (float)a->out); /* single precision as there */
    t->first = (int64_t)place;
    t->count = t->first + 1 < a->in ? 2 : 1;
    const double share = (double)(place - (float)t->first);
    t->weights[0] = t->count == 2 ? 1 - share : 1;
    if (t->count == 2)
        t->weights[1] = share;
}

static ggcn_status fill_axis(int64_t in, int64_t out, ggcn_resample_rule rule, axis *a) {
    const double scale = (double)in / (double)out;
    const size_t most = 3 + 2 * (size_t)(scale > 1 ? scale : 1); /* taps of one pixel */
    *a = (axis){in, out, malloc((size_t)out * sizeof *a->taps), malloc((size_t)out * most * sizeof *a->weights)};
    if (!a->taps || !a->weights)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to resize images");
    for (int64_t o = 0; o < out; o++) {
        a->taps[o].weights = a->weights + (size_t)o * most;
        (rule == GGCN_RESAMPLE_PILLOW ? pillow_taps : tensorflow_taps)(a, o, &a->taps[o]);
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_resampler_create(ggcn_shape in, ggcn_shape out, ggcn_resample_rule rule, ggcn_resampler **resampler) {
    *resampler = calloc(1, sizeof **resampler);
    if (!*resampler)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to resize images");
    ggcn_status status = fill_axis(in.width, out.width, rule, &(*resampler)->across);
    if (status == GGCN_SUCCESS)
        status = fill_axis(in.height, out.height, rule, &(*resampler)->down);
    if (status != GGCN_SUCCESS)
        ggcn_resampler_destroy(resampler);
    return status;
}

void ggcn_resampler_destroy(ggcn_resampler **resampler) {
    if (!*resampler)
        return;
    free((*resampler)->across.taps);
    free((*resampler)->across.weights);
    free((*resampler)->down.taps);
    free((*resampler)->down.weights);
    free(*resampler);
    *resampler = NULL;
}

size_t ggcn_resampler_scratch(const ggcn_resampler *resampler) {
    return (size_t)(resampler->down.in * resampler->across.out);
}

void ggcn_resample(const ggcn_resampler *resampler, const uint8_t *in, float *scratch, float *out) {
    const axis *across = &resampler->across, *down = &resampler->down;
    for (int64_t y = 0; y < down->in; y++)
        for (int64_t x = 0; x < across->out; x++) {
            const taps *t = &across->taps[x];
            double sum = 0;
            for (int64_t i = 0; i < t->count; i++)
                sum += t->weights[i] * in[y * across->in + t->first + i];
            scratch[y * across->out + x] = (float)sum;
        }
    for (int64_t y = 0; y < down->out; y++) {
        const taps *t = &down->taps[y];
        for (int64_t x = 0; x < across->out; x++) {
            double sum = 0;
            for (int64_t i = 0; i < t->count; i++)
                sum += t->weights[i] * (double)scratch[(t->first + i) * across->out + x];
            out[y * across->out + x] = (float)sum;
        }
    }
}
