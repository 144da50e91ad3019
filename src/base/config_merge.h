/**
 * @file
 * The merge of a configuration's sources: for every key, which document set it last.
 */
#ifndef GGCN_CONFIG_MERGE_H
#define GGCN_CONFIG_MERGE_H

#include <stddef.h>

#include "base/config_document.h"
#include "ggcn/status.h"

/** A key that holds a value, i.e. is not a section. */
typedef struct {
    char path[96]; /**< e.g. "learning.optimizer.rate" */
    const cyaml_schema_value_t *schema;
    size_t offset;                        /**< of the field in a ggcn_config, in bytes */
    const ggcn_config_document *document; /**< that set the key last; NULL before any */
    int node;                             /**< its value there */
} ggcn_config_key;

typedef struct {
    ggcn_config_key *keys; /**< in the schema's order */
    size_t n_keys;
    ggcn_config_document *documents;
    size_t n_documents;
    size_t capacity;
} ggcn_config_merge;

/** A merge of at most `capacity` documents. To be destroyed also after an error. */
ggcn_status ggcn_config_merge_create(size_t capacity, ggcn_config_merge *merge);
void ggcn_config_merge_destroy(ggcn_config_merge *merge);

/** Validates a YAML text and lays it over the earlier ones. Arguments as for ggcn_config_document_parse. */
ggcn_status ggcn_config_merge_text(ggcn_config_merge *merge, const char *name, bool has_lines, const char *text,
                                   size_t length);
/** The same for a setting "section.key=value", whose value is YAML. */
ggcn_status ggcn_config_merge_setting(ggcn_config_merge *merge, const char *setting);

/** The key of a path, which must exist. */
const ggcn_config_key *ggcn_config_merge_key(const ggcn_config_merge *merge, const char *path);

/** The merged document as YAML. @param[out] text for free() */
ggcn_status ggcn_config_merge_emit(const ggcn_config_merge *merge, char **text, size_t *length);

#endif
