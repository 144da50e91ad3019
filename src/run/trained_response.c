/* Mean responses of a trained model's layers to sets of images, and their distance. */
#include "ggcn/trained_response.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/block_loop.h"
#include "ggcn/response.h"
#include "run/trained.h"

/* One thread's buffers. */
typedef struct {
    ggcn_workspace *workspace;
    float *x, *map; /* [block][C][H][W] of images and of the last feature map */
    double *means;  /* [block][channels] of a layer */
} runner;

/* All that both sets share. A vector is [channels of each layer | features]. */
typedef struct {
    const ggcn_trained_grid *grid;
    float scale, shift; /* from bytes to pixels */
    ggcn_plan *plan;    /* of a block, whatever run.block is: a block's images are then the same in any batch */
    ggcn_weights *weights;
    size_t layers, widest, length;
    int *nodes; /* [layers] */
    int threads;
    runner *runners; /* [threads] */
} responses;

typedef struct {
    const responses *r;
    const ggcn_spread_set *set;
    ggcn_sum *sum;
} work;

static const ggcn_trained_grid *finest(const ggcn_trained *m) {
    return &m->grids[m->info.grids - 1];
}

static size_t channels_of(const responses *r, size_t layer) {
    return (size_t)ggcn_graph_shape(r->grid->potential.graph, r->nodes[layer]).channels;
}

const ggcn_graph *ggcn_trained_graph(const ggcn_trained *m) {
    return finest(m)->potential.graph;
}

static ggcn_status list_layers(responses *r) {
    const ggcn_graph *graph = r->grid->potential.graph;
    r->layers = ggcn_graph_responses(graph, NULL);
    r->nodes = malloc(r->layers * sizeof *r->nodes);
    if (!r->nodes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of %zu layers", r->layers);
    ggcn_graph_responses(graph, r->nodes);
    r->length = r->grid->potential.features;
    for (size_t i = 0; i < r->layers; i++) {
        r->length += channels_of(r, i);
        r->widest = channels_of(r, i) > r->widest ? channels_of(r, i) : r->widest;
    }
    return GGCN_SUCCESS;
}

static ggcn_status make_runner(const responses *r, runner *one) {
    const size_t top = (size_t)ggcn_graph_output(r->grid->potential.graph).channels * r->grid->potential.positions;
    one->x = malloc(GGCN_SPREAD_BLOCK * r->grid->elements * sizeof *one->x);
    one->map = malloc(GGCN_SPREAD_BLOCK * top * sizeof *one->map);
    one->means = malloc(GGCN_SPREAD_BLOCK * r->widest * sizeof *one->means);
    if (!one->x || !one->map || !one->means)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use fewer threads", "no memory for the responses to a block of images");
    return ggcn_workspace_create_plain(r->plan, &one->workspace);
}

static ggcn_status create(const ggcn_trained *m, int threads, responses *r) {
    const ggcn_config_data *data = &m->config->data;
    *r = (responses){.grid = finest(m),
                     .scale = (data->pixel_max - data->pixel_min) / 255.0f,
                     .shift = data->pixel_min,
                     .threads = threads};
    const ggcn_trained_grid *g = r->grid;
    GGCN_TRY(list_layers(r));
    GGCN_TRY(ggcn_plan_compile(g->potential.graph, GGCN_SPREAD_BLOCK, &r->plan));
    GGCN_TRY(ggcn_weights_create(r->plan, &r->weights));
    GGCN_TRY(ggcn_weights_pack(r->weights, g->parameters + g->potential.n_theta, g->statistics));
    r->runners = calloc((size_t)threads, sizeof *r->runners);
    if (!r->runners)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %d threads", threads);
    for (int t = 0; t < threads; t++)
        GGCN_TRY(make_runner(r, &r->runners[t]));
    return GGCN_SUCCESS;
}

static void release(responses *r) {
    for (int t = 0; r->runners && t < r->threads; t++) {
        ggcn_workspace_destroy(&r->runners[t].workspace);
        free(r->runners[t].x);
        free(r->runners[t].map);
        free(r->runners[t].means);
    }
    free(r->runners);
    free(r->nodes);
    ggcn_weights_destroy(&r->weights);
    ggcn_plan_destroy(&r->plan);
}

/* As theta weighs them: summed over positions if stationary. */
static void add_features(const ggcn_potential *p, const float *map, double *sums) {
    for (size_t k = 0; k < p->features; k++)
        if (p->theta == GGCN_THETA_POSITIONAL)
            sums[k] += (double)map[k];
        else
            for (size_t i = 0; i < p->positions; i++)
                sums[k] += (double)map[k * p->positions + i];
}

static void add_responses(const responses *r, const runner *one, int64_t images, double *sums) {
    const ggcn_potential *p = &r->grid->potential;
    for (size_t i = 0; i < r->layers; i++) {
        const size_t channels = channels_of(r, i);
        ggcn_layer_channels(one->workspace, r->nodes[i], one->means);
        for (int64_t n = 0; n < images; n++)
            for (size_t c = 0; c < channels; c++)
                sums[c] += one->means[(size_t)n * channels + c];
        sums += channels;
    }
    const size_t top = (size_t)ggcn_graph_output(p->graph).channels * p->positions;
    ggcn_read_output(one->workspace, one->map);
    for (int64_t n = 0; n < images; n++)
        add_features(p, one->map + (size_t)n * top, sums);
}

static ggcn_status add_block(void *context, int thread, int64_t block) {
    const work *w = context;
    const responses *r = w->r;
    const ggcn_image_spread *spread = w->set->spread;
    const runner *one = &r->runners[thread];
    const int64_t first = block * GGCN_SPREAD_BLOCK, left = spread->owned - first;
    const int64_t images = left < GGCN_SPREAD_BLOCK ? left : GGCN_SPREAD_BLOCK;
    const size_t pixels = (size_t)images * r->grid->elements;
    const uint8_t *bytes = w->set->images + (size_t)first * r->grid->elements;
    for (size_t i = 0; i < GGCN_SPREAD_BLOCK * r->grid->elements; i++)
        one->x[i] = i < pixels ? r->scale * (float)bytes[i] + r->shift : 0;
    GGCN_TRY(ggcn_forward(one->workspace, r->weights, one->x));
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(w->sum, &vector));
    memset(vector.d, 0, r->length * sizeof *vector.d);
    add_responses(r, one, images, vector.d);
    return ggcn_sum_add(w->sum, spread->blocks.first + block, vector);
}

/* Means over a set. Collective; `mine` as for ggcn_sum_create_on_all. */
static ggcn_status mean_responses(const responses *r, const ggcn_spread_set *set, ggcn_status mine, double *mean) {
    ggcn_vector total;
    work w = {r, set, NULL};
    GGCN_TRY(ggcn_sum_create_on_all(&set->spread->blocks, r->length, 0, mine, &w.sum));
    ggcn_status status = ggcn_for_blocks(r->threads, set->spread->blocks.owned, add_block, &w);
    status = ggcn_sum_finish(w.sum, status, &total, NULL);
    for (size_t i = 0; status == GGCN_SUCCESS && i < r->length; i++)
        mean[i] = total.d[i] / (double)set->spread->count;
    ggcn_sum_destroy(&w.sum);
    return status;
}

static ggcn_status compare(const responses *r, const double *a, const double *b, float *difference, double *layers,
                           double *total) {
    for (size_t i = 0; i < r->layers; i++) {
        const size_t channels = channels_of(r, i);
        double sum = 0;
        for (size_t c = 0; c < channels; c++)
            sum += fabs(a[c] - b[c]);
        layers[i] = sum / (double)channels;
        a += channels;
        b += channels;
    }
    for (size_t k = 0; k < r->grid->potential.features; k++)
        difference[k] = (float)(a[k] - b[k]);
    *total = ggcn_response_distance(&r->grid->potential, difference);
    for (size_t i = 0; i <= r->layers; i++)
        if (!isfinite(i < r->layers ? layers[i] : *total))
            GGCN_FAIL(GGCN_ERROR_NUMERIC, "use an earlier checkpoint",
                      "the model's responses to the images are not finite");
    return GGCN_SUCCESS;
}

static int most(int a, int b) {
    return a > b ? a : b;
}

ggcn_status ggcn_trained_response_distances(const ggcn_trained *m, const ggcn_spread_set *a, const ggcn_spread_set *b,
                                            double *layers, double *total) {
    responses r;
    ggcn_status status =
        create(m, most(ggcn_threads_for(a->spread->blocks.owned), ggcn_threads_for(b->spread->blocks.owned)), &r);
    double *means = malloc(2 * r.length * sizeof *means);
    float *difference = malloc(r.grid->potential.features * sizeof *difference);
    if (status == GGCN_SUCCESS && (!means || !difference))
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %zu mean responses", r.length);
    status = mean_responses(&r, a, status, means);
    if (status == GGCN_SUCCESS)
        status = mean_responses(&r, b, GGCN_SUCCESS, means + r.length);
    if (status == GGCN_SUCCESS)
        status = compare(&r, means, means + r.length, difference, layers, total);
    free(means);
    free(difference);
    release(&r);
    return status;
}
