/* CIFAR-10 binary records: one label byte, then 3 x 32 x 32 bytes, red, green and blue plane. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/source.h"
#include "image/text_lines.h"

enum { side = 32, pixel_bytes = 3 * side * side, record_bytes = 1 + pixel_bytes, class_count = 10 };

static const char *const standard_classes[class_count] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                          "dog",      "frog",       "horse", "ship", "truck"};

typedef struct {
    char *path;
    int descriptor;
    int64_t first; /* number of its first image */
    int64_t count;
} record_file;

typedef struct {
    record_file *files;
    size_t n_files;
} cifar_data;

/* Reads exactly `count` bytes or fails. */
static ggcn_status read_at(const record_file *file, int64_t offset, uint8_t *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        const ssize_t got = pread(file->descriptor, bytes + done, count - done, (off_t)offset + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s at offset %" PRId64 ": %s", file->path, offset,
                      strerror(errno));
        if (got == 0)
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: truncated while it was read: nothing left at offset %" PRId64,
                      file->path, offset + (int64_t)done);
        done += (size_t)got;
    }
    return GGCN_SUCCESS;
}

static const record_file *file_of(const cifar_data *data, int64_t number) {
    const record_file *file = data->files;
    while (number >= file->first + file->count)
        file++;
    return file;
}

static ggcn_status cifar_read(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label) {
    GGCN_TRY(ggcn_image_source_check_number(source, number));
    const record_file *file = file_of(source->private_data, number);
    const int64_t offset = (number - file->first) * record_bytes;
    uint8_t byte;
    GGCN_TRY(read_at(file, offset, &byte, 1));
    if (byte >= class_count)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "the file is damaged or does not hold CIFAR-10 records",
                  "%s: offset %" PRId64 ": label %d is outside 0 to %d", file->path, offset, byte, class_count - 1);
    *label = byte;
    if (!picture)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_picture_reshape(picture, source->shape));
    return read_at(file, offset + 1, picture->pixels, pixel_bytes);
}

static void cifar_name(ggcn_image_source *source, int64_t number, char *text, size_t size) {
    const record_file *file = file_of(source->private_data, number);
    const char *slash = strrchr(file->path, '/');
    snprintf(text, size, "record %" PRId64 " of %s", number - file->first, slash ? slash + 1 : file->path);
}

static void cifar_close(ggcn_image_source *source) {
    cifar_data *data = source->private_data;
    for (size_t i = 0; i < data->n_files; i++) {
        if (data->files[i].descriptor >= 0)
            (void)close(data->files[i].descriptor); /* only read from */
        free(data->files[i].path);
    }
    free(data->files);
}

/* Takes over `path`, which may be NULL after a failed allocation. */
static ggcn_status add_file(cifar_data *data, char *path) {
    record_file *grown = path ? realloc(data->files, (data->n_files + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(path);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of files");
    }
    data->files = grown;
    data->files[data->n_files++] = (record_file){.path = path, .descriptor = -1};
    return GGCN_SUCCESS;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(((const record_file *)a)->path, ((const record_file *)b)->path);
}

static ggcn_status list_folder(cifar_data *data, const char *folder) {
    DIR *directory = opendir(folder);
    if (!directory)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open the folder %s: %s", folder, strerror(errno));
    ggcn_status status = GGCN_SUCCESS;
    const struct dirent *entry;
    while (status == GGCN_SUCCESS && (errno = 0, entry = readdir(directory)) != NULL) {
        const size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".bin") == 0)
            status = add_file(data, ggcn_image_text("%s/%s", folder, entry->d_name));
    }
    const int failed = status == GGCN_SUCCESS ? errno : 0;
    closedir(directory);
    GGCN_TRY(status);
    if (failed)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot list the folder %s: %s", folder, strerror(failed));
    if (data->n_files == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: no file *.bin in this folder", folder);
    qsort(data->files, data->n_files, sizeof *data->files, compare_paths);
    return GGCN_SUCCESS;
}

static ggcn_status open_file(record_file *file, int64_t first) {
    struct stat about;
    file->descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
    if (file->descriptor < 0 || fstat(file->descriptor, &about) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open %s: %s", file->path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: not a regular file", file->path);
    if (about.st_size % record_bytes != 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT,
                  "the file is truncated, or does not hold CIFAR-10 records (CIFAR-100 has 3074 bytes)",
                  "%s: %" PRId64 " bytes are not a whole number of records of %d bytes: %" PRId64
                  " whole ones, then %" PRId64 " bytes",
                  file->path, (int64_t)about.st_size, record_bytes, (int64_t)about.st_size / record_bytes,
                  (int64_t)about.st_size % record_bytes);
    file->first = first;
    file->count = (int64_t)about.st_size / record_bytes;
    return GGCN_SUCCESS;
}

/* One name a line. */
static ggcn_status read_names(ggcn_text_lines *lines, char *names[class_count]) {
    int count = 0;
    char *line;
    GGCN_TRY(ggcn_text_lines_next(lines, &line));
    while (line) {
        if (count < class_count && !(names[count] = ggcn_image_text("%s", line)))
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for class names");
        count++;
        GGCN_TRY(ggcn_text_lines_next(lines, &line));
    }
    if (count != class_count)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "one name a line; without this file the standard names are taken",
                  "%s: %d class names, but CIFAR-10 has %d", lines->path, count, class_count);
    return GGCN_SUCCESS;
}

static ggcn_status name_classes(ggcn_image_source *source, const char *meta) {
    if (access(meta, F_OK) != 0 && errno == ENOENT)
        return ggcn_image_source_name_classes(source, standard_classes, class_count);
    ggcn_text_lines lines;
    GGCN_TRY(ggcn_text_lines_open(meta, &lines));
    char *names[class_count] = {NULL};
    ggcn_status status = read_names(&lines, names);
    ggcn_text_lines_close(&lines);
    if (status == GGCN_SUCCESS)
        status = ggcn_image_source_name_classes(source, (const char *const *)names, class_count);
    for (int i = 0; i < class_count; i++)
        free(names[i]);
    return status;
}

static ggcn_status cifar_fill(ggcn_image_source *source, const char *path, const ggcn_import_options *options) {
    (void)options;
    cifar_data *data = source->private_data;
    struct stat about;
    if (stat(path, &about) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open %s: %s", path, strerror(errno));
    const bool folder = S_ISDIR(about.st_mode);
    GGCN_TRY(folder ? list_folder(data, path) : add_file(data, ggcn_image_text("%s", path)));
    for (size_t i = 0; i < data->n_files; i++) {
        GGCN_TRY(open_file(&data->files[i], source->count));
        source->count += data->files[i].count;
    }
    if (source->count == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: holds no images", path);
    source->shape = (ggcn_shape){3, side, side};
    source->description = ggcn_image_text("CIFAR-10 binary: %s", path);

    const char *slash = strrchr(path, '/');
    char *meta = folder  ? ggcn_image_text("%s/batches.meta.txt", path)
                 : slash ? ggcn_image_text("%.*s/batches.meta.txt", (int)(slash - path), path)
                         : ggcn_image_text("batches.meta.txt");
    if (!source->description || !meta) {
        free(meta);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a description");
    }
    const ggcn_status status = name_classes(source, meta);
    free(meta);
    return status;
}

ggcn_status ggcn_import_cifar10(const char *path, const ggcn_import_options *options, ggcn_image_source **source) {
    static const ggcn_importer importer = {sizeof(cifar_data), cifar_fill, cifar_read, cifar_name, cifar_close};
    return ggcn_image_source_open(&importer, path, options, source);
}
