/* Images from files of several kinds, as bytes. Opening checks a file against its schema. */
#include "ggcn/image_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "chain_layout.h"
#include "dataset_file.h"
#include "digest.h"
#include "ggcn/config.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"
#include "h5_data.h"

static const ggcn_h5_kind samples_kind = {"ggcn-samples", 1, "file of samples", "ggcn_sample writes samples",
                                          GGCN_ERROR_FORMAT};
static const char kinds_hint[] = "expected a data set, a file of samples or recorded chains";

struct ggcn_image_set {
    ggcn_image_set_info info;
    char *path;
    ggcn_dataset *dataset; /* else NULL, and */
    ggcn_h5_file *file;
    bool originals; /* of samples */
    hid_t images;   /* f32 [sample][C][H][W], or [chain][draw][C][H][W] where chains > 0 */
    int64_t chains;
    double lowest, highest; /* what black and white are */
    int64_t first;          /* where the part begins */
};

static ggcn_status find_format(const char *path, char **format) {
    hid_t id;
    GGCN_TRY(ggcn_h5_open_alone(path, "file of images", kinds_hint, &id));
    ggcn_status status = GGCN_SUCCESS;
    if (H5Aexists(id, "format") > 0)
        status = ggcn_h5_get_text(id, path, "format", format);
    else
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, kinds_hint,
                            "%s: an HDF5 file, but none of ggcn (it has no attribute \"format\")", path);
    H5Fclose(id);
    return status;
}

static ggcn_status choose_part(ggcn_image_set *set, const ggcn_dataset_info *data, ggcn_set_part part) {
    const int64_t training = data->count - data->held_out;
    if (part == GGCN_PART_ORIGINALS)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "the parts of a data set are training, held-out and all",
                  "%s: a data set has no originals; a file of ggcn_inpaint has", set->path);
    if (part == GGCN_PART_HELD_OUT && data->held_out == 0)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "ggcn_data import --split holds images out", "%s: no image is held out",
                  set->path);
    set->first = part == GGCN_PART_HELD_OUT ? training : 0;
    set->info.count = part == GGCN_PART_ALL ? data->count : part == GGCN_PART_TRAINING ? training : data->held_out;
    return GGCN_SUCCESS;
}

static ggcn_status open_dataset(ggcn_image_set *set, ggcn_set_part part) {
    GGCN_TRY(ggcn_dataset_open(set->path, &set->dataset));
    const ggcn_dataset_info *data = ggcn_dataset_describe(set->dataset);
    set->info.kind = "data set";
    set->info.shape = data->shape;
    return ggcn_agree(choose_part(set, data, part));
}

static ggcn_status get_number(const ggcn_h5_file *file, const char *name, double *value) {
    const hid_t attribute = H5Aopen(file->id, name, H5P_DEFAULT); /* there and a number: the schema */
    const bool good = attribute >= 0 && H5Aread(attribute, H5T_NATIVE_DOUBLE, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    if (!good)
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, file->path, "cannot read an attribute");
    return GGCN_SUCCESS;
}

static ggcn_status check_range(const ggcn_image_set *set) {
    if (!(set->lowest < set->highest))
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: black is %g and white is %g", set->path, set->lowest, set->highest);
    return GGCN_SUCCESS;
}

static ggcn_status describe_samples(ggcn_image_set *set) {
    ggcn_h5_extent extent;
    const char *path = set->originals ? "posterior/originals" : "posterior/images";
    if (!ggcn_h5_has(set->file, path))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "name a file of ggcn_inpaint", "%s: these samples have no originals", set->path);
    GGCN_TRY(get_number(set->file, "pixel_min", &set->lowest));
    GGCN_TRY(get_number(set->file, "pixel_max", &set->highest));
    GGCN_TRY(ggcn_h5_open_dataset(set->file, path, &set->images));
    GGCN_TRY(ggcn_h5_get_extent(set->path, set->images, &extent));
    set->info.count = (int64_t)extent.dims[0];
    set->info.shape = (ggcn_shape){(int64_t)extent.dims[1], (int64_t)extent.dims[2], (int64_t)extent.dims[3]};
    return check_range(set);
}

/* Black and white are in the configuration of the run that recorded the chains. */
static ggcn_status describe_chains(ggcn_image_set *set) {
    ggcn_h5_extent extent;
    char *text;
    ggcn_config *config = NULL;
    if (!ggcn_h5_has(set->file, ggcn_chain_variable_path(GGCN_CHAIN_X)))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "record them: output.chain_images", "%s: the recorded draws are without images",
                  set->path);
    GGCN_TRY(ggcn_h5_get_text(set->file->id, set->path, "configuration", &text));
    const ggcn_status status = ggcn_config_parse(text, strlen(text), &config);
    free(text);
    if (status == GGCN_ERROR_CONFIG)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: attribute \"configuration\": %s", set->path,
                  ggcn_last_error()->message);
    GGCN_TRY(status);
    set->lowest = (double)config->data.pixel_min;
    set->highest = (double)config->data.pixel_max;
    ggcn_config_destroy(&config);
    GGCN_TRY(ggcn_h5_open_dataset(set->file, ggcn_chain_variable_path(GGCN_CHAIN_X), &set->images));
    GGCN_TRY(ggcn_h5_get_extent(set->path, set->images, &extent));
    set->chains = (int64_t)extent.dims[0];
    set->info.count = (int64_t)(extent.dims[0] * extent.dims[1]);
    set->info.shape = (ggcn_shape){(int64_t)extent.dims[2], (int64_t)extent.dims[3], (int64_t)extent.dims[4]};
    return check_range(set);
}

static ggcn_status open_numbers(ggcn_image_set *set, const char *format, ggcn_set_part part) {
    set->info.samples = strcmp(format, samples_kind.format) == 0;
    const ggcn_h5_kind *kind = set->info.samples ? &samples_kind : &ggcn_chain_kind;
    set->info.kind = kind->name;
    if (!set->info.samples && strcmp(format, ggcn_chain_kind.format) != 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, kinds_hint, "%s: found a file of format \"%s\", which holds no images", set->path,
                  format);
    set->originals = set->info.samples && part == GGCN_PART_ORIGINALS;
    if (part != GGCN_PART_ALL && !set->originals)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "only data sets have parts, and samples of ggcn_inpaint originals",
                  "%s: a %s has no such part", set->path, kind->name);
    return GGCN_SUCCESS;
}

/* Each rank for itself, because HDF5 reads no virtual data set in parallel; rank 0 first, for one message. */
static ggcn_status open_on_each(ggcn_image_set *set) {
    const ggcn_h5_kind *kind = set->info.samples ? &samples_kind : &ggcn_chain_kind;
    GGCN_TRY(ggcn_agree(ggcn_rank() == 0 ? ggcn_h5_open(set->path, kind, true, &set->file) : GGCN_SUCCESS));
    return ggcn_agree(ggcn_rank() == 0 ? GGCN_SUCCESS : ggcn_h5_open(set->path, kind, true, &set->file));
}

static ggcn_status open_any(ggcn_image_set *set, ggcn_set_part part) {
    char *format = NULL;
    ggcn_status status = ggcn_agree(ggcn_rank() == 0 ? find_format(set->path, &format) : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS)
        status = ggcn_broadcast_text(&format);
    if (status == GGCN_SUCCESS && strcmp(format, ggcn_dataset_kind.format) == 0)
        status = open_dataset(set, part);
    else if (status == GGCN_SUCCESS) {
        status = ggcn_agree(open_numbers(set, format, part));
        if (status == GGCN_SUCCESS)
            status = open_on_each(set);
        if (status == GGCN_SUCCESS)
            status = ggcn_agree(set->info.samples ? describe_samples(set) : describe_chains(set));
    }
    free(format);
    return status;
}

ggcn_status ggcn_image_set_open(const char *path, ggcn_set_part part, ggcn_image_set **set) {
    *set = calloc(1, sizeof **set);
    ggcn_status status = GGCN_SUCCESS;
    if (*set) {
        (*set)->images = -1;
        (*set)->path = strdup(path);
    }
    if (!*set || !(*set)->path)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a set of images");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS) {
        (*set)->info.path = (*set)->path;
        status = open_any(*set, part);
    }
    if (status != GGCN_SUCCESS)
        ggcn_image_set_close(set);
    return status;
}

void ggcn_image_set_close(ggcn_image_set **set) {
    ggcn_image_set *s = *set;
    if (!s)
        return;
    if (s->images >= 0)
        H5Dclose(s->images);
    ggcn_h5_close(&s->file);
    ggcn_dataset_close(&s->dataset);
    free(s->path);
    free(s);
    *set = NULL;
}

const ggcn_image_set_info *ggcn_image_set_describe(const ggcn_image_set *set) {
    return &set->info;
}

static int64_t image_bytes(const ggcn_image_set *set) {
    return set->info.shape.channels * set->info.shape.height * set->info.shape.width;
}

/* Images first .. first+count-1; of chains as many as lie in one draw. `numbers` has room for them. */
static ggcn_status read_numbers(const ggcn_image_set *set, int64_t first, int64_t count, float *numbers,
                                uint8_t *images) {
    const ggcn_shape s = set->info.shape;
    hsize_t start[GGCN_H5_RANKS] = {(hsize_t)first};
    hsize_t size[GGCN_H5_RANKS] = {(hsize_t)count, (hsize_t)s.channels, (hsize_t)s.height, (hsize_t)s.width};
    if (set->chains > 0) {
        start[0] = (hsize_t)(first % set->chains);
        start[1] = (hsize_t)(first / set->chains);
        memmove(size + 2, size + 1, 3 * sizeof *size);
        size[1] = 1;
    }
    GGCN_TRY(ggcn_h5_read(set->path, set->images, H5T_NATIVE_FLOAT, start, size, numbers));
    const int64_t bytes = image_bytes(set);
    for (int64_t i = 0; i < count * bytes; i++) {
        if (isnan(numbers[i]))
            GGCN_FAIL(GGCN_ERROR_FORMAT, "take samples of a run that has not diverged",
                      "%s: image %lld is not a number", set->path, (long long)(first + i / bytes));
        images[i] = ggcn_pixel_byte(numbers[i], set->lowest, set->highest);
    }
    return GGCN_SUCCESS;
}

static ggcn_status read_mine(const ggcn_image_set *set, int64_t first, int64_t count, uint8_t *images) {
    if (set->dataset)
        return ggcn_dataset_read_local(set->dataset, set->first + first, count, images, NULL);
    const int64_t bytes = image_bytes(set), most = 1 + GGCN_DATASET_BUFFER / (4 * bytes);
    float *numbers = malloc((size_t)(most * bytes) * sizeof *numbers);
    if (!numbers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %lld images", (long long)most);
    ggcn_status status = GGCN_SUCCESS;
    for (int64_t done = 0, piece; status == GGCN_SUCCESS && done < count; done += piece) {
        piece = count - done < most ? count - done : most;
        const int64_t left = set->chains > 0 ? set->chains - (first + done) % set->chains : piece;
        piece = piece < left ? piece : left;
        status = read_numbers(set, first + done, piece, numbers, images + done * bytes);
    }
    free(numbers);
    return status;
}

ggcn_status ggcn_image_set_read(ggcn_image_set *set, const ggcn_image_spread *spread, uint8_t *images,
                                uint64_t *digest) {
    uint64_t *hashes = malloc((size_t)spread->owned * sizeof *hashes);
    ggcn_status status = GGCN_SUCCESS;
    if (!hashes)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld digests",
                            (long long)spread->owned);
    else
        status = read_mine(set, spread->first, spread->owned, images);
    status = ggcn_agree(status);
    const size_t bytes = (size_t)image_bytes(set);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < spread->owned; i++)
        hashes[i] = XXH3_64bits(images + (size_t)i * bytes, bytes);
    if (status == GGCN_SUCCESS)
        status = ggcn_digest_over_ranks(hashes, spread->owned, digest);
    free(hashes);
    return status;
}
