#include "chain_virtual.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"

/* What all segments have. */
static int common(const ggcn_segments *segments) {
    int has = GGCN_SEGMENT_NEWEST;
    for (size_t i = 0; i < segments->count; i++)
        has &= segments->list[i].has;
    return has;
}

/* What the variables are mapped from. */
typedef struct {
    const char *path; /* for messages */
    const ggcn_segments *segments;
    const ggcn_chain_sizes *total;
} virtual_parts;

static bool is_mapped(const void *context, int variable) {
    const virtual_parts *parts = context;
    const ggcn_segments *segments = parts->segments;
    const ggcn_chain_sizes *total = parts->total;
    switch (variable) {
    case GGCN_CHAIN_X:
        return total->image_draws > 0;
    case GGCN_CHAIN_LP:
    case GGCN_CHAIN_POTENTIAL:
    case GGCN_CHAIN_GRADIENT:
        return true;
    case GGCN_CHAIN_RESPONSE:
        return total->layers > 0 && (common(segments) & GGCN_SEGMENT_RESPONSES);
    default:
        return common(segments) & GGCN_SEGMENT_TRACES;
    }
}

/* Maps the draws of all segments, one behind the other, into one variable. */
static ggcn_status map_variable(const void *context, int variable, hid_t *mapping) {
    const virtual_parts *parts = context;
    const ggcn_segments *segments = parts->segments;
    const int rank = ggcn_chain_variable_rank(variable);
    const char *name = ggcn_chain_variable_path(variable);
    hsize_t dims[GGCN_H5_RANKS], start[GGCN_H5_RANKS] = {0};
    ggcn_chain_variable_dims(variable, parts->total, dims);
    *mapping = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    bool good = *mapping >= 0 && space >= 0;
    for (size_t i = 0; good && i < segments->count; i++) {
        const ggcn_segment *segment = &segments->list[i];
        char file[64]; /* beside the virtual file, so that the folder can be moved */
        snprintf(file, sizeof file, "segment-%08" PRIu64 ".h5", segment->last);
        dims[1] = (hsize_t)(variable == GGCN_CHAIN_X ? segment->image_draws : segment->draws);
        if (dims[1] == 0)
            continue;
        const hid_t source = H5Screate_simple(rank, dims, NULL);
        good = source >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, dims, NULL) >= 0 &&
               H5Pset_virtual(*mapping, space, file, name, source) >= 0;
        start[1] += dims[1];
        if (source >= 0)
            H5Sclose(source);
    }
    const ggcn_status status =
        good ? GGCN_SUCCESS : ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, parts->path, "cannot map the segments");
    if (space >= 0)
        H5Sclose(space);
    if (!good && *mapping >= 0)
        H5Pclose(*mapping);
    return status;
}

/* The iterations of all draws, and of those with images. */
typedef struct {
    uint64_t *all, *with_images;
} draw_numbers;

static ggcn_status write_file(const char *path, const ggcn_segments *segments, const ggcn_chain_sizes *total,
                              const draw_numbers *numbers, const ggcn_chain_about *about) {
    ggcn_h5_file *file = NULL;
    const virtual_parts parts = {path, segments, total};
    const int64_t bytes = 2 * (total->draws + total->image_draws) * (int64_t)sizeof *numbers->all;
    ggcn_status status = ggcn_h5_create(path, &ggcn_chain_kind, true, bytes, &file);
    if (status == GGCN_SUCCESS)
        status = ggcn_chain_put_about(file, about);
    if (status == GGCN_SUCCESS)
        status = ggcn_chain_create_layout(file, total, numbers->all, numbers->with_images,
                                          &(ggcn_chain_mappings){is_mapped, map_variable, &parts}, NULL);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    return status;
}

static ggcn_chain_sizes add_up(const ggcn_segments *segments, const ggcn_chain_sizes *sizes) {
    ggcn_chain_sizes total = *sizes;
    total.draws = total.image_draws = 0;
    for (size_t i = 0; i < segments->count; i++) {
        total.draws += segments->list[i].draws;
        total.image_draws += segments->list[i].image_draws;
    }
    return total;
}

static ggcn_status publish(const char *path, const ggcn_segments *segments, const ggcn_chain_sizes *sizes,
                           const ggcn_chain_about *about) {
    const ggcn_chain_sizes total = add_up(segments, sizes);
    if (total.draws == 0)
        return ggcn_remove_file(path);
    uint64_t *numbers = malloc((size_t)(total.draws + total.image_draws) * sizeof *numbers);
    if (!numbers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " draws", total.draws);
    uint64_t *to = numbers, *to_images = numbers + total.draws;
    for (size_t i = 0; i < segments->count; i++) {
        const ggcn_segment *s = &segments->list[i];
        memcpy(to, s->iterations, (size_t)s->draws * sizeof *to);
        memcpy(to_images, s->image_iterations, (size_t)s->image_draws * sizeof *to_images);
        to += s->draws;
        to_images += s->image_draws;
    }
    const ggcn_status status =
        write_file(path, segments, &total, &(draw_numbers){numbers, numbers + total.draws}, about);
    free(numbers);
    return status;
}

ggcn_status ggcn_segments_publish(const char *folder, const ggcn_segments *segments, const ggcn_chain_sizes *sizes,
                                  const ggcn_chain_about *about) {
    char *path;
    GGCN_TRY(ggcn_format(&path, "%s/chains.h5", folder));
    const ggcn_status status = publish(path, segments, sizes, about);
    free(path);
    return status;
}
