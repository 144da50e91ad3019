/* A folder of image files; the class of an image is the folder it lies in. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/folder_list.h"

typedef struct {
    char *root;
    ggcn_folder_list list;
    uint32_t *labels; /* [n_folders] */
} folder_data;

/* A folder with images, while classes are put in order. */
typedef struct {
    const char *name;
    uint32_t folder;
} folder_class;

static ggcn_status folder_read(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label) {
    const folder_data *data = source->private_data;
    GGCN_TRY(ggcn_image_source_check_number(source, number));
    *label = data->labels[data->list.files[number].folder];
    return picture ? ggcn_listed_decode(&data->list, data->root, number, picture) : GGCN_SUCCESS;
}

static void folder_name(ggcn_image_source *source, int64_t number, char *text, size_t size) {
    const folder_data *data = source->private_data;
    ggcn_listed_path(&data->list, number, text, size);
}

static void folder_close(ggcn_image_source *source) {
    folder_data *data = source->private_data;
    ggcn_folder_list_clear(&data->list);
    free(data->labels);
    free(data->root);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const folder_class *)a)->name, ((const folder_class *)b)->name);
}

/* Classes are numbered in the byte order of their names. Images in the root itself are of a class named as the root. */
static ggcn_status number_classes(ggcn_image_source *source, const char *root_name, folder_class *classes,
                                  const char **names) {
    folder_data *data = source->private_data;
    const uint32_t count = data->list.n_folders;
    for (uint32_t i = 0; i < count; i++) {
        const char *path = ggcn_listed_folder(&data->list, i);
        classes[i] = (folder_class){*path ? path : root_name, i};
    }
    qsort(classes, count, sizeof *classes, compare_names);
    for (uint32_t i = 0; i < count; i++) {
        data->labels[classes[i].folder] = i;
        names[i] = classes[i].name;
    }
    return ggcn_image_source_name_classes(source, names, count);
}

static ggcn_status name_classes(ggcn_image_source *source) {
    folder_data *data = source->private_data;
    const uint32_t count = data->list.n_folders;
    char *root_name = ggcn_image_base_name(data->root);
    folder_class *classes = malloc(count * sizeof *classes);
    const char **names = malloc(count * sizeof *names);
    data->labels = malloc(count * sizeof *data->labels);
    ggcn_status status = GGCN_SUCCESS;
    if (!root_name || !classes || !names || !data->labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRIu32 " classes", count);
    else
        status = number_classes(source, root_name, classes, names);
    free(names);
    free(classes);
    free(root_name);
    return status;
}

static ggcn_status folder_fill(ggcn_image_source *source, const char *path, const ggcn_import_options *options) {
    folder_data *data = source->private_data;
    (void)options;
    data->root = ggcn_image_trimmed_path(path);
    source->description = ggcn_image_text("image folder: %s", path);
    if (!data->root || !source->description)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a description");
    GGCN_TRY(ggcn_folder_list_add(&data->list, data->root, "", true));
    GGCN_TRY(ggcn_folder_list_require(&data->list, path));
    source->count = data->list.n_files;
    source->shape = (ggcn_shape){3, 0, 0};
    GGCN_TRY(ggcn_folder_list_remark(&data->list, source));
    return name_classes(source);
}

ggcn_status ggcn_import_folder(const char *path, const ggcn_import_options *options, ggcn_image_source **source) {
    static const ggcn_importer importer = {sizeof(folder_data), folder_fill, folder_read, folder_name, folder_close};
    return ggcn_image_source_open(&importer, path, options, source);
}
