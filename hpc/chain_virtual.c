#include "chain_virtual.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"

void ggcn_segments_clear(ggcn_segments *segments) {
    for (size_t i = 0; i < segments->count; i++)
        free(segments->list[i].iterations);
    free(segments->list);
    *segments = (ggcn_segments){0};
}

ggcn_status ggcn_segments_append(ggcn_segments *segments, const uint64_t *iterations, int64_t draws) {
    ggcn_segment *grown = realloc(segments->list, (segments->count + 1) * sizeof *grown);
    if (grown)
        segments->list = grown;
    uint64_t *copy = malloc((size_t)draws * sizeof *copy);
    if (!grown || !copy) {
        free(copy);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the list of segments");
    }
    memcpy(copy, iterations, (size_t)draws * sizeof *copy);
    grown[segments->count++] = (ggcn_segment){iterations[draws - 1], draws, copy};
    return GGCN_SUCCESS;
}

/* The segment must have the chains and the shape of this run. */
static ggcn_status check_shape(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, int64_t *draws) {
    hid_t x;
    ggcn_h5_extent extent;
    hsize_t wanted[GGCN_H5_RANKS] = {0};
    GGCN_TRY(ggcn_h5_open_dataset(file, ggcn_chain_variable_path(GGCN_CHAIN_X), &x));
    const ggcn_status status = ggcn_h5_get_extent(file->path, x, &extent);
    H5Dclose(x);
    GGCN_TRY(status);
    ggcn_chain_variable_dims(GGCN_CHAIN_X, sizes, wanted);
    bool same = true;
    for (int i = 0; i < GGCN_H5_RANKS; i++)
        same = same && (i == 1 || extent.dims[i] == wanted[i]);
    if (!same)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "restart with the configuration of that run (its config.yaml)",
                  "%s: chains of another number or shape", file->path);
    *draws = (int64_t)extent.dims[1];
    return GGCN_SUCCESS;
}

static ggcn_status read_iterations(const ggcn_h5_file *file, int64_t draws, uint64_t *iterations) {
    hid_t dataset;
    GGCN_TRY(ggcn_h5_open_dataset(file, "posterior/draw", &dataset));
    const ggcn_status status =
        ggcn_h5_read(file->path, dataset, H5T_NATIVE_UINT64, &(hsize_t){0}, &(hsize_t){(hsize_t)draws}, iterations);
    H5Dclose(dataset);
    return status;
}

static ggcn_status append_existing(const char *path, const ggcn_chain_sizes *sizes, ggcn_segments *segments) {
    ggcn_h5_file *file;
    int64_t draws = 0;
    uint64_t *iterations = NULL;
    GGCN_TRY(ggcn_h5_open(path, &ggcn_chain_kind, true, &file));
    ggcn_status status = check_shape(file, sizes, &draws);
    if (status == GGCN_SUCCESS && !(iterations = malloc((size_t)draws * sizeof *iterations)))
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the list of segments");
    if (status == GGCN_SUCCESS)
        status = read_iterations(file, draws, iterations);
    if (status == GGCN_SUCCESS)
        status = ggcn_segments_append(segments, iterations, draws);
    free(iterations);
    ggcn_h5_close(&file);
    return status;
}

ggcn_status ggcn_segments_open(const char *folder, const ggcn_chain_sizes *sizes, uint64_t iteration,
                               ggcn_segments *segments) {
    uint64_t *numbers;
    size_t count;
    GGCN_TRY(ggcn_list_numbered(folder, "segment-", &numbers, &count));
    ggcn_status status = GGCN_SUCCESS;
    for (size_t i = 0; status == GGCN_SUCCESS && i < count; i++) {
        char *path;
        status = ggcn_format(&path, "%s/segment-%08" PRIu64 ".h5", folder, numbers[i]);
        if (status != GGCN_SUCCESS)
            break;
        status = numbers[i] > iteration ? ggcn_remove_file(path) : append_existing(path, sizes, segments);
        free(path);
    }
    free(numbers);
    return status;
}

/* Maps the draws of all segments, one behind the other, into one variable. */
static ggcn_status map_variable(const char *path, const ggcn_segments *segments, const ggcn_chain_sizes *sizes,
                                int variable, hid_t *mapping) {
    const int rank = ggcn_chain_variable_rank(variable);
    const char *name = ggcn_chain_variable_path(variable);
    hsize_t dims[GGCN_H5_RANKS], start[GGCN_H5_RANKS] = {0};
    ggcn_chain_variable_dims(variable, sizes, dims);
    *mapping = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    bool good = *mapping >= 0 && space >= 0;
    for (size_t i = 0; good && i < segments->count; i++) {
        char file[64]; /* beside the virtual file, so that the folder can be moved */
        snprintf(file, sizeof file, "segment-%08" PRIu64 ".h5", segments->list[i].last);
        dims[1] = (hsize_t)segments->list[i].draws;
        const hid_t source = H5Screate_simple(rank, dims, NULL);
        good = source >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, dims, NULL) >= 0 &&
               H5Pset_virtual(*mapping, space, file, name, source) >= 0;
        start[1] += dims[1];
        if (!good)
            ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, path, "cannot map the segments");
        if (source >= 0)
            H5Sclose(source);
    }
    if (space >= 0)
        H5Sclose(space);
    return good ? GGCN_SUCCESS : GGCN_ERROR_IO;
}

static ggcn_status write_virtual(const ggcn_h5_file *file, const ggcn_segments *segments, const ggcn_chain_sizes *sizes,
                                 uint64_t *iterations) {
    hid_t mappings[GGCN_CHAIN_VARIABLES], variables[GGCN_CHAIN_VARIABLES];
    ggcn_status status = GGCN_SUCCESS;
    for (int v = 0; v < GGCN_CHAIN_VARIABLES; v++) {
        mappings[v] = variables[v] = -1;
        if (status == GGCN_SUCCESS)
            status = map_variable(file->path, segments, sizes, v, &mappings[v]);
    }
    if (status == GGCN_SUCCESS)
        status = ggcn_chain_create_layout(file, sizes, iterations, mappings, variables);
    for (int v = 0; v < GGCN_CHAIN_VARIABLES; v++) {
        if (variables[v] >= 0)
            H5Dclose(variables[v]);
        if (mappings[v] >= 0)
            H5Pclose(mappings[v]);
    }
    return status;
}

static ggcn_status publish(const char *path, const ggcn_segments *segments, const ggcn_chain_sizes *sizes) {
    ggcn_chain_sizes total = *sizes;
    total.draws = 0;
    for (size_t i = 0; i < segments->count; i++)
        total.draws += segments->list[i].draws;
    if (total.draws == 0)
        return ggcn_remove_file(path);
    uint64_t *iterations = malloc((size_t)total.draws * sizeof *iterations), *to = iterations;
    if (!iterations)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " draws", total.draws);
    for (size_t i = 0; i < segments->count; to += segments->list[i++].draws)
        memcpy(to, segments->list[i].iterations, (size_t)segments->list[i].draws * sizeof *to);
    ggcn_h5_file *file = NULL;
    ggcn_status status =
        ggcn_h5_create(path, &ggcn_chain_kind, true, 2 * total.draws * (int64_t)sizeof *iterations, &file);
    if (status == GGCN_SUCCESS)
        status = write_virtual(file, segments, &total, iterations);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    free(iterations);
    return status;
}

ggcn_status ggcn_segments_publish(const char *folder, const ggcn_segments *segments, const ggcn_chain_sizes *sizes) {
    char *path;
    GGCN_TRY(ggcn_format(&path, "%s/chains.h5", folder));
    const ggcn_status status = publish(path, segments, sizes);
    free(path);
    return status;
}
