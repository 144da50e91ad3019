#include "ggcn/model_networks.h"

#include <stdlib.h>
#include <string.h>

/* One number from two, in order. */
static uint64_t join(uint64_t a, uint64_t b) {
    return (a ^ (b + UINT64_C(0x9E3779B97F4A7C15) + (a << 6) + (a >> 2))) * UINT64_C(0xFF51AFD7ED558CCD);
}

uint64_t ggcn_model_networks_digest(const ggcn_model_networks *networks, bool fixed) {
    const ggcn_initial_network *finest = &networks->potentials[networks->grids - 1];
    uint64_t digest = ggcn_graph_digest(finest->graph);
    for (int grid = 0; grid + 1 < networks->grids; grid++)
        digest = join(digest, ggcn_graph_digest(networks->potentials[grid].graph));
    if (networks->generator)
        digest = join(digest, ggcn_graph_digest(networks->generator));
    const size_t filters = fixed && finest->parameters ? ggcn_graph_parameters(finest->graph, NULL, NULL) : 0;
    for (size_t i = 0; i < filters; i++) {
        uint32_t bits;
        memcpy(&bits, finest->parameters + i, sizeof bits);
        digest = join(digest, bits);
    }
    return digest;
}

void ggcn_model_networks_clear(ggcn_model_networks *networks) {
    for (int i = 0; i < networks->grids; i++) {
        ggcn_graph_destroy(&networks->potentials[i].graph);
        free(networks->potentials[i].parameters);
        free(networks->potentials[i].statistics);
    }
    ggcn_graph_destroy(&networks->generator);
    *networks = (ggcn_model_networks){0};
}
