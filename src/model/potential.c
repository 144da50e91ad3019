#include "ggcn/potential.h"

#include "ggcn/initialization.h"

ggcn_potential ggcn_potential_on(const ggcn_graph *graph, ggcn_theta theta, uint32_t n_classes) {
    const ggcn_shape top = ggcn_graph_output(graph);
    ggcn_potential p = {.graph = graph, .theta = theta, .n_classes = n_classes};
    p.positions = (size_t)(top.height * top.width);
    p.features = (size_t)top.channels * (theta == GGCN_THETA_POSITIONAL ? p.positions : 1);
    p.n_theta = p.features * n_classes;
    p.n_filters = ggcn_graph_parameters(graph, NULL, NULL);
    p.n_parameters = p.n_theta + p.n_filters;
    p.n_statistics = ggcn_graph_statistics(graph, NULL, NULL);
    return p;
}

void ggcn_potential_seed(const ggcn_potential *p, const float *theta, uint32_t label, float scale, float *seed) {
    const size_t channels = (size_t)ggcn_graph_output(p->graph).channels;
    const float *row = theta + label * p->features;
    for (size_t k = 0; k < channels; k++)
        for (size_t i = 0; i < p->positions; i++)
            seed[k * p->positions + i] =
                scale * (p->theta == GGCN_THETA_POSITIONAL ? row[k * p->positions + i] : row[k]);
}

static void add_scaled(size_t count, float scale, const float *restrict from, float *restrict to) {
    for (size_t k = 0; k < count; k++)
        to[k] += scale * from[k];
}

void ggcn_potential_add_features(const ggcn_potential *p, const float *map, uint32_t label, float scale,
                                 float *theta_gradient, float *response) {
    float *row = theta_gradient ? theta_gradient + label * p->features : NULL;
    if (p->theta == GGCN_THETA_POSITIONAL) {
        if (row)
            add_scaled(p->features, scale, map, row);
        if (response)
            add_scaled(p->features, scale, map, response);
        return;
    }
    for (size_t k = 0; k < p->features; k++) {
        float feature = 0;
        for (size_t i = 0; i < p->positions; i++)
            feature += map[k * p->positions + i];
        if (row)
            row[k] += scale * feature;
        if (response)
            response[k] += scale * feature;
    }
}

void ggcn_potential_initialize(const ggcn_potential *potential, const ggcn_config_potential *config, uint64_t seed,
                               float *parameters, float *statistics) {
    ggcn_random_normal((ggcn_random_key){.seed = seed, .purpose = GGCN_RANDOM_THETA}, potential->n_theta, parameters);
    for (size_t i = 0; i < potential->n_theta; i++)
        parameters[i] *= (float)config->theta_sigma;
    const ggcn_initialization filters = {config->weight_init, config->weight_sigma, seed, GGCN_RANDOM_WEIGHTS};
    ggcn_network_initialize(potential->graph, &filters, parameters + potential->n_theta, statistics);
}
