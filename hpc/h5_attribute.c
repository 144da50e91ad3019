/* Attributes: UTF-8 text of any length, and integers. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h5_file.h"

enum { longest_fixed_text = 1 << 20 };

/* A string type: of variable length for size 0, otherwise of `size` bytes with a terminator. */
static hid_t text_type(size_t size) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, size ? size : H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

static ggcn_status put(hid_t object, const char *path, const char *name, hid_t file_type, hid_t memory_type,
                       const void *value) {
    char what[128];
    snprintf(what, sizeof what, "cannot write attribute \"%s\"", name);
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    ggcn_status status = GGCN_SUCCESS;
    if (attribute < 0 || H5Awrite(attribute, memory_type, value) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, path, what);
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

ggcn_status ggcn_h5_put_text(hid_t object, const char *path, const char *name, const char *text) {
    const hid_t type = text_type(0);
    const ggcn_status status = put(object, path, name, type, type, &text);
    H5Tclose(type);
    return status;
}

ggcn_status ggcn_h5_put_integer(hid_t object, const char *path, const char *name, int64_t value) {
    return put(object, path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

ggcn_status ggcn_h5_put_real(hid_t object, const char *path, const char *name, double value) {
    return put(object, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

/* Opens a scalar attribute of the wanted class. */
static ggcn_status open_attribute(hid_t object, const char *path, const char *name, H5T_class_t wanted,
                                  hid_t *attribute, hid_t *type) {
    const htri_t exists = H5Aexists(object, name);
    if (exists < 0)
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, path, "cannot read the attributes");
    if (!exists)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: attribute \"%s\" is missing", path, name);
    *attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (*attribute < 0)
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, path, "cannot open an attribute");
    *type = H5Aget_type(*attribute);
    const hid_t space = H5Aget_space(*attribute);
    const bool fits = H5Tget_class(*type) == wanted && H5Sget_simple_extent_npoints(space) == 1;
    H5Sclose(space);
    if (!fits) {
        H5Tclose(*type);
        H5Aclose(*attribute);
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: attribute \"%s\" is not one %s", path, name,
                  wanted == H5T_STRING ? "text" : "integer");
    }
    return GGCN_SUCCESS;
}

static ggcn_status read_text(hid_t attribute, hid_t type, const char *path, const char *name, char **text) {
    const bool variable = H5Tis_variable_str(type) > 0;
    const size_t size = variable ? 0 : H5Tget_size(type);
    if (size > longest_fixed_text)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: attribute \"%s\" has %zu bytes", path, name, size);
    char *found = variable ? NULL : calloc(size + 1, 1);
    if (!variable && !found)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for attribute \"%s\"", name);
    /* The file's own type keeps its character set; size bytes fit the buffer, which ends in one more zero. */
    if (H5Aread(attribute, type, variable ? (void *)&found : (void *)found) < 0) {
        if (!variable)
            free(found);
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, path, "cannot read an attribute");
    }
    if (!variable) {
        *text = found;
        return GGCN_SUCCESS;
    }
    *text = calloc(found ? strlen(found) + 1 : 1, 1); /* HDF5's memory goes back to HDF5 */
    if (*text && found)
        strcpy(*text, found);
    H5free_memory(found);
    if (!*text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for attribute \"%s\"", name);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_h5_get_text(hid_t object, const char *path, const char *name, char **text) {
    hid_t attribute = -1, type = -1;
    *text = NULL;
    GGCN_TRY(open_attribute(object, path, name, H5T_STRING, &attribute, &type));
    const ggcn_status status = read_text(attribute, type, path, name, text);
    H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

ggcn_status ggcn_h5_get_integer(hid_t object, const char *path, const char *name, int64_t *value) {
    hid_t attribute = -1, type = -1;
    GGCN_TRY(open_attribute(object, path, name, H5T_INTEGER, &attribute, &type));
    ggcn_status status = GGCN_SUCCESS;
    if (H5Aread(attribute, H5T_NATIVE_INT64, value) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, path, "cannot read an attribute");
    H5Tclose(type);
    H5Aclose(attribute);
    return status;
}
