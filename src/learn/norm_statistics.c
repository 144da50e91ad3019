#include "learn/norm_statistics.h"

void ggcn_norm_statistics_update(const ggcn_graph *graph, const double *sums, double images, double momentum,
                                 float *statistics) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_statistics(graph, &tensors, &count);
    for (size_t i = 0; i < count; i++) {
        const ggcn_shape shape = ggcn_graph_shape(graph, tensors[i].node);
        const double positions = images * (double)shape.height * (double)shape.width;
        for (int64_t c = 0; c < shape.channels; c++) {
            const size_t first = tensors[i].offset + (size_t)c, second = first + (size_t)shape.channels;
            const double mean = sums[first] / positions;
            const double variance = sums[second] / positions - mean * mean;
            statistics[first] = (float)((1 - momentum) * statistics[first] + momentum * mean);
            statistics[second] =
                (float)((1 - momentum) * statistics[second] + momentum * (variance > 0 ? variance : 0));
        }
    }
}
