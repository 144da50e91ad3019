/* Reading of schemas. */
#include "schema.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml_complaint.h"
#include "ggcn/resources.h"

enum { MOST_ENTRIES = 1000 };

static const cyaml_strval_t types[] = {
    {"text", GGCN_SCHEMA_TEXT}, {"u8", GGCN_SCHEMA_U8},   {"u32", GGCN_SCHEMA_U32}, {"u64", GGCN_SCHEMA_U64},
    {"i64", GGCN_SCHEMA_I64},   {"f32", GGCN_SCHEMA_F32}, {"f64", GGCN_SCHEMA_F64},
};
static const cyaml_strval_t forms[] = {{"digest", GGCN_FORM_DIGEST}, {"time", GGCN_FORM_TIME}};
static const cyaml_strval_t sums[] = {
    {"images", GGCN_SUM_IMAGES},
    {"network", GGCN_SUM_NETWORK},
    {"numbers", GGCN_SUM_NUMBERS},
    {"group", GGCN_SUM_GROUP},
};
/* libcyaml would take any other word for true. */
static const cyaml_strval_t truths[] = {{"true", true}, {"false", false}};

#define TEXT(type, key) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, type, key, 1, CYAML_UNLIMITED)
#define OPTIONAL_TEXT(type, key)                                                                                       \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, key, 1, CYAML_UNLIMITED)
#define ENUM(type, key, flags, table)                                                                                  \
    CYAML_FIELD_ENUM(#key, (flags) | CYAML_FLAG_STRICT, type, key, table, CYAML_ARRAY_LEN(table))
#define TRUTH(type, key) ENUM(type, key, CYAML_FLAG_OPTIONAL, truths)
#define COUNT(type, key) CYAML_FIELD_UINT(#key, CYAML_FLAG_OPTIONAL, type, key)
#define BOUND(type, key) CYAML_FIELD_FLOAT_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, key)
#define LIST(type, key, least, value)                                                                                  \
    CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, key, value, least, MOST_ENTRIES)

static const cyaml_schema_value_t word = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};

static const cyaml_schema_field_t dimension_fields[] = {
    TEXT(ggcn_schema_dimension, name),           TEXT(ggcn_schema_dimension, description),
    COUNT(ggcn_schema_dimension, largest),       TRUTH(ggcn_schema_dimension, local),
    OPTIONAL_TEXT(ggcn_schema_dimension, scale), CYAML_FIELD_END,
};
static const cyaml_schema_field_t attribute_fields[] = {
    TEXT(ggcn_schema_attribute, name),
    TEXT(ggcn_schema_attribute, description),
    ENUM(ggcn_schema_attribute, type, CYAML_FLAG_DEFAULT, types),
    COUNT(ggcn_schema_attribute, since),
    TRUTH(ggcn_schema_attribute, optional),
    TRUTH(ggcn_schema_attribute, may_be_empty),
    ENUM(ggcn_schema_attribute, form, CYAML_FLAG_OPTIONAL, forms),
    LIST(ggcn_schema_attribute, values, 1, &word),
    BOUND(ggcn_schema_attribute, min),
    OPTIONAL_TEXT(ggcn_schema_attribute, below),
    ENUM(ggcn_schema_attribute, sum, CYAML_FLAG_OPTIONAL, sums),
    OPTIONAL_TEXT(ggcn_schema_attribute, of),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t group_fields[] = {
    TEXT(ggcn_schema_group, path),      TEXT(ggcn_schema_group, description),    COUNT(ggcn_schema_group, since),
    TRUTH(ggcn_schema_group, optional), COUNT(ggcn_schema_group, ordered_since), CYAML_FIELD_END,
};
static const cyaml_schema_field_t dataset_fields[] = {
    TEXT(ggcn_schema_dataset, path),
    TEXT(ggcn_schema_dataset, description),
    ENUM(ggcn_schema_dataset, type, CYAML_FLAG_DEFAULT, types),
    CYAML_FIELD_SEQUENCE("shape", CYAML_FLAG_POINTER, ggcn_schema_dataset, shape, &word, 0, 5),
    LIST(ggcn_schema_dataset, or_shape, 1, &word),
    OPTIONAL_TEXT(ggcn_schema_dataset, units),
    COUNT(ggcn_schema_dataset, since),
    TRUTH(ggcn_schema_dataset, optional),
    TRUTH(ggcn_schema_dataset, checksum),
    CYAML_FIELD_ENUM("virtual", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, ggcn_schema_dataset, allow_virtual, truths,
                     CYAML_ARRAY_LEN(truths)),
    TRUTH(ggcn_schema_dataset, scale),
    TRUTH(ggcn_schema_dataset, scaled),
    TRUTH(ggcn_schema_dataset, finite),
    TRUTH(ggcn_schema_dataset, increasing),
    TRUTH(ggcn_schema_dataset, unique),
    BOUND(ggcn_schema_dataset, min),
    OPTIONAL_TEXT(ggcn_schema_dataset, below),
    OPTIONAL_TEXT(ggcn_schema_dataset, up_to),
    TRUTH(ggcn_schema_dataset, by_chunk),
    CYAML_FIELD_END,
};

#define MAPPING(type, fields)                                                                                          \
    { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, type, fields) }
static const cyaml_schema_value_t dimension_value = MAPPING(ggcn_schema_dimension, dimension_fields);
static const cyaml_schema_value_t attribute_value = MAPPING(ggcn_schema_attribute, attribute_fields);
static const cyaml_schema_value_t group_value = MAPPING(ggcn_schema_group, group_fields);
static const cyaml_schema_value_t dataset_value = MAPPING(ggcn_schema_dataset, dataset_fields);

static const cyaml_schema_field_t schema_fields[] = {
    OPTIONAL_TEXT(ggcn_schema, format),
    COUNT(ggcn_schema, version),
    OPTIONAL_TEXT(ggcn_schema, name),
    TEXT(ggcn_schema, description),
    OPTIONAL_TEXT(ggcn_schema, mend),
    OPTIONAL_TEXT(ggcn_schema, summary),
    TRUTH(ggcn_schema, closed),
    OPTIONAL_TEXT(ggcn_schema, include),
    LIST(ggcn_schema, dimensions, 0, &dimension_value),
    LIST(ggcn_schema, attributes, 0, &attribute_value),
    LIST(ggcn_schema, dataset_attributes, 0, &attribute_value),
    LIST(ggcn_schema, groups, 0, &group_value),
    LIST(ggcn_schema, datasets, 0, &dataset_value),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, ggcn_schema, schema_fields)};

int ggcn_schema_dimension_of(const ggcn_schema *schema, const char *name) {
    for (uint32_t i = 0; i < schema->dimensions_count; i++)
        if (strcmp(schema->dimensions[i].name, name) == 0)
            return (int)i;
    return -1;
}

const char *ggcn_schema_scale_of(const ggcn_schema *schema, const char *name) {
    const ggcn_schema_dimension *d = &schema->dimensions[ggcn_schema_dimension_of(schema, name)];
    return d->scale ? d->scale : d->name;
}

bool ggcn_schema_is_pattern(const char *path) {
    return strchr(path, '*') != NULL;
}

static bool fits(const char *pattern, const char *path) {
    return fnmatch(pattern, path, FNM_PATHNAME | FNM_NOESCAPE) == 0;
}

const ggcn_schema_dataset *ggcn_schema_dataset_of(const ggcn_schema *schema, const char *path) {
    for (uint32_t i = 0; i < schema->datasets_count; i++)
        if (strcmp(schema->datasets[i].path, path) == 0)
            return &schema->datasets[i];
    for (uint32_t i = 0; i < schema->datasets_count; i++)
        if (ggcn_schema_is_pattern(schema->datasets[i].path) && fits(schema->datasets[i].path, path))
            return &schema->datasets[i];
    return NULL;
}

const ggcn_schema_group *ggcn_schema_group_of(const ggcn_schema *schema, const char *path) {
    for (uint32_t i = 0; i < schema->groups_count; i++)
        if (strcmp(schema->groups[i].path, path) == 0)
            return &schema->groups[i];
    for (uint32_t i = 0; i < schema->groups_count; i++)
        if (ggcn_schema_is_pattern(schema->groups[i].path) && fits(schema->groups[i].path, path))
            return &schema->groups[i];
    return NULL;
}

const char *ggcn_schema_bound_of(const ggcn_schema_dataset *dataset) {
    return dataset->below ? dataset->below : dataset->up_to;
}

const char *ggcn_schema_type_name(ggcn_schema_type type) {
    for (size_t i = 0; i < CYAML_ARRAY_LEN(types); i++)
        if (types[i].val == (int64_t)type)
            return types[i].str;
    return "unknown type";
}

#define REFUSE(...) GGCN_FAIL(GGCN_ERROR_CONFIG, "hpc/schema.h explains what a schema may hold", __VA_ARGS__)

/* `key`: "below" or "up_to". */
static ggcn_status check_bound(const char *name, const ggcn_schema *schema, const char *entry, ggcn_schema_type type,
                               const char *key, const char *bound) {
    if (!bound)
        return GGCN_SUCCESS;
    if (type != GGCN_SCHEMA_U32 && type != GGCN_SCHEMA_U64 && type != GGCN_SCHEMA_I64)
        REFUSE("schema %s, %s: `%s` is for u32, u64 and i64, not %s", name, entry, key, ggcn_schema_type_name(type));
    const int dimension = ggcn_schema_dimension_of(schema, bound);
    if (dimension < 0 || schema->dimensions[dimension].local)
        REFUSE("schema %s, %s: %s \"%s\", which is no dimension of the whole file", name, entry, key, bound);
    return GGCN_SUCCESS;
}

static ggcn_status check_since(const char *name, const ggcn_schema *schema, const char *entry, uint32_t since) {
    if (schema->format && since > schema->version)
        REFUSE("schema %s, %s: since version %u of %u", name, entry, since, schema->version);
    return GGCN_SUCCESS;
}

static ggcn_status check_attributes(const char *name, const ggcn_schema *schema, const ggcn_schema_attribute *list,
                                    uint32_t count, bool of_root) {
    for (uint32_t i = 0; i < count; i++) {
        const ggcn_schema_attribute *a = &list[i];
        const bool text = a->type == GGCN_SCHEMA_TEXT;
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(list[j].name, a->name) == 0)
                REFUSE("schema %s: attribute \"%s\" is listed twice", name, a->name);
        if (!text && a->type != GGCN_SCHEMA_I64 && a->type != GGCN_SCHEMA_F64)
            REFUSE("schema %s, attribute \"%s\": type %s, expected text, i64 or f64", name, a->name,
                   ggcn_schema_type_name(a->type));
        if (text ? a->min != NULL : a->may_be_empty || a->form != GGCN_FORM_ANY || a->values)
            REFUSE("schema %s, attribute \"%s\": %s", name, a->name,
                   text ? "`min` is for numbers" : "`form`, `values` and `may_be_empty` are for text");
        const bool fitting_sum =
            a->sum == GGCN_SUM_NONE || (a->form == GGCN_FORM_DIGEST && of_root == (a->sum != GGCN_SUM_NUMBERS));
        if (!fitting_sum || (a->sum == GGCN_SUM_GROUP) != (a->of != NULL))
            REFUSE("schema %s, attribute \"%s\": `sum` is for digests, `numbers` for those of data sets, `images`, "
                   "`network` and `group`, with its name as `of`, for those of the root",
                   name, a->name);
        if (a->of && (!ggcn_schema_group_of(schema, a->of) || ggcn_schema_group_of(schema, a->of)->ordered_since == 0))
            REFUSE("schema %s, attribute \"%s\": of \"%s\", which is no ordered group", name, a->name, a->of);
        GGCN_TRY(check_bound(name, schema, a->name, a->type, "below", a->below));
        GGCN_TRY(check_since(name, schema, a->name, a->since));
    }
    return GGCN_SUCCESS;
}

static ggcn_status check_shape(const char *name, const ggcn_schema *schema, const char *path, char *const *shape,
                               uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (ggcn_schema_dimension_of(schema, shape[i]) < 0)
            REFUSE("schema %s, data set \"%s\": there is no dimension \"%s\"", name, path, shape[i]);
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(shape[i], shape[j]) == 0)
                REFUSE("schema %s, data set \"%s\": dimension \"%s\" twice", name, path, shape[i]);
    }
    return GGCN_SUCCESS;
}

static ggcn_status check_dataset(const char *name, const ggcn_schema *schema, const ggcn_schema_dataset *d) {
    if (d->type == GGCN_SCHEMA_I64)
        REFUSE("schema %s, data set \"%s\": type i64, which only attributes have", name, d->path);
    GGCN_TRY(check_shape(name, schema, d->path, d->shape, d->shape_count));
    GGCN_TRY(check_shape(name, schema, d->path, d->or_shape, d->or_shape_count));
    if (d->or_shape && d->or_shape_count == d->shape_count)
        REFUSE("schema %s, data set \"%s\": both shapes have %u dimensions", name, d->path, d->shape_count);
    if (d->checksum && d->shape_count == 0)
        REFUSE("schema %s, data set \"%s\": a single number has no chunks, so no checksum", name, d->path);
    if (d->finite && d->type != GGCN_SCHEMA_F32 && d->type != GGCN_SCHEMA_F64)
        REFUSE("schema %s, data set \"%s\": `finite` is for f32 and f64, not %s", name, d->path,
               ggcn_schema_type_name(d->type));
    if ((d->increasing && d->type != GGCN_SCHEMA_U64) || ((d->increasing || d->scale) && d->shape_count != 1))
        REFUSE("schema %s, data set \"%s\": `increasing` is for u64 of one dimension, `scale` for one dimension", name,
               d->path);
    if ((d->unique && (d->type != GGCN_SCHEMA_TEXT || d->shape_count != 1)) || (d->min && d->type == GGCN_SCHEMA_TEXT))
        REFUSE("schema %s, data set \"%s\": `unique` is for text of one dimension, `min` for numbers", name, d->path);
    if (d->below && d->up_to)
        REFUSE("schema %s, data set \"%s\": `below` and `up_to` together", name, d->path);
    GGCN_TRY(check_bound(name, schema, d->path, d->type, "below", d->below));
    GGCN_TRY(check_bound(name, schema, d->path, d->type, "up_to", d->up_to));
    return check_since(name, schema, d->path, d->since);
}

static ggcn_status check_entries(const char *name, const ggcn_schema *schema) {
    for (uint32_t i = 0; i < schema->dimensions_count; i++)
        if (ggcn_schema_dimension_of(schema, schema->dimensions[i].name) != (int)i)
            REFUSE("schema %s: dimension \"%s\" is listed twice", name, schema->dimensions[i].name);
    GGCN_TRY(check_attributes(name, schema, schema->attributes, schema->attributes_count, true));
    GGCN_TRY(check_attributes(name, schema, schema->dataset_attributes, schema->dataset_attributes_count, false));
    for (uint32_t i = 0; i < schema->groups_count; i++) {
        if (ggcn_schema_group_of(schema, schema->groups[i].path) != &schema->groups[i])
            REFUSE("schema %s: group \"%s\" is listed twice", name, schema->groups[i].path);
        GGCN_TRY(check_since(name, schema, schema->groups[i].path, schema->groups[i].since));
        GGCN_TRY(check_since(name, schema, schema->groups[i].path, schema->groups[i].ordered_since));
    }
    for (uint32_t i = 0; i < schema->datasets_count; i++) {
        const ggcn_schema_dataset *d = &schema->datasets[i];
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(schema->datasets[j].path, d->path) == 0)
                REFUSE("schema %s: data set \"%s\" is listed twice", name, d->path);
        const char *slash = strrchr(d->path, '/');
        char group[256] = "";
        snprintf(group, sizeof group, "%.*s", slash ? (int)(slash - d->path) : 0, d->path);
        if (slash && !ggcn_schema_group_of(schema, group))
            REFUSE("schema %s, data set \"%s\": there is no group \"%s\"", name, d->path, group);
        GGCN_TRY(check_dataset(name, schema, d));
    }
    return GGCN_SUCCESS;
}

static ggcn_status include(const char *name, ggcn_schema *schema) {
    const ggcn_resource *text = ggcn_resource_find("schemas", schema->include);
    if (!text)
        REFUSE("schema %s: there is no schema \"%s\" to include", name, schema->include);
    GGCN_TRY(ggcn_schema_parse(text->name, text->text, strlen(text->text), &schema->included));
    if (schema->included->format || schema->included->datasets_count > 0)
        REFUSE("schema %s: includes \"%s\", which is a kind of file of its own", name, schema->include);
    return GGCN_SUCCESS;
}

static ggcn_status check(const char *name, ggcn_schema *schema) {
    const bool whole = schema->version > 0 && schema->name && schema->mend && schema->summary && schema->include;
    if (schema->format && !whole)
        REFUSE("schema %s: a kind of file needs version, name, mend, summary and include", name);
    if (schema->include && !schema->format)
        REFUSE("schema %s: includes \"%s\", but is no kind of file", name, schema->include);
    GGCN_TRY(check_entries(name, schema));
    return schema->include ? include(name, schema) : GGCN_SUCCESS;
}

ggcn_status ggcn_schema_parse(const char *name, const char *text, size_t length, ggcn_schema **schema) {
    ggcn_yaml_complaint said = {{0}};
    const cyaml_config_t settings = ggcn_yaml_settings(&said);
    *schema = NULL;
    const cyaml_err_t error =
        cyaml_load_data((const uint8_t *)text, length, &settings, &schema_value, (cyaml_data_t **)schema, NULL);
    if (error != CYAML_OK || !*schema)
        REFUSE("schema %s: %s", name, *said.text ? said.text : *schema ? cyaml_strerror(error) : "the text is empty");
    const ggcn_status status = check(name, *schema);
    if (status != GGCN_SUCCESS)
        ggcn_schema_destroy(schema);
    return status;
}

void ggcn_schema_destroy(ggcn_schema **schema) {
    if (!*schema)
        return;
    ggcn_yaml_complaint said = {{0}};
    const cyaml_config_t settings = ggcn_yaml_settings(&said);
    ggcn_schema_destroy(&(*schema)->included);
    cyaml_free(&settings, &schema_value, *schema, 0);
    *schema = NULL;
}

/* The kinds of file, parsed when they are first needed. */
enum { MOST_KINDS = 16 };
static ggcn_schema *known[MOST_KINDS];

static ggcn_status no_such_format(const char *format) {
    size_t count;
    const ggcn_resource *texts = ggcn_resources(&count);
    char kinds[256] = "the kinds are:";
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i].kind, "schemas") == 0 && strstr(texts[i].text, "\nversion:") &&
            strlen(kinds) + strlen(texts[i].name) + 7 < sizeof kinds)
            sprintf(kinds + strlen(kinds), " ggcn-%s", texts[i].name);
    GGCN_FAIL(GGCN_ERROR_FORMAT, kinds, "\"%s\" is no kind of file that this program knows", format);
}

ggcn_status ggcn_schema_find(const char *format, const ggcn_schema **schema) {
    static const char prefix[] = "ggcn-";
    int kind = 0;
    for (; kind < MOST_KINDS && known[kind]; kind++)
        if (strcmp(known[kind]->format, format) == 0) {
            *schema = known[kind];
            return GGCN_SUCCESS;
        }
    const ggcn_resource *text = strncmp(format, prefix, sizeof prefix - 1) == 0
                                    ? ggcn_resource_find("schemas", format + sizeof prefix - 1)
                                    : NULL;
    if (!text || kind == MOST_KINDS)
        return no_such_format(format);
    ggcn_schema *parsed;
    GGCN_TRY(ggcn_schema_parse(text->name, text->text, strlen(text->text), &parsed));
    if (!parsed->format || strcmp(parsed->format, format) != 0) {
        ggcn_schema_destroy(&parsed);
        return no_such_format(format);
    }
    *schema = known[kind] = parsed;
    return GGCN_SUCCESS;
}
