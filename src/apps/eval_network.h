/* The feature network of ggcn_eval, from its file. */
#ifndef GGCN_APPS_EVAL_NETWORK_H
#define GGCN_APPS_EVAL_NETWORK_H

#include "ggcn/features.h"
#include "ggcn/network_file.h"

typedef struct {
    const char *path;
    ggcn_network_about about;
    uint64_t digest;        /* of its numbers */
    uint64_t layers_digest; /* of its layers */
    char features[64];      /* layer with the features */
    char logits[64];        /* layer with the class scores; empty: none */
    ggcn_feature_network *compiled;
} eval_network;

/* Reads and compiles a network file. Collective. To be released with eval_network_clear in any case. */
ggcn_status eval_network_load(const char *path, eval_network *network);
void eval_network_clear(eval_network *network);

#endif
