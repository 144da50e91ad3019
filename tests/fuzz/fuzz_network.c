/* A network's YAML, as synthesizer. */
#include "fuzz.h"
#include "ggcn/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ggcn_graph *graph = NULL;
    ggcn_network_parse("network", (const char *)data, size, (ggcn_shape){3, 32, 32}, &graph);
    ggcn_graph_destroy(&graph);
    return 0;
}
