/* Files of samples: hdf5_schemas/samples.yaml. */
#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>

#include "digest.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "h5_data.h"
#include "h5_names.h"

static const ggcn_h5_kind kind = {"ggcn-samples", 1, "file of samples", "make one with ggcn_sample", GGCN_ERROR_FORMAT};

enum { IMAGES, CHAIN, DRAW, LABELS, LP, ORIGINALS, HIDDEN, VARIABLES, DIMENSIONS = 4 };

struct ggcn_samples_writer {
    ggcn_h5_file *file;
    ggcn_shape shape;
    hid_t variables[VARIABLES]; /* -1: not in the file */
};

typedef enum { U8, U32, U64, F32, F64 } number;

static const struct {
    const char *path, *description;
    number type;
    int rank, scales[DIMENSIONS]; /* its dimensions */
} variables_of[VARIABLES] = {
    [IMAGES] = {"posterior/images", "samples, pixel units of the configuration", F32, 4, {0, 1, 2, 3}},
    [CHAIN] = {"posterior/chain", "chain that each sample comes from", U64, 1, {0}},
    [DRAW] = {"posterior/draw", "Langevin steps of that chain when the sample was taken", U64, 1, {0}},
    [LABELS] = {"posterior/labels", "class of each sample", U32, 1, {0}},
    [LP] = {"posterior/lp", "Phi(x) - |x|^2/(2 s_ref^2), the log-density up to a constant", F64, 1, {0}},
    [ORIGINALS] = {"posterior/originals", "the image that each sample completes", F32, 4, {0, 1, 2, 3}},
    [HIDDEN] = {"posterior/hidden", "1 for the pixels of that image that the model did not see", U8, 3, {0, 2, 3}},
};

static const struct {
    const char *name, *description;
} dimensions_of[DIMENSIONS] = {{"sample", "number of the sample"},
                               {"channel", "channel of the image"},
                               {"row", "row of the image, from the top"},
                               {"column", "column of the image, from the left"}};

static hid_t file_type(int variable) {
    const hid_t types[] = {H5T_STD_U8LE, H5T_STD_U32LE, H5T_STD_U64LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE};
    return types[variables_of[variable].type];
}

static hid_t memory_type(int variable) {
    const hid_t types[] = {H5T_NATIVE_UINT8, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64, H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE};
    return types[variables_of[variable].type];
}

/* Whether a file has a variable. */
static bool is_there(const ggcn_samples_info *info, int variable) {
    switch (variable) {
    case LABELS:
        return info->n_classes > 0;
    case LP:
        return info->with_lp;
    case ORIGINALS:
    case HIDDEN:
        return info->with_originals;
    default:
        return true;
    }
}

static ggcn_status put_attributes(const ggcn_h5_file *f, const ggcn_samples_info *info) {
    char digest[GGCN_DIGEST_TEXT];
    ggcn_digest_text(info->digest_parameters, digest);
    GGCN_TRY(ggcn_h5_put_text(f->id, f->path, "run", info->run));
    GGCN_TRY(ggcn_h5_put_text(f->id, f->path, "model", info->model));
    GGCN_TRY(ggcn_h5_put_integer(f->id, f->path, "iteration", (int64_t)info->iteration));
    GGCN_TRY(ggcn_h5_put_text(f->id, f->path, "digest_parameters", digest));
    GGCN_TRY(ggcn_h5_put_text(f->id, f->path, "start", info->start));
    GGCN_TRY(ggcn_h5_put_integer(f->id, f->path, "steps", info->steps));
    GGCN_TRY(ggcn_h5_put_integer(f->id, f->path, "thin", info->thin));
    GGCN_TRY(ggcn_h5_put_real(f->id, f->path, "pixel_min", info->pixel_min));
    return ggcn_h5_put_real(f->id, f->path, "pixel_max", info->pixel_max);
}

/* A coordinate 0, 1, 2, ... as a dimension scale. */
static ggcn_status put_scale(const ggcn_h5_file *file, int dimension, int64_t size, hid_t *scale) {
    char path[64];
    snprintf(path, sizeof path, "posterior/%s", dimensions_of[dimension].name);
    uint64_t *numbers = malloc((size_t)size * sizeof *numbers);
    GGCN_TRY(ggcn_agree(numbers ? GGCN_SUCCESS
                                : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld numbers",
                                             (long long)size)));
    for (int64_t i = 0; i < size; i++)
        numbers[i] = (uint64_t)i;
    const ggcn_array array = {.path = path,
                              .description = dimensions_of[dimension].description,
                              .unit = "1",
                              .type = GGCN_U64,
                              .rank = 1,
                              .dims = {size},
                              .data = numbers};
    ggcn_status status = ggcn_h5_put_array(file, &array, scale);
    free(numbers);
    GGCN_TRY(status);
    if (H5DSset_scale(*scale, dimensions_of[dimension].name) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot make a dimension scale");
    return ggcn_agree(status);
}

static ggcn_status create_variable(ggcn_samples_writer *w, int variable, const int64_t *dims, const hid_t *scales) {
    const int rank = variables_of[variable].rank, *const scale = variables_of[variable].scales;
    ggcn_h5_layout layout = {.path = variables_of[variable].path,
                             .description = variables_of[variable].description,
                             .unit = "1",
                             .type = file_type(variable),
                             .rank = rank,
                             .piecewise = true};
    hsize_t row = H5Tget_size(layout.type);
    for (int i = 0; i < rank; i++)
        layout.dims[i] = layout.chunk[i] = (hsize_t)dims[scale[i]];
    for (int i = 1; i < rank; i++)
        row *= layout.dims[i];
    layout.chunk[0] = ggcn_h5_chunk_rows(layout.dims[0], row, 256 << 10);
    GGCN_TRY(ggcn_h5_create_dataset(w->file, &layout, &w->variables[variable]));
    ggcn_status status = GGCN_SUCCESS;
    for (int i = 0; i < rank && status == GGCN_SUCCESS; i++)
        if (H5DSattach_scale(w->variables[variable], scales[scale[i]], (unsigned)i) < 0)
            status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, w->file->path, "cannot attach a dimension scale");
    return ggcn_agree(status);
}

static ggcn_status create_layout(ggcn_samples_writer *w, const ggcn_samples_info *info, hid_t *scales) {
    const int64_t dims[DIMENSIONS] = {info->count, info->shape.channels, info->shape.height, info->shape.width};
    GGCN_TRY(ggcn_agree(put_attributes(w->file, info)));
    GGCN_TRY(ggcn_h5_create_group(w->file, "posterior"));
    for (int i = 0; i < DIMENSIONS; i++)
        GGCN_TRY(put_scale(w->file, i, dims[i], &scales[i]));
    for (int v = 0; v < VARIABLES; v++)
        if (is_there(info, v))
            GGCN_TRY(create_variable(w, v, dims, scales));
    if (info->n_classes == 0)
        return GGCN_SUCCESS;
    return ggcn_h5_put_names(w->file, "classes", "name of each class", info->n_classes, info->classes);
}

static int64_t bytes_of(const ggcn_samples_info *info) {
    const ggcn_shape s = info->shape;
    return info->count * (s.channels * s.height * s.width * (info->with_originals ? 9 : 4) + 4 * 8 + 4);
}

ggcn_status ggcn_samples_create(const char *path, const ggcn_samples_info *info, ggcn_samples_writer **writer) {
    ggcn_samples_writer *w = *writer = calloc(1, sizeof *w);
    GGCN_TRY(ggcn_agree(
        w ? GGCN_SUCCESS : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a file of samples")));
    for (int v = 0; v < VARIABLES; v++)
        w->variables[v] = -1;
    w->shape = info->shape;
    hid_t scales[DIMENSIONS] = {-1, -1, -1, -1};
    ggcn_status status = ggcn_h5_create(path, &kind, false, bytes_of(info), &w->file);
    if (status == GGCN_SUCCESS)
        status = create_layout(w, info, scales);
    for (int i = 0; i < DIMENSIONS; i++)
        if (scales[i] >= 0)
            H5Dclose(scales[i]);
    if (status != GGCN_SUCCESS)
        ggcn_samples_abandon(writer);
    return status;
}

ggcn_status ggcn_samples_write(ggcn_samples_writer *w, int64_t first, int64_t count, const ggcn_samples_rows *rows) {
    const void *data[VARIABLES] = {rows->images, rows->chain,     rows->draw,  rows->labels,
                                   rows->lp,     rows->originals, rows->hidden};
    const hsize_t start[DIMENSIONS] = {(hsize_t)first};
    const int64_t all[DIMENSIONS] = {count, w->shape.channels, w->shape.height, w->shape.width};
    for (int v = 0; v < VARIABLES; v++) {
        hsize_t size[DIMENSIONS] = {0};
        for (int i = 0; i < variables_of[v].rank; i++)
            size[i] = (hsize_t)all[variables_of[v].scales[i]];
        if (w->variables[v] >= 0)
            GGCN_TRY(ggcn_h5_write(w->file, w->variables[v], memory_type(v), start, size, data[v]));
    }
    return GGCN_SUCCESS;
}

static void close_variables(ggcn_samples_writer *w) {
    for (int v = 0; v < VARIABLES; v++) {
        if (w->variables[v] >= 0)
            H5Dclose(w->variables[v]);
        w->variables[v] = -1;
    }
}

void ggcn_samples_abandon(ggcn_samples_writer **writer) {
    if (!*writer)
        return;
    close_variables(*writer);
    ggcn_h5_close(&(*writer)->file);
    free(*writer);
    *writer = NULL;
}

ggcn_status ggcn_samples_finish(ggcn_samples_writer **writer, double acceptance) {
    ggcn_samples_writer *w = *writer;
    ggcn_status status = GGCN_SUCCESS;
    if (acceptance >= 0)
        status = ggcn_agree(ggcn_h5_put_real(w->file->id, w->file->path, "acceptance", acceptance));
    close_variables(w);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_finish(&w->file);
    ggcn_samples_abandon(writer);
    return status;
}
