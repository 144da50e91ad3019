#include "interpolate_ends.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data_images.h"
#include "ggcn/hpc.h"
#include "model_classes.h"
#include "model_rows.h"

void interpolate_ends_clear(interpolate_ends *e) {
    free(e->z);
    free(e->labels);
    free(e->images);
    free(e->distance);
    *e = (interpolate_ends){0};
}

static size_t elements_of(const ggcn_trained_info *info) {
    return (size_t)(info->image.channels * info->image.height * info->image.width);
}

static ggcn_status allocate(const interpolate_options *o, const ggcn_trained_info *info, interpolate_ends *e) {
    const size_t rows = (size_t)o->rows;
    e->z = calloc(rows * 2 * info->latent, sizeof *e->z);
    e->labels = calloc(rows, sizeof *e->labels);
    e->images = o->data ? calloc(rows * 2 * elements_of(info), sizeof *e->images) : NULL;
    e->distance = calloc(rows * 2, sizeof *e->distance);
    if (!e->z || !e->labels || !e->distance || (o->data && !e->images))
        GGCN_FAIL(GGCN_ERROR_MEMORY, "ask for fewer rows", "no memory for %" PRId64 " rows", o->rows);
    return GGCN_SUCCESS;
}

/* The classes that were asked for, in turn, over those that the ends came with. */
static ggcn_status choose_classes(const interpolate_options *o, const ggcn_trained_info *info, interpolate_ends *e) {
    for (int64_t r = 0; o->n_classes > 0 && r < o->rows; r++)
        GGCN_TRY(model_class_of(info, o->classes[r % o->n_classes], &e->labels[r]));
    return GGCN_SUCCESS;
}

static void draw(const interpolate_options *o, const ggcn_trained_info *info, interpolate_ends *e) {
    for (int64_t r = 0; r < o->rows; r++)
        e->labels[r] = (uint32_t)(r % info->n_classes);
    for (int64_t i = 0; i < 2 * o->rows; i++)
        ggcn_random_normal((ggcn_random_key){.seed = model_seed(&o->model, info),
                                             .purpose = GGCN_RANDOM_SAMPLE_LATENT,
                                             .iteration = (uint32_t)info->iteration,
                                             .chain = (uint32_t)i},
                           info->latent, e->z + (size_t)i * info->latent);
}

static ggcn_status read_chains(const interpolate_options *o, const ggcn_trained *model, interpolate_ends *e) {
    uint32_t *labels = malloc((size_t)o->rows * 2 * sizeof *labels);
    GGCN_TRY(ggcn_agree(labels ? GGCN_SUCCESS
                               : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for labels")));
    const ggcn_status status = ggcn_trained_stored(model, 2 * o->rows, &o->pairs[0][0], NULL, labels, e->z);
    for (int64_t r = 0; r < o->rows; r++)
        e->labels[r] = status == GGCN_SUCCESS ? labels[2 * r] : 0;
    free(labels);
    return status;
}

static ggcn_status read_pairs(const interpolate_options *o, const data_images *d, interpolate_ends *e) {
    const int64_t *numbers = &o->pairs[0][0];
    ggcn_status status = GGCN_SUCCESS;
    for (int64_t i = 0; i < 2 * o->rows && status == GGCN_SUCCESS; i++)
        if (numbers[i] >= d->count)
            status = ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, NULL,
                                "%s: there is no image %" PRId64 ", of those the model knows it has 0 to %" PRId64,
                                o->data, numbers[i], d->count - 1);
    GGCN_TRY(ggcn_agree(status));
    for (int64_t r = 0; r < o->rows; r++)
        e->labels[r] = d->labels[o->pairs[r][0]];
    return data_images_read(d, 2 * o->rows, numbers, e->images);
}

/* Fits this rank's share of the latents, from 0 on, and hands all of them to all. */
static ggcn_status fit(const interpolate_options *o, ggcn_trained *model, interpolate_ends *e) {
    const ggcn_trained_info *info = ggcn_trained_describe(model);
    int64_t first, local;
    model_rows_of_rank(info, 2 * o->rows, &first, &local);
    uint32_t *labels = malloc((size_t)local * sizeof *labels + 1);
    GGCN_TRY(ggcn_agree(labels ? GGCN_SUCCESS
                               : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for labels")));
    for (int64_t i = 0; i < local; i++)
        labels[i] = e->labels[(first + i) / 2];
    float *z = e->z + (size_t)first * info->latent;
    ggcn_status status =
        ggcn_agree(ggcn_trained_fit(model, local, e->images + (size_t)first * elements_of(info), labels,
                                    (uint32_t)o->fit_steps, o->fit_rate, 1, z, e->distance + first));
    free(labels);
    GGCN_TRY(status);
    const ggcn_array latents = model_rows_array(2 * o->rows, first, local, info->latent, z);
    GGCN_TRY(model_rows_share(&latents, e->z));
    ggcn_array distances = model_rows_array(2 * o->rows, first, local, 1, NULL);
    distances.type = GGCN_F64;
    distances.data = e->distance + first;
    return model_rows_share(&distances, e->distance);
}

static ggcn_status fit_images(const interpolate_options *o, ggcn_trained *model, interpolate_ends *e) {
    const ggcn_trained_info *info = ggcn_trained_describe(model);
    data_images images;
    const ggcn_set_part part = GGCN_PART_ALL;
    GGCN_TRY(data_images_open(o->data, info, &part, &images));
    ggcn_status status = read_pairs(o, &images, e);
    data_images_close(&images);
    GGCN_TRY(status);
    GGCN_TRY(ggcn_agree(choose_classes(o, info, e)));
    return fit(o, model, e);
}

ggcn_status interpolate_ends_find(const interpolate_options *o, ggcn_trained *model, interpolate_ends *e) {
    const ggcn_trained_info *info = ggcn_trained_describe(model);
    *e = (interpolate_ends){0};
    GGCN_TRY(ggcn_agree(allocate(o, info, e)));
    if (o->data)
        return fit_images(o, model, e);
    if (o->n_pairs > 0)
        GGCN_TRY(read_chains(o, model, e));
    else
        draw(o, info, e);
    for (size_t i = 0; i < (size_t)o->rows * 2 * info->latent; i++)
        e->z[i] = e->z[i] < -1 ? -1 : e->z[i] > 1 ? 1 : e->z[i];
    return ggcn_agree(choose_classes(o, info, e));
}
