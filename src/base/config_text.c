#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_document.h"
#include "ggcn/config.h"

/* The shortest decimal text that reads back as the same number, with a point, so that YAML 1.1 readers (PyYAML) see a
 * number too: 1.0e-08. libcyaml's own writer keeps six digits. */
static void write_real(const void *field, bool single, char *buffer, size_t size) {
    float f = 0;
    double value = 0;
    if (single) {
        memcpy(&f, field, sizeof f);
        value = (double)f;
    } else
        memcpy(&value, field, sizeof value);
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (single ? strtof(buffer, NULL) == f : strtod(buffer, NULL) == value)
            break;
    }
    if (strstr(buffer, "e+") && fabs(value) < 1e15)
        snprintf(buffer, size, "%.0f", value); /* 10, not 1e+01 */
    if (strchr(buffer, '.'))
        return;
    const size_t mantissa = strcspn(buffer, "e");
    memmove(buffer + mantissa + 2, buffer + mantissa, strlen(buffer) - mantissa + 1);
    memcpy(buffer + mantissa, ".0", 2);
}

static void write_unsigned(const void *field, const cyaml_schema_value_t *schema, char *buffer, size_t size) {
    uint32_t small;
    uint64_t large;
    if (schema->data_size == sizeof small) {
        memcpy(&small, field, sizeof small);
        large = small;
    } else
        memcpy(&large, field, sizeof large);
    snprintf(buffer, size, "%" PRIu64, large);
}

static ggcn_status write_name(const void *field, const char *path, const cyaml_schema_value_t *schema, char *buffer,
                              size_t size) {
    uint32_t value;
    memcpy(&value, field, sizeof value);
    for (uint32_t i = 0; i < schema->enumeration.count; i++)
        if (schema->enumeration.strings[i].val == (int64_t)value) {
            snprintf(buffer, size, "%s", schema->enumeration.strings[i].str);
            return GGCN_SUCCESS;
        }
    GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: %" PRIu32 " is none of its names", path, value);
}

static int add(yaml_document_t *yaml, const char *text, yaml_scalar_style_t style) {
    return yaml_document_add_scalar(yaml, NULL, (const yaml_char_t *)text, -1, style);
}

/* A sequence's field is a pointer, and its count follows it in the structure. */
static int add_sequence(const void *field, const cyaml_schema_value_t *entry, yaml_document_t *yaml) {
    const void *entries;
    uint32_t count;
    memcpy(&entries, field, sizeof entries);
    memcpy(&count, (const char *)field + sizeof entries, sizeof count);
    const int sequence = yaml_document_add_sequence(yaml, NULL, YAML_FLOW_SEQUENCE_STYLE);
    for (uint32_t i = 0; sequence && i < count; i++) {
        char number[24] = "";
        if (entry->type != CYAML_STRING)
            snprintf(number, sizeof number, "%" PRIu32, ((const uint32_t *)entries)[i]);
        const int item = entry->type == CYAML_STRING
                             ? add(yaml, ((const char *const *)entries)[i], YAML_DOUBLE_QUOTED_SCALAR_STYLE)
                             : add(yaml, number, YAML_PLAIN_SCALAR_STYLE);
        if (!item || !yaml_document_append_sequence_item(yaml, sequence, item))
            return 0;
    }
    return sequence;
}

static ggcn_status write_field(const void *context, const char *path, const cyaml_schema_value_t *schema, size_t offset,
                               yaml_document_t *yaml, int *node) {
    const void *field = (const char *)context + offset;
    char text[64];
    const char *string;
    switch (schema->type) {
    case CYAML_STRING: /* quoted, so that no text turns into a number or nothing */
        memcpy(&string, field, sizeof string);
        *node = add(yaml, string ? string : "", YAML_DOUBLE_QUOTED_SCALAR_STYLE);
        break;
    case CYAML_SEQUENCE:
        *node = add_sequence(field, schema->sequence.entry, yaml);
        break;
    default:
        if (schema->type == CYAML_FLOAT)
            write_real(field, schema->data_size == sizeof(float), text, sizeof text);
        else if (schema->type == CYAML_BOOL)
            snprintf(text, sizeof text, "%s", *(const bool *)field ? "true" : "false");
        else if (schema->type == CYAML_ENUM)
            GGCN_TRY(write_name(field, path, schema, text, sizeof text));
        else
            write_unsigned(field, schema, text, sizeof text);
        *node = add(yaml, text, YAML_PLAIN_SCALAR_STYLE);
    }
    if (!*node)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "out of memory while writing the configuration");
    return GGCN_SUCCESS;
}

ggcn_status ggcn_config_text(const ggcn_config *config, char **text) {
    size_t length;
    return ggcn_config_emit(write_field, config, text, &length);
}
