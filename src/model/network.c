/* Networks by name or path. */
#include "ggcn/network.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/resources.h"
#include "model/network_yaml.h"

enum { LARGEST_FILE = 1 << 20 };

static ggcn_status parse(const char *name, const char *text, size_t length, ggcn_shape input, const ggcn_shape *image,
                         ggcn_graph **graph) {
    ggcn_yaml_network *yaml;
    *graph = NULL;
    GGCN_TRY(ggcn_yaml_load(name, text, length, &yaml));
    const ggcn_status status = ggcn_yaml_build(name, yaml, input, image, graph);
    ggcn_yaml_free(yaml);
    return status;
}

ggcn_status ggcn_network_parse(const char *name, const char *text, size_t length, ggcn_shape input,
                               ggcn_graph **graph) {
    return parse(name, text, length, input, NULL, graph);
}

static ggcn_status no_such_network(const char *key, const char *network) {
    size_t count;
    const ggcn_resource *resources = ggcn_resources(&count);
    char names[sizeof ggcn_last_error()->hint] = "built-in networks:";
    for (size_t i = 0; i < count; i++)
        if (strcmp(resources[i].kind, "networks") == 0 &&
            strlen(names) + strlen(resources[i].name) + 2 < sizeof names) {
            strcat(names, " ");
            strcat(names, resources[i].name);
        }
    GGCN_FAIL(GGCN_ERROR_CONFIG, names, "%s: '%s' is neither a built-in network nor a readable file: %s", key, network,
              strerror(errno));
}

/* `text` has room for LARGEST_FILE bytes. */
static ggcn_status read_file(const char *key, const char *network, char *text, size_t *length) {
    FILE *file = fopen(network, "r");
    if (!file)
        return no_such_network(key, network);
    *length = fread(text, 1, LARGEST_FILE, file);
    const bool failed = ferror(file);
    const int reason = errno;
    fclose(file); /* only read from: nothing to lose */
    if (failed)
        GGCN_FAIL(GGCN_ERROR_IO, "name a YAML file", "cannot read network file %s: %s", network, strerror(reason));
    if (*length == LARGEST_FILE)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "name a YAML file with a list of layers", "%s: too large for a network file",
                  network);
    return GGCN_SUCCESS;
}

static ggcn_status load(const char *key, const char *network, ggcn_shape input, const ggcn_shape *image,
                        ggcn_graph **graph) {
    *graph = NULL;
    const ggcn_resource *named = ggcn_resource_find("networks", network);
    if (named)
        return parse(named->name, named->text, strlen(named->text), input, image, graph);
    char *text = malloc(LARGEST_FILE);
    size_t length = 0;
    if (!text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to read %s", network);
    ggcn_status status = read_file(key, network, text, &length);
    if (status == GGCN_SUCCESS)
        status = parse(network, text, length, input, image, graph);
    free(text);
    return status;
}

ggcn_status ggcn_network_load(const char *network, ggcn_shape input, ggcn_graph **graph) {
    return load("potential.network", network, input, NULL, graph);
}

ggcn_status ggcn_network_load_generator(const char *network, ggcn_shape latent, ggcn_shape image, ggcn_graph **graph) {
    GGCN_TRY(load("generator.network", network, latent, &image, graph));
    const ggcn_shape made = ggcn_graph_output(*graph);
    if (made.channels == image.channels && made.height == image.height && made.width == image.width)
        return GGCN_SUCCESS;
    ggcn_graph_destroy(graph);
    GGCN_FAIL(
        GGCN_ERROR_CONFIG, "choose a generator for this size, or set data.size; its last layer says channels: image",
        "generator.network: '%s' makes images of %lld x %lld x %lld (channels x height x width), but those of the "
        "data are %lld x %lld x %lld",
        network, (long long)made.channels, (long long)made.height, (long long)made.width, (long long)image.channels,
        (long long)image.height, (long long)image.width);
}
