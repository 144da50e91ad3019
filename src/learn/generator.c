#include "learn/generator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/block_loop.h"
#include "ggcn/initialization.h"
#include "learn/squares.h"

static ggcn_status allocate(ggcn_generator *g) {
    const size_t count = (size_t)g->count;
    g->z = calloc(count * g->latent, sizeof *g->z);
    g->input = calloc(count * g->inputs, sizeof *g->input);
    g->image = calloc(count * g->elements, sizeof *g->image);
    g->signal = calloc(count * g->elements, sizeof *g->signal);
    g->input_gradient = calloc(count * g->inputs, sizeof *g->input_gradient);
    g->parameters = calloc(g->n_parameters, sizeof *g->parameters);
    g->statistics = calloc(ggcn_graph_statistics(g->graph, NULL, NULL) + 1, sizeof *g->statistics);
    g->scratch = calloc((size_t)g->threads, sizeof *g->scratch);
    if (ggcn_generator_encodes(g)) {
        g->hidden = calloc(count * (size_t)(g->masks.height * g->masks.width), 1);
        if (!g->hidden)
            GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer learning.chains",
                      "no memory for the masks of images");
    }
    if (!g->z || !g->input || !g->image || !g->signal || !g->input_gradient || !g->parameters || !g->statistics ||
        !g->scratch)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer learning.chains",
                  "no memory for the generator's images");
    return GGCN_SUCCESS;
}

/* Filters as in a potential, embedding N(0, 1) like z. */
static void initialize(ggcn_generator *g) {
    const ggcn_config_generator *c = &g->config->generator;
    const ggcn_initialization how = {c->weight_init, c->weight_sigma, g->config->run.seed, GGCN_RANDOM_GENERATOR};
    ggcn_network_initialize(g->graph, &how, g->parameters, g->statistics);
    ggcn_random_normal((ggcn_random_key){.seed = g->config->run.seed, .purpose = GGCN_RANDOM_EMBEDDING},
                       g->n_parameters - g->n_network, g->parameters + g->n_network);
}

static ggcn_status create(ggcn_generator *g, const ggcn_graph *graph) {
    GGCN_TRY(ggcn_graph_copy(graph, &g->graph));
    const ggcn_shape in = ggcn_graph_shape(g->graph, 0), out = ggcn_graph_output(g->graph);
    g->inputs = (size_t)(in.channels * in.height * in.width);
    g->elements = (size_t)(out.channels * out.height * out.width);
    g->latent = ggcn_generator_encodes(g) ? g->inputs : g->config->generator.latent;
    g->masks = ggcn_masks_of(&g->config->inpaint, in.height, in.width);
    g->n_network = ggcn_graph_parameters(g->graph, NULL, NULL);
    g->n_parameters = g->n_network + (g->n_classes > 1 ? g->n_classes * (g->inputs - g->latent) : 0);
    g->threads = ggcn_threads_for(g->blocks.owned);
    GGCN_TRY(ggcn_batch_network_create(g->graph, &g->blocks, g->block, g->block, &g->network));
    GGCN_TRY(allocate(g));
    initialize(g);
    for (int i = 0; i < g->threads; i++)
        GGCN_TRY(ggcn_gradients_create(ggcn_batch_network_plan(g->network), &g->scratch[i]));
    GGCN_TRY(ggcn_optimizer_create(&g->config->generator.optimizer, g->n_parameters, &g->optimizer));
    return ggcn_sum_create(&g->blocks, 1, g->n_parameters, &g->sum);
}

ggcn_status ggcn_generator_create(const ggcn_config *config, const ggcn_graph *graph, const ggcn_blocks *blocks,
                                  const ggcn_chains *chains, uint32_t n_classes, ggcn_generator **generator) {
    ggcn_generator *g = calloc(1, sizeof *g);
    *generator = g;
    if (!g)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a generator");
    g->config = config;
    g->blocks = *blocks;
    g->block = chains->block;
    g->first = chains->first;
    g->count = chains->count;
    g->n_classes = n_classes;
    g->rate_factor = 1;
    const ggcn_status status = create(g, graph);
    if (status != GGCN_SUCCESS)
        ggcn_generator_destroy(generator);
    return status;
}

void ggcn_generator_destroy(ggcn_generator **generator) {
    ggcn_generator *g = *generator;
    if (!g)
        return;
    for (int i = 0; g->scratch && i < g->threads; i++)
        ggcn_gradients_destroy(&g->scratch[i]);
    free(g->scratch);
    ggcn_batch_network_destroy(&g->network);
    ggcn_graph_destroy(&g->graph);
    ggcn_optimizer_destroy(&g->optimizer);
    ggcn_sum_destroy(&g->sum);
    free(g->hidden);
    free(g->z);
    free(g->input);
    free(g->image);
    free(g->signal);
    free(g->input_gradient);
    free(g->parameters);
    free(g->statistics);
    free(g->paths);
    free(g);
    *generator = NULL;
}

void ggcn_generator_draw(ggcn_generator *g, uint64_t iteration, int64_t chain) {
    ggcn_random_normal((ggcn_random_key){.seed = g->config->run.seed,
                                         .purpose = GGCN_RANDOM_LATENT,
                                         .iteration = (uint32_t)iteration,
                                         .chain = (uint32_t)(g->first + chain)},
                       g->latent, g->z + (size_t)chain * g->latent);
}

bool ggcn_generator_encodes(const ggcn_generator *g) {
    return g->config->inpaint.mask != GGCN_MASK_NONE;
}

void ggcn_generator_hide(ggcn_generator *g, uint64_t iteration, int64_t chain) {
    const size_t plane = (size_t)(g->masks.height * g->masks.width);
    uint8_t *hidden = g->hidden + (size_t)chain * plane;
    float *z = g->z + (size_t)chain * g->latent;
    ggcn_mask_draw(&g->masks,
                   (ggcn_random_key){.seed = g->config->run.seed,
                                     .purpose = GGCN_RANDOM_MASK,
                                     .iteration = (uint32_t)iteration,
                                     .chain = (uint32_t)(g->first + chain)},
                   hidden);
    for (size_t i = 0; i < g->latent; i++)
        z[i] = hidden[i % plane] ? 0 : z[i];
}

static const float *embedding_of(const ggcn_generator *g, uint32_t label) {
    return g->parameters + g->n_network + label * (g->inputs - g->latent);
}

ggcn_status ggcn_generator_forward(ggcn_generator *g, const uint32_t *labels) {
    for (int64_t n = 0; n < g->count; n++) {
        float *input = g->input + (size_t)n * g->inputs;
        memcpy(input, g->z + (size_t)n * g->latent, g->latent * sizeof *input);
        if (g->n_classes > 1)
            memcpy(input + g->latent, embedding_of(g, labels[n]), (g->inputs - g->latent) * sizeof *input);
    }
    GGCN_TRY(ggcn_batch_network_forward(g->network, g->parameters, g->statistics, g->input, g->image));
    ggcn_batch_network_track(g->network, g->config->generator.norm_momentum, g->statistics);
    return GGCN_SUCCESS;
}

typedef struct {
    ggcn_generator *generator;
    const uint32_t *labels;
} gradient_work;

static ggcn_status gradient_block(void *context, int thread, int64_t block) {
    const gradient_work *work = context;
    ggcn_generator *g = work->generator;
    const float scale = (float)(1 / (double)g->config->learning.chains);
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(g->sum, &vector));
    vector.d[0] = 0;
    GGCN_TRY(ggcn_batch_network_gradient(g->network, block, scale, g->scratch[thread], vector.f));
    const size_t dimension = g->inputs - g->latent;
    float *embedding = vector.f + g->n_network;
    memset(embedding, 0, (g->n_parameters - g->n_network) * sizeof *embedding);
    for (int64_t n = block * g->block; g->n_classes > 1 && n < (block + 1) * g->block; n++)
        for (size_t i = 0; i < dimension; i++)
            embedding[work->labels[n] * dimension + i] +=
                scale * g->input_gradient[(size_t)n * g->inputs + g->latent + i];
    return ggcn_sum_add(g->sum, g->blocks.first + block, vector);
}

ggcn_status ggcn_generator_learn(ggcn_generator *g, ggcn_status mine, const uint32_t *labels, uint64_t iteration,
                                 double *norm) {
    const ggcn_config_learning *l = &g->config->learning;
    const bool to_inputs = g->n_classes > 1 || ggcn_generator_learns_latents(g);
    GGCN_TRY(ggcn_batch_network_backward(g->network, mine, g->signal, to_inputs ? g->input_gradient : NULL));
    gradient_work work = {g, labels};
    ggcn_vector total;
    GGCN_TRY(
        ggcn_sum_finish(g->sum, ggcn_for_blocks(g->threads, g->blocks.owned, gradient_block, &work), &total, NULL));
    *norm = sqrt(ggcn_sum_of_squares(total.f, g->n_parameters));
    const double rate = g->rate_factor *
                        ggcn_schedule_rate(&l->schedule, g->config->generator.optimizer.rate, iteration, l->iterations);
    ggcn_optimizer_step(&g->optimizer, iteration / g->config->generator.every + 1, rate, total.f, g->parameters);
    return GGCN_SUCCESS;
}

bool ggcn_generator_learns_latents(const ggcn_generator *g) {
    return ggcn_model_traits_of(g->config->model)->learns_latent && !ggcn_generator_encodes(g);
}

void ggcn_generator_step_latents(ggcn_generator *g, double rate) {
    for (int64_t n = 0; n < g->count; n++)
        for (size_t i = 0; i < g->latent; i++)
            g->z[(size_t)n * g->latent + i] += (float)rate * g->input_gradient[(size_t)n * g->inputs + i];
}

static ggcn_status add_parameters(ggcn_generator *g, ggcn_state *state) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(g->graph, &tensors, &count);
    if (!g->paths)
        g->paths = calloc(count + 1, sizeof *g->paths);
    if (!g->paths)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to list the state");
    for (size_t i = 0; i < count; i++) {
        snprintf(g->paths[i], sizeof *g->paths, "parameters/generator/%s", tensors[i].name);
        ggcn_array a = {.path = g->paths[i],
                        .description = "parameter of a layer of the generator",
                        .unit = "1",
                        .type = GGCN_F32,
                        .rank = tensors[i].rank,
                        .data = g->parameters + tensors[i].offset};
        memcpy(a.dims, tensors[i].dims, sizeof tensors[i].dims);
        GGCN_TRY(ggcn_state_add(state, a));
    }
    if (g->n_classes < 2)
        return GGCN_SUCCESS;
    return ggcn_state_add(state, (ggcn_array){.path = "parameters/generator/embedding",
                                              .description = "embedding of each class, by class and dimension",
                                              .unit = "1",
                                              .type = GGCN_F32,
                                              .rank = 2,
                                              .dims = {g->n_classes, (int64_t)(g->inputs - g->latent)},
                                              .data = g->parameters + g->n_network});
}

static ggcn_status add_vector(ggcn_state *state, const char *path, const char *description, size_t count, float *data) {
    return ggcn_state_add(state, (ggcn_array){.path = path,
                                              .description = description,
                                              .unit = "1",
                                              .type = GGCN_F32,
                                              .rank = 1,
                                              .dims = {(int64_t)count},
                                              .data = data});
}

ggcn_status ggcn_generator_state(ggcn_generator *g, ggcn_state *state) {
    const size_t statistics = ggcn_graph_statistics(g->graph, NULL, NULL);
    const bool adam = g->optimizer.second != NULL;
    GGCN_TRY(add_parameters(g, state));
    GGCN_TRY(add_vector(state, "optimizer/generator/first",
                        adam ? "Adam's mean of gradients, [network | embedding]" : "velocity, [network | embedding]",
                        g->n_parameters, g->optimizer.first));
    if (adam)
        GGCN_TRY(add_vector(state, "optimizer/generator/second",
                            "Adam's mean of squared gradients, [network | embedding]", g->n_parameters,
                            g->optimizer.second));
    if (statistics > 0)
        GGCN_TRY(add_vector(state, "normalisation/generator/statistics",
                            "running mean and variance of the norm layers, layer by layer", statistics, g->statistics));
    return ggcn_state_add(state, (ggcn_array){.path = "chains/latent",
                                              .description = "latent z of each chain",
                                              .unit = "1",
                                              .type = GGCN_F32,
                                              .rank = 2,
                                              .dims = {g->blocks.count * g->block, (int64_t)g->latent},
                                              .distributed = true,
                                              .first = g->first,
                                              .count = g->count,
                                              .chunk = g->block,
                                              .data = g->z});
}
