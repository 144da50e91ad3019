/**
 * @file
 * The type of one value of a configuration: does a YAML node hold what the schema wants?
 */
#ifndef GGCN_CONFIG_VALUE_H
#define GGCN_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "base/config_document.h"
#include "base/config_schema.h"
#include "ggcn/status.h"

/**
 * Checks the value of a key that is not a section.
 * @return GGCN_ERROR_CONFIG that names the place, the key, what was expected and what was found
 */
ggcn_status ggcn_config_value_check(const ggcn_config_document *document, int node, const char *path,
                                    const cyaml_schema_value_t *schema);

/** True for no node, and for a plain scalar that YAML reads as null. */
bool ggcn_config_value_is_null(const yaml_node_t *node);

/** What a node holds, for an error message: `"text"`, "a sequence", "nothing", ... Printable. */
const char *ggcn_config_value_found(const yaml_node_t *node, char *buffer, size_t size);

/** Number of insertions, deletions and replacements of single characters between two words. */
size_t ggcn_edit_distance(const char *a, const char *b);

#endif
