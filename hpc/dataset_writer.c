/* Writing of data-set files. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dataset_file.h"
#include "digest.h"
#include "folder.h"
#include "ggcn/hpc.h"
#include "h5_data.h"
#include "h5_names.h"
#include "ranks.h"

struct ggcn_dataset_writer {
    ggcn_dataset_info info;
    ggcn_h5_file *file;
    hid_t images, labels;
    uint64_t *hashes;        /* pairs [number of the image, its hash] of this rank's images, as they came */
    int64_t count, capacity; /* pairs */
};

static ggcn_status copy_info(const char *path, const ggcn_dataset_info *from, ggcn_dataset_info *to) {
    GGCN_TRY(ggcn_dataset_check_shape(path, GGCN_ERROR_ARGUMENT, from->count, from->shape, from->n_classes));
    GGCN_TRY(ggcn_dataset_check_held_out(path, GGCN_ERROR_ARGUMENT, from->count, from->held_out));
    to->count = from->count;
    to->held_out = from->held_out;
    to->shape = from->shape;
    GGCN_TRY(ggcn_format(&to->source, "%s", from->source ? from->source : ""));
    to->classes = calloc(from->n_classes, sizeof *to->classes);
    if (!to->classes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " names of classes", from->n_classes);
    to->n_classes = from->n_classes;
    for (uint32_t i = 0; i < from->n_classes; i++)
        GGCN_TRY(ggcn_format(&to->classes[i], "%s", from->classes[i]));
    return GGCN_SUCCESS;
}

static ggcn_status create_data(ggcn_dataset_writer *writer) {
    const ggcn_dataset_info *info = &writer->info;
    const hsize_t count = (hsize_t)info->count, image = (hsize_t)ggcn_dataset_image_bytes(info);
    const hsize_t c = (hsize_t)info->shape.channels, h = (hsize_t)info->shape.height, w = (hsize_t)info->shape.width;
    const ggcn_h5_layout images = {.path = "images",
                                   .description = "images [image][channel][row][column]; 0 black, 255 white",
                                   .unit = "1",
                                   .type = H5T_STD_U8LE,
                                   .rank = 4,
                                   .dims = {count, c, h, w},
                                   .chunk = {ggcn_h5_chunk_rows(count, image, 256 << 10), c, h, w},
                                   .piecewise = true};
    const ggcn_h5_layout labels = {.path = "labels",
                                   .description = "class of each image",
                                   .unit = "1",
                                   .type = H5T_STD_U32LE,
                                   .rank = 1,
                                   .dims = {count},
                                   .chunk = {ggcn_h5_chunk_rows(count, 4, 256 << 10)},
                                   .piecewise = true};
    GGCN_TRY(ggcn_h5_create_dataset(writer->file, &images, &writer->images));
    return ggcn_h5_create_dataset(writer->file, &labels, &writer->labels);
}

ggcn_status ggcn_dataset_create(const char *path, const ggcn_dataset_info *info, ggcn_dataset_writer **writer) {
    *writer = calloc(1, sizeof **writer);
    ggcn_status status = GGCN_SUCCESS;
    if (*writer) {
        (*writer)->images = (*writer)->labels = -1;
        status = copy_info(path, info, &(*writer)->info);
    } else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a data set");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_create(path, &ggcn_dataset_kind, false,
                                info->count * (ggcn_dataset_image_bytes(info) + (int64_t)sizeof(uint32_t)),
                                &(*writer)->file);
    if (status == GGCN_SUCCESS)
        status = create_data(*writer);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_put_names((*writer)->file, "classes", "name of each class", info->n_classes, info->classes);
    if (status != GGCN_SUCCESS)
        ggcn_dataset_abandon(writer);
    return status;
}

static void close_data(ggcn_dataset_writer *writer) {
    if (writer->images >= 0)
        H5Dclose(writer->images);
    if (writer->labels >= 0)
        H5Dclose(writer->labels);
    writer->images = writer->labels = -1;
}

void ggcn_dataset_abandon(ggcn_dataset_writer **writer) {
    ggcn_dataset_writer *w = *writer;
    if (!w)
        return;
    close_data(w);
    ggcn_h5_close(&w->file);
    ggcn_dataset_info_clear(&w->info);
    free(w->hashes);
    free(w);
    *writer = NULL;
}

static ggcn_status remember_hashes(ggcn_dataset_writer *writer, int64_t first, int64_t count, const uint8_t *images,
                                   const uint32_t *labels) {
    const ggcn_dataset_info *info = &writer->info;
    const int64_t bytes = ggcn_dataset_image_bytes(info);
    if (first < 0 || count < 0 || first > info->count - count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: %" PRId64 " images from %" PRId64 " on written of %" PRId64,
                  writer->file->path, count, first, info->count);
    for (int64_t i = 0; i < count; i++)
        if (labels[i] >= info->n_classes)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: image %" PRId64 " has label %" PRIu32 " of %" PRIu32 " classes",
                      writer->file->path, first + i, labels[i], info->n_classes);
    if (writer->count + count > writer->capacity) {
        const int64_t capacity = 2 * (writer->count + count);
        uint64_t *grown = realloc(writer->hashes, (size_t)capacity * 2 * sizeof *grown);
        if (!grown)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " checksums", capacity);
        writer->hashes = grown;
        writer->capacity = capacity;
    }
    for (int64_t i = 0; i < count; i++) {
        uint64_t *pair = writer->hashes + 2 * writer->count++;
        pair[0] = (uint64_t)(first + i);
        pair[1] = ggcn_dataset_image_hash(images + i * bytes, bytes, labels[i]);
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_dataset_write(ggcn_dataset_writer *writer, int64_t first, int64_t count, const uint8_t *images,
                               const uint32_t *labels) {
    GGCN_TRY(ggcn_agree(remember_hashes(writer, first, count, images, labels)));
    const ggcn_shape shape = writer->info.shape;
    const hsize_t start[4] = {(hsize_t)first},
                  size[4] = {(hsize_t)count, (hsize_t)shape.channels, (hsize_t)shape.height, (hsize_t)shape.width};
    GGCN_TRY(ggcn_h5_write(writer->file, writer->images, H5T_NATIVE_UINT8, start, size, images));
    return ggcn_h5_write(writer->file, writer->labels, H5T_NATIVE_UINT32, start, size, labels);
}

/* The checksum from all pairs; each image must be there once. */
static ggcn_status combine(const ggcn_dataset_writer *writer, const uint64_t *pairs, int64_t values,
                           uint64_t *checksum) {
    const int64_t count = writer->info.count;
    uint64_t *ordered = malloc((size_t)count * sizeof *ordered);
    bool *there = calloc((size_t)count, sizeof *there);
    ggcn_status status = GGCN_SUCCESS;
    if (!ordered || !there)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " checksums", count);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < values; i += 2) {
        if (there[pairs[i]])
            status = ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, NULL,
                                "%s: image %" PRIu64 " was written twice", writer->file->path, pairs[i]);
        there[pairs[i]] = true;
        ordered[pairs[i]] = pairs[i + 1];
    }
    for (int64_t i = 0; status == GGCN_SUCCESS && i < count; i++)
        if (!there[i])
            status = ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, NULL, "%s: image %" PRId64 " was not written",
                                writer->file->path, i);
    if (status == GGCN_SUCCESS)
        *checksum = XXH3_64bits(ordered, (size_t)count * sizeof *ordered);
    free(ordered);
    free(there);
    return status;
}

static ggcn_status write_attributes(const ggcn_dataset_writer *writer) {
    uint64_t *pairs, checksum = 0;
    int64_t values;
    GGCN_TRY(ggcn_gather_u64(writer->hashes, 2 * writer->count, &pairs, &values));
    ggcn_status status = ggcn_rank() == 0 ? combine(writer, pairs, values, &checksum) : GGCN_SUCCESS;
    free(pairs);
    GGCN_TRY(ggcn_agree(status));
    GGCN_TRY(ggcn_broadcast(&checksum, sizeof checksum, 0));
    char text[GGCN_DIGEST_TEXT];
    ggcn_digest_text(checksum, text);
    const ggcn_h5_file *file = writer->file;
    status = ggcn_h5_put_text(file->id, file->path, "checksum", text);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_put_text(file->id, file->path, "source", writer->info.source);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_put_integer(file->id, file->path, "held_out", writer->info.held_out);
    return ggcn_agree(status);
}

ggcn_status ggcn_dataset_finish(ggcn_dataset_writer **writer) {
    ggcn_status status = write_attributes(*writer);
    close_data(*writer);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_finish(&(*writer)->file);
    ggcn_dataset_abandon(writer);
    return status;
}
