#include "ggcn/network.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/resources.h"

enum { LARGEST_FILE = 1 << 20, MOST_LAYERS = 4096, MOST_INPUTS = 8 };

typedef struct {
    ggcn_op op;
    char *name;
    char **from;
    uint32_t from_count;
    char *channels, *kernel, *stride, *pad, *output_pad, *slope, *epsilon, *factor; /* libcyaml would read "3x" as 3 */
    bool *bias;
} layer_text;

typedef struct {
    char *description;
    layer_text *layers;
    uint32_t layers_count;
} network_text;

static const cyaml_strval_t ops[] = {
    {"conv", GGCN_CONVOLUTION},      {"deconv", GGCN_TRANSPOSED_CONVOLUTION}, {"dense", GGCN_DENSE},
    {"bias", GGCN_BIAS},             {"relu", GGCN_RELU},                     {"leaky_relu", GGCN_LEAKY_RELU},
    {"tanh", GGCN_TANH},             {"sigmoid", GGCN_SIGMOID},               {"max_pool", GGCN_MAX_POOL},
    {"avg_pool", GGCN_AVERAGE_POOL}, {"norm", GGCN_NORM},                     {"add", GGCN_ADD},
    {"concat", GGCN_CONCATENATE},    {"upsample", GGCN_UPSAMPLE},
};

/* libcyaml would take any other word for true. */
static const cyaml_strval_t truths[] = {{"true", true}, {"false", false}};

#define OPTIONAL_TEXT(key) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, layer_text, key, 1, 63)

static const cyaml_schema_value_t text_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 63)};

static const cyaml_schema_field_t layer_fields[] = {
    CYAML_FIELD_ENUM("op", CYAML_FLAG_STRICT, layer_text, op, ops, CYAML_ARRAY_LEN(ops)),
    OPTIONAL_TEXT(name),
    CYAML_FIELD_SEQUENCE("from", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, layer_text, from, &text_value, 1, MOST_INPUTS),
    OPTIONAL_TEXT(channels),
    OPTIONAL_TEXT(kernel),
    OPTIONAL_TEXT(stride),
    OPTIONAL_TEXT(pad),
    OPTIONAL_TEXT(output_pad),
    CYAML_FIELD_ENUM_PTR("bias", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, layer_text, bias, truths,
                         CYAML_ARRAY_LEN(truths)),
    OPTIONAL_TEXT(slope),
    OPTIONAL_TEXT(epsilon),
    OPTIONAL_TEXT(factor),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t layer_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, layer_text, layer_fields)};

static const cyaml_schema_field_t network_fields[] = {
    CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, network_text, description, 0,
                           CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("layers", CYAML_FLAG_POINTER, network_text, layers, &layer_value, 1, MOST_LAYERS),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t network_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, network_text, network_fields)};

typedef struct {
    char text[768];
} complaint;

/* Collects what libcyaml says: the cause, then where it was (key, line, column), one piece a call. */
static void collect(cyaml_log_t level, void *context, const char *format, va_list arguments) {
    (void)level;
    complaint *c = context;
    char piece[256];
    vsnprintf(piece, sizeof piece, format, arguments);
    piece[strcspn(piece, "\n")] = '\0';
    const char *text = strncmp(piece, "Load: ", 6) == 0 ? piece + 6 : piece;
    text += strspn(text, " ");
    const size_t used = strlen(c->text);
    if (strcmp(text, "Backtrace:") != 0)
        snprintf(c->text + used, sizeof c->text - used, "%s%s", used > 0 ? ", " : "", text);
}

/* "5" or "3x5" -> {5, 5} or {3, 5}; NULL leaves the default. */
static ggcn_status parse_pair(const char *network, const ggcn_layer *layer, const char *key, const char *text,
                              int64_t pair[2]) {
    if (!text)
        return GGCN_SUCCESS;
    char *end;
    errno = 0;
    const long long height = strtoll(text, &end, 10);
    long long width = height;
    const bool two = *end == 'x' && end[1] != '\0';
    if (end != text && two)
        width = strtoll(end + 1, &end, 10);
    if (errno || end == text || *end || height < 0 || width < 0)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write a whole number such as 3, or HEIGHTxWIDTH such as 3x5",
                  "network %s, layer '%s': %s is \"%s\"", network, layer->name, key, text);
    pair[0] = height;
    pair[1] = width;
    return GGCN_SUCCESS;
}

/* "5" -> 5; NULL leaves the default. */
static ggcn_status parse_whole(const char *network, const ggcn_layer *layer, const char *key, const char *text,
                               int64_t *value) {
    if (!text)
        return GGCN_SUCCESS;
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    if (errno || end == text || *end || *value < 0)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write a whole number such as 3", "network %s, layer '%s': %s is \"%s\"", network,
                  layer->name, key, text);
    return GGCN_SUCCESS;
}

/* "0.02" -> 0.02; NULL leaves the default. */
static ggcn_status parse_real(const char *network, const ggcn_layer *layer, const char *key, const char *text,
                              double *value) {
    if (!text)
        return GGCN_SUCCESS;
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    if (errno || end == text || *end)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write a number such as 0.02", "network %s, layer '%s': %s is \"%s\"", network,
                  layer->name, key, text);
    return GGCN_SUCCESS;
}

static int find_node(const ggcn_graph *graph, const char *name) {
    for (int i = 0; i < ggcn_graph_nodes(graph); i++)
        if (strcmp(ggcn_graph_layer(graph, i)->name, name) == 0)
            return i;
    return -1;
}

static ggcn_status add_layer(const char *network, const layer_text *text, ggcn_graph *graph) {
    ggcn_layer layer = {.op = text->op,
                        .stride = {1, 1},
                        .bias = text->bias ? *text->bias : true,
                        .slope = 0.02,
                        .epsilon = 1e-5,
                        .factor = 2};
    snprintf(layer.name, sizeof layer.name, "%s", text->name ? text->name : "");
    if (!text->name)
        snprintf(layer.name, sizeof layer.name, "%s%d", ggcn_op_name(text->op), ggcn_graph_nodes(graph));
    GGCN_TRY(parse_whole(network, &layer, "channels", text->channels, &layer.channels));
    GGCN_TRY(parse_whole(network, &layer, "factor", text->factor, &layer.factor));
    GGCN_TRY(parse_real(network, &layer, "slope", text->slope, &layer.slope));
    GGCN_TRY(parse_real(network, &layer, "epsilon", text->epsilon, &layer.epsilon));
    GGCN_TRY(parse_pair(network, &layer, "kernel", text->kernel, layer.kernel));
    if (text->op == GGCN_MAX_POOL || text->op == GGCN_AVERAGE_POOL)
        memcpy(layer.stride, layer.kernel, sizeof layer.stride);
    GGCN_TRY(parse_pair(network, &layer, "stride", text->stride, layer.stride));
    GGCN_TRY(parse_pair(network, &layer, "pad", text->pad, layer.pad));
    GGCN_TRY(parse_pair(network, &layer, "output_pad", text->output_pad, layer.output_pad));
    layer.n_inputs = text->from_count > 0 ? (int)text->from_count : 1;
    layer.inputs[0] = ggcn_graph_nodes(graph) - 1;
    for (uint32_t i = 0; i < text->from_count; i++) {
        layer.inputs[i] = find_node(graph, text->from[i]);
        if (layer.inputs[i] < 0)
            GGCN_FAIL(GGCN_ERROR_CONFIG, "give the earlier layer a name and use that; `input` is the image",
                      "network %s, layer '%s': from names '%s', but no earlier layer has that name", network, layer.name,
                      text->from[i]);
    }
    const ggcn_status status = ggcn_graph_add(graph, &layer, NULL);
    if (status == GGCN_ERROR_ARGUMENT)
        GGCN_FAIL(GGCN_ERROR_CONFIG, ggcn_last_error()->hint, "network %s, %s", network, ggcn_last_error()->message);
    return status;
}

static ggcn_status build(const char *name, const network_text *text, ggcn_shape input, ggcn_graph **graph) {
    GGCN_TRY(ggcn_graph_create(input, graph));
    for (uint32_t i = 0; i < text->layers_count; i++) {
        const ggcn_status status = add_layer(name, &text->layers[i], *graph);
        if (status != GGCN_SUCCESS) {
            ggcn_graph_destroy(graph);
            return status;
        }
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_network_parse(const char *name, const char *text, size_t length, ggcn_shape input, ggcn_graph **graph) {
    *graph = NULL;
    complaint said = {{0}};
    const cyaml_config_t settings = {.log_fn = collect,
                                     .log_ctx = &said,
                                     .mem_fn = cyaml_mem,
                                     .log_level = CYAML_LOG_ERROR,
                                     .flags = CYAML_CFG_DEFAULT};
    network_text *loaded = NULL;
    const cyaml_err_t error =
        cyaml_load_data((const uint8_t *)text, length, &settings, &network_value, (cyaml_data_t **)&loaded, NULL);
    if (error == CYAML_OK && !loaded)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "see ggcn/network.h or the built-in networks for the form of a list of layers",
                  "network %s: the text is empty", name);
    if (error != CYAML_OK)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "see ggcn/network.h or the built-in networks for the form of a list of layers",
                  "network %s: %s", name, *said.text ? said.text : cyaml_strerror(error));
    const ggcn_status status = build(name, loaded, input, graph);
    cyaml_free(&settings, &network_value, loaded, 0);
    return status;
}

static ggcn_status no_such_network(const char *network) {
    size_t count;
    const ggcn_resource *resources = ggcn_resources(&count);
    char names[400] = "built-in networks:";
    for (size_t i = 0; i < count; i++)
        if (strcmp(resources[i].kind, "networks") == 0 && strlen(names) + strlen(resources[i].name) + 2 < sizeof names) {
            strcat(names, " ");
            strcat(names, resources[i].name);
        }
    GGCN_FAIL(GGCN_ERROR_CONFIG, names, "potential.network: '%s' is neither a built-in network nor a readable file: %s",
              network, strerror(errno));
}

ggcn_status ggcn_network_load(const char *network, ggcn_shape input, ggcn_graph **graph) {
    *graph = NULL;
    const ggcn_resource *named = ggcn_resource_find("networks", network);
    if (named)
        return ggcn_network_parse(named->name, named->text, strlen(named->text), input, graph);
    FILE *file = fopen(network, "r");
    if (!file)
        return no_such_network(network);
    char *text = malloc(LARGEST_FILE);
    const size_t length = text ? fread(text, 1, LARGEST_FILE, file) : 0;
    const bool failed = ferror(file);
    fclose(file); /* only read from: nothing to lose */
    ggcn_status status;
    if (!text)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to read %s", network);
    else if (failed)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, "name a YAML file", "cannot read network file %s: %s", network,
                            strerror(errno));
    else if (length == LARGEST_FILE)
        status = ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__, "name a YAML file with a list of layers",
                            "%s: too large for a network file", network);
    else
        status = ggcn_network_parse(network, text, length, input, graph);
    free(text);
    return status;
}
