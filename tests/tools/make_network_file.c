/* Writes a network file with numbers as a training run starts from, each a little changed, so that biases and norm
 * layers do something: make_network_file NETWORK CHANNELS HEIGHT WIDTH FILE.h5 */
#include <stdio.h>
#include <stdlib.h>

#include "ggcn/hpc.h"
#include "ggcn/initialization.h"
#include "ggcn/network.h"
#include "ggcn/network_file.h"

#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        if ((expression) != GGCN_SUCCESS) {                                                                            \
            fprintf(stderr, "%s\n", ggcn_last_error()->message);                                                       \
            return EXIT_FAILURE;                                                                                       \
        }                                                                                                              \
    } while (0)

static void change(float *numbers, size_t count, uint32_t which) {
    const ggcn_random_key key = {.seed = 1, .purpose = GGCN_RANDOM_TEST, .chain = which};
    for (size_t i = 0; i < count; i++)
        numbers[i] += 0.4f * (float)(ggcn_random_uniform(key, i) - 0.5);
}

int main(int argc, char **argv) {
    ggcn_graph *graph;
    TRY(ggcn_hpc_start(&argc, &argv));
    if (argc != 6)
        return 2;
    TRY(ggcn_network_load(argv[1], (ggcn_shape){atoll(argv[2]), atoll(argv[3]), atoll(argv[4])}, &graph));
    const size_t n_parameters = ggcn_graph_parameters(graph, NULL, NULL);
    const size_t n_statistics = ggcn_graph_statistics(graph, NULL, NULL);
    float *parameters = calloc(n_parameters + 1, sizeof *parameters);
    float *statistics = calloc(n_statistics + 1, sizeof *statistics);
    if (!parameters || !statistics)
        return EXIT_FAILURE;
    const ggcn_initialization how = {.init = GGCN_INIT_HE, .seed = 1, .purpose = GGCN_RANDOM_WEIGHTS};
    ggcn_network_initialize(graph, &how, parameters, statistics);
    change(parameters, n_parameters, 0);
    change(statistics, n_statistics, 1);
    TRY(ggcn_network_file_write(argv[5], graph, parameters, statistics, "a test", "random numbers"));
    free(parameters);
    free(statistics);
    ggcn_graph_destroy(&graph);
    ggcn_hpc_finish();
    return EXIT_SUCCESS;
}
