/* Creation of a learner. */
#include "learn/learner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/block_loop.h"

static void destroy_worker(ggcn_worker *w) {
    ggcn_evaluator_destroy(&w->evaluator);
    ggcn_gradients_destroy(&w->likelihood);
    ggcn_gradients_destroy(&w->flow);
    free(w->pixels);
    free(w->full);
    free(w->gradient);
    free(w->noise);
    free(w->phi);
    free(w->labels);
}

void ggcn_learner_destroy(ggcn_learner **learner) {
    ggcn_learner *t = *learner;
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
    ggcn_responses_destroy(&t->responses);
    free(t->paths);
    free(t);
    *learner = NULL;
}

static ggcn_status create_worker(const ggcn_learner *t, ggcn_worker *w) {
    const size_t block = (size_t)t->chains.block, elements = t->chains.elements;
    w->learner = t;
    w->pixels = malloc(block * elements * sizeof *w->pixels);
    w->gradient = malloc(block * elements * sizeof *w->gradient);
    w->noise = malloc(elements * sizeof *w->noise);
    w->phi = malloc(block * sizeof *w->phi);
    w->labels = calloc(block, sizeof *w->labels);
    if (t->factor > 1) {
        const ggcn_shape full = t->batch.observed->shape;
        w->full = malloc((size_t)(full.channels * full.height * full.width) * sizeof *w->full);
    }
    if ((t->factor > 1 && !w->full) || !w->pixels || !w->gradient || !w->noise || !w->phi || !w->labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use a smaller run.block or fewer threads", "no memory for a thread's buffers");
    GGCN_TRY(ggcn_evaluator_create(&t->potential, t->plan, t->chains.block, &w->evaluator));
    GGCN_TRY(ggcn_gradients_create(t->plan, &w->likelihood));
    if (ggcn_flow_apart(t->config))
        GGCN_TRY(ggcn_gradients_create(t->plan, &w->flow));
    return GGCN_SUCCESS;
}

/* Starts chains at observed images; of any class, also for a conditional potential. */
static void start_from_data(ggcn_learner *t) {
    for (int64_t n = 0; n < t->chains.count; n++) {
        uint32_t label;
        const int64_t block = n / t->chains.block;
        const uint64_t number = (uint64_t)(n % t->chains.block) % t->batch.per_block;
        ggcn_observed_batch_draw(&t->batch, block, t->blocks.first + block, 0, number,
                                 t->chains.x + (size_t)n * t->chains.elements, &label);
    }
}

size_t ggcn_learner_floats(const ggcn_config *config, const ggcn_potential *potential, size_t n_learned) {
    return n_learned * (ggcn_flow_apart(config) ? 2 : 1) + potential->features;
}

static ggcn_status create_parameters(ggcn_learner *t, const ggcn_learner_options *o) {
    const ggcn_potential *p = &t->potential;
    t->parameters = malloc(p->n_parameters * sizeof *t->parameters);
    t->statistics = malloc((p->n_statistics + 1) * sizeof *t->statistics);
    if (!t->parameters || !t->statistics)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu parameters", p->n_parameters);
    ggcn_potential_initialize(p, &t->config->potential, t->seed, t->parameters, t->statistics);
    if (o->filters)
        memcpy(t->parameters + p->n_theta, o->filters, p->n_filters * sizeof *t->parameters);
    if (o->statistics && p->n_statistics > 0)
        memcpy(t->statistics, o->statistics, p->n_statistics * sizeof *t->statistics);
    t->n_learned = t->traits->learns_filters ? p->n_parameters : p->n_theta;
    return ggcn_optimizer_create(&t->config->learning.optimizer, t->n_learned, &t->optimizer);
}

static ggcn_status create_chains(ggcn_learner *t, const ggcn_observed *observed) {
    const ggcn_config *c = t->config;
    const ggcn_shape shape = ggcn_graph_shape(t->graph, 0);
    GGCN_TRY(ggcn_chains_create(&t->blocks, c->run.block, shape, t->potential.n_classes, c->sampler.start,
                                c->potential.reference_sigma, t->seed, &t->chains));
    if (t->potential.n_classes > 1)
        GGCN_TRY(ggcn_chains_assign(&t->chains, observed->class_counts, t->potential.n_classes,
                                    (int64_t)c->learning.chains));
    GGCN_TRY(ggcn_observed_batch_create(observed, &t->blocks, &c->data, c->run.seed,
                                        c->learning.observed / (uint64_t)t->blocks.count, &t->batch));
    if (c->sampler.start == GGCN_START_DATA && t->factor == 1)
        start_from_data(t);
    t->lp = calloc((size_t)t->chains.count, sizeof *t->lp);
    t->potential_of = calloc((size_t)t->chains.count, sizeof *t->potential_of);
    t->gradient_of = calloc((size_t)t->chains.count, sizeof *t->gradient_of);
    if (!t->lp || !t->potential_of || !t->gradient_of)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %lld chains", (long long)t->chains.count);
    return GGCN_SUCCESS;
}

static ggcn_status create(ggcn_learner *t, const ggcn_learner_options *o) {
    const ggcn_config *c = t->config;
    const uint32_t n_classes = c->potential.conditional ? o->observed->n_classes : 1;
    GGCN_TRY(ggcn_graph_copy(o->graph, &t->graph));
    t->potential = ggcn_potential_on(t->graph, c->potential.theta, n_classes);
    GGCN_TRY(ggcn_plan_compile_for(t->graph, c->run.block, c->sampler.precision, &t->plan));
    GGCN_TRY(ggcn_weights_create(t->plan, &t->weights));
    GGCN_TRY(create_parameters(t, o));
    GGCN_TRY(create_chains(t, o->observed));
    t->threads = ggcn_threads_for(t->blocks.owned);
    t->workers = calloc((size_t)t->threads, sizeof *t->workers);
    if (!t->workers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %d threads", t->threads);
    for (int i = 0; i < t->threads; i++)
        GGCN_TRY(create_worker(t, &t->workers[i]));
    /* of the chains that are recorded: the finest grid's, not those that are images of an adversary's generator */
    if (t->factor == 1 && !t->traits->adversarial)
        GGCN_TRY(ggcn_responses_create(t->graph, t->chains.count, t->chains.block, t->threads, &t->responses));
    return ggcn_sum_create(&t->blocks, GGCN_SUMS + t->potential.n_statistics,
                           ggcn_learner_floats(c, &t->potential, t->n_learned), &t->sum);
}

ggcn_status ggcn_learner_create(const ggcn_learner_options *options, ggcn_learner **learner) {
    ggcn_learner *t = calloc(1, sizeof *t);
    *learner = t;
    if (!t)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a learner");
    const ggcn_config *config = options->config;
    t->config = config;
    t->traits = ggcn_model_traits_of(config->model);
    t->blocks = options->blocks;
    t->seed = options->seed;
    t->factor = options->factor;
    t->rate_factor = 1;
    snprintf(t->grid, sizeof t->grid, "%s", options->grid);
    t->langevin = ggcn_langevin_of(config);
    const ggcn_status status = create(t, options);
    if (status != GGCN_SUCCESS)
        ggcn_learner_destroy(learner);
    return status;
}
