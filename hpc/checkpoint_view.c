/* Looking into a checkpoint without going on with its run: nothing is changed or removed. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "folder.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "h5_data.h"

/* --- which file --------------------------------------------------------------------------------------------------- */

static ggcn_status newest_of(const char *directory, uint64_t *iteration) {
    char *folder;
    uint64_t *iterations = NULL;
    size_t count = 0;
    GGCN_TRY(ggcn_format(&folder, "%s/checkpoints", directory));
    ggcn_status status = ggcn_list_numbered(folder, "", &iterations, &count);
    if (status == GGCN_SUCCESS && count == 0)
        status = ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__,
                            "name the run directory of ggcn_train, or one of its checkpoints",
                            "%s: no run directory, there is no checkpoint in it", folder);
    if (status == GGCN_SUCCESS)
        *iteration = iterations[count - 1];
    free(iterations);
    free(folder);
    return status;
}

static ggcn_status find(const char *path, uint64_t iteration, char **found) {
    struct stat entry;
    if (stat(path, &entry) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, "name the run directory of ggcn_train, or one of its checkpoints", "%s: %s", path,
                  strerror(errno));
    if (!S_ISDIR(entry.st_mode)) {
        if (iteration != UINT64_MAX)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "name the run directory, or leave the iteration away",
                      "%s: a file has no choice of iterations", path);
        return ggcn_format(found, "%s", path);
    }
    if (iteration == UINT64_MAX)
        GGCN_TRY(newest_of(path, &iteration));
    GGCN_TRY(ggcn_format(found, "%s/checkpoints/%08" PRIu64 ".h5", path, iteration));
    return GGCN_SUCCESS;
}

/* --- what it says of its model ------------------------------------------------------------------------------------ */

static ggcn_status extent_of(const ggcn_h5_file *file, const char *name, ggcn_h5_extent *extent) {
    hid_t dataset;
    GGCN_TRY(ggcn_h5_open_dataset(file, name, &dataset));
    const ggcn_status status = ggcn_h5_get_extent(file->path, dataset, extent);
    H5Dclose(dataset);
    return status;
}

static ggcn_status get_digest(const ggcn_h5_file *file, const char *name, uint64_t *digest) {
    char *text;
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, name, &text));
    *digest = strtoull(text, NULL, 16);
    free(text);
    return GGCN_SUCCESS;
}

/* The schema has seen that all of this is there. */
static ggcn_status read_info(const ggcn_h5_file *file, ggcn_checkpoint_info *info) {
    ggcn_h5_extent chains, theta;
    int64_t iteration;
    GGCN_TRY(ggcn_h5_get_integer(file->id, file->path, "iteration", &iteration));
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "configuration", &info->configuration));
    if (H5Aexists(file->id, "classes") > 0)
        GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "classes", &info->classes));
    GGCN_TRY(extent_of(file, "chains/x", &chains));
    GGCN_TRY(extent_of(file, "parameters/theta", &theta));
    GGCN_TRY(get_digest(file, "digest_parameters", &info->digest_parameters));
    GGCN_TRY(get_digest(file, "digest_chains", &info->digest_chains));
    info->iteration = (uint64_t)iteration;
    info->chains = (int64_t)chains.dims[0];
    info->image = (ggcn_shape){(int64_t)chains.dims[1], (int64_t)chains.dims[2], (int64_t)chains.dims[3]};
    info->n_classes = (uint32_t)theta.dims[0];
    return GGCN_SUCCESS;
}

void ggcn_checkpoint_info_clear(ggcn_checkpoint_info *info) {
    free(info->path);
    free(info->configuration);
    free(info->classes);
    *info = (ggcn_checkpoint_info){0};
}

ggcn_status ggcn_checkpoint_describe(const char *path, uint64_t iteration, ggcn_checkpoint_info *info) {
    ggcn_h5_file *file = NULL;
    *info = (ggcn_checkpoint_info){0};
    ggcn_status status = ggcn_agree(ggcn_rank() == 0 ? find(path, iteration, &info->path) : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS)
        status = ggcn_broadcast_text(&info->path);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_open(info->path, &ggcn_checkpoint_kind, false, &file);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(read_info(file, info));
    ggcn_h5_close(&file);
    if (status != GGCN_SUCCESS)
        ggcn_checkpoint_info_clear(info);
    return status;
}

/* --- its numbers -------------------------------------------------------------------------------------------------- */

ggcn_status ggcn_checkpoint_load(const char *path, const ggcn_state *state) {
    ggcn_h5_file *file = NULL;
    ggcn_status status = ggcn_h5_open(path, &ggcn_checkpoint_kind, false, &file);
    for (size_t i = 0; status == GGCN_SUCCESS && i < state->count; i++)
        status = ggcn_checkpoint_read_array(file, &state->arrays[i]);
    ggcn_h5_close(&file);
    return status;
}

static ggcn_status read_rows(const ggcn_h5_file *file, const ggcn_array *array) {
    hid_t dataset;
    ggcn_h5_extent extent;
    if (!ggcn_h5_has(file, array->path))
        GGCN_FAIL(GGCN_ERROR_CONFIG, NULL, "%s: it has no array \"%s\"", file->path, array->path);
    GGCN_TRY(ggcn_h5_open_dataset(file, array->path, &dataset));
    ggcn_status status = ggcn_h5_get_extent(file->path, dataset, &extent);
    hsize_t start[GGCN_H5_RANKS] = {(hsize_t)array->first}, count[GGCN_H5_RANKS] = {(hsize_t)array->count};
    bool same = extent.rank == array->rank && extent.dims[0] >= start[0] + count[0];
    for (int i = 1; i < array->rank; i++) {
        count[i] = (hsize_t)array->dims[i];
        same = same && extent.dims[i] == count[i];
    }
    if (status == GGCN_SUCCESS && !same)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, NULL,
                            "%s: array \"%s\" has another shape than its model needs", file->path, array->path);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_read(file->path, dataset, ggcn_h5_memory_type(array->type), start, count, array->data);
    H5Dclose(dataset);
    return status;
}

ggcn_status ggcn_checkpoint_load_rows(const char *path, const ggcn_array *array) {
    ggcn_h5_file *file = NULL;
    ggcn_status status = ggcn_h5_open(path, &ggcn_checkpoint_kind, false, &file);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(read_rows(file, array));
    ggcn_h5_close(&file);
    return status;
}
