/* Attributes of a file beside its schema. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h5_file.h"
#include "schema_check.h"

/* What messages and hints call an attribute. */
typedef struct {
    const ggcn_examined *file;
    hid_t object;
    const ggcn_schema_attribute *rule;
    char name[512];
    ggcn_findings *findings;
} attribute;

#define FOUND(a, format, ...)                                                                                          \
    ggcn_findings_add((a)->findings, (a)->file->schema->mend, "%s: %s: " format, (a)->file->path, (a)->name,           \
                      __VA_ARGS__)

static bool well_formed(const char *text, ggcn_schema_form form) {
    static const char digits[] = "0123456789";
    if (form == GGCN_FORM_DIGEST)
        return strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
    static const char pattern[] = "0000-00-00T00:00:00Z";
    if (form != GGCN_FORM_TIME)
        return true;
    if (strlen(text) != sizeof pattern - 1)
        return false;
    for (size_t i = 0; pattern[i]; i++)
        if (pattern[i] == '0' ? !strchr(digits, text[i]) : pattern[i] != text[i])
            return false;
    return true;
}

static void check_text(const attribute *a, const char *text) {
    const ggcn_schema_attribute *rule = a->rule;
    if (!*text) {
        if (!rule->may_be_empty)
            FOUND(a, "expected %s, found an empty text", rule->description);
        return;
    }
    if (!well_formed(text, rule->form))
        FOUND(a, "expected %s, found \"%.64s\"",
              rule->form == GGCN_FORM_DIGEST ? "16 lower-case hexadecimal digits"
                                             : "a time such as 2024-01-31T23:59:59Z",
              text);
    char expected[256] = "";
    for (uint32_t i = 0; i < rule->values_count; i++) {
        if (strcmp(rule->values[i], text) == 0)
            return;
        const size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "%s\"%s\"", i ? " or " : "", rule->values[i]);
    }
    if (rule->values)
        FOUND(a, "expected %s, found \"%.64s\"", expected, text);
}

static void read_text(const attribute *a) {
    char *text;
    if (ggcn_h5_get_text(a->object, a->file->path, a->rule->name, &text) != GGCN_SUCCESS) {
        ggcn_findings_add_error(a->findings);
        return;
    }
    check_text(a, text);
    free(text);
}

static void read_integer(const attribute *a) {
    int64_t value;
    if (ggcn_h5_get_integer(a->object, a->file->path, a->rule->name, &value) != GGCN_SUCCESS) {
        ggcn_findings_add_error(a->findings);
        return;
    }
    if (a->rule->min && (double)value < *a->rule->min)
        FOUND(a, "expected a number of at least %g, found %" PRId64, *a->rule->min, value);
    const int below = a->rule->below ? ggcn_schema_dimension_of(a->file->schema, a->rule->below) : -1;
    if (below >= 0 && a->file->sizes[below] > 0 && value >= (int64_t)a->file->sizes[below])
        FOUND(a, "expected a number below %" PRIu64 ", the size of dimension \"%s\", found %" PRId64,
              (uint64_t)a->file->sizes[below], a->rule->below, value);
}

static void read_real(const attribute *a, hid_t id) {
    double value;
    if (H5Aread(id, H5T_NATIVE_DOUBLE, &value) < 0)
        FOUND(a, "expected %s, found nothing that can be read", "a number");
    else if (!isfinite(value) || (a->rule->min && value < *a->rule->min))
        FOUND(a, "expected a finite number%s, found %g", a->rule->min ? " in range" : "", value);
}

static void check_value(const attribute *a, hid_t id, hid_t type, hid_t space) {
    const ggcn_schema_type wanted = a->rule->type;
    const bool fits = wanted == GGCN_SCHEMA_TEXT ? H5Tget_class(type) == H5T_STRING
                                                 : H5Tequal(type, ggcn_schema_file_type(wanted)) > 0;
    if (!fits)
        FOUND(a, "expected the type %s, found another one", ggcn_schema_type_name(wanted));
    else if (H5Sget_simple_extent_npoints(space) != 1)
        FOUND(a, "expected one value, found %lld", (long long)H5Sget_simple_extent_npoints(space));
    else if (wanted == GGCN_SCHEMA_TEXT)
        read_text(a);
    else if (wanted == GGCN_SCHEMA_I64)
        read_integer(a);
    else
        read_real(a, id);
}

static void check_attribute(const attribute *a) {
    if (H5Aexists(a->object, a->rule->name) <= 0) {
        if (!a->rule->optional && ggcn_in_version(a->file, a->rule->since))
            ggcn_findings_add(a->findings, a->file->schema->mend, "%s: %s is missing: expected %s of type %s",
                              a->file->path, a->name, a->rule->description, ggcn_schema_type_name(a->rule->type));
        return;
    }
    const hid_t id = H5Aopen(a->object, a->rule->name, H5P_DEFAULT);
    if (id < 0) {
        FOUND(a, "expected %s, found nothing that can be read", a->rule->description);
        return;
    }
    const hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    check_value(a, id, type, space);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(id);
}

static void name_attribute(const char *name, const char *path, char text[512]) {
    if (*path)
        snprintf(text, 512, "attribute \"%.200s\" of data set \"%.250s\"", name, path);
    else
        snprintf(text, 512, "attribute \"%.200s\"", name);
}

static void check_list(const ggcn_examined *file, hid_t object, const char *path, const ggcn_schema_attribute *list,
                       uint32_t count, ggcn_findings *findings) {
    for (uint32_t i = 0; i < count; i++) {
        attribute a = {file, object, &list[i], "", findings};
        name_attribute(list[i].name, path, a.name);
        check_attribute(&a);
    }
}

static bool listed(const ggcn_schema *schema, bool of_root, const char *name) {
    for (const ggcn_schema *s = schema; s; s = s->included) {
        const ggcn_schema_attribute *list = of_root ? s->attributes : s->dataset_attributes;
        const uint32_t count = of_root ? s->attributes_count : s->dataset_attributes_count;
        for (uint32_t i = 0; i < count; i++)
            if (strcmp(list[i].name, name) == 0)
                return true;
    }
    return false;
}

typedef struct {
    const ggcn_examined *file;
    const char *path;
    ggcn_findings *findings;
} visitor;

/* Those that HDF5 itself gives dimension scales and what they are attached to are not counted. */
static herr_t visit(hid_t object, const char *name, const H5A_info_t *info, void *context) {
    static const char *const scales[] = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"};
    const visitor *v = context;
    (void)object;
    (void)info;
    for (size_t i = 0; *v->path && i < sizeof scales / sizeof *scales; i++)
        if (strcmp(name, scales[i]) == 0)
            return 0;
    if (!listed(v->file->schema, !*v->path, name)) {
        char text[512];
        name_attribute(name, v->path, text);
        ggcn_findings_add(v->findings, "remove it: a file of this kind holds nothing but what its schema lists",
                          "%s: %s: expected no attribute of this name, found one", v->file->path, text);
    }
    return 0;
}

void ggcn_check_attributes(const ggcn_examined *examined, hid_t object, const char *path, bool strict,
                           ggcn_findings *findings) {
    for (const ggcn_schema *s = examined->schema; s; s = s->included)
        if (*path)
            check_list(examined, object, path, s->dataset_attributes, s->dataset_attributes_count, findings);
        else
            check_list(examined, object, path, s->attributes, s->attributes_count, findings);
    visitor v = {examined, path, findings};
    if (strict && examined->schema->closed)
        H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &v);
}
