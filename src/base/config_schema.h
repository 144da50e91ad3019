/**
 * @file
 * The keys of a configuration as a libcyaml schema. Validation, loading and writing all read this one table.
 */
#ifndef GGCN_CONFIG_SCHEMA_H
#define GGCN_CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>

/** A ggcn_config; its mapping fields are the sections. */
extern const cyaml_schema_value_t ggcn_config_schema;

#endif
