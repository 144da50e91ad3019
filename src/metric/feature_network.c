/* A network file's layers become one graph whose last node holds the features and the class scores of an image. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metric/features.h"

static const char *const rules[] = {
    [GGCN_RESAMPLE_PILLOW] = "bilinear-pillow", [GGCN_RESAMPLE_TENSORFLOW] = "bilinear-tensorflow"};
enum { rule_count = sizeof rules / sizeof *rules };

static ggcn_status find_layer(const ggcn_feature_source *source, const char *what, const char *name, int *node) {
    const int last = ggcn_graph_nodes(source->graph) - 1;
    *node = last;
    while (name && *node >= 0 && strcmp(ggcn_graph_layer(source->graph, *node)->name, name) != 0)
        --*node;
    if (*node < 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "name one of its layers", "%s: attribute \"%s\": there is no layer %s",
                  source->name, what, name);
    return GGCN_SUCCESS;
}

/* Adds the mean over all positions behind a node that has several. */
static ggcn_status add_mean(ggcn_graph *graph, int *node) {
    const ggcn_shape shape = ggcn_graph_shape(graph, *node);
    if (shape.height == 1 && shape.width == 1)
        return GGCN_SUCCESS;
    const ggcn_layer mean = {.op = GGCN_AVERAGE_POOL,
                             .inputs = {*node},
                             .n_inputs = 1,
                             .kernel = {shape.height, shape.width},
                             .stride = {1, 1}};
    return ggcn_graph_add(graph, &mean, node);
}

/* Adds the means and, where features and logits are of two layers, their concatenation. */
static ggcn_status add_result(const ggcn_feature_source *source, ggcn_graph *graph, ggcn_feature_network *network) {
    int features, logits;
    GGCN_TRY(find_layer(source, "features", source->features, &features));
    GGCN_TRY(find_layer(source, "logits", source->logits, &logits));
    const bool same = features == logits, scores = !same || source->logits;
    GGCN_TRY(add_mean(graph, &features));
    network->features = ggcn_graph_shape(graph, features).channels;
    if (!same)
        GGCN_TRY(add_mean(graph, &logits));
    network->classes = !scores ? 0 : same ? network->features : ggcn_graph_shape(graph, logits).channels;
    network->logits_at = same ? 0 : network->features;
    const ggcn_layer both = {.op = GGCN_CONCATENATE, .inputs = {features, logits}, .n_inputs = 2};
    return same ? GGCN_SUCCESS : ggcn_graph_add(graph, &both, NULL);
}

static ggcn_status compile(const ggcn_feature_source *source, const ggcn_graph *graph, ggcn_feature_network *network) {
    const ggcn_status status = ggcn_plan_compile(graph, 1, &network->plan);
    if (status == GGCN_ERROR_ARGUMENT)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "let its attributes \"features\" and \"logits\" name layers that need all others",
                  "%s: %s", source->name, ggcn_last_error()->message);
    GGCN_TRY(status);
    network->input = ggcn_graph_shape(graph, 0);
    network->result = ggcn_graph_output(graph).channels;
    GGCN_TRY(ggcn_weights_create(network->plan, &network->weights));
    return ggcn_weights_pack(network->weights, source->parameters, source->statistics);
}

static ggcn_status choose_rule(const ggcn_feature_source *source, ggcn_feature_network *network) {
    int rule = 0;
    while (source->resize && rule < rule_count && strcmp(rules[rule], source->resize) != 0)
        rule++;
    if (rule == rule_count)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "the rules are bilinear-pillow and bilinear-tensorflow",
                  "%s: attribute \"resize\": there is no rule %s", source->name, source->resize);
    network->rule = (ggcn_resample_rule)rule;
    return GGCN_SUCCESS;
}

static ggcn_status make(const ggcn_feature_source *source, ggcn_feature_network *network) {
    const int64_t channels = ggcn_graph_shape(source->graph, 0).channels;
    if (channels != 1 && channels != 3)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "use a network for images", "%s: it reads %lld channels, expected 1 or 3",
                  source->name, (long long)channels);
    GGCN_TRY(choose_rule(source, network));
    ggcn_graph *graph;
    GGCN_TRY(ggcn_graph_copy(source->graph, &graph));
    ggcn_status status = add_result(source, graph, network);
    if (status == GGCN_SUCCESS)
        status = compile(source, graph, network);
    ggcn_graph_destroy(&graph);
    return status;
}

ggcn_status ggcn_feature_network_create(const ggcn_feature_source *source, ggcn_feature_network **network) {
    *network = calloc(1, sizeof **network);
    if (!*network)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a feature network");
    const ggcn_status status = make(source, *network);
    if (status != GGCN_SUCCESS)
        ggcn_feature_network_destroy(network);
    return status;
}

void ggcn_feature_network_destroy(ggcn_feature_network **network) {
    if (!*network)
        return;
    ggcn_weights_destroy(&(*network)->weights);
    ggcn_plan_destroy(&(*network)->plan);
    free(*network);
    *network = NULL;
}

int64_t ggcn_feature_network_features(const ggcn_feature_network *network) {
    return network->features;
}

int64_t ggcn_feature_network_classes(const ggcn_feature_network *network) {
    return network->classes;
}

ggcn_shape ggcn_feature_network_input(const ggcn_feature_network *network) {
    return network->input;
}

const char *ggcn_feature_network_resize(const ggcn_feature_network *network) {
    return rules[network->rule];
}
