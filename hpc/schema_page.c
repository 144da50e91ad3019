/* The page on the kinds of file, as Markdown. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/resources.h"
#include "ggcn/schema.h"
#include "schema.h"

/* A cell of a table may not hold a bar. */
static void put_text(FILE *page, const char *text) {
    for (; *text; text++)
        fprintf(page, *text == '|' ? "\\%c" : "%c", *text);
}

static void put_shape(FILE *page, char *const *shape, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        fprintf(page, "[%s]", shape[i]);
}

static void put_since(FILE *page, uint32_t since) {
    if (since > 1)
        fprintf(page, "; since version %u", since);
}

static void put_attribute(FILE *page, const ggcn_schema_attribute *a) {
    fprintf(page, "| `%s` | %s | ", a->name, ggcn_schema_type_name(a->type));
    put_text(page, a->description);
    if (a->form == GGCN_FORM_DIGEST)
        fprintf(page, "; 16 lower-case hexadecimal digits");
    if (a->form == GGCN_FORM_TIME)
        fprintf(page, "; UTC, as in 2024-01-31T23:59:59Z");
    for (uint32_t i = 0; i < a->values_count; i++)
        fprintf(page, "%s`%s`", i == 0 ? "; " : " or ", a->values[i]);
    if (a->may_be_empty)
        fprintf(page, "; may be empty");
    if (a->min)
        fprintf(page, "; at least %g", *a->min);
    if (a->below)
        fprintf(page, "; below the size of `%s`", a->below);
    put_since(page, a->since);
    fprintf(page, "%s |\n", a->optional ? "; optional" : "");
}

static void put_attributes(FILE *page, const char *title, const ggcn_schema_attribute *list, uint32_t count) {
    if (count == 0)
        return;
    fprintf(page, "\n%s\n\n| attribute | type | what it says |\n|---|---|---|\n", title);
    for (uint32_t i = 0; i < count; i++)
        put_attribute(page, &list[i]);
}

static void put_dimensions(FILE *page, const ggcn_schema *schema) {
    fprintf(page, "\n| dimension | size | what it counts |\n|---|---|---|\n");
    for (uint32_t i = 0; i < schema->dimensions_count; i++) {
        const ggcn_schema_dimension *d = &schema->dimensions[i];
        fprintf(page, d->largest ? "| `%s` | 1 to %" PRIu64 "%s | " : "| `%s` | at least 1%.0" PRIu64 "%s | ", d->name,
                d->largest, d->local ? ", differs between data sets" : "");
        put_text(page, d->description);
        fprintf(page, " |\n");
    }
}

static void put_groups(FILE *page, const ggcn_schema *schema) {
    if (schema->groups_count == 0)
        return;
    fprintf(page, "\n| group | what is in it |\n|---|---|\n");
    for (uint32_t i = 0; i < schema->groups_count; i++) {
        const ggcn_schema_group *g = &schema->groups[i];
        fprintf(page, "| `%s` | ", g->path);
        put_text(page, g->description);
        if (g->ordered_since > 1)
            fprintf(page, "; keeps the order of its members since version %u", g->ordered_since);
        put_since(page, g->since);
        fprintf(page, "%s |\n", g->optional ? "; optional" : "");
    }
}

static void put_dataset(FILE *page, const ggcn_schema_dataset *d) {
    fprintf(page, "| `%s` | %s ", d->path, ggcn_schema_type_name(d->type));
    put_shape(page, d->shape, d->shape_count);
    if (d->or_shape) {
        fprintf(page, " or ");
        put_shape(page, d->or_shape, d->or_shape_count);
    }
    fprintf(page, " | %s | ", d->units ? d->units : "any");
    put_text(page, d->description);
    if (d->finite)
        fprintf(page, "; finite");
    if (d->increasing)
        fprintf(page, "; increasing");
    if (d->unique)
        fprintf(page, "; all different");
    if (d->min)
        fprintf(page, "; at least %g", *d->min);
    if (d->below)
        fprintf(page, "; below the size of `%s`", d->below);
    if (d->up_to)
        fprintf(page, "; at most the size of `%s`", d->up_to);
    if (d->scale)
        fprintf(page, "; a dimension scale");
    if (d->scaled)
        fprintf(page, "; with its dimension scales attached");
    if (d->shape_count > 0 && !d->checksum)
        fprintf(page, "; without checksum");
    if (d->allow_virtual)
        fprintf(page, "; may be virtual");
    put_since(page, d->since);
    fprintf(page, "%s |\n", d->optional ? "; optional" : "");
}

static void put_kind(FILE *page, const ggcn_schema *schema) {
    fprintf(page, "\n## %c%s\n\n", schema->name[0] - 'a' + 'A', schema->name + 1);
    fprintf(page, "Format `%s`, version %u, %s.\n\n%s", schema->format, schema->version,
            schema->closed ? "closed" : "open to what other programs add", schema->description);
    if (schema->description[strlen(schema->description) - 1] != '\n')
        fprintf(page, "\n");
    put_dimensions(page, schema);
    put_groups(page, schema);
    fprintf(page, "\n| data set | type and shape | unit | what it holds |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < schema->datasets_count; i++)
        put_dataset(page, &schema->datasets[i]);
    put_attributes(page, "Attributes of the root, beside the common ones:", schema->attributes,
                   schema->attributes_count);
    put_attributes(page, "Attributes of every data set, beside the common ones:", schema->dataset_attributes,
                   schema->dataset_attributes_count);
}

static void put_common(FILE *page, const ggcn_schema *common) {
    fprintf(page,
            "<!-- Made by `ggcn_data formats` from the schemas in this folder. -->\n# File formats\n\n%s\n"
            "## What all files have in common\n",
            common->description);
    put_attributes(page, "Attributes of the root, where the file comes from:", common->attributes,
                   common->attributes_count);
    put_attributes(page, "Attributes of every data set:", common->dataset_attributes, common->dataset_attributes_count);
}

/* The common part, or one kind. */
static ggcn_status put_schemas(FILE *page, bool common) {
    size_t count;
    const ggcn_resource *texts = ggcn_resources(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i].kind, "schemas") != 0)
            continue;
        ggcn_schema *schema;
        GGCN_TRY(ggcn_schema_parse(texts[i].name, texts[i].text, strlen(texts[i].text), &schema));
        if (!schema->format && common)
            put_common(page, schema);
        else if (schema->format && !common)
            put_kind(page, schema);
        ggcn_schema_destroy(&schema);
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_file_formats(char **text) {
    size_t size;
    *text = NULL;
    FILE *page = open_memstream(text, &size);
    if (!page)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the page on file formats");
    ggcn_status status = put_schemas(page, true);
    if (status == GGCN_SUCCESS)
        status = put_schemas(page, false);
    if (fclose(page) != 0 && status == GGCN_SUCCESS)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the page on file formats");
    if (status != GGCN_SUCCESS) {
        free(*text);
        *text = NULL;
    }
    return status;
}
