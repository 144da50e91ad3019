/* From the layers of a YAML text, and the blocks they use, to a graph. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/network_yaml.h"

enum { MOST_NODES = 8192, MOST_REPEATS = 1024 };

typedef struct {
    const char *network; /* for messages */
    const ggcn_yaml_network *yaml;
    const ggcn_shape *image; /* NULL: no generator */
    ggcn_graph *graph;
} builder;

/* Where a list of layers stands: in the network itself, or in a place that uses a block. */
typedef struct {
    char name[64];    /* "" for the network itself */
    int input;        /* node that `input` means, and that the first layer reads */
    int64_t channels; /* what a block's `channels` stands for; 0 if its place gives none */
    int64_t stride[2];
} place;

/* "5" -> 5 and what stands behind the number; otherwise false, and nothing is changed. */
static bool read_whole(const char *text, int64_t *value, const char **rest) {
    char *end;
    errno = 0;
    const long long read = strtoll(text, &end, 10);
    if (errno || end == text || read < 0)
        return false;
    *value = read;
    *rest = end;
    return true;
}

/* "5" or "3x5" -> {5, 5} or {3, 5}; NULL leaves the default. */
static ggcn_status parse_pair(const builder *b, const ggcn_layer *layer, const char *key, const char *text,
                              int64_t pair[2]) {
    if (!text)
        return GGCN_SUCCESS;
    int64_t read[2] = {0, 0};
    const char *rest = "";
    bool good = read_whole(text, &read[0], &rest);
    read[1] = read[0];
    if (good && *rest == 'x')
        good = read_whole(rest + 1, &read[1], &rest);
    if (!good || *rest)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write a whole number such as 3, or HEIGHTxWIDTH such as 3x5",
                  "network %s, layer '%s': %s is \"%s\"", b->network, layer->name, key, text);
    memcpy(pair, read, sizeof read);
    return GGCN_SUCCESS;
}

/* "5" -> 5; NULL leaves the default. */
static ggcn_status parse_whole(const builder *b, const char *layer, const char *key, const char *text, int64_t *value) {
    const char *rest;
    if (text && (!read_whole(text, value, &rest) || *rest))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write a whole number such as 3", "network %s, layer '%s': %s is \"%s\"",
                  b->network, layer, key, text);
    return GGCN_SUCCESS;
}

/* "0.02" -> 0.02; NULL leaves the default. */
static ggcn_status parse_real(const builder *b, const ggcn_layer *layer, const char *key, const char *text,
                              double *value) {
    if (!text)
        return GGCN_SUCCESS;
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    if (errno || end == text || *end)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write a number such as 0.02", "network %s, layer '%s': %s is \"%s\"", b->network,
                  layer->name, key, text);
    return GGCN_SUCCESS;
}

/* "64", "image", and in a block "channels" or "4*channels". */
static ggcn_status parse_channels(const builder *b, const place *at, ggcn_layer *layer, const char *text) {
    int64_t factor;
    const char *rest;
    if (!text)
        return GGCN_SUCCESS;
    if (strcmp(text, "image") == 0) {
        if (!b->image)
            GGCN_FAIL(GGCN_ERROR_CONFIG, "give the number of channels, or use this network as the generator",
                      "network %s, layer '%s': channels: image is for generators, whose result is an image", b->network,
                      layer->name);
        layer->channels = b->image->channels;
        return GGCN_SUCCESS;
    }
    if (read_whole(text, &factor, &rest) && *rest == '*') {
        rest++;
    } else {
        factor = 1;
        rest = text;
    }
    if (strcmp(rest, "channels") != 0)
        return parse_whole(b, layer->name, "channels", text, &layer->channels);
    if (!*at->name)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write a whole number such as 3",
                  "network %s, layer '%s': channels is \"%s\", which has a meaning only in a block", b->network,
                  layer->name, text);
    if (at->channels < 1 || factor > INT64_MAX / at->channels)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "give channels in the layer with op: block",
                  "network %s, layer '%s': the block wants %s channels, and '%s' gives %lld", b->network, layer->name,
                  text, at->name, (long long)at->channels);
    layer->channels = factor * at->channels;
    return GGCN_SUCCESS;
}

/* As a pair, and in a block "stride". */
static ggcn_status parse_stride(const builder *b, const place *at, ggcn_layer *layer, const char *text) {
    if (!text || !*at->name || strcmp(text, "stride") != 0)
        return parse_pair(b, layer, "stride", text, layer->stride);
    memcpy(layer->stride, at->stride, sizeof layer->stride);
    return GGCN_SUCCESS;
}

/* "LAYER", or in a block "PLACE-LAYER". */
static ggcn_status full_name(const builder *b, const place *at, const char *layer, char name[64]) {
    if (snprintf(name, 64, "%s%s%s", at->name, *at->name ? "-" : "", layer) >= 64)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use shorter names", "network %s: the name '%s%s%s' has more than 63 letters",
                  b->network, at->name, *at->name ? "-" : "", layer);
    return GGCN_SUCCESS;
}

/* Input nodes of a layer; `number` counts the layers of its list from 1. */
static ggcn_status find_inputs(const builder *b, const place *at, const ggcn_yaml_layer *yaml, int number,
                               ggcn_layer *layer) {
    layer->n_inputs = yaml->from_count > 0 ? (int)yaml->from_count : 1;
    layer->inputs[0] = number == 1 ? at->input : ggcn_graph_nodes(b->graph) - 1;
    for (uint32_t i = 0; i < yaml->from_count; i++) {
        char name[64];
        GGCN_TRY(full_name(b, at, yaml->from[i], name));
        int node = strcmp(yaml->from[i], "input") == 0 ? at->input : ggcn_graph_nodes(b->graph) - 1;
        while (node != at->input && strcmp(ggcn_graph_layer(b->graph, node)->name, name) != 0)
            node--;
        if (node == at->input && strcmp(yaml->from[i], "input") != 0)
            GGCN_FAIL(GGCN_ERROR_CONFIG,
                      *at->name ? "a block's layers see `input` and the earlier layers of the block"
                                : "give the earlier layer a name and use that; `input` is the image",
                      "network %s, layer '%s': from names '%s', but no earlier layer has that name", b->network,
                      layer->name, yaml->from[i]);
        layer->inputs[i] = node;
    }
    return GGCN_SUCCESS;
}

static ggcn_status add_layer(const builder *b, const place *at, const ggcn_yaml_layer *yaml, int number) {
    ggcn_layer layer = {.op = (ggcn_op)yaml->op,
                        .stride = {1, 1},
                        .bias = yaml->bias ? *yaml->bias : true,
                        .slope = 0.02,
                        .epsilon = 1e-5,
                        .factor = 2};
    char own[64];
    snprintf(own, sizeof own, "%s%d", ggcn_op_name(layer.op), *at->name ? number : ggcn_graph_nodes(b->graph));
    GGCN_TRY(full_name(b, at, yaml->name ? yaml->name : own, layer.name));
    if (yaml->use || yaml->repeat)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write op: block, or leave the key out",
                  "network %s, layer '%s': %s without op: block", b->network, layer.name, yaml->use ? "use" : "repeat");
    if (ggcn_graph_nodes(b->graph) >= MOST_NODES)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "repeat fewer blocks", "network %s: more than %d layers", b->network, MOST_NODES);
    GGCN_TRY(parse_channels(b, at, &layer, yaml->channels));
    GGCN_TRY(parse_whole(b, layer.name, "factor", yaml->factor, &layer.factor));
    GGCN_TRY(parse_real(b, &layer, "slope", yaml->slope, &layer.slope));
    GGCN_TRY(parse_real(b, &layer, "epsilon", yaml->epsilon, &layer.epsilon));
    GGCN_TRY(parse_pair(b, &layer, "kernel", yaml->kernel, layer.kernel));
    if (layer.op == GGCN_MAX_POOL || layer.op == GGCN_AVERAGE_POOL)
        memcpy(layer.stride, layer.kernel, sizeof layer.stride);
    GGCN_TRY(parse_stride(b, at, &layer, yaml->stride));
    GGCN_TRY(parse_pair(b, &layer, "pad", yaml->pad, layer.pad));
    GGCN_TRY(parse_pair(b, &layer, "output_pad", yaml->output_pad, layer.output_pad));
    GGCN_TRY(find_inputs(b, at, yaml, number, &layer));
    const ggcn_status status = ggcn_graph_add(b->graph, &layer, NULL);
    if (status == GGCN_ERROR_ARGUMENT)
        GGCN_FAIL(GGCN_ERROR_CONFIG, ggcn_last_error()->hint, "network %s, %s", b->network, ggcn_last_error()->message);
    return status;
}

static const ggcn_yaml_block *find_block(const ggcn_yaml_network *yaml, const char *name) {
    for (uint32_t i = 0; name && i < yaml->blocks_count; i++)
        if (strcmp(yaml->blocks[i].name, name) == 0)
            return &yaml->blocks[i];
    return NULL;
}

static ggcn_status add_block(const builder *b, const place *at, const ggcn_yaml_block *block) {
    for (uint32_t i = 0; i < block->layers_count; i++) {
        if (block->layers[i].op == GGCN_YAML_BLOCK)
            GGCN_FAIL(GGCN_ERROR_CONFIG, "write its layers instead",
                      "network %s: block '%s' uses a block, which only `layers` can", b->network, block->name);
        GGCN_TRY(add_layer(b, at, &block->layers[i], (int)i + 1));
    }
    return GGCN_SUCCESS;
}

/* All layers of a block, as often as its place says. */
static ggcn_status use_block(const builder *b, const ggcn_yaml_layer *yaml, int number) {
    const place network = {.input = 0};
    const ggcn_yaml_block *block = find_block(b->yaml, yaml->use);
    ggcn_layer layer = {.stride = {1, 1}}; /* takes what the place says */
    int64_t repeats = 1;
    char own[80];
    snprintf(own, sizeof own, "%s%d", yaml->use ? yaml->use : "block", ggcn_graph_nodes(b->graph));
    GGCN_TRY(full_name(b, &network, yaml->name ? yaml->name : own, layer.name));
    if (!block)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write `use: NAME` with the name of an entry of the network's `blocks`",
                  "network %s, layer '%s': there is no block '%s'", b->network, layer.name, yaml->use ? yaml->use : "");
    GGCN_TRY(parse_channels(b, &network, &layer, yaml->channels));
    GGCN_TRY(parse_stride(b, &network, &layer, yaml->stride));
    GGCN_TRY(parse_whole(b, layer.name, "repeat", yaml->repeat, &repeats));
    GGCN_TRY(find_inputs(b, &network, yaml, number, &layer));
    if (repeats < 1 || repeats > MOST_REPEATS || layer.n_inputs != 1)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "a block has one input, and is repeated at least once",
                  "network %s, layer '%s': %d inputs, repeat %lld (1 to %d)", b->network, layer.name, layer.n_inputs,
                  (long long)repeats, MOST_REPEATS);
    place at = {.input = layer.inputs[0], .channels = layer.channels, .stride = {layer.stride[0], layer.stride[1]}};
    for (int64_t i = 1; i <= repeats; i++) {
        const int length = snprintf(own, sizeof own, "%s", layer.name);
        if (repeats > 1)
            snprintf(own + length, sizeof own - (size_t)length, "-%d", (int)i);
        GGCN_TRY(full_name(b, &network, own, at.name));
        GGCN_TRY(add_block(b, &at, block));
        at.input = ggcn_graph_nodes(b->graph) - 1;
    }
    return GGCN_SUCCESS;
}

static ggcn_status check_blocks(const builder *b) {
    const ggcn_yaml_network *yaml = b->yaml;
    for (uint32_t i = 0; i < yaml->blocks_count; i++) {
        bool used = false;
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(yaml->blocks[i].name, yaml->blocks[k].name) == 0)
                GGCN_FAIL(GGCN_ERROR_CONFIG, "give every block a name of its own",
                          "network %s: two blocks are named '%s'", b->network, yaml->blocks[i].name);
        for (uint32_t k = 0; k < yaml->layers_count; k++)
            used = used || (yaml->layers[k].use && strcmp(yaml->layers[k].use, yaml->blocks[i].name) == 0);
        if (!used)
            GGCN_FAIL(GGCN_ERROR_CONFIG, "use it by {op: block, use: NAME}, or remove it",
                      "network %s: block '%s' is not used", b->network, yaml->blocks[i].name);
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_yaml_build(const char *name, const ggcn_yaml_network *network, ggcn_shape input,
                            const ggcn_shape *image, ggcn_graph **graph) {
    GGCN_TRY(ggcn_graph_create(input, graph));
    const builder b = {name, network, image, *graph};
    const place at = {.input = 0};
    ggcn_status status = GGCN_SUCCESS;
    for (uint32_t i = 0; status == GGCN_SUCCESS && i < network->layers_count; i++) {
        const ggcn_yaml_layer *yaml = &network->layers[i];
        status = yaml->op == GGCN_YAML_BLOCK ? use_block(&b, yaml, (int)i + 1) : add_layer(&b, &at, yaml, (int)i + 1);
    }
    if (status == GGCN_SUCCESS)
        status = check_blocks(&b);
    if (status != GGCN_SUCCESS)
        ggcn_graph_destroy(graph);
    return status;
}
