/* Recorded chains: draws in memory, then one segment file for each flush. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chain_virtual.h"
#include "folder.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"

/* One draw of this rank's chains. */
typedef struct {
    float *x;           /* [local chains][C][H][W] */
    double *statistics; /* [3][local chains]: lp, potential, gradient norm */
} draw;

struct ggcn_chain_recorder {
    char *folder;
    ggcn_chain_sizes sizes; /* draws: those in memory */
    int64_t first, local;   /* this rank's chains */
    draw *draws;
    uint64_t *iterations;
    int64_t capacity;
    ggcn_segments segments; /* on rank 0 */
    bool published;         /* whether the virtual file has them all */
};

static ggcn_status open_segments(ggcn_chain_recorder *recorder, uint64_t iteration) {
    GGCN_TRY(ggcn_segments_open(recorder->folder, &recorder->sizes, iteration, &recorder->segments));
    return ggcn_segments_publish(recorder->folder, &recorder->segments, &recorder->sizes);
}

static ggcn_status create(const char *directory, uint64_t iteration, ggcn_chain_recorder *recorder) {
    const ggcn_chain_sizes *sizes = &recorder->sizes;
    if (sizes->block < 1 || sizes->chains < 1 || sizes->shape.channels < 1 || sizes->shape.height < 1 ||
        sizes->shape.width < 1)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "chains of an impossible number or shape");
    GGCN_TRY(ggcn_format(&recorder->folder, "%s/chains", directory));
    recorder->published = true;
    return ggcn_rank() == 0 ? open_segments(recorder, iteration) : GGCN_SUCCESS;
}

ggcn_status ggcn_chain_recorder_create(const char *directory, const ggcn_blocks *blocks, int64_t block,
                                       ggcn_shape shape, uint64_t iteration, ggcn_chain_recorder **recorder) {
    *recorder = calloc(1, sizeof **recorder);
    ggcn_status status = GGCN_SUCCESS;
    if (*recorder) {
        (*recorder)->sizes = (ggcn_chain_sizes){blocks->count * block, block, 0, shape};
        (*recorder)->first = blocks->first * block;
        (*recorder)->local = blocks->owned * block;
        status = create(directory, iteration, *recorder);
    } else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for recorded chains");
    status = ggcn_agree(status);
    if (status != GGCN_SUCCESS)
        ggcn_chain_recorder_destroy(recorder);
    return status;
}

static ggcn_status reserve_draw(ggcn_chain_recorder *recorder) {
    if (recorder->sizes.draws < recorder->capacity)
        return GGCN_SUCCESS;
    const int64_t capacity = 2 * recorder->capacity + 8;
    draw *draws = realloc(recorder->draws, (size_t)capacity * sizeof *draws);
    if (draws)
        recorder->draws = draws;
    uint64_t *iterations = realloc(recorder->iterations, (size_t)capacity * sizeof *iterations);
    if (iterations)
        recorder->iterations = iterations;
    if (!draws || !iterations)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " draws", capacity);
    recorder->capacity = capacity;
    return GGCN_SUCCESS;
}

static ggcn_status add(ggcn_chain_recorder *recorder, uint64_t iteration, const ggcn_draw *from) {
    const ggcn_shape shape = recorder->sizes.shape;
    const size_t local = (size_t)recorder->local;
    const size_t pixels = local * (size_t)(shape.channels * shape.height * shape.width);
    GGCN_TRY(reserve_draw(recorder));
    draw to = {malloc(pixels * sizeof *to.x), malloc(3 * local * sizeof *to.statistics)};
    if (!to.x || !to.statistics) {
        free(to.x);
        free(to.statistics);
        GGCN_FAIL(GGCN_ERROR_MEMORY, "lower output.checkpoint_every or raise output.chain_every",
                  "no memory for one more recorded draw");
    }
    memcpy(to.x, from->x, pixels * sizeof *to.x);
    memcpy(to.statistics, from->lp, local * sizeof *to.statistics);
    memcpy(to.statistics + local, from->potential, local * sizeof *to.statistics);
    memcpy(to.statistics + 2 * local, from->gradient, local * sizeof *to.statistics);
    recorder->iterations[recorder->sizes.draws] = iteration;
    recorder->draws[recorder->sizes.draws++] = to;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_chain_recorder_add(ggcn_chain_recorder *recorder, uint64_t iteration, const ggcn_draw *from) {
    return ggcn_agree(add(recorder, iteration, from));
}

/* Draw by draw, so that nothing has to be rearranged in memory. */
static ggcn_status write_draws(const ggcn_chain_recorder *recorder, const ggcn_h5_file *file, const hid_t *variables) {
    const ggcn_shape shape = recorder->sizes.shape;
    const hsize_t count[GGCN_H5_RANKS] = {(hsize_t)recorder->local, 1, (hsize_t)shape.channels, (hsize_t)shape.height,
                                          (hsize_t)shape.width};
    for (int64_t d = 0; d < recorder->sizes.draws; d++) {
        const hsize_t start[GGCN_H5_RANKS] = {(hsize_t)recorder->first, (hsize_t)d};
        const draw *from = &recorder->draws[d];
        GGCN_TRY(ggcn_h5_write(file, variables[GGCN_CHAIN_X], H5T_NATIVE_FLOAT, start, count, from->x));
        for (int v = GGCN_CHAIN_LP; v < GGCN_CHAIN_VARIABLES; v++)
            GGCN_TRY(ggcn_h5_write(file, variables[v], H5T_NATIVE_DOUBLE, start, count,
                                   from->statistics + (v - GGCN_CHAIN_LP) * recorder->local));
    }
    return GGCN_SUCCESS;
}

static ggcn_status write_segment(const ggcn_chain_recorder *recorder) {
    const uint64_t last = recorder->iterations[recorder->sizes.draws - 1];
    char *path;
    ggcn_h5_file *file = NULL;
    hid_t variables[GGCN_CHAIN_VARIABLES];
    GGCN_TRY(ggcn_agree(ggcn_format(&path, "%s/segment-%08" PRIu64 ".h5", recorder->folder, last)));
    const ggcn_shape shape = recorder->sizes.shape;
    const int64_t pixels = shape.channels * shape.height * shape.width;
    ggcn_status status = ggcn_h5_create(path, &ggcn_chain_kind, false,
                                        recorder->sizes.chains * recorder->sizes.draws * (4 * pixels + 3 * 8), &file);
    if (status == GGCN_SUCCESS) {
        status = ggcn_chain_create_layout(file, &recorder->sizes, recorder->iterations, NULL, variables);
        if (status == GGCN_SUCCESS)
            status = write_draws(recorder, file, variables);
        for (int v = 0; v < GGCN_CHAIN_VARIABLES; v++)
            if (variables[v] >= 0)
                H5Dclose(variables[v]);
    }
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    free(path);
    return status;
}

static void forget_draws(ggcn_chain_recorder *recorder) {
    for (int64_t d = 0; d < recorder->sizes.draws; d++) {
        free(recorder->draws[d].x);
        free(recorder->draws[d].statistics);
    }
    recorder->sizes.draws = 0;
}

static ggcn_status append(ggcn_chain_recorder *recorder) {
    return ggcn_segments_append(&recorder->segments, recorder->iterations, recorder->sizes.draws);
}

static ggcn_status publish(const ggcn_chain_recorder *recorder) {
    return ggcn_segments_publish(recorder->folder, &recorder->segments, &recorder->sizes);
}

ggcn_status ggcn_chain_recorder_flush(ggcn_chain_recorder *recorder) {
    if (recorder->sizes.draws > 0) {
        GGCN_TRY(write_segment(recorder));
        GGCN_TRY(ggcn_agree(ggcn_rank() == 0 ? append(recorder) : GGCN_SUCCESS));
        forget_draws(recorder);
        recorder->published = false;
    }
    if (!recorder->published) {
        GGCN_TRY(ggcn_agree(ggcn_rank() == 0 ? publish(recorder) : GGCN_SUCCESS));
        recorder->published = true;
    }
    return GGCN_SUCCESS;
}

void ggcn_chain_recorder_destroy(ggcn_chain_recorder **recorder) {
    ggcn_chain_recorder *r = *recorder;
    if (!r)
        return;
    forget_draws(r);
    ggcn_segments_clear(&r->segments);
    free(r->draws);
    free(r->iterations);
    free(r->folder);
    free(r);
    *recorder = NULL;
}
