#include "base/config_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/config.h"

static const char syntax_hint[] = "indent with spaces, write `key: value`, and quote texts that hold : # , [ ] { }";

static ggcn_status syntax_error(const ggcn_config_document *document, const yaml_parser_t *parser) {
    const char *problem = parser->problem ? parser->problem : "unreadable";
    if (parser->error == YAML_MEMORY_ERROR)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: out of memory while parsing", document->name);
    if (parser->error == YAML_READER_ERROR)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "write the text in UTF-8; is this a YAML file?", "%s: not a text: %s at byte %zu",
                  document->name, problem, parser->problem_offset);
    if (!document->has_lines)
        GGCN_FAIL(GGCN_ERROR_CONFIG, syntax_hint, "%s: YAML syntax: %s%s%s", document->name,
                  parser->context ? parser->context : "", parser->context ? ", " : "", problem);
    if (parser->context)
        GGCN_FAIL(GGCN_ERROR_CONFIG, syntax_hint, "%s:%zu:%zu: YAML syntax: %s (%s that began in line %zu)",
                  document->name, parser->problem_mark.line + 1, parser->problem_mark.column + 1, problem,
                  parser->context, parser->context_mark.line + 1);
    GGCN_FAIL(GGCN_ERROR_CONFIG, syntax_hint, "%s:%zu:%zu: YAML syntax: %s", document->name,
              parser->problem_mark.line + 1, parser->problem_mark.column + 1, problem);
}

/* Loads the only document of the text: a second one would be ignored silently, so it is an error. */
static ggcn_status load_only(yaml_parser_t *parser, ggcn_config_document *document) {
    if (!yaml_parser_load(parser, &document->yaml))
        return syntax_error(document, parser);
    yaml_document_t second;
    if (!yaml_parser_load(parser, &second))
        return syntax_error(document, parser);
    const bool more = yaml_document_get_root_node(&second) != NULL;
    const size_t line = second.start_mark.line + 1;
    yaml_document_delete(&second);
    if (more)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "keep one document", "%s: a second YAML document begins in line %zu",
                  document->name, line);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_config_document_parse(const char *name, bool has_lines, const char *text, size_t length,
                                       ggcn_config_document *document) {
    *document = (ggcn_config_document){.name = strdup(name), .has_lines = has_lines};
    yaml_parser_t parser;
    if (!document->name || !yaml_parser_initialize(&parser)) {
        ggcn_config_document_destroy(document);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    const ggcn_status status = load_only(&parser, document);
    yaml_parser_delete(&parser);
    if (status != GGCN_SUCCESS)
        ggcn_config_document_destroy(document);
    return status;
}

void ggcn_config_document_destroy(ggcn_config_document *document) {
    free(document->name);
    yaml_document_delete(&document->yaml);
    *document = (ggcn_config_document){0};
}

const yaml_node_t *ggcn_config_node(const ggcn_config_document *document, int node) {
    return node > 0 ? document->yaml.nodes.start + node - 1 : NULL;
}

ggcn_config_place ggcn_config_place_of(const ggcn_config_document *document, int node) {
    ggcn_config_place place;
    const yaml_node_t *at = ggcn_config_node(document, node);
    if (document->has_lines && at)
        snprintf(place.text, sizeof place.text, "%.480s:%zu", document->name, at->start_mark.line + 1);
    else
        snprintf(place.text, sizeof place.text, "%.480s", document->name);
    return place;
}

typedef struct {
    ggcn_config_write_value write_value;
    const void *context;
    yaml_document_t yaml;
} builder;

static ggcn_status out_of_memory(void) {
    GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "out of memory while writing the configuration");
}

static ggcn_status build_mapping(builder *b, const char *path, const cyaml_schema_field_t *fields, size_t offset,
                                 int *mapping) {
    *mapping = yaml_document_add_mapping(&b->yaml, NULL, YAML_BLOCK_MAPPING_STYLE);
    if (!*mapping)
        return out_of_memory();
    for (const cyaml_schema_field_t *field = fields; field->key; field++) {
        char full[96];
        int value;
        snprintf(full, sizeof full, "%s%s%s", path, *path ? "." : "", field->key);
        if (field->value.type == CYAML_MAPPING)
            GGCN_TRY(build_mapping(b, full, field->value.mapping.fields, offset + field->data_offset, &value));
        else
            GGCN_TRY(b->write_value(b->context, full, &field->value, offset + field->data_offset, &b->yaml, &value));
        const int name =
            yaml_document_add_scalar(&b->yaml, NULL, (const yaml_char_t *)field->key, -1, YAML_PLAIN_SCALAR_STYLE);
        if (!name || !yaml_document_append_mapping_pair(&b->yaml, *mapping, name, value))
            return out_of_memory();
    }
    return GGCN_SUCCESS;
}

/* Consumes the document. */
static bool dump(yaml_document_t *yaml, FILE *stream) {
    yaml_emitter_t emitter;
    if (!yaml_emitter_initialize(&emitter)) {
        yaml_document_delete(yaml);
        return false;
    }
    yaml_emitter_set_output_file(&emitter, stream);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    const bool dumped = yaml_emitter_dump(&emitter, yaml) && yaml_emitter_close(&emitter);
    yaml_emitter_delete(&emitter);
    return dumped;
}

ggcn_status ggcn_config_emit(ggcn_config_write_value write_value, const void *context, char **text, size_t *length) {
    builder b = {.write_value = write_value, .context = context};
    if (!yaml_document_initialize(&b.yaml, NULL, NULL, NULL, 1, 1))
        return out_of_memory();
    int root;
    const ggcn_status status = build_mapping(&b, "", ggcn_config_schema.mapping.fields, 0, &root);
    if (status != GGCN_SUCCESS) {
        yaml_document_delete(&b.yaml);
        return status;
    }
    *text = NULL;
    FILE *stream = open_memstream(text, length);
    if (!stream) {
        yaml_document_delete(&b.yaml);
        return out_of_memory();
    }
    const bool dumped = dump(&b.yaml, stream);
    if (fclose(stream) != 0 || !dumped) {
        free(*text);
        *text = NULL;
        return out_of_memory();
    }
    return GGCN_SUCCESS;
}
