/* Creation of a trainer: the learners of a model, and what it adds to them. */
#include "learn/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ggcn_trainer_destroy(ggcn_trainer **trainer) {
    ggcn_trainer *t = *trainer;
    if (!t)
        return;
    ggcn_adversary_destroy(&t->adversary);
    ggcn_generator_destroy(&t->generator);
    ggcn_replay_destroy(&t->replay);
    for (int grid = 0; grid < t->grids; grid++)
        ggcn_learner_destroy(&t->learners[grid]);
    ggcn_sum_destroy(&t->sum);
    free(t->infos);
    free(t->names);
    free(t);
    *trainer = NULL;
}

/* Random numbers of the coarser grids: other keys, so that no two grids share a number. */
static uint64_t seed_of(const ggcn_trainer *t, int grid) {
    return t->config->run.seed + UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)(t->grids - 1 - grid);
}

static ggcn_status create_learners(ggcn_trainer *t, const ggcn_model_networks *networks,
                                   const ggcn_observed *observed) {
    t->grids = networks->grids;
    t->first_size = networks->first_size;
    for (int grid = 0; grid < t->grids; grid++) {
        const ggcn_initial_network *network = &networks->potentials[grid];
        const int64_t size = ggcn_graph_shape(network->graph, 0).height;
        char name[16] = "";
        if (grid < t->grids - 1)
            snprintf(name, sizeof name, "grid-%d/", (int)size);
        const ggcn_learner_options options = {.config = t->config,
                                              .graph = network->graph,
                                              .filters = network->parameters,
                                              .statistics = network->statistics,
                                              .observed = observed,
                                              .blocks = t->blocks,
                                              .seed = seed_of(t, grid),
                                              .factor = observed->shape.height / size,
                                              .grid = name};
        GGCN_TRY(ggcn_learner_create(&options, &t->learners[grid]));
    }
    return GGCN_SUCCESS;
}

static ggcn_status create_generator(ggcn_trainer *t, const ggcn_graph *graph) {
    ggcn_learner *finest = ggcn_trainer_finest(t);
    GGCN_TRY(ggcn_generator_create(t->config, graph, &t->blocks, &finest->chains, finest->potential.n_classes,
                                   &t->generator));
    GGCN_TRY(ggcn_replay_create(t->config, &finest->chains, (int64_t)t->config->learning.chains, t->generator->latent,
                                &t->replay));
    if (t->traits->adversarial)
        GGCN_TRY(ggcn_adversary_create(finest, &t->adversary));
    return ggcn_sum_create(&t->blocks, 2, 0, &t->sum);
}

static const ggcn_metric_info generator_infos[GGCN_GENERATOR_METRICS] = {
    [GGCN_METRIC_GENERATOR_DISTANCE] = {"generator_distance", "pixel^2",
                                        "mean over chains and pixels of |chain - its generator's image|^2"},
    [GGCN_METRIC_GENERATOR_GRADIENT_NORM] = {"generator_gradient_norm", "1",
                                             "Euclidean norm of the generator's gradient, 0 in iterations without one"},
    [GGCN_METRIC_LATENT_NORM] = {"latent_norm", "1", "mean over chains of |z|/sqrt(dimension of z) after the step"},
    [GGCN_METRIC_SECONDS_GENERATOR] = {"seconds_generator", "s", "the generator's passes and steps, on rank 0"},
};

static ggcn_status describe_metrics(ggcn_trainer *t) {
    const size_t coarser = (size_t)t->grids - 1, generator = t->generator ? GGCN_GENERATOR_METRICS : 0;
    t->n_metrics = GGCN_METRICS + generator + coarser;
    t->infos = calloc(t->n_metrics, sizeof *t->infos);
    t->names = calloc(coarser + 1, sizeof *t->names);
    if (!t->infos || !t->names)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the list of metrics");
    memcpy(t->infos, ggcn_metric_infos, sizeof ggcn_metric_infos);
    if (generator > 0)
        memcpy(t->infos + GGCN_METRICS, generator_infos, sizeof generator_infos);
    for (size_t grid = 0; grid < coarser; grid++) {
        snprintf(t->names[grid], sizeof *t->names, "response_distance_%d", (int)t->learners[grid]->chains.shape.height);
        t->infos[GGCN_METRICS + generator + grid] = (ggcn_metric_info){t->names[grid], "1", "R on this coarser grid"};
    }
    return GGCN_SUCCESS;
}

static ggcn_status create(ggcn_trainer *t, const ggcn_model_networks *networks, const ggcn_observed *observed) {
    GGCN_TRY(create_learners(t, networks, observed));
    if (networks->generator)
        GGCN_TRY(create_generator(t, networks->generator));
    ggcn_trainer_identify(t, networks, observed);
    return describe_metrics(t);
}

ggcn_status ggcn_trainer_create(const ggcn_config *config, const ggcn_model_networks *networks,
                                const ggcn_observed *observed, const ggcn_blocks *blocks, ggcn_trainer **trainer) {
    ggcn_trainer *t = calloc(1, sizeof *t);
    *trainer = t;
    if (!t)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a trainer");
    t->config = config;
    t->traits = ggcn_model_traits_of(config->model);
    t->blocks = *blocks;
    t->rate_factor = 1;
    const ggcn_status status = create(t, networks, observed);
    if (status != GGCN_SUCCESS)
        ggcn_trainer_destroy(trainer);
    return status;
}

uint64_t ggcn_trainer_iteration(const ggcn_trainer *t) {
    return t->iteration;
}

size_t ggcn_trainer_metrics(const ggcn_trainer *t, const ggcn_metric_info **infos) {
    *infos = t->infos;
    return t->n_metrics;
}

double ggcn_trainer_rate_factor(const ggcn_trainer *t) {
    return t->rate_factor;
}

void ggcn_trainer_set_rate_factor(ggcn_trainer *t, double factor) {
    t->rate_factor = factor;
}

int ggcn_trainer_grids(const ggcn_trainer *t) {
    return t->grids;
}

const ggcn_chains *ggcn_trainer_chains(const ggcn_trainer *t) {
    return &ggcn_trainer_finest(t)->chains;
}

const ggcn_chains *ggcn_trainer_grid_chains(const ggcn_trainer *t, int grid) {
    return &t->learners[grid]->chains;
}

const float *ggcn_trainer_generated(const ggcn_trainer *t) {
    return t->generator ? t->generator->image : NULL;
}

ggcn_chain_scalars ggcn_trainer_chain_scalars(const ggcn_trainer *t) {
    const ggcn_learner *l = ggcn_trainer_finest(t);
    const ggcn_responses *r = &l->responses;
    return (ggcn_chain_scalars){l->lp, l->potential_of, l->gradient_of, r->of, r->layers, r->names};
}
