/* Reads a network file and runs it: run_network FILE.h5 C H W <images >results, both plain float32, [image][...]. With
 * names of layers behind: their channels, each averaged over positions, in place of the result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "ggcn/network_file.h"
#include "ggcn/plan.h"

#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        if ((expression) != GGCN_SUCCESS) {                                                                            \
            fprintf(stderr, "%s\n", ggcn_last_error()->message);                                                       \
            return EXIT_FAILURE;                                                                                       \
        }                                                                                                              \
    } while (0)

static size_t elements(ggcn_shape shape) {
    return (size_t)(shape.channels * shape.height * shape.width);
}

/* Writes the means of a layer's channels. @return whether there is such a layer, and it could be written */
static int write_layer(const ggcn_graph *graph, const ggcn_workspace *workspace, const char *name) {
    int node = ggcn_graph_nodes(graph) - 1;
    while (node > 0 && strcmp(ggcn_graph_layer(graph, node)->name, name) != 0)
        node--;
    const size_t channels = (size_t)ggcn_graph_shape(graph, node).channels;
    double *means = malloc(channels * sizeof *means);
    if (node == 0 || !means) {
        fprintf(stderr, "no layer %s\n", name);
        free(means);
        return 0;
    }
    ggcn_layer_channels(workspace, node, means);
    int good = 1;
    for (size_t c = 0; c < channels; c++) {
        const float mean = (float)means[c];
        good = good && fwrite(&mean, sizeof mean, 1, stdout) == 1;
    }
    free(means);
    return good;
}

int main(int argc, char **argv) {
    ggcn_graph *graph;
    ggcn_plan *plan;
    ggcn_weights *weights;
    ggcn_workspace *workspace;
    float *parameters, *statistics;
    TRY(ggcn_hpc_start(&argc, &argv));
    if (argc < 5)
        return 2;
    const ggcn_shape input = {atoll(argv[2]), atoll(argv[3]), atoll(argv[4])};
    TRY(ggcn_network_file_read(argv[1], input, &graph, &parameters, &statistics));
    TRY(ggcn_plan_compile(graph, 1, &plan));
    TRY(ggcn_weights_create(plan, &weights));
    TRY(ggcn_weights_pack(weights, parameters, statistics));
    TRY(ggcn_workspace_create_plain(plan, &workspace));
    const size_t n_in = elements(ggcn_graph_shape(graph, 0)), n_out = elements(ggcn_graph_output(graph));
    float *x = malloc(n_in * sizeof *x), *f = malloc(n_out * sizeof *f);
    if (!x || !f)
        return EXIT_FAILURE;
    while (fread(x, sizeof *x, n_in, stdin) == n_in) {
        TRY(ggcn_forward(workspace, weights, x));
        for (int i = 5; i < argc; i++)
            if (!write_layer(graph, workspace, argv[i]))
                return EXIT_FAILURE;
        ggcn_read_output(workspace, f);
        if (argc == 5 && fwrite(f, sizeof *f, n_out, stdout) != n_out)
            return EXIT_FAILURE;
    }
    free(x);
    free(f);
    free(parameters);
    free(statistics);
    ggcn_workspace_destroy(&workspace);
    ggcn_weights_destroy(&weights);
    ggcn_plan_destroy(&plan);
    ggcn_graph_destroy(&graph);
    ggcn_hpc_finish();
    return EXIT_SUCCESS;
}
