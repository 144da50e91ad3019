#include "report_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_document.h"

enum { deepest = 3 }; /* sections within sections; a configuration has two */

static ggcn_status no_memory(void) {
    return ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the settings of a configuration");
}

/* Takes both texts over, in any case. */
static ggcn_status add(report_settings *settings, char *key, char *value) {
    report_setting *list = realloc(settings->list, (settings->count + 1) * sizeof *list);
    if (list)
        settings->list = list;
    if (!list || !key || !value) {
        free(key);
        free(value);
        return no_memory();
    }
    list[settings->count++] = (report_setting){key, value};
    return GGCN_SUCCESS;
}

static const char *text_of(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "...";
}

/* Writes a scalar, or a list of scalars, in one line. */
static void write_value(const ggcn_config_document *document, const yaml_node_t *node, FILE *to) {
    if (node->type != YAML_SEQUENCE_NODE) {
        fputs(text_of(node), to);
        return;
    }
    fputc('[', to);
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++)
        fprintf(to, "%s%s", item > node->data.sequence.items.start ? ", " : "",
                text_of(ggcn_config_node(document, *item)));
    fputc(']', to);
}

static char *value_of(const ggcn_config_document *document, const yaml_node_t *node) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    write_value(document, node, to);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

static char *join(const char *section, const char *key) {
    const size_t size = strlen(section) + strlen(key) + 2;
    char *joined = malloc(size);
    if (joined)
        snprintf(joined, size, "%s%s%s", section, *section ? "." : "", key);
    return joined;
}

/* `depth`: how many sections may still be entered. An alias may lead back to where it stands. */
static ggcn_status flatten(const ggcn_config_document *document, const yaml_node_t *mapping, const char *section,
                           int depth, report_settings *settings) {
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = ggcn_config_node(document, pair->key),
                          *value = ggcn_config_node(document, pair->value);
        if (key->type != YAML_SCALAR_NODE)
            continue;
        char *path = join(section, (const char *)key->data.scalar.value);
        if (!path)
            return no_memory();
        if (value->type != YAML_MAPPING_NODE || depth == 0) {
            GGCN_TRY(add(settings, path, value_of(document, value)));
            continue;
        }
        const ggcn_status status = flatten(document, value, path, depth - 1, settings);
        free(path);
        GGCN_TRY(status);
    }
    return GGCN_SUCCESS;
}

ggcn_status report_settings_read(const char *name, const char *text, report_settings *settings) {
    ggcn_config_document document;
    *settings = (report_settings){0};
    GGCN_TRY(ggcn_config_document_parse(name, true, text, strlen(text), &document));
    const bool empty = document.yaml.nodes.top == document.yaml.nodes.start;
    const yaml_node_t *root = ggcn_config_node(&document, empty ? 0 : 1);
    ggcn_status status;
    if (!root || root->type != YAML_MAPPING_NODE)
        status = ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__, "name the run directory of ggcn_train",
                            "%s: no configuration of a run: it holds no sections", name);
    else
        status = flatten(&document, root, "", deepest, settings);
    ggcn_config_document_destroy(&document);
    if (status != GGCN_SUCCESS)
        report_settings_clear(settings);
    return status;
}

void report_settings_clear(report_settings *settings) {
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->list[i].key);
        free(settings->list[i].value);
    }
    free(settings->list);
    *settings = (report_settings){0};
}

const char *report_settings_find(const report_settings *settings, const char *key) {
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->list[i].key, key) == 0)
            return settings->list[i].value;
    return NULL;
}

bool report_settings_equal(const char *a, const char *b) {
    if (!a || !b)
        return a == b;
    if (strcmp(a, b) == 0)
        return true;
    char *end_a, *end_b;
    const double x = strtod(a, &end_a), y = strtod(b, &end_b);
    return *a && *b && !*end_a && !*end_b && x == y;
}
