#include "data_export_names.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { longest_part = 200, suffix_bytes = 16 };

/* Copies one part of a path, made safe. @return bytes written */
static size_t copy_part(const char *from, size_t length, char *to) {
    if (length == 0) {
        to[0] = '_';
        return 1;
    }
    if (length > longest_part)
        length = longest_part;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)from[i];
        to[i] = c < 32 || c == 127 || c == '\\' || (i == 0 && c == '.') ? '_' : from[i];
    }
    return length;
}

static ggcn_status make_folder(const char *name, char **folder) {
    /* an empty part becomes one character more */
    char *to = *folder = malloc(2 * strlen(name) + 2 + suffix_bytes);
    if (!to)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the name of a folder");
    for (;;) {
        const size_t length = strcspn(name, "/");
        to += copy_part(name, length, to);
        name += length;
        if (!*name)
            break;
        *to++ = *name++;
    }
    *to = '\0';
    return GGCN_SUCCESS;
}

typedef struct {
    const char *folder;
    uint32_t class;
} named;

static int compare(const void *a, const void *b) {
    const named *x = a, *y = b;
    const int order = strcmp(x->folder, y->folder);
    return order ? order : (x->class > y->class) - (x->class < y->class);
}

/* Whether all are different; the later ones of equal names get their class number. */
static bool make_different(export_names *names, named *sorted) {
    bool different = true;
    for (uint32_t i = 0; i < names->n_classes; i++)
        sorted[i] = (named){names->folders[i], i};
    qsort(sorted, names->n_classes, sizeof *sorted, compare);
    for (uint32_t i = names->n_classes; i-- > 1;)
        if (strcmp(sorted[i].folder, sorted[i - 1].folder) == 0) {
            char *folder = names->folders[sorted[i].class];
            snprintf(folder + strlen(folder), suffix_bytes, "_%" PRIu32, sorted[i].class);
            different = false;
        }
    return different;
}

static ggcn_status make_folders(const ggcn_dataset_info *info, export_names *names) {
    names->folders = calloc(info->n_classes, sizeof *names->folders);
    named *sorted = malloc(info->n_classes * sizeof *sorted);
    ggcn_status status = GGCN_SUCCESS;
    if (!names->folders || !sorted)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRIu32 " classes",
                            info->n_classes);
    for (uint32_t i = 0; status == GGCN_SUCCESS && i < info->n_classes; i++)
        status = make_folder(info->classes[i], &names->folders[i]);
    /* A new name may be that of another class; the second time they differ, or the names are made up to be nasty. */
    if (status == GGCN_SUCCESS && !make_different(names, sorted)) {
        for (uint32_t i = 0; i < info->n_classes; i++)
            sorted[i] = (named){names->folders[i], i};
        qsort(sorted, info->n_classes, sizeof *sorted, compare);
        for (uint32_t i = 1; status == GGCN_SUCCESS && i < info->n_classes; i++)
            if (strcmp(sorted[i].folder, sorted[i - 1].folder) == 0)
                status = ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, NULL,
                                    "the names of classes %" PRIu32 " and %" PRIu32 " cannot be told apart as folders",
                                    sorted[i - 1].class, sorted[i].class);
    }
    free(sorted);
    return status;
}

ggcn_status export_names_create(const char *root, const ggcn_dataset_info *info, export_names *names) {
    *names = (export_names){
        .root = root, .count = info->count, .training = info->count - info->held_out, .n_classes = info->n_classes};
    const ggcn_status status = make_folders(info, names);
    if (status != GGCN_SUCCESS)
        export_names_clear(names);
    return status;
}

void export_names_clear(export_names *names) {
    for (uint32_t i = 0; names->folders && i < names->n_classes; i++)
        free(names->folders[i]);
    free(names->folders);
    *names = (export_names){0};
}

ggcn_status export_folder(const export_names *names, bool held_out, uint32_t label, char **path) {
    const char *part = names->training == names->count ? "" : held_out ? "held-out/" : "train/";
    const size_t size = strlen(names->root) + strlen(part) + strlen(names->folders[label]) + 2;
    *path = malloc(size);
    if (!*path)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the name of a folder");
    snprintf(*path, size, "%s/%s%s", names->root, part, names->folders[label]);
    return GGCN_SUCCESS;
}

ggcn_status export_file(const export_names *names, int64_t number, uint32_t label, char **path) {
    char *folder;
    GGCN_TRY(export_folder(names, number >= names->training, label, &folder));
    const size_t size = strlen(folder) + 32;
    *path = malloc(size);
    if (*path)
        snprintf(*path, size, "%s/%07" PRId64 ".png", folder, number);
    free(folder);
    if (!*path)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the name of a file");
    return GGCN_SUCCESS;
}
