#include "learn/batch_network.h"

#include <stdlib.h>
#include <string.h>

#include "base/block_loop.h"

struct ggcn_batch_network {
    const ggcn_graph *graph;
    ggcn_blocks blocks;
    int64_t batch, rows, parts; /* parts: workspaces of a block, the last one perhaps not full */
    size_t in, out;             /* floats of one image */
    ggcn_plan *plan;
    ggcn_weights *weights;
    ggcn_workspace **workspaces;             /* [owned * parts] */
    float *inputs, *seeds, *input_gradients; /* [owned * parts * batch][in], [..][out], [..][in]; 0 beyond the images */
    ggcn_sum *sum;                           /* of one norm layer */
    int64_t channels;                        /* most of a norm layer */
    float *statistics;                       /* scratch of ggcn_batch_network_track */
    int threads;
};

/* What a pass over the blocks works on. */
typedef struct {
    ggcn_batch_network *network;
    size_t stage;
    bool to_inputs;
} stage_work;

static int64_t parts_of(int64_t rows, int64_t batch) {
    return (rows + batch - 1) / batch;
}

static size_t floats_of(ggcn_shape shape) {
    return (size_t)(shape.channels * shape.height * shape.width);
}

size_t ggcn_batch_network_bytes(const ggcn_plan *plan, int64_t owned, int64_t batch, int64_t rows) {
    const size_t workspaces = (size_t)(owned * parts_of(rows, batch));
    return workspaces * ggcn_plan_workspace_plain_bytes(plan) + ggcn_plan_weights_bytes(plan);
}

const ggcn_plan *ggcn_batch_network_plan(const ggcn_batch_network *network) {
    return network->plan;
}

/* Images in a part of a block. */
static int64_t images_of(const ggcn_batch_network *n, int64_t part) {
    const int64_t left = n->rows - part * n->batch;
    return left < n->batch ? left : n->batch;
}

static ggcn_status create(ggcn_batch_network *n) {
    const int64_t count = n->blocks.owned * n->parts;
    const size_t images = (size_t)(count * n->batch);
    GGCN_TRY(ggcn_plan_compile(n->graph, n->batch, &n->plan));
    GGCN_TRY(ggcn_weights_create(n->plan, &n->weights));
    n->workspaces = calloc((size_t)count, sizeof *n->workspaces);
    n->inputs = calloc(images * n->in, sizeof *n->inputs);
    n->seeds = calloc(images * n->out, sizeof *n->seeds);
    n->input_gradients = calloc(images * n->in, sizeof *n->input_gradients);
    n->statistics = calloc(ggcn_graph_statistics(n->graph, NULL, NULL) + 1, sizeof *n->statistics);
    if (!n->workspaces || !n->inputs || !n->seeds || !n->input_gradients || !n->statistics)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer learning.chains", "no memory for a batch of %zu images",
                  images);
    for (int64_t i = 0; i < count; i++)
        GGCN_TRY(ggcn_workspace_create_plain(n->plan, &n->workspaces[i]));
    n->channels = 1;
    for (size_t i = 0; i < ggcn_plan_norms(n->plan); i++)
        if (ggcn_plan_norm_channels(n->plan, i) > n->channels)
            n->channels = ggcn_plan_norm_channels(n->plan, i);
    return ggcn_sum_create(&n->blocks, 2 * (size_t)n->channels, 0, &n->sum);
}

ggcn_status ggcn_batch_network_create(const ggcn_graph *graph, const ggcn_blocks *blocks, int64_t batch, int64_t rows,
                                      ggcn_batch_network **network) {
    ggcn_batch_network *n = calloc(1, sizeof *n);
    *network = n;
    if (!n)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a network");
    n->graph = graph;
    n->blocks = *blocks;
    n->batch = batch;
    n->rows = rows;
    n->parts = parts_of(rows, batch);
    n->in = floats_of(ggcn_graph_shape(graph, 0));
    n->out = floats_of(ggcn_graph_output(graph));
    n->threads = ggcn_threads_for(blocks->owned);
    const ggcn_status status = create(n);
    if (status != GGCN_SUCCESS)
        ggcn_batch_network_destroy(network);
    return status;
}

void ggcn_batch_network_destroy(ggcn_batch_network **network) {
    ggcn_batch_network *n = *network;
    if (!n)
        return;
    for (int64_t i = 0; n->workspaces && i < n->blocks.owned * n->parts; i++)
        ggcn_workspace_destroy(&n->workspaces[i]);
    free(n->workspaces);
    ggcn_weights_destroy(&n->weights);
    ggcn_plan_destroy(&n->plan);
    ggcn_sum_destroy(&n->sum);
    free(n->inputs);
    free(n->seeds);
    free(n->input_gradients);
    free(n->statistics);
    free(n);
    *network = NULL;
}

/* Copies rows between an array of images and one with room for whole parts. */
static void spread(const ggcn_batch_network *n, const float *images, size_t floats, float *parts) {
    for (int64_t b = 0; b < n->blocks.owned; b++)
        memcpy(parts + (size_t)(b * n->parts * n->batch) * floats, images + (size_t)(b * n->rows) * floats,
               (size_t)n->rows * floats * sizeof *parts);
}

static void collect(const ggcn_batch_network *n, const float *parts, size_t floats, float *images) {
    for (int64_t b = 0; b < n->blocks.owned; b++)
        memcpy(images + (size_t)(b * n->rows) * floats, parts + (size_t)(b * n->parts * n->batch) * floats,
               (size_t)n->rows * floats * sizeof *images);
}

enum sums { INPUT_SUMS, SIGNAL_SUMS, NO_SUMS };

/* Hands in what a norm layer needs of a block; nothing after a pass's last stage, whose sum only agrees on the outcome.
 */
static ggcn_status add_sums(ggcn_batch_network *n, int64_t block, size_t norm, enum sums sums) {
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(n->sum, &vector));
    memset(vector.d, 0, 2 * (size_t)n->channels * sizeof *vector.d);
    for (int64_t p = 0; p < n->parts && sums != NO_SUMS; p++) {
        ggcn_workspace *w = n->workspaces[block * n->parts + p];
        if (sums == SIGNAL_SUMS)
            ggcn_norm_signal_sums(w, n->weights, norm, images_of(n, p), vector.d);
        else
            ggcn_norm_input_sums(w, norm, images_of(n, p), vector.d);
    }
    return ggcn_sum_add(n->sum, n->blocks.first + block, vector);
}

static ggcn_status forward_block(void *context, int thread, int64_t block) {
    (void)thread;
    const stage_work *work = context;
    ggcn_batch_network *n = work->network;
    for (int64_t p = 0; p < n->parts; p++) {
        const int64_t part = block * n->parts + p;
        GGCN_TRY(ggcn_forward_stage(n->workspaces[part], n->weights, n->inputs + (size_t)(part * n->batch) * n->in,
                                    work->stage));
    }
    return add_sums(n, block, work->stage, work->stage < ggcn_plan_norms(n->plan) ? INPUT_SUMS : NO_SUMS);
}

/* Images times positions of a norm layer, over all blocks. */
static double count_of(const ggcn_batch_network *n, size_t norm) {
    const ggcn_tensor_info *tensors;
    ggcn_graph_statistics(n->graph, &tensors, NULL);
    const ggcn_shape shape = ggcn_graph_shape(n->graph, tensors[norm].node);
    return (double)(n->blocks.count * n->rows) * (double)(shape.height * shape.width);
}

ggcn_status ggcn_batch_network_forward(ggcn_batch_network *n, const float *parameters, const float *statistics,
                                       const float *inputs, float *outputs) {
    const size_t norms = ggcn_plan_norms(n->plan);
    ggcn_status status = ggcn_weights_pack(n->weights, parameters, statistics);
    spread(n, inputs, n->in, n->inputs);
    for (size_t stage = 0; stage <= norms; stage++) {
        stage_work work = {n, stage, false};
        if (status == GGCN_SUCCESS)
            status = ggcn_for_blocks(n->threads, n->blocks.owned, forward_block, &work);
        ggcn_vector total;
        GGCN_TRY(ggcn_sum_finish(n->sum, status, &total, NULL));
        if (stage == norms)
            break;
        ggcn_weights_set_statistics(n->weights, stage, total.d, count_of(n, stage));
    }
    for (int64_t b = 0; b < n->blocks.owned; b++)
        for (int64_t p = 0; p < n->parts; p++) { /* the seeds' array has room for whole parts */
            const int64_t part = b * n->parts + p;
            ggcn_read_output(n->workspaces[part], n->seeds + (size_t)(part * n->batch) * n->out);
        }
    collect(n, n->seeds, n->out, outputs);
    return GGCN_SUCCESS;
}

void ggcn_batch_network_track(ggcn_batch_network *n, double momentum, float *statistics) {
    const size_t count = ggcn_graph_statistics(n->graph, NULL, NULL);
    ggcn_weights_read_statistics(n->weights, n->statistics);
    for (size_t i = 0; i < count; i++)
        statistics[i] = (float)((1 - momentum) * statistics[i] + momentum * n->statistics[i]);
}

static ggcn_status backward_block(void *context, int thread, int64_t block) {
    (void)thread;
    const stage_work *work = context;
    ggcn_batch_network *n = work->network;
    for (int64_t p = 0; p < n->parts; p++) {
        const int64_t part = block * n->parts + p;
        if (work->stage == ggcn_plan_norms(n->plan))
            ggcn_set_seed(n->workspaces[part], n->seeds + (size_t)(part * n->batch) * n->out);
        GGCN_TRY(ggcn_backward_stage(n->workspaces[part], n->weights,
                                     work->to_inputs ? n->input_gradients + (size_t)(part * n->batch) * n->in : NULL,
                                     work->stage));
    }
    return work->stage > 0 ? add_sums(n, block, work->stage - 1, SIGNAL_SUMS) : add_sums(n, block, 0, NO_SUMS);
}

ggcn_status ggcn_batch_network_backward(ggcn_batch_network *n, ggcn_status mine, const float *seeds, float *inputs) {
    memset(n->seeds, 0, (size_t)(n->blocks.owned * n->parts * n->batch) * n->out * sizeof *n->seeds);
    spread(n, seeds, n->out, n->seeds);
    ggcn_status status = mine;
    for (size_t stage = ggcn_plan_norms(n->plan);; stage--) {
        stage_work work = {n, stage, inputs != NULL};
        if (status == GGCN_SUCCESS)
            status = ggcn_for_blocks(n->threads, n->blocks.owned, backward_block, &work);
        ggcn_vector total;
        GGCN_TRY(ggcn_sum_finish(n->sum, status, &total, NULL));
        if (stage == 0)
            break;
        ggcn_weights_set_signal_sums(n->weights, stage - 1, total.d, count_of(n, stage - 1));
    }
    if (inputs)
        collect(n, n->input_gradients, n->in, inputs);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_batch_network_gradient(ggcn_batch_network *n, int64_t block, float scale, ggcn_gradients *scratch,
                                        float *gradient) {
    ggcn_gradients_clear(scratch);
    for (int64_t p = 0; p < n->parts; p++)
        GGCN_TRY(ggcn_gradients_add(scratch, n->workspaces[block * n->parts + p], n->weights, 1, 0, scale));
    return ggcn_gradients_read(scratch, gradient);
}
