/**
 * @file
 * One YAML text of a configuration (defaults, preset, file or setting), parsed but not yet interpreted.
 */
#ifndef GGCN_CONFIG_DOCUMENT_H
#define GGCN_CONFIG_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "base/config_schema.h"
#include "ggcn/status.h"

typedef struct {
    char *name;           /**< as errors show it: a path, "preset NAME", "-s KEY=VALUE", "built-in default" */
    bool has_lines;       /**< whether a line number helps the reader of an error */
    yaml_document_t yaml; /**< empty (no root node) for an empty text */
} ggcn_config_document;

/** Where a value stands, e.g. "run.yaml:12". */
typedef struct {
    char text[512];
} ggcn_config_place;

/** Parses one YAML text of `length` bytes. @return GGCN_ERROR_CONFIG with line and column of a syntax error */
ggcn_status ggcn_config_document_parse(const char *name, bool has_lines, const char *text, size_t length,
                                       ggcn_config_document *document);
void ggcn_config_document_destroy(ggcn_config_document *document);

/** The node of a number, NULL for 0 (the value of an empty text). */
const yaml_node_t *ggcn_config_node(const ggcn_config_document *document, int node);
/** The place of a node; of the document as a whole for node 0. */
ggcn_config_place ggcn_config_place_of(const ggcn_config_document *document, int node);

/**
 * Writes one value of a configuration into a YAML document that is being built.
 * @param path   full key, e.g. "learning.optimizer.rate"
 * @param offset of the field in a ggcn_config, in bytes
 * @param[out] node  the new node
 */
typedef ggcn_status (*ggcn_config_write_value)(const void *context, const char *path,
                                               const cyaml_schema_value_t *schema, size_t offset, yaml_document_t *yaml,
                                               int *node);

/** Builds the YAML text of a whole configuration, sections in the schema's order. @param[out] text, length  for free()
 */
ggcn_status ggcn_config_emit(ggcn_config_write_value write_value, const void *context, char **text, size_t *length);

#endif
