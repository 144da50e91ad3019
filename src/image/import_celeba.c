/* CelebA: a folder of images, and list_attr_celeba.txt:
 *   the number of images
 *   the names of the attributes, separated by spaces
 *   FILE and 1 (has it) or -1 for each attribute; a line an image */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/folder_list.h"
#include "image/text_lines.h"

enum { most_columns = 256, most_asked = 8, UNNAMED = UINT16_MAX };

static const char spaces[] = " \t";

typedef struct {
    char *root;
    ggcn_folder_list list;
    uint16_t *labels; /* [n_files]; NULL: one class */
} celeba_data;

/* What makes the classes: bit i of a label is attribute i of those asked for. */
typedef struct {
    const char *names[most_asked];
    int columns[most_asked]; /* in the file */
    int count;
    int n_columns; /* attributes in the file */
} attribute_choice;

static ggcn_status no_memory(void) {
    GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the attributes of CelebA");
}

static ggcn_status celeba_read(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label) {
    const celeba_data *data = source->private_data;
    GGCN_TRY(ggcn_image_source_check_number(source, number));
    *label = data->labels ? data->labels[number] : 0;
    return picture ? ggcn_listed_decode(&data->list, data->root, number, picture) : GGCN_SUCCESS;
}

static void celeba_name(ggcn_image_source *source, int64_t number, char *text, size_t size) {
    const celeba_data *data = source->private_data;
    ggcn_listed_path(&data->list, number, text, size);
}

static void celeba_close(ggcn_image_source *source) {
    celeba_data *data = source->private_data;
    ggcn_folder_list_clear(&data->list);
    free(data->labels);
    free(data->root);
}

/* --- attributes asked for ----------------------------------------------------------------------------------------- */

/* Splits `text`, which must outlive the choice. */
static ggcn_status split_asked(char *text, attribute_choice *choice) {
    char *rest = NULL;
    for (const char *name = strtok_r(text, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (choice->count == most_asked)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "more than %d attributes are asked for, which would make %d classes",
                      most_asked, 2 << most_asked);
        for (int i = 0; i < choice->count; i++)
            if (strcmp(choice->names[i], name) == 0)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "the attribute %s is asked for twice", name);
        choice->names[choice->count++] = name;
    }
    if (choice->count == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give names separated by commas, like Smiling,Male", "no attributes are named");
    return GGCN_SUCCESS;
}

static ggcn_status split_columns(const ggcn_text_lines *lines, char *line, const char *columns[most_columns],
                                 int *count) {
    char *rest = NULL;
    *count = 0;
    for (const char *name = strtok_r(line, spaces, &rest); name; name = strtok_r(NULL, spaces, &rest)) {
        if (*count == most_columns)
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: line %" PRId64 ": more than %d attributes", lines->path,
                      lines->number, most_columns);
        columns[(*count)++] = name;
    }
    return GGCN_SUCCESS;
}

static ggcn_status find_columns(const ggcn_text_lines *lines, char *line, attribute_choice *choice) {
    const char *columns[most_columns];
    GGCN_TRY(split_columns(lines, line, columns, &choice->n_columns));
    for (int i = 0; i < choice->count; i++) {
        int column = 0;
        while (column < choice->n_columns && strcmp(columns[column], choice->names[i]) != 0)
            column++;
        if (column == choice->n_columns) {
            char hint[512];
            size_t used = 0;
            for (int j = 0; j < choice->n_columns && used < sizeof hint; j++)
                used += (size_t)snprintf(hint + used, sizeof hint - used, "%s%s", j ? " " : "", columns[j]);
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, hint, "%s: line %" PRId64 ": no attribute %s", lines->path, lines->number,
                      choice->names[i]);
        }
        choice->columns[i] = column;
    }
    return GGCN_SUCCESS;
}

/* All 2^count combinations, "not_Smiling+Male". */
static ggcn_status name_classes(ggcn_image_source *source, const attribute_choice *choice) {
    char *names[1 << most_asked] = {NULL};
    const uint32_t count = UINT32_C(1) << choice->count;
    size_t bytes = 1;
    for (int i = 0; i < choice->count; i++)
        bytes += strlen(choice->names[i]) + sizeof "+not_";
    ggcn_status status = GGCN_SUCCESS;
    for (uint32_t label = 0; status == GGCN_SUCCESS && label < count; label++) {
        names[label] = calloc(bytes, 1);
        size_t used = 0;
        for (int i = 0; names[label] && i < choice->count; i++)
            used += (size_t)snprintf(names[label] + used, bytes - used, "%s%s%s", i ? "+" : "",
                                     label >> i & 1 ? "" : "not_", choice->names[i]);
        status = names[label] ? GGCN_SUCCESS : no_memory();
    }
    if (status == GGCN_SUCCESS)
        status = ggcn_image_source_name_classes(source, (const char *const *)names, count);
    for (uint32_t label = 0; label < count; label++)
        free(names[label]);
    return status;
}

/* --- the file of attributes --------------------------------------------------------------------------------------- */

static ggcn_status expect_line(ggcn_text_lines *lines, const char *what, char **line) {
    GGCN_TRY(ggcn_text_lines_next(lines, line));
    if (!*line)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "give CelebA's list_attr_celeba.txt", "%s: ends before %s", lines->path, what);
    return GGCN_SUCCESS;
}

static ggcn_status read_count(ggcn_text_lines *lines, int64_t *count) {
    char *line, *end;
    GGCN_TRY(expect_line(lines, "the number of images", &line));
    errno = 0;
    *count = strtoll(line, &end, 10);
    if (errno || end == line || end[strspn(end, spaces)] != '\0' || *count < 1)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "give CelebA's list_attr_celeba.txt",
                  "%s: line %" PRId64 ": \"%.40s\" in place of the number of images", lines->path, lines->number, line);
    return GGCN_SUCCESS;
}

static ggcn_status read_values(const ggcn_text_lines *lines, char **rest, const attribute_choice *choice,
                               uint16_t *label) {
    int column = 0;
    *label = 0;
    for (const char *value = strtok_r(NULL, spaces, rest); value; value = strtok_r(NULL, spaces, rest), column++) {
        const bool has = strcmp(value, "1") == 0;
        if (!has && strcmp(value, "-1") != 0)
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: line %" PRId64 ": value %d is \"%.40s\" in place of 1 or -1",
                      lines->path, lines->number, column + 1, value);
        for (int i = 0; i < choice->count; i++)
            if (choice->columns[i] == column && has)
                *label |= (uint16_t)(1u << i);
    }
    if (column != choice->n_columns)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: line %" PRId64 ": %d values, but %d attributes are named above them",
                  lines->path, lines->number, column, choice->n_columns);
    return GGCN_SUCCESS;
}

static ggcn_status take_image(celeba_data *data, const ggcn_text_lines *lines, char *line,
                              const attribute_choice *choice) {
    char *rest = NULL;
    const char *file = strtok_r(line, spaces, &rest);
    const int64_t number = file ? ggcn_folder_list_find(&data->list, 0, file) : -1;
    if (number < 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "unpack all images, or remove the lines and correct the number in the first line",
                  "%s: line %" PRId64 ": no image %s in %s", lines->path, lines->number, file ? file : "\"\"",
                  data->root);
    if (data->labels[number] != UNNAMED)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "remove one of the lines", "%s: line %" PRId64 ": a second line for %s",
                  lines->path, lines->number, file);
    return read_values(lines, &rest, choice, &data->labels[number]);
}

static ggcn_status read_attributes(celeba_data *data, ggcn_text_lines *lines, attribute_choice *choice) {
    char *line;
    int64_t expected, count = 0;
    GGCN_TRY(read_count(lines, &expected));
    GGCN_TRY(expect_line(lines, "the names of the attributes", &line));
    GGCN_TRY(find_columns(lines, line, choice));
    GGCN_TRY(ggcn_text_lines_next(lines, &line));
    for (; line; count++) {
        if (count == expected)
            GGCN_FAIL(GGCN_ERROR_FORMAT, "correct the number in the first line",
                      "%s: line %" PRId64 ": more images than the %" PRId64 " of the first line", lines->path,
                      lines->number, expected);
        GGCN_TRY(take_image(data, lines, line, choice));
        GGCN_TRY(ggcn_text_lines_next(lines, &line));
    }
    if (count != expected)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "fetch the file again, or correct the number in the first line",
                  "%s: ends in line %" PRId64 " after %" PRId64 " images, but its first line says %" PRId64,
                  lines->path, lines->number - 1, count, expected);
    return GGCN_SUCCESS;
}

/* Path of the folder that `folder` lies in. */
static char *parent_of(const char *folder) {
    const char *slash = strrchr(folder, '/'), *name = slash ? slash + 1 : folder;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return ggcn_image_text("%s/..", folder);
    return slash ? ggcn_image_text("%.*s", (int)(slash - folder), folder) : ggcn_image_text(".");
}

static ggcn_status find_list_in(const char *folder, char **path) {
    char *list = folder ? ggcn_image_text("%s/list_attr_celeba.txt", folder) : NULL;
    if (!list)
        return no_memory();
    if (access(list, F_OK) == 0)
        *path = list;
    else
        free(list);
    return GGCN_SUCCESS;
}

/* The list beside the images or beside their folder. @param[out] path NULL before */
static ggcn_status find_list(const celeba_data *data, char **path) {
    GGCN_TRY(find_list_in(data->root, path));
    if (*path)
        return GGCN_SUCCESS;
    char *parent = parent_of(data->root);
    const ggcn_status status = find_list_in(parent, path);
    free(parent);
    GGCN_TRY(status);
    if (!*path)
        GGCN_FAIL(GGCN_ERROR_IO, "give the file, for ggcn_data with --labels FILE",
                  "no list_attr_celeba.txt in %s or beside that folder", data->root);
    return GGCN_SUCCESS;
}

/* Keeps the images that the list names. */
static ggcn_status keep_named(ggcn_image_source *source) {
    celeba_data *data = source->private_data;
    int64_t kept = 0;
    for (int64_t i = 0; i < data->list.n_files; i++)
        if (data->labels[i] != UNNAMED) {
            data->list.files[kept] = data->list.files[i];
            data->labels[kept++] = data->labels[i];
        }
    const int64_t unnamed = data->list.n_files - kept;
    data->list.n_files = kept;
    return unnamed == 0 ? GGCN_SUCCESS
                        : ggcn_image_source_remark(
                              source, "images left aside that the list of attributes does not name: %" PRId64, unnamed);
}

static ggcn_status label_images(ggcn_image_source *source, const char *list, attribute_choice *choice) {
    celeba_data *data = source->private_data;
    data->labels = malloc((size_t)data->list.n_files * sizeof *data->labels);
    if (!data->labels)
        return no_memory();
    for (int64_t i = 0; i < data->list.n_files; i++)
        data->labels[i] = UNNAMED;
    ggcn_text_lines lines;
    GGCN_TRY(ggcn_text_lines_open(list, &lines));
    const ggcn_status status = read_attributes(data, &lines, choice);
    ggcn_text_lines_close(&lines);
    GGCN_TRY(status);
    GGCN_TRY(keep_named(source));
    return name_classes(source, choice);
}

static ggcn_status make_classes(ggcn_image_source *source, const ggcn_import_options *options) {
    celeba_data *data = source->private_data;
    char *asked = ggcn_image_text("%s", options->attributes), *found = NULL;
    if (!asked)
        return no_memory();
    attribute_choice choice = {.count = 0};
    ggcn_status status = split_asked(asked, &choice);
    if (status == GGCN_SUCCESS && !options->labels)
        status = find_list(data, &found);
    if (status == GGCN_SUCCESS)
        status = label_images(source, options->labels ? options->labels : found, &choice);
    free(found);
    free(asked);
    return status;
}

static ggcn_status name_one_class(ggcn_image_source *source) {
    const char *const names[] = {"face"};
    return ggcn_image_source_name_classes(source, names, 1);
}

static ggcn_status celeba_fill(ggcn_image_source *source, const char *path, const ggcn_import_options *options) {
    celeba_data *data = source->private_data;
    if (options->labels && !options->attributes)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "name the attributes that make the classes, like Smiling,Male",
                  "%s: a file of attributes, but no attributes are asked for", options->labels);
    data->root = ggcn_image_trimmed_path(path);
    source->description = options->attributes ? ggcn_image_text("CelebA: %s, classes by %s", path, options->attributes)
                                              : ggcn_image_text("CelebA: %s", path);
    if (!data->root || !source->description)
        return no_memory();
    GGCN_TRY(ggcn_folder_list_add(&data->list, data->root, "", false));
    GGCN_TRY(ggcn_folder_list_require(&data->list, path));
    GGCN_TRY(options->attributes ? make_classes(source, options) : name_one_class(source));
    source->count = data->list.n_files;
    source->shape = (ggcn_shape){3, 0, 0};
    return ggcn_folder_list_remark(&data->list, source);
}

ggcn_status ggcn_import_celeba(const char *path, const ggcn_import_options *options, ggcn_image_source **source) {
    static const ggcn_importer importer = {sizeof(celeba_data), celeba_fill, celeba_read, celeba_name, celeba_close};
    return ggcn_image_source_open(&importer, path, options, source);
}
