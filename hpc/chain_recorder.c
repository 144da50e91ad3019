/* Recorded chains: draws in memory, then one segment file for each flush. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chain_virtual.h"
#include "folder.h"
#include "ggcn/hpc.h"

/* One draw of this rank's chains. */
typedef struct {
    float *x;         /* [local chains][C][H][W]; NULL: without images */
    double *scalars;  /* [GGCN_CHAIN_SCALARS][local chains] */
    double *response; /* [local chains][layers], behind the scalars */
} draw;

struct ggcn_chain_recorder {
    char *folder;
    ggcn_chain_about about; /* stationarity and layers */
    ggcn_chain_sizes sizes; /* draws: those in memory */
    int64_t first, local;   /* this rank's chains */
    draw *draws;
    uint64_t *iterations, *image_iterations;
    int64_t capacity;
    ggcn_segments segments; /* on rank 0 */
    bool published;         /* whether the virtual file has them all */
};

static size_t pixels_of(ggcn_shape shape) {
    return (size_t)(shape.channels * shape.height * shape.width);
}

static ggcn_status open_segments(ggcn_chain_recorder *recorder, uint64_t iteration) {
    GGCN_TRY(ggcn_segments_open(recorder->folder, &recorder->sizes, iteration, &recorder->segments));
    return ggcn_segments_publish(recorder->folder, &recorder->segments, &recorder->sizes, &recorder->about);
}

static ggcn_status create(const char *directory, const ggcn_chain_record *record, ggcn_chain_recorder *recorder) {
    const ggcn_chain_sizes *sizes = &recorder->sizes;
    if (sizes->block < 1 || sizes->chains < 1 || sizes->shape.channels < 1 || sizes->shape.height < 1 ||
        sizes->shape.width < 1)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "chains of an impossible number or shape");
    GGCN_TRY(ggcn_format(&recorder->folder, "%s/chains", directory));
    if (record->layers > 0)
        GGCN_TRY(ggcn_format(&recorder->about.layers, "%s", record->layer_names));
    recorder->published = true;
    return ggcn_rank() == 0 ? open_segments(recorder, record->iteration) : GGCN_SUCCESS;
}

ggcn_status ggcn_chain_recorder_create(const char *directory, const ggcn_chain_record *record,
                                       ggcn_chain_recorder **recorder) {
    *recorder = calloc(1, sizeof **recorder);
    ggcn_status status = GGCN_SUCCESS;
    if (*recorder) {
        (*recorder)->sizes = (ggcn_chain_sizes){.chains = record->chains,
                                                .block = record->block,
                                                .layers = (int64_t)record->layers,
                                                .shape = record->shape};
        (*recorder)->about.stationarity = record->stationarity;
        (*recorder)->first = record->first;
        (*recorder)->local = record->local;
        status = create(directory, record, *recorder);
    } else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for recorded chains");
    status = ggcn_agree(status);
    if (status != GGCN_SUCCESS)
        ggcn_chain_recorder_destroy(recorder);
    return status;
}

/* --- draws in memory ---------------------------------------------------------------------------------------------- */

static bool grow_numbers(uint64_t **numbers, int64_t capacity) {
    uint64_t *grown = realloc(*numbers, (size_t)capacity * sizeof *grown);
    if (grown)
        *numbers = grown;
    return grown != NULL;
}

static ggcn_status reserve_draw(ggcn_chain_recorder *recorder) {
    if (recorder->sizes.draws < recorder->capacity)
        return GGCN_SUCCESS;
    const int64_t capacity = 2 * recorder->capacity + 8;
    draw *draws = realloc(recorder->draws, (size_t)capacity * sizeof *draws);
    if (draws)
        recorder->draws = draws;
    if (!draws || !grow_numbers(&recorder->iterations, capacity) ||
        !grow_numbers(&recorder->image_iterations, capacity))
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " draws", capacity);
    recorder->capacity = capacity;
    return GGCN_SUCCESS;
}

static void measure_image(const float *x, size_t count, double *mean, double *deviation) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i];
    *mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        square += ((double)x[i] - *mean) * ((double)x[i] - *mean);
    *deviation = sqrt(square / (double)count);
}

static void fill_scalars(const ggcn_chain_recorder *recorder, const ggcn_draw *from, draw *to) {
    const size_t local = (size_t)recorder->local, pixels = pixels_of(recorder->sizes.shape);
    double *of[GGCN_CHAIN_VARIABLES];
    for (int v = GGCN_CHAIN_LP; v < GGCN_CHAIN_RESPONSE; v++)
        of[v] = to->scalars + (size_t)(v - GGCN_CHAIN_LP) * local;
    for (size_t i = 0; i < local; i++) {
        of[GGCN_CHAIN_LP][i] = from->lp[i];
        of[GGCN_CHAIN_ENERGY][i] = -from->lp[i];
        of[GGCN_CHAIN_POTENTIAL][i] = from->potential[i];
        of[GGCN_CHAIN_GRADIENT][i] = from->gradient[i];
        measure_image(from->x + i * pixels, pixels, &of[GGCN_CHAIN_MEAN][i], &of[GGCN_CHAIN_DEVIATION][i]);
        of[GGCN_CHAIN_STEP_SIZE][i] = from->step_size;
        of[GGCN_CHAIN_ACCEPTANCE][i] = from->acceptance ? from->acceptance[i] : 1;
    }
    if (recorder->sizes.layers > 0)
        memcpy(to->response, from->response, local * (size_t)recorder->sizes.layers * sizeof *to->response);
}

static ggcn_status add(ggcn_chain_recorder *recorder, uint64_t iteration, const ggcn_draw *from) {
    const size_t local = (size_t)recorder->local, bytes = local * pixels_of(recorder->sizes.shape) * sizeof(float);
    const size_t scalars = GGCN_CHAIN_SCALARS * local, responses = local * (size_t)recorder->sizes.layers;
    GGCN_TRY(reserve_draw(recorder));
    draw to = {from->images ? malloc(bytes + 1) : NULL, malloc((scalars + responses + 1) * sizeof *to.scalars), NULL};
    if ((from->images && !to.x) || !to.scalars) {
        free(to.x);
        free(to.scalars);
        GGCN_FAIL(GGCN_ERROR_MEMORY, "lower output.checkpoint_every or raise output.chain_every or chain_images",
                  "no memory for one more recorded draw");
    }
    to.response = to.scalars + scalars;
    if (from->images) {
        memcpy(to.x, from->x, bytes);
        recorder->image_iterations[recorder->sizes.image_draws++] = iteration;
    }
    fill_scalars(recorder, from, &to);
    recorder->iterations[recorder->sizes.draws] = iteration;
    recorder->draws[recorder->sizes.draws++] = to;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_chain_recorder_add(ggcn_chain_recorder *recorder, uint64_t iteration, const ggcn_draw *from) {
    return ggcn_agree(add(recorder, iteration, from));
}

static void forget_draws(ggcn_chain_recorder *recorder) {
    for (int64_t d = 0; d < recorder->sizes.draws; d++) {
        free(recorder->draws[d].x);
        free(recorder->draws[d].scalars);
    }
    recorder->sizes.draws = recorder->sizes.image_draws = 0;
}

/* --- segments ----------------------------------------------------------------------------------------------------- */

/* Draw by draw, so that nothing has to be rearranged in memory. */
static ggcn_status write_images(const ggcn_chain_recorder *recorder, const ggcn_h5_file *file, hid_t variable) {
    const ggcn_shape shape = recorder->sizes.shape;
    const hsize_t count[GGCN_H5_RANKS] = {(hsize_t)recorder->local, 1, (hsize_t)shape.channels, (hsize_t)shape.height,
                                          (hsize_t)shape.width};
    hsize_t start[GGCN_H5_RANKS] = {(hsize_t)recorder->first};
    for (int64_t d = 0; d < recorder->sizes.draws; d++) {
        if (!recorder->draws[d].x)
            continue;
        GGCN_TRY(ggcn_h5_write(file, variable, H5T_NATIVE_FLOAT, start, count, recorder->draws[d].x));
        start[1]++;
    }
    return GGCN_SUCCESS;
}

/* buffer [local chains][draws] or, of the responses, [local chains][draws][layers] */
static void gather(const ggcn_chain_recorder *recorder, int variable, double *buffer) {
    const int64_t draws = recorder->sizes.draws;
    const size_t layers = (size_t)recorder->sizes.layers;
    for (int64_t c = 0; c < recorder->local; c++)
        for (int64_t d = 0; d < draws; d++) {
            const draw *from = &recorder->draws[d];
            if (variable == GGCN_CHAIN_RESPONSE)
                memcpy(buffer + (size_t)(c * draws + d) * layers, from->response + (size_t)c * layers,
                       layers * sizeof *buffer);
            else
                buffer[c * draws + d] = from->scalars[(variable - GGCN_CHAIN_LP) * recorder->local + c];
        }
}

static ggcn_status write_scalars(const ggcn_chain_recorder *recorder, const ggcn_h5_file *file,
                                 const hid_t *variables) {
    const int64_t layers = recorder->sizes.layers, draws = recorder->sizes.draws;
    const hsize_t start[GGCN_H5_RANKS] = {(hsize_t)recorder->first};
    const hsize_t count[GGCN_H5_RANKS] = {(hsize_t)recorder->local, (hsize_t)draws, (hsize_t)layers};
    double *buffer = malloc((size_t)(recorder->local * draws * (layers > 0 ? layers : 1) + 1) * sizeof *buffer);
    ggcn_status status = GGCN_SUCCESS;
    if (!buffer)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, "lower output.checkpoint_every",
                            "no memory to write the draws");
    status = ggcn_agree(status);
    for (int v = GGCN_CHAIN_LP; v < GGCN_CHAIN_VARIABLES && status == GGCN_SUCCESS; v++)
        if (variables[v] >= 0) {
            gather(recorder, v, buffer);
            status = ggcn_h5_write(file, variables[v], H5T_NATIVE_DOUBLE, start, count, buffer);
        }
    free(buffer);
    return status;
}

static ggcn_status write_draws(const ggcn_chain_recorder *recorder, const ggcn_h5_file *file, const hid_t *variables) {
    if (variables[GGCN_CHAIN_X] >= 0)
        GGCN_TRY(write_images(recorder, file, variables[GGCN_CHAIN_X]));
    return write_scalars(recorder, file, variables);
}

static int64_t segment_bytes(const ggcn_chain_sizes *sizes) {
    return sizes->chains * (sizes->image_draws * 4 * (int64_t)pixels_of(sizes->shape) +
                            sizes->draws * 8 * (GGCN_CHAIN_SCALARS + sizes->layers));
}

static ggcn_status write_segment(const ggcn_chain_recorder *recorder) {
    const uint64_t last = recorder->iterations[recorder->sizes.draws - 1];
    char *path;
    ggcn_h5_file *file = NULL;
    hid_t variables[GGCN_CHAIN_VARIABLES];
    GGCN_TRY(ggcn_agree(ggcn_format(&path, "%s/segment-%08" PRIu64 ".h5", recorder->folder, last)));
    ggcn_status status = ggcn_h5_create(path, &ggcn_chain_kind, false, segment_bytes(&recorder->sizes), &file);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(ggcn_chain_put_about(file, &recorder->about));
    if (status == GGCN_SUCCESS) {
        status = ggcn_chain_create_layout(file, &recorder->sizes, recorder->iterations, recorder->image_iterations,
                                          NULL, variables);
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

static ggcn_status append(ggcn_chain_recorder *recorder) {
    const ggcn_chain_sizes *sizes = &recorder->sizes;
    return ggcn_segments_append(&recorder->segments, GGCN_SEGMENT_NEWEST, recorder->iterations, sizes->draws,
                                recorder->image_iterations, sizes->image_draws);
}

static ggcn_status publish(const ggcn_chain_recorder *recorder) {
    return ggcn_segments_publish(recorder->folder, &recorder->segments, &recorder->sizes, &recorder->about);
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

int64_t ggcn_chain_recorder_held(const ggcn_chain_recorder *recorder) {
    return segment_bytes(&recorder->sizes);
}

void ggcn_chain_recorder_destroy(ggcn_chain_recorder **recorder) {
    ggcn_chain_recorder *r = *recorder;
    if (!r)
        return;
    forget_draws(r);
    ggcn_segments_clear(&r->segments);
    free(r->draws);
    free(r->iterations);
    free(r->image_iterations);
    free(r->about.layers);
    free(r->folder);
    free(r);
    *recorder = NULL;
}
