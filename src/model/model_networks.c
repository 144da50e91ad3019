#include "ggcn/model_networks.h"

#include <stdlib.h>

void ggcn_model_networks_clear(ggcn_model_networks *networks) {
    for (int i = 0; i < networks->grids; i++) {
        ggcn_graph_destroy(&networks->potentials[i].graph);
        free(networks->potentials[i].parameters);
        free(networks->potentials[i].statistics);
    }
    ggcn_graph_destroy(&networks->generator);
    *networks = (ggcn_model_networks){0};
}
