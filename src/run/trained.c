/* The parts of a trained model: potentials, generator. */
#include "run/trained.h"

#include <omp.h>
#include <stdlib.h>

#include "ggcn/log.h"

static size_t floats_of(ggcn_shape shape) {
    return (size_t)(shape.channels * shape.height * shape.width);
}

static ggcn_status create_grid(const ggcn_trained *m, const ggcn_graph *graph, ggcn_trained_grid *g) {
    g->shape = ggcn_graph_shape(graph, 0);
    g->elements = floats_of(g->shape);
    g->potential = ggcn_potential_on(graph, m->config->potential.theta, m->info.n_classes);
    g->parameters = calloc(g->potential.n_parameters, sizeof *g->parameters);
    g->statistics = calloc(g->potential.n_statistics + 1, sizeof *g->statistics);
    if (!g->parameters || !g->statistics)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu parameters", g->potential.n_parameters);
    GGCN_TRY(ggcn_plan_compile_for(graph, m->batch, m->precision, &g->plan));
    return ggcn_weights_create(g->plan, &g->weights);
}

static ggcn_status create_generator(const ggcn_trained *m, const ggcn_graph *graph, ggcn_trained_generator *g) {
    const uint32_t n_classes = m->info.n_classes;
    g->inputs = floats_of(ggcn_graph_shape(graph, 0));
    g->embedding = n_classes > 1 ? m->config->generator.embedding : 0;
    g->latent = g->inputs - g->embedding;
    g->n_network = ggcn_graph_parameters(graph, NULL, NULL);
    g->parameters = calloc(g->n_network + n_classes * g->embedding, sizeof *g->parameters);
    g->statistics = calloc(ggcn_graph_statistics(graph, NULL, NULL) + 1, sizeof *g->statistics);
    if (!g->parameters || !g->statistics)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the generator's %zu parameters", g->n_network);
    GGCN_TRY(ggcn_plan_compile(graph, m->batch, &g->plan));
    return ggcn_weights_create(g->plan, &g->weights);
}

ggcn_status ggcn_trained_create_parts(ggcn_trained *m) {
    m->batch = m->config->run.block;
    m->precision = m->config->sampler.precision;
    if (!ggcn_plan_can_use(m->precision)) {
        ggcn_log(GGCN_LOG_WARNING,
                 "the run's steps are in bf16, which this processor (%s) does not have: they are made in f32 here",
                 ggcn_plan_instruction_set());
        m->precision = GGCN_PRECISION_F32;
    }
    m->threads = omp_get_max_threads();
    m->workers = calloc((size_t)m->threads, sizeof *m->workers);
    if (!m->workers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %d threads", m->threads);
    for (int grid = 0; grid < m->networks.grids; grid++)
        GGCN_TRY(create_grid(m, m->networks.potentials[grid].graph, &m->grids[grid]));
    return m->networks.generator ? create_generator(m, m->networks.generator, &m->generator) : GGCN_SUCCESS;
}

ggcn_status ggcn_trained_pack(ggcn_trained *m) {
    for (int grid = 0; grid < m->networks.grids; grid++) {
        ggcn_trained_grid *g = &m->grids[grid];
        GGCN_TRY(ggcn_weights_pack(g->weights, g->parameters + g->potential.n_theta, g->statistics));
    }
    ggcn_trained_generator *g = &m->generator;
    return g->plan ? ggcn_weights_pack(g->weights, g->parameters, g->statistics) : GGCN_SUCCESS;
}

void ggcn_trained_destroy(ggcn_trained **model) {
    ggcn_trained *m = *model;
    if (!m)
        return;
    for (int i = 0; m->workers && i < m->threads; i++)
        ggcn_trained_worker_destroy(&m->workers[i]);
    free(m->workers);
    for (int grid = 0; grid < m->networks.grids; grid++) {
        ggcn_weights_destroy(&m->grids[grid].weights);
        ggcn_plan_destroy(&m->grids[grid].plan);
        free(m->grids[grid].parameters);
        free(m->grids[grid].statistics);
    }
    ggcn_weights_destroy(&m->generator.weights);
    ggcn_plan_destroy(&m->generator.plan);
    free(m->generator.parameters);
    free(m->generator.statistics);
    ggcn_model_networks_clear(&m->networks);
    ggcn_checkpoint_info_clear(&m->checkpoint);
    ggcn_config_destroy(&m->config);
    free(m->classes);
    free(m->paths);
    free(m);
    *model = NULL;
}

const ggcn_trained_info *ggcn_trained_describe(const ggcn_trained *model) {
    return &model->info;
}

ggcn_shape ggcn_trained_shape(const ggcn_trained *model, int grid) {
    return model->grids[grid].shape;
}

ggcn_langevin ggcn_trained_langevin(const ggcn_trained *m) {
    return ggcn_langevin_of(m->config);
}

ggcn_status ggcn_trained_check(const ggcn_trained *m, int grid, int64_t count, const uint32_t *labels) {
    if (grid < 0 || grid >= m->info.grids)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "grid %d of a model with %d", grid, m->info.grids);
    for (int64_t i = 0; labels && i < count; i++)
        if (labels[i] >= m->info.n_classes)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "image %lld has the class %u of a model with %u", (long long)i,
                      labels[i], m->info.n_classes);
    return GGCN_SUCCESS;
}
