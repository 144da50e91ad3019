/* The list of segments of a run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chain_virtual.h"
#include "folder.h"

static void clear_segment(ggcn_segment *segment) {
    free(segment->iterations);
    free(segment->image_iterations);
    *segment = (ggcn_segment){0};
}

void ggcn_segments_clear(ggcn_segments *segments) {
    for (size_t i = 0; i < segments->count; i++)
        clear_segment(&segments->list[i]);
    free(segments->list);
    *segments = (ggcn_segments){0};
}

static ggcn_status reserve_draws(ggcn_segment *segment) {
    segment->iterations = malloc((size_t)segment->draws * sizeof *segment->iterations);
    segment->image_iterations = malloc((size_t)(segment->image_draws + 1) * sizeof *segment->image_iterations);
    if (!segment->iterations || !segment->image_iterations)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the list of segments");
    return GGCN_SUCCESS;
}

/* Takes over a segment with all it points to; releases it on failure. */
static ggcn_status append(ggcn_segments *segments, ggcn_segment *segment) {
    ggcn_segment *grown = realloc(segments->list, (segments->count + 1) * sizeof *grown);
    if (!grown) {
        clear_segment(segment);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the list of segments");
    }
    segments->list = grown;
    grown[segments->count++] = *segment;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_segments_append(ggcn_segments *segments, int has, const uint64_t *iterations, int64_t draws,
                                 const uint64_t *image_iterations, int64_t image_draws) {
    ggcn_segment segment = {.last = iterations[draws - 1], .has = has, .draws = draws, .image_draws = image_draws};
    const ggcn_status status = reserve_draws(&segment);
    if (status != GGCN_SUCCESS) {
        clear_segment(&segment);
        return status;
    }
    memcpy(segment.iterations, iterations, (size_t)draws * sizeof *iterations);
    memcpy(segment.image_iterations, image_iterations, (size_t)image_draws * sizeof *image_iterations);
    return append(segments, &segment);
}

/* --- segments of before ------------------------------------------------------------------------------------------- */

/* A variable must have the chains and the shape of this run. @param[out] draws  as many as it has */
static ggcn_status check_shape(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, int variable, int64_t *draws) {
    hid_t dataset;
    ggcn_h5_extent extent;
    hsize_t wanted[GGCN_H5_RANKS] = {0};
    GGCN_TRY(ggcn_h5_open_dataset(file, ggcn_chain_variable_path(variable), &dataset));
    const ggcn_status status = ggcn_h5_get_extent(file->path, dataset, &extent);
    H5Dclose(dataset);
    GGCN_TRY(status);
    ggcn_chain_variable_dims(variable, sizes, wanted);
    bool same = true;
    for (int i = 0; i < ggcn_chain_variable_rank(variable); i++)
        same = same && (i == 1 || extent.dims[i] == wanted[i]);
    if (!same)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "restart with the configuration of that run (its config.yaml)",
                  "%s: chains of another number, shape or layers", file->path);
    *draws = (int64_t)extent.dims[1];
    return GGCN_SUCCESS;
}

static ggcn_status read_iterations(const ggcn_h5_file *file, const char *name, int64_t draws, uint64_t *iterations) {
    hid_t dataset;
    GGCN_TRY(ggcn_h5_open_dataset(file, name, &dataset));
    const ggcn_status status =
        ggcn_h5_read(file->path, dataset, H5T_NATIVE_UINT64, &(hsize_t){0}, &(hsize_t){(hsize_t)draws}, iterations);
    H5Dclose(dataset);
    return status;
}

static ggcn_status read_segment(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, ggcn_segment *segment) {
    int64_t draws;
    GGCN_TRY(check_shape(file, sizes, GGCN_CHAIN_LP, &segment->draws));
    if (ggcn_h5_has(file, ggcn_chain_variable_path(GGCN_CHAIN_X)))
        GGCN_TRY(check_shape(file, sizes, GGCN_CHAIN_X, &segment->image_draws));
    if (ggcn_h5_has(file, ggcn_chain_variable_path(GGCN_CHAIN_ENERGY)))
        segment->has |= GGCN_SEGMENT_TRACES;
    if (sizes->layers > 0 && ggcn_h5_has(file, ggcn_chain_variable_path(GGCN_CHAIN_RESPONSE))) {
        GGCN_TRY(check_shape(file, sizes, GGCN_CHAIN_RESPONSE, &draws));
        segment->has |= GGCN_SEGMENT_RESPONSES;
    }
    GGCN_TRY(reserve_draws(segment));
    GGCN_TRY(read_iterations(file, "sample_stats/draw", segment->draws, segment->iterations));
    if (segment->image_draws > 0)
        GGCN_TRY(read_iterations(file, "posterior/draw", segment->image_draws, segment->image_iterations));
    segment->last = segment->iterations[segment->draws - 1];
    return GGCN_SUCCESS;
}

static ggcn_status append_existing(const char *path, const ggcn_chain_sizes *sizes, ggcn_segments *segments) {
    ggcn_h5_file *file;
    ggcn_segment segment = {0};
    GGCN_TRY(ggcn_h5_open(path, &ggcn_chain_kind, true, &file));
    const ggcn_status status = read_segment(file, sizes, &segment);
    ggcn_h5_close(&file);
    if (status == GGCN_SUCCESS)
        return append(segments, &segment);
    clear_segment(&segment);
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
