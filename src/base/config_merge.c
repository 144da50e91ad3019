#include "base/config_merge.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_value.h"

static size_t count_keys(const cyaml_schema_field_t *fields) {
    size_t count = 0;
    for (const cyaml_schema_field_t *field = fields; field->key; field++)
        count += field->value.type == CYAML_MAPPING ? count_keys(field->value.mapping.fields) : 1;
    return count;
}

static ggcn_config_key *list_keys(const cyaml_schema_field_t *fields, const char *path, size_t offset,
                                  ggcn_config_key *next) {
    for (const cyaml_schema_field_t *field = fields; field->key; field++) {
        ggcn_config_key key = {.schema = &field->value, .offset = offset + field->data_offset};
        snprintf(key.path, sizeof key.path, "%s%s%s", path, *path ? "." : "", field->key);
        if (field->value.type == CYAML_MAPPING)
            next = list_keys(field->value.mapping.fields, key.path, key.offset, next);
        else
            *next++ = key;
    }
    return next;
}

ggcn_status ggcn_config_merge_create(size_t capacity, ggcn_config_merge *merge) {
    const cyaml_schema_field_t *sections = ggcn_config_schema.mapping.fields;
    *merge = (ggcn_config_merge){.n_keys = count_keys(sections), .capacity = capacity};
    merge->keys = malloc(merge->n_keys * sizeof *merge->keys);
    merge->documents = calloc(capacity, sizeof *merge->documents);
    if (!merge->keys || !merge->documents)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "out of memory for the configuration");
    list_keys(sections, "", 0, merge->keys);
    return GGCN_SUCCESS;
}

void ggcn_config_merge_destroy(ggcn_config_merge *merge) {
    for (size_t i = 0; i < merge->n_documents; i++)
        ggcn_config_document_destroy(&merge->documents[i]);
    free(merge->documents);
    free(merge->keys);
    *merge = (ggcn_config_merge){0};
}

static ggcn_config_key *find_key(const ggcn_config_merge *merge, const char *path) {
    for (size_t i = 0; i < merge->n_keys; i++)
        if (strcmp(merge->keys[i].path, path) == 0)
            return &merge->keys[i];
    return NULL;
}

const ggcn_config_key *ggcn_config_merge_key(const ggcn_config_merge *merge, const char *path) {
    const ggcn_config_key *key = find_key(merge, path);
    assert(key);
    return key;
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, const char *name, size_t length) {
    for (const cyaml_schema_field_t *field = fields; field->key; field++)
        if (strlen(field->key) == length && memcmp(field->key, name, length) == 0)
            return field;
    return NULL;
}

static void describe_keys(const cyaml_schema_field_t *fields, char *buffer, size_t size) {
    size_t used = 0;
    *buffer = 0;
    for (const cyaml_schema_field_t *field = fields; field->key && used < size; field++)
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", field->key);
}

/* The key the user may have meant: the same name in another section, or the nearest name in this one. */
static const char *nearest_key(const ggcn_config_merge *merge, const cyaml_schema_field_t *fields, const char *name) {
    for (size_t i = 0; i < merge->n_keys; i++) {
        const char *dot = strrchr(merge->keys[i].path, '.');
        if (dot && strcmp(dot + 1, name) == 0)
            return merge->keys[i].path;
    }
    const char *nearest = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (const cyaml_schema_field_t *field = fields; field->key; field++) {
        const size_t distance = ggcn_edit_distance(name, field->key);
        const bool begins = strlen(name) > 2 && strncmp(name, field->key, strlen(name)) == 0;
        if (distance < least || (begins && !nearest)) {
            nearest = field->key;
            least = distance < least ? distance : least;
        }
    }
    return nearest;
}

static ggcn_status unknown_key(const ggcn_config_merge *merge, const char *place, const char *section,
                               const cyaml_schema_field_t *fields, const char *name) {
    char known[256], hint[400];
    describe_keys(fields, known, sizeof known);
    const char *nearest = nearest_key(merge, fields, name);
    int used = nearest ? snprintf(hint, sizeof hint, "did you mean %s? ", nearest) : 0;
    if (strchr(name, '.'))
        used = snprintf(hint, sizeof hint, "in a file, sections are nested: `learning: {chains: 8}`; ");
    snprintf(hint + used, sizeof hint - (size_t)used, "%s%s has the keys: %s", *section ? "section " : "the top level",
             section, known);
    GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: unknown key %s%s%.80s", place, section, *section ? "." : "", name);
}

static ggcn_status apply_section(ggcn_config_merge *merge, const ggcn_config_document *document, int node,
                                 const char *path, const cyaml_schema_field_t *fields);

static ggcn_status apply_value(ggcn_config_merge *merge, const ggcn_config_document *document, int node,
                               const char *path, const cyaml_schema_value_t *schema) {
    if (schema->type == CYAML_MAPPING)
        return apply_section(merge, document, node, path, schema->mapping.fields);
    GGCN_TRY(ggcn_config_value_check(document, node, path, schema));
    ggcn_config_key *key = find_key(merge, path);
    key->document = document;
    key->node = node;
    return GGCN_SUCCESS;
}

static ggcn_status apply_pair(ggcn_config_merge *merge, const ggcn_config_document *document,
                              const yaml_node_pair_t *pairs, size_t index, const char *path,
                              const cyaml_schema_field_t *fields) {
    const yaml_node_t *key = ggcn_config_node(document, pairs[index].key);
    const ggcn_config_place place = ggcn_config_place_of(document, pairs[index].key);
    if (key->type != YAML_SCALAR_NODE)
        GGCN_FAIL(GGCN_ERROR_CONFIG, NULL, "%s: a key of %s must be a word", place.text,
                  *path ? path : "the top level");
    const char *name = (const char *)key->data.scalar.value;
    const size_t length = key->data.scalar.length;
    const cyaml_schema_field_t *field = find_field(fields, name, length);
    if (!field)
        return unknown_key(merge, place.text, path, fields, name);
    char full[96];
    snprintf(full, sizeof full, "%s%s%s", path, *path ? "." : "", name);
    for (size_t i = 0; i < index; i++) {
        const yaml_node_t *earlier = ggcn_config_node(document, pairs[i].key);
        if (earlier->data.scalar.length == length && memcmp(earlier->data.scalar.value, name, length) == 0)
            GGCN_FAIL(GGCN_ERROR_CONFIG, "keep one of the two", "%s: %s is set twice, first at %s", place.text, full,
                      ggcn_config_place_of(document, pairs[i].key).text);
    }
    return apply_value(merge, document, pairs[index].value, full, &field->value);
}

static ggcn_status apply_section(ggcn_config_merge *merge, const ggcn_config_document *document, int node,
                                 const char *path, const cyaml_schema_field_t *fields) {
    const yaml_node_t *section = ggcn_config_node(document, node);
    if (ggcn_config_value_is_null(section) && document->has_lines)
        return GGCN_SUCCESS; /* all its lines are comments */
    if (!section || section->type != YAML_MAPPING_NODE) {
        char known[256], found[128];
        describe_keys(fields, known, sizeof known);
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write `key: value` lines, indented below the section's name",
                  "%s: %s%sexpected a section with the keys %s; found %s", ggcn_config_place_of(document, node).text,
                  path, *path ? ": " : "", known, ggcn_config_value_found(section, found, sizeof found));
    }
    const yaml_node_pair_t *pairs = section->data.mapping.pairs.start;
    const size_t count = (size_t)(section->data.mapping.pairs.top - pairs);
    for (size_t i = 0; i < count; i++)
        GGCN_TRY(apply_pair(merge, document, pairs, i, path, fields));
    return GGCN_SUCCESS;
}

static ggcn_status add_document(ggcn_config_merge *merge, const char *name, bool has_lines, const char *text,
                                size_t length, ggcn_config_document **document) {
    assert(merge->n_documents < merge->capacity);
    *document = &merge->documents[merge->n_documents];
    GGCN_TRY(ggcn_config_document_parse(name, has_lines, text, length, *document));
    merge->n_documents++;
    return GGCN_SUCCESS;
}

static int root_of(const ggcn_config_document *document) {
    return document->yaml.nodes.top > document->yaml.nodes.start ? 1 : 0;
}

ggcn_status ggcn_config_merge_text(ggcn_config_merge *merge, const char *name, bool has_lines, const char *text,
                                   size_t length) {
    ggcn_config_document *document;
    GGCN_TRY(add_document(merge, name, has_lines, text, length, &document));
    const int root = root_of(document);
    return root ? apply_section(merge, document, root, "", ggcn_config_schema.mapping.fields) : GGCN_SUCCESS;
}

/* Walks the dotted path of a setting down to its schema; `path` holds at most `length` bytes of the setting. */
static ggcn_status apply_setting(ggcn_config_merge *merge, const ggcn_config_document *document, const char *path) {
    const cyaml_schema_value_t *schema = &ggcn_config_schema;
    char section[96] = "";
    for (const char *name = path;; name++) {
        const size_t length = strcspn(name, ".");
        char word[96];
        snprintf(word, sizeof word, "%.*s", length < 80 ? (int)length : 80, name);
        if (schema->type != CYAML_MAPPING)
            GGCN_FAIL(GGCN_ERROR_CONFIG, NULL, "%s: unknown key %s.%s: %s is a single value, not a section",
                      document->name, section, word, section);
        const cyaml_schema_field_t *field = find_field(schema->mapping.fields, name, length);
        if (!field)
            return unknown_key(merge, document->name, section, schema->mapping.fields, word);
        const size_t used = strlen(section);
        snprintf(section + used, sizeof section - used, "%s%s", used ? "." : "", field->key);
        schema = &field->value;
        name += length;
        if (!*name)
            return apply_value(merge, document, root_of(document), section, schema);
    }
}

ggcn_status ggcn_config_merge_setting(ggcn_config_merge *merge, const char *setting) {
    const char *equals = strchr(setting, '=');
    if (!equals || equals == setting)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "e.g. -s learning.iterations=500", "-s %.200s: expected section.key=value",
                  setting);
    char *path = strdup(setting);
    const size_t size = strlen(setting) + sizeof "-s ";
    char *name = malloc(size);
    if (!path || !name) {
        free(path);
        free(name);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "out of memory for a setting");
    }
    path[equals - setting] = 0;
    snprintf(name, size, "-s %s", setting);
    ggcn_config_document *document;
    ggcn_status status = add_document(merge, name, false, equals + 1, strlen(equals + 1), &document);
    if (status == GGCN_SUCCESS)
        status = apply_setting(merge, document, path);
    free(path);
    free(name);
    return status;
}

static int copy_node(const ggcn_config_document *document, int node, yaml_document_t *yaml) {
    const yaml_node_t *from = ggcn_config_node(document, node);
    if (from->type == YAML_SCALAR_NODE)
        return yaml_document_add_scalar(yaml, NULL, from->data.scalar.value, (int)from->data.scalar.length,
                                        from->data.scalar.style);
    const int sequence = yaml_document_add_sequence(yaml, NULL, YAML_FLOW_SEQUENCE_STYLE);
    for (const yaml_node_item_t *item = from->data.sequence.items.start; item < from->data.sequence.items.top; item++) {
        const int entry = copy_node(document, *item, yaml);
        if (!sequence || !entry || !yaml_document_append_sequence_item(yaml, sequence, entry))
            return 0;
    }
    return sequence;
}

static ggcn_status write_merged(const void *context, const char *path, const cyaml_schema_value_t *schema,
                                size_t offset, yaml_document_t *yaml, int *node) {
    (void)schema;
    (void)offset;
    const ggcn_config_key *key = ggcn_config_merge_key(context, path);
    if (!key->document)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "add it to src/base/config_defaults.c", "%s has no built-in default", path);
    *node = copy_node(key->document, key->node, yaml);
    if (!*node)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "out of memory while merging the configuration");
    return GGCN_SUCCESS;
}

ggcn_status ggcn_config_merge_emit(const ggcn_config_merge *merge, char **text, size_t *length) {
    return ggcn_config_emit(write_merged, merge, text, length);
}
