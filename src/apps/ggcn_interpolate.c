/* ggcn_interpolate: images of a generator between two latents. See `ggcn_interpolate --help`. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "interpolate_ends.h"
#include "interpolate_options.h"
#include "model_rows.h"
#include "model_samples.h"

/* The points of all rows; image i is point i % points of row i / points. */
typedef struct {
    const interpolate_options *options;
    ggcn_trained *model;
    const ggcn_trained_info *info;
    interpolate_ends ends;
    int64_t count, first, local; /* images, and this rank's */
    size_t elements;
    float *z, *x;            /* [local][latent], [local][C][H][W] */
    uint32_t *labels;        /* [local] */
    uint64_t *rows, *points; /* [local] */
} rows;

static ggcn_status allocate(rows *r) {
    const size_t local = (size_t)r->local + 1;
    r->z = calloc(local * r->info->latent, sizeof *r->z);
    r->x = calloc(local * r->elements, sizeof *r->x);
    r->labels = calloc(local, sizeof *r->labels);
    r->rows = calloc(local, sizeof *r->rows);
    r->points = calloc(local, sizeof *r->points);
    if (!r->z || !r->x || !r->labels || !r->rows || !r->points)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "ask for fewer rows or points", "no memory for %" PRId64 " images", r->local);
    return GGCN_SUCCESS;
}

static void clear(rows *r) {
    interpolate_ends_clear(&r->ends);
    free(r->z);
    free(r->x);
    free(r->labels);
    free(r->rows);
    free(r->points);
}

/* z_c = z_0 + c (z_1 - z_0)/(points - 1), which is z_0 and z_1 to the bit at the ends. */
static void place_points(rows *r) {
    const size_t latent = r->info->latent;
    const int64_t last = r->options->points - 1;
    for (int64_t i = 0; i < r->local; i++) {
        const int64_t row = (r->first + i) / (last + 1), point = (r->first + i) % (last + 1);
        const float *from = r->ends.z + (size_t)row * 2 * latent, *to = from + latent;
        const float c = (float)point / (float)last;
        for (size_t k = 0; k < latent; k++)
            r->z[(size_t)i * latent + k] = point == last ? to[k] : from[k] + c * (to[k] - from[k]);
        r->labels[i] = r->ends.labels[row];
        r->rows[i] = (uint64_t)row;
        r->points[i] = (uint64_t)point;
    }
}

static ggcn_status write_samples(const rows *r) {
    const ggcn_samples_rows mine = {.images = r->x, .chain = r->rows, .draw = r->points, .labels = r->labels};
    const ggcn_samples_info own = {.start = "interpolation", .count = r->count};
    return model_samples_write(&r->options->model, r->info, own, r->first, r->local, &mine);
}

/* The rows, each between the images its ends were fitted to if there are such. */
static void compose(const rows *r, const float *all, float *picture) {
    const size_t row = (size_t)r->options->points * r->elements, bytes = r->elements * sizeof *picture;
    for (int64_t i = 0; i < r->options->rows; i++) {
        const float *ends = r->ends.images ? r->ends.images + (size_t)i * 2 * r->elements : NULL;
        if (ends) {
            memcpy(picture, ends, bytes);
            picture += r->elements;
        }
        memcpy(picture, all + (size_t)i * row, row * sizeof *picture);
        picture += row;
        if (ends) {
            memcpy(picture, ends + r->elements, bytes);
            picture += r->elements;
        }
    }
}

static ggcn_status write_picture(const rows *r, const char *path) {
    const int64_t columns = r->options->points + (r->ends.images ? 2 : 0);
    const ggcn_array array = model_rows_array(r->count, r->first, r->local, r->elements, r->x);
    const bool here = ggcn_rank() == 0;
    float *all = here ? malloc((size_t)r->count * r->elements * sizeof *all) : NULL;
    float *picture = here ? malloc((size_t)(r->options->rows * columns) * r->elements * sizeof *picture) : NULL;
    ggcn_status status = GGCN_SUCCESS;
    if (here && (!all || !picture))
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, "ask for fewer rows", "no memory for a picture");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_gather_rows(&array, r->count, all);
    if (status == GGCN_SUCCESS) {
        if (here)
            compose(r, all, picture);
        status = model_write_picture(r->info, path, picture, r->options->rows * columns, columns);
    }
    free(all);
    free(picture);
    return status;
}

static ggcn_status print_end(const rows *r, const char *picture) {
    const ggcn_array array = model_rows_array(r->count, r->first, r->local, r->elements, r->x);
    uint64_t digest;
    GGCN_TRY(ggcn_array_digest(&array, &digest));
    const double range = (double)r->info->config->data.pixel_max - (double)r->info->config->data.pixel_min;
    for (int64_t i = 0; r->ends.images && i < r->options->rows; i++)
        app_print("row %-4" PRId64 "      images %" PRId64 " and %" PRId64 " fitted to PSNR %.2f and %.2f dB\n", i,
                  r->options->pairs[i][0], r->options->pairs[i][1], 10 * log10(range * range / r->ends.distance[2 * i]),
                  10 * log10(range * range / r->ends.distance[2 * i + 1]));
    model_print(r->info);
    app_print("samples       %s: %" PRId64 " rows of %" PRId64 " points\npicture       %s\n", r->options->model.out,
              r->options->rows, r->options->points, picture);
    app_print("digest samples=%016" PRIx64 "\n", digest);
    return GGCN_SUCCESS;
}

static ggcn_status check_model(const ggcn_trained_info *info) {
    if (info->latent == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use a model with a generator (ggcn, dcgan)", "%s: a %s has no generator",
                  info->checkpoint, ggcn_model_name(info->config->model));
    if (info->encodes)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use ggcn_inpaint",
                  "%s: the generator completes images, there are no latents between two of them", info->checkpoint);
    return GGCN_SUCCESS;
}

static ggcn_status run(rows *r) {
    char picture[4096];
    model_picture_path(r->options->model.grid, r->options->model.out, picture, sizeof picture);
    GGCN_TRY(ggcn_agree(check_model(r->info)));
    GGCN_TRY(interpolate_ends_find(r->options, r->model, &r->ends));
    model_rows_of_rank(r->info, r->count, &r->first, &r->local);
    GGCN_TRY(ggcn_agree(allocate(r)));
    place_points(r);
    GGCN_TRY(ggcn_agree(ggcn_trained_generate(r->model, r->local, r->z, r->labels, r->x)));
    GGCN_TRY(write_samples(r));
    GGCN_TRY(write_picture(r, picture));
    return print_end(r, picture);
}

static ggcn_status interpolate(ggcn_trained *model, const void *context) {
    const interpolate_options *options = context;
    rows r = {.options = options,
              .model = model,
              .info = ggcn_trained_describe(model),
              .count = options->rows * options->points};
    r.elements = (size_t)(r.info->image.channels * r.info->image.height * r.info->image.width);
    const ggcn_status status = run(&r);
    clear(&r);
    return status;
}

static ggcn_status read(int argc, char *const *argv, void *options) {
    return interpolate_options_read(argc, argv, options);
}

static ggcn_status work(int argc, char **argv, const void *options) {
    return model_use(&((const interpolate_options *)options)->model, argc, argv, interpolate, options);
}

int main(int argc, char **argv) {
    interpolate_options options;
    return app_main(&(app_program){"ggcn_interpolate", interpolate_help, &options, &options.model.action, read, work},
                    argc, argv);
}
