/* What a network's YAML text says, before any of it is a layer. */
#ifndef GGCN_MODEL_NETWORK_YAML_H
#define GGCN_MODEL_NETWORK_YAML_H

#include "ggcn/graph.h"

enum { GGCN_YAML_BLOCK = GGCN_UPSAMPLE + 1 }; /* beside the values of ggcn_op: a block is used here */

/* Texts that are missing are NULL. */
typedef struct {
    int op; /* a ggcn_op or GGCN_YAML_BLOCK */
    char *name;
    char **from;
    uint32_t from_count;
    char *channels, *kernel, *stride, *pad, *output_pad, *slope, *epsilon, *factor,
        *repeat; /* libcyaml reads "3x" as 3 */
    bool *bias;
    char *use;
} ggcn_yaml_layer;

typedef struct {
    char *name;
    ggcn_yaml_layer *layers;
    uint32_t layers_count;
} ggcn_yaml_block;

typedef struct {
    char *description;
    ggcn_yaml_block *blocks;
    uint32_t blocks_count;
    ggcn_yaml_layer *layers;
    uint32_t layers_count;
} ggcn_yaml_network;

/* Reads a text. `name` is for messages. @return GGCN_ERROR_CONFIG with what libcyaml says and the line */
ggcn_status ggcn_yaml_load(const char *name, const char *text, size_t length, ggcn_yaml_network **network);
void ggcn_yaml_free(ggcn_yaml_network *network);

/* Makes the graph. `image`: the shape that `channels: image` means, or NULL if this is no generator. */
ggcn_status ggcn_yaml_build(const char *name, const ggcn_yaml_network *network, ggcn_shape input,
                            const ggcn_shape *image, ggcn_graph **graph);

#endif
