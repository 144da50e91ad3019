/* Private side of ggcn/graph.h: the list of nodes and their parameter tensors. */
#ifndef GGCN_NET_GRAPH_H
#define GGCN_NET_GRAPH_H

#include "ggcn/graph.h"

typedef struct {
    ggcn_layer layer;
    ggcn_shape shape; /* of the node's result */
    int weight, bias; /* numbers of parameter tensors (norm: gamma, beta), -1 if none */
    int statistics;   /* number of the statistics tensor of a norm layer, -1 if none */
} ggcn_node;

typedef struct {
    ggcn_tensor_info *tensors;
    size_t count, capacity, floats;
} ggcn_tensor_list;

struct ggcn_graph {
    ggcn_node *nodes;
    int count, capacity;
    ggcn_tensor_list parameters, statistics;
};

#endif
