#include "ggcn/initialization.h"

#include <math.h>

void ggcn_network_initialize(const ggcn_graph *graph, const ggcn_initialization *how, float *parameters,
                             float *statistics) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(graph, &tensors, &count);
    for (size_t i = 0; i < count; i++) {
        const ggcn_tensor_info *t = &tensors[i];
        float *values = parameters + t->offset;
        if (t->fan_in > 0) {
            const double sigma = how->init == GGCN_INIT_HE ? sqrt(2.0 / (double)t->fan_in) : how->sigma;
            ggcn_random_normal((ggcn_random_key){.seed = how->seed, .purpose = how->purpose, .chain = (uint32_t)i},
                               t->count, values);
            for (size_t k = 0; k < t->count; k++)
                values[k] *= (float)sigma;
        } else {
            const ggcn_op op = ggcn_graph_layer(graph, t->node)->op;
            const bool first = i == 0 || tensors[i - 1].node != t->node; /* gamma comes before beta */
            for (size_t k = 0; k < t->count; k++)
                values[k] = op == GGCN_NORM && first ? 1.0f : 0.0f;
        }
    }
    ggcn_graph_statistics(graph, &tensors, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < tensors[i].count; k++)
            statistics[tensors[i].offset + k] = k < tensors[i].count / 2 ? 0.0f : 1.0f;
}
