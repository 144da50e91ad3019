#include "eval_network.h"

#include <stdio.h>
#include <stdlib.h>

#include "ggcn/hpc.h"

static ggcn_status compile(eval_network *n, const ggcn_graph *graph, const float *parameters, const float *statistics) {
    const ggcn_feature_source source = {n->path,           graph,           parameters,     statistics,
                                        n->about.features, n->about.logits, n->about.resize};
    GGCN_TRY(ggcn_feature_network_create(&source, &n->compiled));
    const char *last = ggcn_graph_layer(graph, ggcn_graph_nodes(graph) - 1)->name;
    snprintf(n->features, sizeof n->features, "%s", n->about.features ? n->about.features : last);
    if (ggcn_feature_network_classes(n->compiled) > 0)
        snprintf(n->logits, sizeof n->logits, "%s", n->about.logits ? n->about.logits : last);
    n->digest = ggcn_network_digest(graph, parameters, statistics);
    n->layers_digest = ggcn_graph_digest(graph);
    return GGCN_SUCCESS;
}

ggcn_status eval_network_load(const char *path, eval_network *network) {
    ggcn_graph *graph;
    float *parameters, *statistics;
    *network = (eval_network){.path = path};
    GGCN_TRY(ggcn_network_file_about(path, &network->about));
    GGCN_TRY(ggcn_network_file_read(path, (ggcn_shape){0, 0, 0}, &graph, &parameters, &statistics));
    const ggcn_status status = ggcn_agree(compile(network, graph, parameters, statistics));
    free(parameters);
    free(statistics);
    ggcn_graph_destroy(&graph);
    return status;
}

void eval_network_clear(eval_network *network) {
    ggcn_feature_network_destroy(&network->compiled);
    ggcn_network_about_clear(&network->about);
}
