#include "metric/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/block_loop.h"

/* One thread's buffers. */
typedef struct {
    ggcn_workspace *workspace;
    float *x;       /* [C][H][W] of the network's input */
    float *scratch; /* of the resampler */
    float *result;
} runner;

typedef struct {
    const ggcn_feature_network *network;
    const ggcn_resampler *resampler;
    ggcn_shape shape;
    const uint8_t *images;
    float *features, *logits;
    runner *runners; /* [threads] */
} work;

static size_t plane(ggcn_shape shape) {
    return (size_t)(shape.height * shape.width);
}

static ggcn_status make_runner(const work *w, runner *r) {
    const ggcn_shape input = w->network->input;
    GGCN_TRY(ggcn_workspace_create_plain(w->network->plan, &r->workspace));
    r->x = malloc((size_t)input.channels * plane(input) * sizeof *r->x);
    r->scratch = malloc(ggcn_resampler_scratch(w->resampler) * sizeof *r->scratch);
    r->result = malloc((size_t)w->network->result * sizeof *r->result);
    if (!r->x || !r->scratch || !r->result)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use fewer threads", "no memory for the features of an image");
    return GGCN_SUCCESS;
}

static void release_runner(runner *r) {
    ggcn_workspace_destroy(&r->workspace);
    free(r->x);
    free(r->scratch);
    free(r->result);
}

/* Pixels from -1 to 1, of the network's size. */
static void fill_input(const work *w, const uint8_t *image, runner *r) {
    const ggcn_shape input = w->network->input;
    const size_t pixels = plane(input);
    for (int64_t c = 0; c < input.channels; c++) {
        float *x = r->x + (size_t)c * pixels;
        if (c > 0 && w->shape.channels == 1) {
            memcpy(x, r->x, pixels * sizeof *x);
            continue;
        }
        ggcn_resample(w->resampler, image + (size_t)c * plane(w->shape), r->scratch, x);
        for (size_t i = 0; i < pixels; i++)
            x[i] = x[i] / 127.5f - 1;
    }
}

static ggcn_status run_image(void *context, int thread, int64_t i) {
    const work *w = context;
    const ggcn_feature_network *n = w->network;
    runner *r = &w->runners[thread];
    fill_input(w, w->images + (size_t)i * (size_t)w->shape.channels * plane(w->shape), r);
    GGCN_TRY(ggcn_forward(r->workspace, n->weights, r->x));
    ggcn_read_output(r->workspace, r->result);
    for (int64_t k = 0; k < n->result; k++)
        if (!isfinite(r->result[k]))
            GGCN_FAIL(GGCN_ERROR_NUMERIC, "use another network", "the feature network's result is not finite");
    memcpy(w->features + i * n->features, r->result, (size_t)n->features * sizeof *r->result);
    if (n->classes > 0)
        memcpy(w->logits + i * n->classes, r->result + n->logits_at, (size_t)n->classes * sizeof *r->result);
    return GGCN_SUCCESS;
}

static ggcn_status run(work *w, int64_t count) {
    const int threads = ggcn_threads_for(count);
    ggcn_status status = GGCN_SUCCESS;
    w->runners = calloc((size_t)threads, sizeof *w->runners);
    if (!w->runners)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %d threads", threads);
    for (int t = 0; t < threads && status == GGCN_SUCCESS; t++)
        status = make_runner(w, &w->runners[t]);
    if (status == GGCN_SUCCESS)
        status = ggcn_for_blocks(threads, count, run_image, w);
    for (int t = 0; t < threads; t++)
        release_runner(&w->runners[t]);
    free(w->runners);
    return status;
}

ggcn_status ggcn_compute_features(const ggcn_feature_network *network, ggcn_shape shape, int64_t count,
                                  const uint8_t *images, float *features, float *logits) {
    ggcn_resampler *resampler;
    if (shape.channels != 1 && shape.channels != network->input.channels)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use another feature network",
                  "images of %lld channels, but the feature network reads %lld", (long long)shape.channels,
                  (long long)network->input.channels);
    if (count == 0)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_resampler_create(shape, network->input, network->rule, &resampler));
    work w = {network, resampler, shape, images, features, logits, NULL};
    const ggcn_status status = run(&w, count);
    ggcn_resampler_destroy(&resampler);
    return status;
}
