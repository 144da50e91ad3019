#include "net/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MAX_EXTENT = 1 << 20, MAX_CHANNELS = 1 << 20 };
static const int64_t max_elements = INT64_C(1) << 31;

const char *ggcn_op_name(ggcn_op op) {
    static const char *const names[] = {"input",    "conv",       "deconv", "dense",   "bias",
                                        "relu",     "leaky_relu", "tanh",   "sigmoid", "max_pool",
                                        "avg_pool", "norm",       "add",    "concat",  "upsample"};
    return (size_t)op < sizeof names / sizeof *names ? names[op] : "unknown";
}

static bool has_window(ggcn_op op) {
    return op == GGCN_CONVOLUTION || op == GGCN_TRANSPOSED_CONVOLUTION || op == GGCN_MAX_POOL ||
           op == GGCN_AVERAGE_POOL;
}

static bool has_channels(ggcn_op op) {
    return op == GGCN_CONVOLUTION || op == GGCN_TRANSPOSED_CONVOLUTION || op == GGCN_DENSE;
}

static ggcn_status check_shape(const char *name, ggcn_shape shape) {
    if (shape.channels < 1 || shape.height < 1 || shape.width < 1 || shape.channels > MAX_CHANNELS ||
        shape.height > MAX_EXTENT || shape.width > MAX_EXTENT ||
        shape.channels > max_elements / shape.height / shape.width)
        GGCN_FAIL(
            GGCN_ERROR_ARGUMENT, "sizes must be positive and an image must have fewer than 2^31 elements",
            "layer '%s': its result would have the impossible shape %lld x %lld x %lld (channels x height x width)",
            name, (long long)shape.channels, (long long)shape.height, (long long)shape.width);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_graph_create(ggcn_shape input, ggcn_graph **graph) {
    *graph = NULL;
    GGCN_TRY(check_shape("input", input));
    ggcn_graph *made = calloc(1, sizeof *made);
    ggcn_node *nodes = calloc(16, sizeof *nodes);
    if (!made || !nodes) {
        free(made);
        free(nodes);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a graph");
    }
    made->nodes = nodes;
    made->capacity = 16;
    made->count = 1;
    nodes[0] = (ggcn_node){
        .layer = {.op = GGCN_INPUT, .name = "input"}, .shape = input, .weight = -1, .bias = -1, .statistics = -1};
    *graph = made;
    return GGCN_SUCCESS;
}

void ggcn_graph_destroy(ggcn_graph **graph) {
    if (!*graph)
        return;
    free((*graph)->nodes);
    free((*graph)->parameters.tensors);
    free((*graph)->statistics.tensors);
    free(*graph);
    *graph = NULL;
}

static bool good_name(const char *name) {
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

uint64_t ggcn_graph_digest(const ggcn_graph *graph) {
    uint64_t digest = XXH3_64bits(&graph->nodes[0].shape, sizeof graph->nodes[0].shape);
    for (int i = 1; i < graph->count; i++) {
        const ggcn_layer *l = &graph->nodes[i].layer;
        /* field by field: padding bytes of the structure have no values */
        const int64_t whole[] = {
            l->op,     l->n_inputs, l->channels,      l->kernel[0],     l->kernel[1], l->stride[0], l->stride[1],
            l->pad[0], l->pad[1],   l->output_pad[0], l->output_pad[1], l->bias,      l->factor};
        const double real[] = {l->slope, l->epsilon};
        digest = XXH3_64bits_withSeed(whole, sizeof whole, digest);
        digest = XXH3_64bits_withSeed(l->inputs, (size_t)l->n_inputs * sizeof *l->inputs, digest);
        digest = XXH3_64bits_withSeed(real, sizeof real, digest);
        digest = XXH3_64bits_withSeed(l->name, strlen(l->name), digest);
    }
    return digest;
}

static ggcn_status copy_list(const ggcn_tensor_list *from, ggcn_tensor_list *to) {
    *to = *from;
    to->capacity = from->count;
    to->tensors = malloc((from->count + 1) * sizeof *to->tensors);
    if (!to->tensors)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a graph");
    if (from->count > 0)
        memcpy(to->tensors, from->tensors, from->count * sizeof *to->tensors);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_graph_copy(const ggcn_graph *graph, ggcn_graph **copy) {
    *copy = calloc(1, sizeof **copy);
    if (!*copy)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a graph");
    (*copy)->count = (*copy)->capacity = graph->count;
    (*copy)->nodes = malloc((size_t)graph->count * sizeof *graph->nodes);
    ggcn_status status = GGCN_SUCCESS;
    if (!(*copy)->nodes)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a graph");
    else
        memcpy((*copy)->nodes, graph->nodes, (size_t)graph->count * sizeof *graph->nodes);
    if (status == GGCN_SUCCESS)
        status = copy_list(&graph->parameters, &(*copy)->parameters);
    if (status == GGCN_SUCCESS)
        status = copy_list(&graph->statistics, &(*copy)->statistics);
    if (status != GGCN_SUCCESS)
        ggcn_graph_destroy(copy);
    return status;
}

static ggcn_status append_tensor(ggcn_tensor_list *list, ggcn_tensor_info tensor, int *number) {
    tensor.count = 1;
    for (int i = 0; i < tensor.rank; i++) {
        if (tensor.dims[i] > max_elements / (int64_t)tensor.count)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use fewer channels or a smaller kernel",
                      "parameter '%s' would have 2^31 or more elements", tensor.name);
        tensor.count *= (size_t)tensor.dims[i];
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 16;
        ggcn_tensor_info *tensors = realloc(list->tensors, capacity * sizeof *tensors);
        if (!tensors)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a graph");
        list->tensors = tensors;
        list->capacity = capacity;
    }
    tensor.offset = list->floats;
    list->floats += tensor.count;
    *number = (int)list->count;
    list->tensors[list->count++] = tensor;
    return GGCN_SUCCESS;
}

static ggcn_status add_tensor(ggcn_tensor_list *list, const ggcn_node *node, int number, const char *suffix, int rank,
                              const int64_t *dims, int64_t fan_in, int *tensor_number) {
    ggcn_tensor_info tensor = {.node = number, .rank = rank, .fan_in = fan_in};
    memcpy(tensor.dims, dims, (size_t)rank * sizeof *dims);
    snprintf(tensor.name, sizeof tensor.name, "%s.%s", node->layer.name, suffix);
    return append_tensor(list, tensor, tensor_number);
}

/* Declares the parameters of a node behind an input of shape `in`. */
static ggcn_status declare_parameters(ggcn_graph *graph, ggcn_node *node, int number, ggcn_shape in) {
    const ggcn_layer *layer = &node->layer;
    const int64_t out = node->shape.channels;
    switch (layer->op) {
    case GGCN_CONVOLUTION: {
        const int64_t dims[] = {out, in.channels, layer->kernel[0], layer->kernel[1]};
        GGCN_TRY(add_tensor(&graph->parameters, node, number, "weight", 4, dims, dims[1] * dims[2] * dims[3],
                            &node->weight));
        break;
    }
    case GGCN_TRANSPOSED_CONVOLUTION: {
        const int64_t dims[] = {in.channels, out, layer->kernel[0], layer->kernel[1]};
        int64_t fan_in = in.channels * layer->kernel[0] * layer->kernel[1] / (layer->stride[0] * layer->stride[1]);
        GGCN_TRY(
            add_tensor(&graph->parameters, node, number, "weight", 4, dims, fan_in > 0 ? fan_in : 1, &node->weight));
        break;
    }
    case GGCN_DENSE: {
        const int64_t dims[] = {out, in.channels * in.height * in.width};
        GGCN_TRY(add_tensor(&graph->parameters, node, number, "weight", 2, dims, dims[1], &node->weight));
        break;
    }
    case GGCN_NORM: {
        const int64_t dims[] = {2, out};
        GGCN_TRY(add_tensor(&graph->parameters, node, number, "gamma", 1, &out, 0, &node->weight));
        GGCN_TRY(add_tensor(&graph->parameters, node, number, "beta", 1, &out, 0, &node->bias));
        GGCN_TRY(add_tensor(&graph->statistics, node, number, "statistics", 2, dims, 0, &node->statistics));
        break;
    }
    default:
        break;
    }
    if ((has_channels(layer->op) && layer->bias) || layer->op == GGCN_BIAS)
        GGCN_TRY(add_tensor(&graph->parameters, node, number, "bias", 1, &out, 0, &node->bias));
    return GGCN_SUCCESS;
}

static ggcn_status check_inputs(const ggcn_graph *graph, const ggcn_layer *layer) {
    const int least = layer->op == GGCN_ADD || layer->op == GGCN_CONCATENATE ? 2 : 1;
    const int most = layer->op == GGCN_ADD ? 2 : layer->op == GGCN_CONCATENATE ? 8 : 1;
    if (layer->n_inputs < least || layer->n_inputs > most)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "layer '%s': %s takes %d to %d inputs, %d given", layer->name,
                  ggcn_op_name(layer->op), least, most, layer->n_inputs);
    for (int i = 0; i < layer->n_inputs; i++)
        if (layer->inputs[i] < 0 || layer->inputs[i] >= graph->count)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "a layer may only use layers before it",
                      "layer '%s': its input is node %d, but only the nodes 0 to %d exist", layer->name,
                      layer->inputs[i], graph->count - 1);
    return GGCN_SUCCESS;
}

static ggcn_status check_window(const ggcn_layer *layer, ggcn_shape in) {
    const int64_t extent[2] = {in.height, in.width};
    const char *axis[2] = {"height", "width"};
    for (int i = 0; i < 2; i++) {
        /* a window of padding alone has no largest element, and a transposed convolution would lose whole rows */
        const int64_t most_pad = layer->op == GGCN_CONVOLUTION ? MAX_EXTENT : layer->kernel[i] - 1;
        if (layer->kernel[i] < 1 || layer->kernel[i] > MAX_EXTENT || layer->stride[i] < 1 ||
            layer->stride[i] > MAX_EXTENT || layer->pad[i] < 0 || layer->pad[i] > most_pad)
            GGCN_FAIL(
                GGCN_ERROR_ARGUMENT,
                "kernel and stride must be at least 1, padding at least 0 and, but for convolutions, below the kernel",
                "layer '%s': impossible %s of kernel %lld, stride %lld, padding %lld", layer->name, axis[i],
                (long long)layer->kernel[i], (long long)layer->stride[i], (long long)layer->pad[i]);
        if (layer->op == GGCN_TRANSPOSED_CONVOLUTION) {
            if (layer->output_pad[i] < 0 || layer->output_pad[i] >= layer->stride[i])
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, "output padding must be from 0 to stride - 1",
                          "layer '%s': impossible output padding %lld in %s", layer->name,
                          (long long)layer->output_pad[i], axis[i]);
        } else if (extent[i] + 2 * layer->pad[i] < layer->kernel[i]) {
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use a smaller kernel, more padding or a larger image",
                      "layer '%s': the kernel's %s of %lld is larger than the padded image's %lld", layer->name,
                      axis[i], (long long)layer->kernel[i], (long long)(extent[i] + 2 * layer->pad[i]));
        }
    }
    return GGCN_SUCCESS;
}

static ggcn_status infer_shape(const ggcn_graph *graph, const ggcn_layer *layer, ggcn_shape *shape) {
    const ggcn_shape in = graph->nodes[layer->inputs[0]].shape;
    *shape = in;
    if (has_window(layer->op)) {
        GGCN_TRY(check_window(layer, in));
        if (layer->op == GGCN_TRANSPOSED_CONVOLUTION) {
            shape->height =
                (in.height - 1) * layer->stride[0] - 2 * layer->pad[0] + layer->kernel[0] + layer->output_pad[0];
            shape->width =
                (in.width - 1) * layer->stride[1] - 2 * layer->pad[1] + layer->kernel[1] + layer->output_pad[1];
        } else {
            shape->height = (in.height + 2 * layer->pad[0] - layer->kernel[0]) / layer->stride[0] + 1;
            shape->width = (in.width + 2 * layer->pad[1] - layer->kernel[1]) / layer->stride[1] + 1;
        }
    }
    if (has_channels(layer->op)) {
        if (layer->channels < 1 || layer->channels > MAX_CHANNELS)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give it at least one output channel",
                      "layer '%s': impossible number of output channels %lld", layer->name, (long long)layer->channels);
        shape->channels = layer->channels;
    }
    switch (layer->op) {
    case GGCN_DENSE:
        shape->height = shape->width = 1;
        break;
    case GGCN_LEAKY_RELU:
        if (!(layer->slope > 0 && layer->slope < 1))
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give a slope between 0 and 1, both excluded",
                      "layer '%s': impossible slope %g", layer->name, layer->slope);
        break;
    case GGCN_NORM:
        if (!(layer->epsilon > 0 && isfinite(layer->epsilon)))
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give a positive epsilon, e.g. 1e-5", "layer '%s': impossible epsilon %g",
                      layer->name, layer->epsilon);
        break;
    case GGCN_ADD:
    case GGCN_CONCATENATE:
        for (int i = 1; i < layer->n_inputs; i++) {
            const ggcn_shape other = graph->nodes[layer->inputs[i]].shape;
            if (other.height != in.height || other.width != in.width ||
                (layer->op == GGCN_ADD && other.channels != in.channels))
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, "its inputs must have one size",
                          "layer '%s': input '%s' is %lld x %lld x %lld, but input '%s' is %lld x %lld x %lld",
                          layer->name, graph->nodes[layer->inputs[0]].layer.name, (long long)in.channels,
                          (long long)in.height, (long long)in.width, graph->nodes[layer->inputs[i]].layer.name,
                          (long long)other.channels, (long long)other.height, (long long)other.width);
            if (layer->op == GGCN_CONCATENATE)
                shape->channels += other.channels;
        }
        break;
    case GGCN_UPSAMPLE:
        if (layer->factor < 1 || layer->factor > 1024)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give a whole factor from 1 to 1024",
                      "layer '%s': impossible upsampling factor %lld", layer->name, (long long)layer->factor);
        shape->height *= layer->factor;
        shape->width *= layer->factor;
        break;
    default:
        break;
    }
    return check_shape(layer->name, *shape);
}

ggcn_status ggcn_graph_add(ggcn_graph *graph, const ggcn_layer *layer, int *node) {
    if (layer->op <= GGCN_INPUT || layer->op > GGCN_UPSAMPLE)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "layer '%s': unknown operation %d", layer->name, (int)layer->op);
    if (graph->count == graph->capacity) {
        ggcn_node *nodes = realloc(graph->nodes, 2 * (size_t)graph->capacity * sizeof *nodes);
        if (!nodes)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a graph");
        graph->nodes = nodes;
        graph->capacity *= 2;
    }
    const int number = graph->count;
    ggcn_node made = {.layer = *layer, .weight = -1, .bias = -1, .statistics = -1};
    made.layer.name[sizeof made.layer.name - 1] = '\0';
    if (made.layer.name[0] == '\0')
        snprintf(made.layer.name, sizeof made.layer.name, "%s%d", ggcn_op_name(layer->op), number);
    if (!good_name(made.layer.name))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use letters, digits, _ and -", "impossible layer name '%s'", made.layer.name);
    for (int i = 0; i < number; i++)
        if (strcmp(graph->nodes[i].layer.name, made.layer.name) == 0)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give every layer a name of its own", "two layers are named '%s'",
                      made.layer.name);
    GGCN_TRY(check_inputs(graph, &made.layer));
    GGCN_TRY(infer_shape(graph, &made.layer, &made.shape));
    GGCN_TRY(declare_parameters(graph, &made, number, graph->nodes[made.layer.inputs[0]].shape));
    graph->nodes[graph->count++] = made;
    if (node)
        *node = number;
    return GGCN_SUCCESS;
}

int ggcn_graph_nodes(const ggcn_graph *graph) {
    return graph->count;
}

const ggcn_layer *ggcn_graph_layer(const ggcn_graph *graph, int node) {
    return &graph->nodes[node].layer;
}

ggcn_shape ggcn_graph_shape(const ggcn_graph *graph, int node) {
    return graph->nodes[node].shape;
}

ggcn_shape ggcn_graph_output(const ggcn_graph *graph) {
    return graph->nodes[graph->count - 1].shape;
}

static size_t list_tensors(const ggcn_tensor_list *list, const ggcn_tensor_info **tensors, size_t *count) {
    if (tensors)
        *tensors = list->tensors;
    if (count)
        *count = list->count;
    return list->floats;
}

size_t ggcn_graph_parameters(const ggcn_graph *graph, const ggcn_tensor_info **tensors, size_t *n_tensors) {
    return list_tensors(&graph->parameters, tensors, n_tensors);
}

size_t ggcn_graph_statistics(const ggcn_graph *graph, const ggcn_tensor_info **tensors, size_t *n_tensors) {
    return list_tensors(&graph->statistics, tensors, n_tensors);
}

double ggcn_graph_flops(const ggcn_graph *graph, int node) {
    const ggcn_node *n = &graph->nodes[node];
    const ggcn_op op = n->layer.op;
    if (!has_channels(op))
        return 0;
    /* each weight is used once per position of the smaller grid */
    const ggcn_shape at = op == GGCN_TRANSPOSED_CONVOLUTION ? graph->nodes[n->layer.inputs[0]].shape : n->shape;
    return 2.0 * (double)graph->parameters.tensors[n->weight].count * (double)at.height * (double)at.width;
}

bool ggcn_graph_piecewise_linear(const ggcn_graph *graph) {
    for (int i = 0; i < graph->count; i++)
        if (graph->nodes[i].layer.op == GGCN_TANH || graph->nodes[i].layer.op == GGCN_SIGMOID)
            return false;
    return true;
}
