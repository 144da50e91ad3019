/* The YAML side of networks: keys and their types, through libcyaml. */
#include "model/network_yaml.h"

#include "base/yaml_complaint.h"

enum { MOST_LAYERS = 4096, MOST_BLOCKS = 256, MOST_INPUTS = 8 };

static const cyaml_strval_t ops[] = {
    {"conv", GGCN_CONVOLUTION},   {"deconv", GGCN_TRANSPOSED_CONVOLUTION},
    {"dense", GGCN_DENSE},        {"bias", GGCN_BIAS},
    {"relu", GGCN_RELU},          {"leaky_relu", GGCN_LEAKY_RELU},
    {"tanh", GGCN_TANH},          {"sigmoid", GGCN_SIGMOID},
    {"max_pool", GGCN_MAX_POOL},  {"avg_pool", GGCN_AVERAGE_POOL},
    {"norm", GGCN_NORM},          {"add", GGCN_ADD},
    {"concat", GGCN_CONCATENATE}, {"upsample", GGCN_UPSAMPLE},
    {"block", GGCN_YAML_BLOCK},
};

/* libcyaml would take any other word for true. */
static const cyaml_strval_t truths[] = {{"true", true}, {"false", false}};

#define OPTIONAL_TEXT(key)                                                                                             \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, ggcn_yaml_layer, key, 1, 63)

static const cyaml_schema_value_t text_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 63)};

static const cyaml_schema_field_t layer_fields[] = {
    CYAML_FIELD_ENUM("op", CYAML_FLAG_STRICT, ggcn_yaml_layer, op, ops, CYAML_ARRAY_LEN(ops)),
    OPTIONAL_TEXT(name),
    CYAML_FIELD_SEQUENCE("from", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, ggcn_yaml_layer, from, &text_value, 1,
                         MOST_INPUTS),
    OPTIONAL_TEXT(channels),
    OPTIONAL_TEXT(kernel),
    OPTIONAL_TEXT(stride),
    OPTIONAL_TEXT(pad),
    OPTIONAL_TEXT(output_pad),
    CYAML_FIELD_ENUM_PTR("bias", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, ggcn_yaml_layer, bias,
                         truths, CYAML_ARRAY_LEN(truths)),
    OPTIONAL_TEXT(slope),
    OPTIONAL_TEXT(epsilon),
    OPTIONAL_TEXT(factor),
    OPTIONAL_TEXT(use),
    OPTIONAL_TEXT(repeat),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t layer_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, ggcn_yaml_layer, layer_fields)};

static const cyaml_schema_field_t block_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, ggcn_yaml_block, name, 1, 63),
    CYAML_FIELD_SEQUENCE("layers", CYAML_FLAG_POINTER, ggcn_yaml_block, layers, &layer_value, 1, MOST_LAYERS),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t block_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, ggcn_yaml_block, block_fields)};

static const cyaml_schema_field_t network_fields[] = {
    CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, ggcn_yaml_network, description, 0,
                           CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("blocks", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, ggcn_yaml_network, blocks, &block_value, 1,
                         MOST_BLOCKS),
    CYAML_FIELD_SEQUENCE("layers", CYAML_FLAG_POINTER, ggcn_yaml_network, layers, &layer_value, 1, MOST_LAYERS),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t network_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, ggcn_yaml_network, network_fields)};

ggcn_status ggcn_yaml_load(const char *name, const char *text, size_t length, ggcn_yaml_network **network) {
    static const char hint[] = "see ggcn/network.h or the built-in networks for the form of a list of layers";
    ggcn_yaml_complaint said = {{0}};
    const cyaml_config_t config = ggcn_yaml_settings(&said);
    *network = NULL;
    const cyaml_err_t error =
        cyaml_load_data((const uint8_t *)text, length, &config, &network_value, (cyaml_data_t **)network, NULL);
    if (error != CYAML_OK)
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "network %s: %s", name, *said.text ? said.text : cyaml_strerror(error));
    if (!*network)
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "network %s: the text is empty", name);
    return GGCN_SUCCESS;
}

void ggcn_yaml_free(ggcn_yaml_network *network) {
    ggcn_yaml_complaint said = {{0}};
    const cyaml_config_t config = ggcn_yaml_settings(&said);
    cyaml_free(&config, &network_value, network, 0);
}
