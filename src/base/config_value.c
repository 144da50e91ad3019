#include "base/config_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *scalar_text(const yaml_node_t *node) {
    return (const char *)node->data.scalar.value;
}

static bool is_plain(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool ggcn_config_value_is_null(const yaml_node_t *node) {
    if (!node)
        return true;
    if (!is_plain(node))
        return false;
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(scalar_text(node), nulls[i]) == 0)
            return true;
    return false;
}

const char *ggcn_config_value_found(const yaml_node_t *node, char *buffer, size_t size) {
    if (ggcn_config_value_is_null(node))
        return "nothing";
    if (node->type == YAML_SEQUENCE_NODE)
        return "a sequence";
    if (node->type == YAML_MAPPING_NODE)
        return "a section";
    snprintf(buffer, size, "\"%.60s\"%s", scalar_text(node), is_plain(node) ? "" : " (a quoted text)");
    for (char *c = buffer; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    return buffer;
}

static uint64_t unsigned_maximum(const cyaml_schema_value_t *schema) {
    return UINT64_MAX >> (64 - 8 * schema->data_size);
}

/* Decimal digits only: libcyaml would read 010 as octal. */
static bool is_unsigned(const yaml_node_t *node, const cyaml_schema_value_t *schema) {
    if (!is_plain(node))
        return false;
    const char *text = scalar_text(node);
    if (!isdigit((unsigned char)*text) || text[strspn(text, "0123456789")] || (text[0] == '0' && text[1]))
        return false;
    errno = 0;
    const uintmax_t value = strtoumax(text, NULL, 10);
    return errno == 0 && value <= unsigned_maximum(schema);
}

static bool is_finite_number(const yaml_node_t *node, const cyaml_schema_value_t *schema) {
    if (!is_plain(node))
        return false;
    static const char digits[] = "0123456789";
    const char *at = scalar_text(node);
    at += *at == '-' || *at == '+';
    const size_t whole = strspn(at, digits);
    at += whole;
    if (*at == '.') {
        const size_t fraction = strspn(++at, digits);
        at += fraction;
        if (whole + fraction == 0)
            return false;
    } else if (whole == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        const size_t exponent = strspn(at, digits);
        at += exponent;
        if (exponent == 0)
            return false;
    }
    if (*at)
        return false;
    return schema->data_size == sizeof(float) ? isfinite(strtof(scalar_text(node), NULL))
                                              : isfinite(strtod(scalar_text(node), NULL));
}

static bool is_boolean(const yaml_node_t *node) {
    static const char *const words[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    for (size_t i = 0; i < sizeof words / sizeof *words && is_plain(node); i++)
        if (strcmp(scalar_text(node), words[i]) == 0)
            return true;
    return false;
}

static bool is_name(const yaml_node_t *node, const cyaml_schema_value_t *schema) {
    for (uint32_t i = 0; i < schema->enumeration.count && node->type == YAML_SCALAR_NODE; i++)
        if (strcmp(scalar_text(node), schema->enumeration.strings[i].str) == 0)
            return true;
    return false;
}

static bool is_text(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE && strlen(scalar_text(node)) == node->data.scalar.length;
}

static bool matches(const yaml_node_t *node, const cyaml_schema_value_t *schema) {
    if (ggcn_config_value_is_null(node))
        return false;
    switch (schema->type) {
    case CYAML_UINT:
        return is_unsigned(node, schema);
    case CYAML_FLOAT:
        return is_finite_number(node, schema);
    case CYAML_BOOL:
        return is_boolean(node);
    case CYAML_ENUM:
        return is_name(node, schema);
    case CYAML_STRING:
        return is_text(node);
    case CYAML_SEQUENCE:
        return node->type == YAML_SEQUENCE_NODE;
    default:
        return false;
    }
}

static void describe_names(const cyaml_schema_value_t *schema, char *buffer, size_t size) {
    size_t used = (size_t)snprintf(buffer, size, "%s", schema->enumeration.count > 1 ? "one of " : "");
    for (uint32_t i = 0; i < schema->enumeration.count && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", i ? ", " : "", schema->enumeration.strings[i].str);
}

static void describe(const cyaml_schema_value_t *schema, char *buffer, size_t size) {
    switch (schema->type) {
    case CYAML_UINT:
        snprintf(buffer, size, "a whole number from 0 to %" PRIu64, unsigned_maximum(schema));
        break;
    case CYAML_FLOAT:
        snprintf(buffer, size, "a finite number");
        break;
    case CYAML_BOOL:
        snprintf(buffer, size, "true or false");
        break;
    case CYAML_ENUM:
        describe_names(schema, buffer, size);
        break;
    case CYAML_SEQUENCE:
        snprintf(buffer, size, "a sequence of at most %" PRIu32 " %s", schema->sequence.max,
                 schema->sequence.entry->type == CYAML_STRING ? "texts such as [one, two]"
                                                              : "whole numbers such as [0, 1]");
        break;
    default:
        snprintf(buffer, size, "a text");
    }
}

size_t ggcn_edit_distance(const char *a, const char *b) {
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1];
    const size_t columns = strlen(b);
    if (strlen(a) > LONGEST || columns > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[columns];
}

static void suggest(const yaml_node_t *node, const cyaml_schema_value_t *schema, char *hint, size_t size) {
    if (ggcn_config_value_is_null(node))
        snprintf(hint, size, "give a value, or remove the key to keep the default");
    else if (schema->type == CYAML_ENUM && node->type == YAML_SCALAR_NODE) {
        for (uint32_t i = 0; i < schema->enumeration.count; i++)
            if (ggcn_edit_distance(scalar_text(node), schema->enumeration.strings[i].str) <= 2) {
                snprintf(hint, size, "did you mean %s?", schema->enumeration.strings[i].str);
                return;
            }
    } else if (schema->type != CYAML_STRING && schema->type != CYAML_SEQUENCE && node->type == YAML_SCALAR_NODE &&
               !is_plain(node))
        snprintf(hint, size, "write it without quotes");
}

static ggcn_status wrong_type(const ggcn_config_document *document, int node, const char *path,
                              const cyaml_schema_value_t *schema) {
    const yaml_node_t *value = ggcn_config_node(document, node);
    char expected[256], found[128], hint[128] = "";
    describe(schema, expected, sizeof expected);
    suggest(value, schema, hint, sizeof hint);
    GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: %s: expected %s, found %s", ggcn_config_place_of(document, node).text, path,
              expected, ggcn_config_value_found(value, found, sizeof found));
}

ggcn_status ggcn_config_value_check(const ggcn_config_document *document, int node, const char *path,
                                    const cyaml_schema_value_t *schema) {
    const yaml_node_t *value = ggcn_config_node(document, node);
    if (!matches(value, schema))
        return wrong_type(document, node, path, schema);
    if (schema->type != CYAML_SEQUENCE)
        return GGCN_SUCCESS;
    const yaml_node_item_t *items = value->data.sequence.items.start;
    const size_t count = (size_t)(value->data.sequence.items.top - items);
    if (count > schema->sequence.max)
        GGCN_FAIL(GGCN_ERROR_CONFIG, NULL, "%s: %s: expected at most %" PRIu32 " entries, found %zu",
                  ggcn_config_place_of(document, node).text, path, schema->sequence.max, count);
    for (size_t i = 0; i < count; i++) {
        char entry[128];
        snprintf(entry, sizeof entry, "%s[%zu]", path, i);
        GGCN_TRY(ggcn_config_value_check(document, items[i], entry, schema->sequence.entry));
    }
    return GGCN_SUCCESS;
}
