/* Structure of a file beside its schema. */
#include "schema_check.h"

#include <errno.h>
#include <hdf5_hl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "h5_data.h"

/* A data set that is being compared with its entry. */
typedef struct {
    ggcn_examined *file;
    const char *path;
    const ggcn_schema_dataset *rule;
    hid_t id;
    ggcn_findings *findings;
} comparison;

#define FOUND(c, format, ...)                                                                                          \
    ggcn_findings_add((c)->findings, (c)->file->schema->mend, "%s: data set \"%s\": " format, (c)->file->path,         \
                      (c)->path, __VA_ARGS__)

bool ggcn_in_version(const ggcn_examined *examined, uint32_t since) {
    return examined->version >= (int64_t)since;
}

char *const *ggcn_shape_of(const ggcn_schema_dataset *dataset, int rank) {
    if ((int)dataset->shape_count == rank)
        return dataset->shape;
    return dataset->or_shape && (int)dataset->or_shape_count == rank ? dataset->or_shape : NULL;
}

hid_t ggcn_schema_file_type(ggcn_schema_type type) {
    switch (type) {
    case GGCN_SCHEMA_U8:
        return H5T_STD_U8LE;
    case GGCN_SCHEMA_U32:
        return H5T_STD_U32LE;
    case GGCN_SCHEMA_U64:
        return H5T_STD_U64LE;
    case GGCN_SCHEMA_I64:
        return H5T_STD_I64LE;
    case GGCN_SCHEMA_F32:
        return H5T_IEEE_F32LE;
    case GGCN_SCHEMA_F64:
        return H5T_IEEE_F64LE;
    case GGCN_SCHEMA_TEXT:
        break;
    }
    return -1;
}

/* --- objects of the file ------------------------------------------------------------------------------------------ */

typedef struct {
    ggcn_examined *examined;
    size_t capacity;
    ggcn_status status;
} collection;

static ggcn_status append(collection *c, const char *name, H5O_type_t type) {
    ggcn_examined *e = c->examined;
    if (e->objects_count == c->capacity) {
        const size_t capacity = 2 * c->capacity + 64;
        ggcn_h5_object *grown = realloc(e->objects, capacity * sizeof *grown);
        if (!grown)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of %zu objects", capacity);
        e->objects = grown;
        c->capacity = capacity;
    }
    ggcn_h5_object *object = &e->objects[e->objects_count];
    object->type = type;
    object->group = ggcn_schema_group_of(e->schema, name);
    object->dataset = ggcn_schema_dataset_of(e->schema, name);
    if (type == H5O_TYPE_GROUP && object->dataset && ggcn_schema_is_pattern(object->dataset->path))
        object->dataset = NULL;
    GGCN_TRY(ggcn_format(&object->path, "%s", name));
    e->objects_count++;
    return GGCN_SUCCESS;
}

static H5O_type_t type_of(hid_t id) {
    switch (H5Iget_type(id)) {
    case H5I_GROUP:
        return H5O_TYPE_GROUP;
    case H5I_DATASET:
        return H5O_TYPE_DATASET;
    case H5I_DATATYPE:
        return H5O_TYPE_NAMED_DATATYPE;
    default:
        return H5O_TYPE_UNKNOWN;
    }
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    (void)info;
    collection *c = context;
    const hid_t id = H5Oopen(group, name, H5P_DEFAULT);
    c->status = append(c, name, id < 0 ? H5O_TYPE_UNKNOWN : type_of(id));
    if (id >= 0)
        H5Oclose(id);
    return c->status == GGCN_SUCCESS ? 0 : -1;
}

ggcn_status ggcn_examine(hid_t id, const char *path, const ggcn_schema *schema, int64_t version,
                         ggcn_examined *examined) {
    *examined = (ggcn_examined){.id = id, .path = path, .schema = schema, .version = version};
    examined->sizes = calloc(schema->dimensions_count + 1, sizeof *examined->sizes);
    examined->size_from = calloc(schema->dimensions_count + 1, sizeof *examined->size_from);
    if (!examined->sizes || !examined->size_from)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %u sizes", schema->dimensions_count);
    collection c = {.examined = examined};
    if (H5Lvisit(id, H5_INDEX_NAME, H5_ITER_INC, visit, &c) < 0 && c.status == GGCN_SUCCESS)
        return ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, path, "cannot list the objects of the file");
    return c.status;
}

void ggcn_examined_clear(ggcn_examined *examined) {
    for (size_t i = 0; i < examined->objects_count; i++)
        free(examined->objects[i].path);
    free(examined->objects);
    free(examined->sizes);
    free(examined->size_from);
    *examined = (ggcn_examined){0};
}

static const ggcn_h5_object *find_object(const ggcn_examined *file, const char *path) {
    for (size_t i = 0; i < file->objects_count; i++)
        if (strcmp(file->objects[i].path, path) == 0)
            return &file->objects[i];
    return NULL;
}

static const char *object_name(H5O_type_t type) {
    return type == H5O_TYPE_GROUP ? "a group" : type == H5O_TYPE_DATASET ? "a data set" : "something else";
}

/* --- data sets ---------------------------------------------------------------------------------------------------- */

static void name_type(hid_t type, char text[64]) {
    const H5T_class_t class = H5Tget_class(type);
    const unsigned bits = (unsigned)(8 * H5Tget_size(type));
    const char *order = H5Tget_order(type) == H5T_ORDER_BE ? ", big-endian" : "";
    if (class == H5T_INTEGER)
        snprintf(text, 64, "%c%u%s", H5Tget_sign(type) == H5T_SGN_NONE ? 'u' : 'i', bits, order);
    else if (class == H5T_FLOAT)
        snprintf(text, 64, "f%u%s", bits, order);
    else if (class == H5T_STRING)
        snprintf(text, 64, "text of %s length", H5Tis_variable_str(type) > 0 ? "variable" : "fixed");
    else
        snprintf(text, 64, "another type");
}

static void check_type(const comparison *c) {
    const hid_t type = H5Dget_type(c->id);
    const bool text = c->rule->type == GGCN_SCHEMA_TEXT;
    const bool fits = text ? H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0
                           : H5Tequal(type, ggcn_schema_file_type(c->rule->type)) > 0;
    if (!fits) {
        char found[64];
        name_type(type, found);
        FOUND(c, "expected the type %s, found %s", text ? "text of fixed length" : ggcn_schema_type_name(c->rule->type),
              found);
    }
    H5Tclose(type);
}

static void print_shape(char text[256], char *const *names, uint32_t count) {
    size_t used = (size_t)snprintf(text, 256, count ? "" : "no dimensions");
    for (uint32_t i = 0; i < count && used < 256; i++)
        used += (size_t)snprintf(text + used, 256 - used, "[%s]", names[i]);
}

static void check_size(const comparison *c, const char *name, hsize_t size) {
    ggcn_examined *file = c->file;
    const int number = ggcn_schema_dimension_of(file->schema, name);
    const ggcn_schema_dimension *dimension = &file->schema->dimensions[number];
    if (size < 1)
        FOUND(c, "expected at least 1 along dimension \"%s\", found %" PRIu64, name, (uint64_t)size);
    else if (dimension->largest > 0 && size > dimension->largest)
        FOUND(c, "expected at most %" PRIu64 " along dimension \"%s\", found %" PRIu64, dimension->largest, name,
              (uint64_t)size);
    if (dimension->local)
        return;
    if (!file->size_from[number]) {
        file->sizes[number] = size;
        file->size_from[number] = c->path;
    } else if (file->sizes[number] != size)
        FOUND(c, "expected %" PRIu64 " along dimension \"%s\", as in data set \"%s\", found %" PRIu64,
              (uint64_t)file->sizes[number], name, file->size_from[number], (uint64_t)size);
}

/* The numbers must fit an int64_t of bytes. */
static void check_bytes(const comparison *c, const hsize_t *dims, int rank) {
    const hid_t type = H5Dget_type(c->id);
    hsize_t left = (hsize_t)INT64_MAX / (H5Tget_size(type) ? H5Tget_size(type) : 1);
    H5Tclose(type);
    for (int i = 0; i < rank; i++)
        if (dims[i] > 0)
            left /= dims[i];
    if (left == 0)
        FOUND(c, "expected less than 2^63 bytes, found %s", "more");
}

/* Returns the shape it has, NULL if it has another number of dimensions. */
static char *const *check_shape(const comparison *c) {
    hsize_t dims[H5S_MAX_RANK];
    const hid_t space = H5Dget_space(c->id);
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    char *const *shape = ggcn_shape_of(c->rule, rank);
    if (!shape && rank == 0 && c->rule->shape_count == 0)
        return NULL; /* a single number, as it should be */
    if (!shape) {
        char expected[256], other[256] = "";
        print_shape(expected, c->rule->shape, c->rule->shape_count);
        if (c->rule->or_shape)
            print_shape(other, c->rule->or_shape, c->rule->or_shape_count);
        FOUND(c, "expected %u dimensions %s%s%s, found %d", c->rule->shape_count, expected, *other ? " or " : "", other,
              rank);
        return NULL;
    }
    for (int i = 0; i < rank; i++)
        check_size(c, shape[i], dims[i]);
    check_bytes(c, dims, rank);
    return shape;
}

/* HDF5 shows zeros where a file that a virtual data set points to is missing. */
static void check_sources(const comparison *c, hid_t list) {
    const char *slash = strrchr(c->file->path, '/');
    size_t count = 0;
    H5Pget_virtual_count(list, &count);
    for (size_t i = 0; i < count; i++) {
        char name[512], path[2048];
        if (H5Pget_virtual_filename(list, i, name, sizeof name) < 0 || strcmp(name, ".") == 0)
            continue;
        snprintf(path, sizeof path, "%.*s%s", slash && *name != '/' ? (int)(slash - c->file->path + 1) : 0,
                 c->file->path, name);
        if (access(path, R_OK) != 0)
            FOUND(c, "expected the file \"%s\", which holds a part of it, found %s", name, strerror(errno));
    }
}

static void check_storage(const comparison *c) {
    const hid_t list = H5Dget_create_plist(c->id);
    const H5D_layout_t layout = H5Pget_layout(list);
    unsigned flags, settings;
    size_t values = 0;
    const bool protected = layout == H5D_CHUNKED && H5Pget_filter_by_id2(list, H5Z_FILTER_FLETCHER32, &flags, &values,
                                                                         NULL, 0, NULL, &settings) >= 0;
    if (layout == H5D_VIRTUAL && !c->rule->allow_virtual)
        FOUND(c, "expected %s, found a virtual data set", "its numbers in this file");
    else if (layout != H5D_VIRTUAL && c->rule->checksum && !protected)
        FOUND(c, "expected chunks with a Fletcher-32 checksum, found %s",
              layout == H5D_CHUNKED ? "chunks without one" : "no chunks");
    if (!ggcn_h5_is_whole(c->id))
        FOUND(c, "expected all numbers stored, found %s", "a part that was never written");
    if (layout == H5D_VIRTUAL)
        check_sources(c, list);
    H5Pclose(list);
}

static void check_units(const comparison *c) {
    char *units;
    if (!c->rule->units || ggcn_h5_get_text(c->id, c->file->path, "units", &units) != GGCN_SUCCESS)
        return; /* a missing attribute was reported as such */
    if (strcmp(units, c->rule->units) != 0) {
        char hint[256];
        snprintf(hint, sizeof hint, "if the numbers are right, set the attribute to \"%.100s\"", c->rule->units);
        ggcn_findings_add(c->findings, hint,
                          "%s: attribute \"units\" of data set \"%s\": expected \"%s\", found \"%.64s\"", c->file->path,
                          c->path, c->rule->units, units);
    }
    free(units);
}

static void check_is_scale(const comparison *c) {
    const char *expected = ggcn_schema_scale_of(c->file->schema, c->rule->shape[0]);
    char name[64] = "";
    if (H5DSis_scale(c->id) <= 0)
        FOUND(c, "expected a dimension scale, found %s", "a plain data set");
    else if (H5DSget_scale_name(c->id, name, sizeof name) < 0 || strcmp(name, expected) != 0)
        FOUND(c, "expected the dimension scale \"%s\", found \"%s\"", expected, name);
}

static void check_scaled(const comparison *c, char *const *shape, uint32_t rank) {
    const char *slash = strrchr(c->path, '/');
    for (uint32_t i = 0; i < rank; i++) {
        char path[512];
        snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - c->path + 1) : 0, c->path,
                 ggcn_schema_scale_of(c->file->schema, shape[i]));
        const ggcn_h5_object *object = find_object(c->file, path);
        const hid_t scale = object && object->type == H5O_TYPE_DATASET ? H5Dopen2(c->file->id, path, H5P_DEFAULT) : -1;
        if (scale < 0 || H5DSis_attached(c->id, scale, i) <= 0)
            FOUND(c, "expected the dimension scale \"%s\" attached to dimension %u, found none", path, i);
        if (scale >= 0)
            H5Dclose(scale);
    }
}

static void check_dataset(const comparison *c, bool strict) {
    check_type(c);
    char *const *shape = check_shape(c);
    check_storage(c);
    ggcn_check_attributes(c->file, c->id, c->path, strict, c->findings);
    check_units(c);
    if (c->rule->scale)
        check_is_scale(c);
    if (c->rule->scaled && shape)
        check_scaled(c, shape, shape == c->rule->shape ? c->rule->shape_count : c->rule->or_shape_count);
}

static void open_and_check(comparison *c, bool strict) {
    c->id = H5Dopen2(c->file->id, c->path, H5P_DEFAULT);
    if (c->id < 0) {
        FOUND(c, "expected %s, found one that cannot be opened", "a data set");
        return;
    }
    check_dataset(c, strict);
    H5Dclose(c->id);
}

/* All data sets of an entry. The first to have a dimension says its size, so entries go in the schema's order. */
static void check_entry(ggcn_examined *file, const ggcn_schema_dataset *rule, bool strict, ggcn_findings *findings) {
    bool there = false;
    for (size_t i = 0; i < file->objects_count; i++) {
        const ggcn_h5_object *object = &file->objects[i];
        if (object->dataset != rule)
            continue;
        there = true;
        comparison c = {file, object->path, rule, -1, findings};
        if (object->type == H5O_TYPE_DATASET)
            open_and_check(&c, strict);
        else
            FOUND(&c, "expected a data set, found %s", object_name(object->type));
    }
    if (there || rule->optional || !ggcn_in_version(file, rule->since))
        return;
    char shape[256];
    print_shape(shape, rule->shape, rule->shape_count);
    ggcn_findings_add(findings, file->schema->mend, "%s: data set \"%s\" is missing: expected %s %s", file->path,
                      rule->path, ggcn_schema_type_name(rule->type), shape);
}

/* Once all sizes are known: those that bound numbers. */
static void check_bounds(ggcn_examined *file, ggcn_findings *findings) {
    for (size_t i = 0; i < file->objects_count; i++) {
        const ggcn_schema_dataset *rule = file->objects[i].dataset;
        const char *bound = rule ? ggcn_schema_bound_of(rule) : NULL;
        if (!bound || file->size_from[ggcn_schema_dimension_of(file->schema, bound)])
            continue;
        const comparison c = {file, file->objects[i].path, rule, -1, findings};
        FOUND(&c, "expected a data set with the dimension \"%s\", which bounds its numbers, found none", bound);
    }
}

/* --- groups, and objects of no entry ------------------------------------------------------------------------------ */

static bool is_ordered(hid_t file, const char *path) {
    const hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
    const hid_t list = group < 0 ? -1 : H5Gget_create_plist(group);
    unsigned flags = 0;
    if (list >= 0) {
        H5Pget_link_creation_order(list, &flags);
        H5Pclose(list);
    }
    if (group >= 0)
        H5Gclose(group);
    return (flags & H5P_CRT_ORDER_TRACKED) != 0;
}

static void check_group(const ggcn_examined *file, const ggcn_schema_group *rule, ggcn_findings *findings) {
    bool there = false;
    for (size_t i = 0; i < file->objects_count; i++) {
        const ggcn_h5_object *object = &file->objects[i];
        if (object->group != rule)
            continue;
        there = true;
        if (object->type != H5O_TYPE_GROUP && !object->dataset)
            ggcn_findings_add(findings, file->schema->mend, "%s: group \"%s\": expected a group, found %s", file->path,
                              object->path, object_name(object->type));
        else if (rule->ordered_since > 0 && ggcn_in_version(file, rule->ordered_since) &&
                 !is_ordered(file->id, object->path))
            ggcn_findings_add(findings, file->schema->mend,
                              "%s: group \"%s\": expected a group that keeps the order of its members, found one that "
                              "does not",
                              file->path, object->path);
    }
    if (!there && !rule->optional && ggcn_in_version(file, rule->since))
        ggcn_findings_add(findings, file->schema->mend, "%s: group \"%s\" is missing: expected %s", file->path,
                          rule->path, rule->description);
}

static void check_unknown(const ggcn_examined *file, ggcn_findings *findings) {
    for (size_t i = 0; i < file->objects_count; i++) {
        const ggcn_h5_object *object = &file->objects[i];
        if (!object->dataset && !object->group)
            ggcn_findings_add(findings, "remove it: a file of this kind holds nothing but what its schema lists",
                              "%s: \"%s\": expected no object of this name, found %s", file->path, object->path,
                              object_name(object->type));
    }
}

void ggcn_check_structure(ggcn_examined *examined, bool strict, ggcn_findings *findings) {
    const ggcn_schema *schema = examined->schema;
    for (uint32_t i = 0; i < schema->groups_count; i++)
        check_group(examined, &schema->groups[i], findings);
    for (uint32_t i = 0; i < schema->datasets_count; i++)
        check_entry(examined, &schema->datasets[i], strict, findings);
    check_bounds(examined, findings);
    ggcn_check_attributes(examined, examined->id, "", strict, findings);
    if (strict && schema->closed)
        check_unknown(examined, findings);
}
