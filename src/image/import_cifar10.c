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

static ggcn_status cifar_read(ggcn_image_source *source, int64_t number, uint8_t *image, uint32_t *label) {
    const cifar_data *data = source->private_data;
    if (number < 0 || number >= source->count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "no image %" PRId64 " among %" PRId64, number, source->count);
    const record_file *file = data->files;
    while (number >= file->first + file->count)
        file++;
    const int64_t offset = (number - file->first) * record_bytes;
    uint8_t byte;
    GGCN_TRY(read_at(file, offset, &byte, 1));
    if (byte >= class_count)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "the file is damaged or does not hold CIFAR-10 records",
                  "%s: offset %" PRId64 ": label %d is outside 0 to %d", file->path, offset, byte, class_count - 1);
    *label = byte;
    return image ? read_at(file, offset + 1, image, pixel_bytes) : GGCN_SUCCESS;
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

/* One name a line; empty lines at the end are usual. */
static ggcn_status read_names(FILE *file, const char *path, char names[class_count][128]) {
    char line[128];
    int count = 0;
    while (fgets(line, sizeof line, file)) {
        const size_t length = strcspn(line, "\r\n");
        if (length + 1 == sizeof line)
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: name %d is longer than %zu bytes", path, count + 1, length - 1);
        line[length] = '\0';
        if (length == 0)
            continue;
        if (count < class_count)
            memcpy(names[count], line, length + 1);
        count++;
    }
    if (ferror(file))
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s: %s", path, strerror(errno));
    if (count != class_count)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "one name a line; without this file the standard names are taken",
                  "%s: %d class names, but CIFAR-10 has %d", path, count, class_count);
    return GGCN_SUCCESS;
}

static ggcn_status name_classes(ggcn_image_source *source, const char *meta) {
    FILE *file = fopen(meta, "r");
    if (!file && errno == ENOENT)
        return ggcn_image_source_name_classes(source, standard_classes, class_count);
    if (!file)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open %s: %s", meta, strerror(errno));
    char text[class_count][128];
    const ggcn_status status = read_names(file, meta, text);
    fclose(file);
    GGCN_TRY(status);
    const char *names[class_count];
    for (int i = 0; i < class_count; i++)
        names[i] = text[i];
    return ggcn_image_source_name_classes(source, names, class_count);
}

static ggcn_status fill(ggcn_image_source *source, const char *path) {
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

ggcn_status ggcn_import_cifar10(const char *path, ggcn_image_source **source) {
    ggcn_image_source *created = NULL;
    GGCN_TRY(ggcn_image_source_create(sizeof(cifar_data), &created));
    created->read = cifar_read;
    created->close = cifar_close;
    const ggcn_status status = fill(created, path);
    if (status != GGCN_SUCCESS) {
        ggcn_image_source_close(&created);
        return status;
    }
    *source = created;
    return GGCN_SUCCESS;
}
