/* Reading of data-set files. Opening checks a file against its schema, so what is read here has the types and shapes of
 * hdf5_schemas/dataset.yaml. */
#include "dataset_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "ggcn/hpc.h"
#include "h5_data.h"

struct ggcn_dataset {
    ggcn_dataset_info info;
    ggcn_h5_file *file;
    hid_t images, labels;
};

const ggcn_h5_kind ggcn_dataset_kind = {"ggcn-dataset", 2, "data set", "make a data-set file with ggcn_data import",
                                        GGCN_ERROR_FORMAT};

static const int64_t largest_count = INT64_C(1) << 40, largest_side = 65536, largest_channels = 4096,
                     largest_image = INT64_C(1) << 30, largest_classes = 1 << 20, longest_class_name = 1 << 16;

ggcn_status ggcn_dataset_check_shape(const char *path, ggcn_status status, int64_t count, ggcn_shape shape,
                                     int64_t n_classes) {
    if (count < 1 || count > largest_count)
        GGCN_FAIL(status, NULL, "%s: %" PRId64 " images, expected 1 to %" PRId64, path, count, largest_count);
    if (shape.channels < 1 || shape.channels > largest_channels)
        GGCN_FAIL(status, NULL, "%s: images with %" PRId64 " channels, expected 1 to %" PRId64, path, shape.channels,
                  largest_channels);
    if (shape.height < 1 || shape.height > largest_side || shape.width < 1 || shape.width > largest_side ||
        shape.channels * shape.height * shape.width > largest_image)
        GGCN_FAIL(status, NULL,
                  "%s: images of %" PRId64 "x%" PRId64 "x%" PRId64 " (channels, height, width), expected sides of 1 to "
                  "%" PRId64 " and at most %" PRId64 " bytes an image",
                  path, shape.channels, shape.height, shape.width, largest_side, largest_image);
    if (n_classes < 1 || n_classes > largest_classes)
        GGCN_FAIL(status, NULL, "%s: %" PRId64 " classes, expected 1 to %" PRId64, path, n_classes, largest_classes);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_dataset_check_held_out(const char *path, ggcn_status status, int64_t count, int64_t held_out) {
    if (held_out < 0 || held_out >= count)
        GGCN_FAIL(status, NULL, "%s: %" PRId64 " of %" PRId64 " images are held out, expected 0 to %" PRId64, path,
                  held_out, count, count - 1);
    return GGCN_SUCCESS;
}

void ggcn_dataset_info_clear(ggcn_dataset_info *info) {
    if (info->classes)
        for (uint32_t i = 0; i < info->n_classes; i++)
            free(info->classes[i]);
    free(info->classes);
    free(info->source);
    free(info->created);
    free(info->command_line);
    free(info->ggcn_version);
    *info = (ggcn_dataset_info){0};
}

int64_t ggcn_dataset_image_bytes(const ggcn_dataset_info *info) {
    return info->shape.channels * info->shape.height * info->shape.width;
}

uint64_t ggcn_dataset_image_hash(const uint8_t *image, int64_t bytes, uint32_t label) {
    return XXH3_64bits_withSeed(image, (size_t)bytes, label);
}

const char *ggcn_dataset_path(const ggcn_dataset *dataset) {
    return dataset->file->path;
}

/* Opens a data set, whose type and number of dimensions the schema has checked. */
static ggcn_status open_data(const ggcn_h5_file *file, const char *name, hid_t *dataset, ggcn_h5_extent *extent) {
    GGCN_TRY(ggcn_h5_open_dataset(file, name, dataset));
    return ggcn_h5_get_extent(file->path, *dataset, extent);
}

/* Names of fixed length, as ggcn writes them, each padded with zeros. */
static ggcn_status read_fixed_names(const char *path, hid_t dataset, hid_t type, ggcn_dataset_info *info) {
    const size_t size = H5Tget_size(type);
    if (size < 1 || size > (size_t)longest_class_name)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: names of classes with %zu bytes", path, size);
    char *text = malloc(size * info->n_classes);
    if (!text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " names of classes", info->n_classes);
    ggcn_status status = ggcn_h5_read(path, dataset, type, &(hsize_t){0}, &(hsize_t){info->n_classes}, text);
    for (uint32_t i = 0; status == GGCN_SUCCESS && i < info->n_classes; i++) {
        info->classes[i] = calloc(size + 1, 1);
        if (info->classes[i])
            memcpy(info->classes[i], text + i * size, size);
        else
            status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the names of classes");
    }
    free(text);
    return status;
}

static ggcn_status read_classes(ggcn_dataset *dataset) {
    const char *path = dataset->file->path;
    ggcn_h5_extent extent;
    hid_t classes = -1;
    ggcn_status status = open_data(dataset->file, "classes", &classes, &extent);
    if (status == GGCN_SUCCESS) {
        const hid_t type = H5Dget_type(classes);
        dataset->info.classes = calloc(extent.dims[0], sizeof *dataset->info.classes);
        if (!dataset->info.classes)
            status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the names of classes");
        else {
            dataset->info.n_classes = (uint32_t)extent.dims[0];
            status = read_fixed_names(path, classes, type, &dataset->info);
        }
        H5Tclose(type);
    }
    if (classes >= 0)
        H5Dclose(classes);
    return status;
}

/* Version 1 had no held-out part. */
static ggcn_status read_held_out(const ggcn_h5_file *file, ggcn_dataset_info *info) {
    int64_t version = 0;
    GGCN_TRY(ggcn_h5_get_integer(file->id, file->path, "format_version", &version));
    if (version >= 2)
        GGCN_TRY(ggcn_h5_get_integer(file->id, file->path, "held_out", &info->held_out));
    return ggcn_dataset_check_held_out(file->path, GGCN_ERROR_FORMAT, info->count, info->held_out);
}

static ggcn_status read_info(ggcn_dataset *dataset) {
    const ggcn_h5_file *file = dataset->file;
    ggcn_dataset_info *info = &dataset->info;
    ggcn_h5_extent images, labels; /* as many labels as images: the schema */
    GGCN_TRY(open_data(file, "images", &dataset->images, &images));
    GGCN_TRY(open_data(file, "labels", &dataset->labels, &labels));
    info->count = (int64_t)images.dims[0];
    info->shape = (ggcn_shape){(int64_t)images.dims[1], (int64_t)images.dims[2], (int64_t)images.dims[3]};
    GGCN_TRY(ggcn_dataset_check_shape(file->path, GGCN_ERROR_FORMAT, info->count, info->shape, 1));
    GGCN_TRY(read_classes(dataset));
    GGCN_TRY(read_held_out(file, info));
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "source", &info->source));
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "created", &info->created));
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "command_line", &info->command_line));
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "ggcn_version", &info->ggcn_version));
    char *checksum;
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "checksum", &checksum));
    info->checksum = strtoull(checksum, NULL, 16);
    free(checksum);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_dataset_open(const char *path, ggcn_dataset **dataset) {
    *dataset = calloc(1, sizeof **dataset);
    ggcn_status status = GGCN_SUCCESS;
    if (*dataset)
        (*dataset)->images = (*dataset)->labels = -1;
    else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a data set");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_open(path, &ggcn_dataset_kind, false, &(*dataset)->file);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(read_info(*dataset));
    if (status != GGCN_SUCCESS)
        ggcn_dataset_close(dataset);
    return status;
}

void ggcn_dataset_close(ggcn_dataset **dataset) {
    ggcn_dataset *d = *dataset;
    if (!d)
        return;
    if (d->images >= 0)
        H5Dclose(d->images);
    if (d->labels >= 0)
        H5Dclose(d->labels);
    ggcn_h5_close(&d->file);
    ggcn_dataset_info_clear(&d->info);
    free(d);
    *dataset = NULL;
}

const ggcn_dataset_info *ggcn_dataset_describe(const ggcn_dataset *dataset) {
    return &dataset->info;
}

ggcn_status ggcn_dataset_read_local(const ggcn_dataset *dataset, int64_t first, int64_t count, uint8_t *images,
                                    uint32_t *labels) {
    const ggcn_dataset_info *info = &dataset->info;
    const char *path = dataset->file->path;
    if (first < 0 || count < 0 || first > info->count - count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: %" PRId64 " images from %" PRId64 " on wanted of %" PRId64, path,
                  count, first, info->count);
    const hsize_t start[4] = {(hsize_t)first}, size[4] = {(hsize_t)count, (hsize_t)info->shape.channels,
                                                          (hsize_t)info->shape.height, (hsize_t)info->shape.width};
    if (images)
        GGCN_TRY(ggcn_h5_read(path, dataset->images, H5T_NATIVE_UINT8, start, size, images));
    if (!labels)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_h5_read(path, dataset->labels, H5T_NATIVE_UINT32, start, size, labels));
    for (int64_t i = 0; i < count; i++)
        if (labels[i] >= info->n_classes)
            GGCN_FAIL(GGCN_ERROR_FORMAT, ggcn_dataset_kind.hint,
                      "%s: image %" PRId64 " has label %" PRIu32 ", expected a number below %" PRIu32, path, first + i,
                      labels[i], info->n_classes);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_dataset_read(ggcn_dataset *dataset, int64_t first, int64_t count, uint8_t *images, uint32_t *labels) {
    return ggcn_agree(ggcn_dataset_read_local(dataset, first, count, images, labels));
}
