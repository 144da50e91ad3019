/* Creation of a trainer and what it needs of memory. */
#include "learn/trainer.h"

#include <omp.h>
#include <stdlib.h>

static void destroy_worker(ggcn_worker *w) {
    ggcn_evaluator_destroy(&w->evaluator);
    ggcn_gradients_destroy(&w->likelihood);
    ggcn_gradients_destroy(&w->flow);
    free(w->pixels);
    free(w->gradient);
    free(w->noise);
    free(w->phi);
    free(w->labels);
}

void ggcn_trainer_destroy(ggcn_trainer **trainer) {
    ggcn_trainer *t = *trainer;
    if (!t)
        return;
    for (int i = 0; t->workers && i < t->threads; i++)
        destroy_worker(&t->workers[i]);
    free(t->workers);
    ggcn_weights_destroy(&t->weights);
    ggcn_plan_destroy(&t->plan);
    ggcn_graph_destroy(&t->graph);
    ggcn_observed_batch_destroy(&t->batch, t->blocks.owned);
    ggcn_optimizer_destroy(&t->optimizer);
    ggcn_chains_destroy(&t->chains);
    ggcn_sum_destroy(&t->sum);
    free(t->parameters);
    free(t->statistics);
    free(t->lp);
    free(t->potential_of);
    free(t->gradient_of);
    free(t->names);
    free(t);
    *trainer = NULL;
}

static ggcn_status create_worker(const ggcn_trainer *t, ggcn_worker *w) {
    const size_t block = (size_t)t->chains.block, elements = t->chains.elements;
    w->trainer = t;
    w->pixels = malloc(block * elements * sizeof *w->pixels);
    w->gradient = malloc(block * elements * sizeof *w->gradient);
    w->noise = malloc(elements * sizeof *w->noise);
    w->phi = malloc(block * sizeof *w->phi);
    w->labels = calloc(block, sizeof *w->labels);
    if (!w->pixels || !w->gradient || !w->noise || !w->phi || !w->labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use a smaller run.block or fewer threads", "no memory for a thread's buffers");
    GGCN_TRY(ggcn_evaluator_create(&t->potential, t->plan, t->chains.block, &w->evaluator));
    GGCN_TRY(ggcn_gradients_create(t->plan, &w->likelihood));
    if (ggcn_trainer_flow_apart(t->config))
        GGCN_TRY(ggcn_gradients_create(t->plan, &w->flow));
    return GGCN_SUCCESS;
}

static int threads_for(const ggcn_blocks *blocks) {
    const int threads = omp_get_max_threads();
    return threads < blocks->owned ? threads : (int)blocks->owned;
}

/* Starts chains at observed images; of any class, also for a conditional potential. */
static void start_from_data(ggcn_trainer *t) {
    for (int64_t n = 0; n < t->chains.count; n++) {
        uint32_t label;
        const int64_t block = n / t->chains.block;
        const uint64_t number = (uint64_t)(n % t->chains.block) % t->batch.per_block;
        ggcn_observed_batch_draw(&t->batch, block, t->blocks.first + block, 0, number,
                                 t->chains.x + (size_t)n * t->chains.elements, &label);
    }
}

static size_t sum_floats(const ggcn_config *config, const ggcn_potential *p) {
    return p->n_parameters * (ggcn_trainer_flow_apart(config) ? 2 : 1) + p->features;
}

static ggcn_status create(ggcn_trainer *t, const ggcn_graph *graph, const ggcn_observed *observed) {
    const ggcn_config *c = t->config;
    const uint32_t n_classes = c->potential.conditional ? observed->n_classes : 1;
    GGCN_TRY(ggcn_graph_copy(graph, &t->graph));
    t->potential = ggcn_potential_on(t->graph, c->potential.theta, n_classes);
    ggcn_trainer_identify(t, observed);
    GGCN_TRY(ggcn_trainer_name_arrays(t));
    GGCN_TRY(ggcn_plan_compile(t->graph, c->run.block, &t->plan));
    GGCN_TRY(ggcn_weights_create(t->plan, &t->weights));
    t->parameters = malloc(t->potential.n_parameters * sizeof *t->parameters);
    t->statistics = malloc((t->potential.n_statistics + 1) * sizeof *t->statistics);
    if (!t->parameters || !t->statistics)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu parameters", t->potential.n_parameters);
    ggcn_potential_initialize(&t->potential, &c->potential, c->run.seed, t->parameters, t->statistics);
    GGCN_TRY(ggcn_optimizer_create(&c->learning.optimizer, t->potential.n_parameters, &t->optimizer));
    GGCN_TRY(ggcn_chains_create(&t->blocks, c->run.block, observed->shape, n_classes, c->sampler.start,
                                c->potential.reference_sigma, c->run.seed, &t->chains));
    if (n_classes > 1)
        GGCN_TRY(ggcn_chains_assign(&t->chains, observed->class_counts, n_classes, (int64_t)c->learning.chains));
    GGCN_TRY(ggcn_observed_batch_create(observed, &t->blocks, &c->data, c->run.seed,
                                        c->learning.observed / (uint64_t)t->blocks.count, &t->batch));
    if (c->sampler.start == GGCN_START_DATA)
        start_from_data(t);
    t->lp = calloc((size_t)t->chains.count, sizeof *t->lp);
    t->potential_of = calloc((size_t)t->chains.count, sizeof *t->potential_of);
    t->gradient_of = calloc((size_t)t->chains.count, sizeof *t->gradient_of);
    t->threads = threads_for(&t->blocks);
    t->workers = calloc((size_t)t->threads, sizeof *t->workers);
    if (!t->lp || !t->potential_of || !t->gradient_of || !t->workers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %lld chains", (long long)t->chains.count);
    for (int i = 0; i < t->threads; i++)
        GGCN_TRY(create_worker(t, &t->workers[i]));
    return ggcn_sum_create(&t->blocks, GGCN_SUMS + t->potential.n_statistics, sum_floats(c, &t->potential), &t->sum);
}

ggcn_status ggcn_trainer_create(const ggcn_config *config, const ggcn_graph *graph, const ggcn_observed *observed,
                                const ggcn_blocks *blocks, ggcn_trainer **trainer) {
    ggcn_trainer *t = calloc(1, sizeof *t);
    *trainer = t;
    if (!t)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a trainer");
    t->config = config;
    t->blocks = *blocks;
    t->langevin = (ggcn_langevin){.steps = config->sampler.steps,
                                  .step_size = config->sampler.step_size,
                                  .noise_sigma = config->sampler.noise_sigma,
                                  .reference_sigma = config->potential.reference_sigma,
                                  .gradient_clip = config->sampler.gradient_clip,
                                  .clamp = config->sampler.clamp,
                                  .lowest = config->data.pixel_min,
                                  .highest = config->data.pixel_max};
    const ggcn_status status = create(t, graph, observed);
    if (status != GGCN_SUCCESS)
        ggcn_trainer_destroy(trainer);
    return status;
}

ggcn_status ggcn_trainer_plan_memory(const ggcn_config *config, const ggcn_graph *graph, uint32_t n_classes,
                                     const ggcn_blocks *blocks, ggcn_trainer_memory *memory) {
    const ggcn_potential p =
        ggcn_potential_on(graph, config->potential.theta, config->potential.conditional ? n_classes : 1);
    ggcn_plan *plan;
    GGCN_TRY(ggcn_plan_compile(graph, config->run.block, &plan));
    const ggcn_shape shape = ggcn_graph_shape(graph, 0), top = ggcn_graph_output(graph);
    const size_t image = (size_t)(shape.channels * shape.height * shape.width) * sizeof(float);
    const size_t map = (size_t)(top.channels * top.height * top.width) * sizeof(float);
    const size_t threads = (size_t)threads_for(blocks), block = config->run.block;
    const size_t moments = config->learning.optimizer.name == GGCN_OPTIMIZER_ADAM ? 2 : 1;
    const size_t parameters = p.n_parameters * sizeof(float);
    *memory = (ggcn_trainer_memory){
        .threads = threads,
        .workspaces = threads * (ggcn_plan_workspace_bytes(plan) + block * (2 * image + map)),
        .weights = ggcn_plan_weights_bytes(plan),
        .gradients = threads * ggcn_plan_gradients_bytes(plan) * (ggcn_trainer_flow_apart(config) ? 2 : 1) +
                     (threads + 2) * sum_floats(config, &p) * sizeof(float),
        .parameters = parameters * (1 + moments),
        .chains = (size_t)blocks->owned * block * image,
        .checkpoint = parameters * (1 + moments) + (size_t)blocks->count * block * (image + sizeof(uint32_t)) +
                      p.n_statistics * sizeof(float)};
    ggcn_plan_destroy(&plan);
    return GGCN_SUCCESS;
}

uint64_t ggcn_trainer_iteration(const ggcn_trainer *t) {
    return t->iteration;
}

const ggcn_chains *ggcn_trainer_chains(const ggcn_trainer *t) {
    return &t->chains;
}

ggcn_chain_scalars ggcn_trainer_chain_scalars(const ggcn_trainer *t) {
    return (ggcn_chain_scalars){t->lp, t->potential_of, t->gradient_of};
}
