/* What single layers answer to an image. */
#include "net/plan.h"

static bool is_activation(ggcn_op op) {
    return op == GGCN_RELU || op == GGCN_LEAKY_RELU || op == GGCN_TANH || op == GGCN_SIGMOID;
}

size_t ggcn_graph_responses(const ggcn_graph *graph, int *nodes) {
    const int last = ggcn_graph_nodes(graph) - 1;
    size_t count = 0;
    for (int i = 1; i <= last; i++)
        if (i == last || is_activation(ggcn_graph_layer(graph, i)->op)) {
            if (nodes)
                nodes[count] = i;
            count++;
        }
    return count;
}

void ggcn_layer_channels(const ggcn_workspace *w, int node, double *means) {
    const ggcn_layout l = w->plan->steps[node].layout;
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t n = 0; n < l.batch; n++)
        for (int64_t g = 0; g < groups; g++) {
            const float *h = w->value[node] + (n * groups + g) * positions * l.lanes;
            double sums[16] = {0};
            for (int64_t p = 0; p < positions; p++)
                for (int64_t k = 0; k < l.lanes; k++)
                    sums[k] += (double)h[p * l.lanes + k];
            for (int64_t k = 0; k < l.lanes && g * l.lanes + k < l.channels; k++)
                means[n * l.channels + g * l.lanes + k] = sums[k] / (double)positions;
        }
}
