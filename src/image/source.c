#define _DEFAULT_SOURCE /* realpath */
#include "image/source.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ggcn_status ggcn_image_source_open(const ggcn_importer *importer, const char *path, const ggcn_import_options *options,
                                   ggcn_image_source **source) {
    static const ggcn_import_options no_options = {0};
    ggcn_image_source *created = calloc(1, sizeof *created);
    if (created)
        created->private_data = calloc(1, importer->private_bytes);
    if (!created || !created->private_data) {
        free(created);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for an image source");
    }
    created->read = importer->read;
    created->name = importer->name;
    created->close = importer->close;
    const ggcn_status status = importer->fill(created, path, options ? options : &no_options);
    if (status != GGCN_SUCCESS) {
        ggcn_image_source_close(&created);
        return status;
    }
    *source = created;
    return GGCN_SUCCESS;
}

void ggcn_image_source_close(ggcn_image_source **source) {
    ggcn_image_source *closed = *source;
    if (!closed)
        return;
    closed->close(closed);
    for (uint32_t i = 0; closed->classes && i < closed->n_classes; i++)
        free(closed->classes[i]);
    free(closed->classes);
    free(closed->description);
    free(closed->note);
    free(closed->private_data);
    free(closed);
    *source = NULL;
}

typedef struct {
    const char *name;
    uint32_t number;
} named_class;

static int compare_classes(const void *a, const void *b) {
    const named_class *left = a, *right = b;
    const int order = strcmp(left->name, right->name);
    return order ? order : left->number < right->number ? -1 : 1;
}

static ggcn_status check_different(const char *const *names, uint32_t count) {
    named_class *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " class names", count);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = (named_class){names[i], i};
    qsort(sorted, count, sizeof *sorted, compare_classes);
    uint32_t i = 1;
    while (i < count && strcmp(sorted[i - 1].name, sorted[i].name) != 0)
        i++;
    const uint32_t first = i < count ? sorted[i - 1].number : 0, second = i < count ? sorted[i].number : 0;
    free(sorted);
    if (first != second)
        GGCN_FAIL(
            GGCN_ERROR_FORMAT,
            "give one of them another name where the names come from: its folder, or its line in the file of names",
            "classes %" PRIu32 " and %" PRIu32 " have the same name \"%s\"", first, second, names[first]);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_image_source_name_classes(ggcn_image_source *source, const char *const *names, uint32_t count) {
    GGCN_TRY(check_different(names, count));
    source->classes = calloc(count, sizeof *source->classes);
    if (!source->classes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " class names", count);
    source->n_classes = count;
    for (uint32_t i = 0; i < count; i++) {
        source->classes[i] = ggcn_image_text("%s", names[i]);
        if (!source->classes[i])
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " class names", count);
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_image_source_check_number(const ggcn_image_source *source, int64_t number) {
    if (number < 0 || number >= source->count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "no image %" PRId64 " among %" PRId64, number, source->count);
    return GGCN_SUCCESS;
}

#if defined(__GNUC__)
__attribute__((format(printf, 1, 0)))
#endif
static char *
text_of(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *ggcn_image_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_of(format, arguments);
    va_end(arguments);
    return text;
}

ggcn_status ggcn_image_source_remark(ggcn_image_source *source, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *remark = text_of(format, arguments);
    va_end(arguments);
    char *note = !remark ? NULL : source->note ? ggcn_image_text("%s; %s", source->note, remark) : remark;
    if (note != remark)
        free(remark);
    if (!note)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a note");
    free(source->note);
    source->note = note;
    return GGCN_SUCCESS;
}

char *ggcn_image_trimmed_path(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return ggcn_image_text("%.*s", (int)length, path);
}

char *ggcn_image_base_name(const char *path) {
    char *trimmed = ggcn_image_trimmed_path(path);
    if (!trimmed)
        return NULL;
    const char *slash = strrchr(trimmed, '/');
    const char *base = slash ? slash + 1 : trimmed;
    char *resolved = NULL;
    if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0) {
        resolved = realpath(trimmed, NULL);
        slash = resolved ? strrchr(resolved, '/') : NULL;
        base = slash ? slash + 1 : base;
    }
    char *copy = ggcn_image_text("%s", *base ? base : "/");
    free(resolved);
    free(trimmed);
    return copy;
}

void *ggcn_image_room(void *items, size_t needed, size_t item_bytes, size_t *capacity) {
    if (needed <= *capacity)
        return items;
    const size_t most = SIZE_MAX / 2 / item_bytes;
    if (needed > most)
        return NULL;
    size_t larger = *capacity > most / 2 ? most : 2 * *capacity;
    larger = larger < needed ? needed : larger;
    larger = larger < 16 ? 16 : larger;
    void *grown = realloc(items, larger * item_bytes);
    if (grown)
        *capacity = larger;
    return grown;
}
