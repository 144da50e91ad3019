#include "ggcn/potential.h"

#include <math.h>

#include "ggcn/random.h"

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

static void scale_by(float *values, size_t count, double factor) {
    for (size_t i = 0; i < count; i++)
        values[i] *= (float)factor;
}

void ggcn_potential_initialize(const ggcn_potential *potential, const ggcn_config_potential *config, uint64_t seed,
                               float *parameters, float *statistics) {
    ggcn_random_normal((ggcn_random_key){.seed = seed, .purpose = GGCN_RANDOM_THETA}, potential->n_theta, parameters);
    scale_by(parameters, potential->n_theta, config->theta_sigma);
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(potential->graph, &tensors, &count);
    for (size_t i = 0; i < count; i++) {
        const ggcn_tensor_info *t = &tensors[i];
        float *values = parameters + potential->n_theta + t->offset;
        if (t->fan_in > 0) {
            ggcn_random_normal(
                (ggcn_random_key){.seed = seed, .purpose = GGCN_RANDOM_WEIGHTS, .chain = (uint32_t)i}, t->count, values);
            scale_by(values, t->count,
                     config->weight_init == GGCN_INIT_HE ? sqrt(2.0 / (double)t->fan_in) : config->weight_sigma);
        } else {
            const ggcn_op op = ggcn_graph_layer(potential->graph, t->node)->op;
            const bool first = i == 0 || tensors[i - 1].node != t->node; /* gamma comes before beta */
            for (size_t k = 0; k < t->count; k++)
                values[k] = op == GGCN_NORM && first ? 1.0f : 0.0f;
        }
    }
    ggcn_graph_statistics(potential->graph, &tensors, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < tensors[i].count; k++)
            statistics[tensors[i].offset + k] = k < tensors[i].count / 2 ? 0.0f : 1.0f;
}
