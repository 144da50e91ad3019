#include "inpaint_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_images.h"
#include "eval_images.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "inpaint_frechet.h"
#include "inpaint_mask.h"
#include "inpaint_score.h"
#include "model_rows.h"
#include "model_samples.h"
#include "options.h"

enum { shown_images = 30, images_a_row = 3, pictures_of_image = 3 };

/* This rank's images. */
typedef struct {
    const inpaint_options *options;
    const eval_network *network;
    ggcn_trained *model;
    const ggcn_trained_info *info;
    ggcn_masks masks;
    ggcn_picture mask_file;
    ggcn_chain_steps how;
    int64_t count, first, local, elements, plane;
    int64_t *places; /* [local] in the data set's part */
    uint64_t *numbers, *draws;
    uint32_t *labels;
    uint8_t *hidden;                       /* [local][H][W] */
    float *originals, *filled, *x, *fixed; /* [local][C][H][W]; filled: the mean colour in place of hidden pixels */
} inpainting;

static ggcn_status allocate(inpainting *p) {
    const size_t local = (size_t)p->local + 1, floats = local * (size_t)p->elements;
    p->places = calloc(local, sizeof *p->places);
    p->numbers = calloc(local, sizeof *p->numbers);
    p->draws = calloc(local, sizeof *p->draws);
    p->labels = calloc(local, sizeof *p->labels);
    p->hidden = calloc(local * (size_t)p->plane, 1);
    p->originals = calloc(floats, sizeof *p->originals);
    p->filled = calloc(floats, sizeof *p->filled);
    p->x = calloc(floats, sizeof *p->x);
    p->fixed = calloc(floats, sizeof *p->fixed);
    if (!p->places || !p->numbers || !p->draws || !p->labels || !p->hidden || !p->originals || !p->filled || !p->x ||
        !p->fixed)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer images", "no memory for %" PRId64 " images", p->local);
    return GGCN_SUCCESS;
}

static void clear(inpainting *p) {
    free(p->places);
    free(p->numbers);
    free(p->draws);
    free(p->labels);
    free(p->hidden);
    free(p->originals);
    free(p->filled);
    free(p->x);
    free(p->fixed);
    ggcn_picture_clear(&p->mask_file);
}

/* --- images and masks --------------------------------------------------------------------------------------------- */

static ggcn_status choose_images(inpainting *p, const data_images *d) {
    const inpaint_options *o = p->options;
    if (o->count > d->count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "lower -n", "%s: %" PRId64 " images wanted, the part has only %" PRId64, o->data,
                  o->count, d->count);
    GGCN_TRY(allocate(p));
    for (int64_t n = 0; n < p->local; n++) {
        p->places[n] = p->first + n;
        p->numbers[n] = (uint64_t)d->numbers[p->places[n]];
        p->labels[n] = d->labels[p->places[n]];
    }
    return GGCN_SUCCESS;
}

static ggcn_status read_images(inpainting *p) {
    const inpaint_options *o = p->options;
    data_images images;
    GGCN_TRY(data_images_open(o->data, p->info, o->part_given ? &o->part : NULL, &images));
    model_rows_of_rank(p->info, p->count, &p->first, &p->local);
    ggcn_status status = ggcn_agree(choose_images(p, &images));
    if (status == GGCN_SUCCESS)
        status = data_images_read(&images, p->local, p->places, p->originals);
    data_images_close(&images);
    return status;
}

/* Mean of the pixels of a channel that are seen. */
static float mean_seen(const inpainting *p, const float *channel, const uint8_t *hidden) {
    double sum = 0, number = 0;
    for (int64_t i = 0; i < p->plane; i++) {
        sum += hidden[i] ? 0 : (double)channel[i];
        number += !hidden[i];
    }
    const ggcn_config_data *d = &p->info->config->data;
    return number > 0 ? (float)(sum / number) : 0.5f * (d->pixel_min + d->pixel_max);
}

static void hide(inpainting *p) {
    for (int64_t n = 0; n < p->local; n++) {
        uint8_t *hidden = p->hidden + n * p->plane;
        ggcn_mask_draw(
            &p->masks,
            (ggcn_random_key){.seed = p->how.seed, .purpose = GGCN_RANDOM_MASK, .chain = (uint32_t)(p->first + n)},
            hidden);
        for (int64_t k = 0; k < p->elements; k += p->plane) {
            const float *original = p->originals + n * p->elements + k;
            const float mean = mean_seen(p, original, hidden);
            for (int64_t i = 0; i < p->plane; i++) {
                const int64_t at = n * p->elements + k + i;
                p->filled[at] = hidden[i] ? mean : original[i];
                p->fixed[at] = hidden[i] ? NAN : original[i];
            }
        }
    }
}

/* --- completion --------------------------------------------------------------------------------------------------- */

/* x = the seen pixels, and the generator's image or the mean colour where they are hidden. */
static ggcn_status begin(inpainting *p) {
    const int64_t floats = p->local * p->elements;
    if (!p->info->encodes) {
        memcpy(p->x, p->filled, (size_t)floats * sizeof *p->x);
        return GGCN_SUCCESS;
    }
    float *masked = malloc((size_t)floats * sizeof *masked + 1);
    if (!masked)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer images", "no memory for %" PRId64 " images", p->local);
    for (int64_t i = 0; i < floats; i++)
        masked[i] = isnan(p->fixed[i]) ? 0 : p->fixed[i];
    const ggcn_status status = ggcn_trained_generate(p->model, p->local, masked, p->labels, p->x);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < floats; i++)
        p->x[i] = isnan(p->fixed[i]) ? p->x[i] : p->fixed[i];
    free(masked);
    return status;
}

static ggcn_status complete(inpainting *p) {
    const int finest = p->info->grids - 1;
    GGCN_TRY(begin(p));
    for (int64_t n = 0; n < p->local; n++)
        p->draws[n] = p->how.langevin.steps;
    if (p->how.langevin.steps == 0)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_trained_step(p->model, finest, &p->how, p->local, p->x, p->labels, p->fixed, NULL));
    if (!p->info->config->sampler.final_step_noiseless)
        return GGCN_SUCCESS;
    ggcn_chain_steps quiet = p->how;
    quiet.langevin.steps = 1;
    quiet.langevin.noise_sigma = 0;
    return ggcn_trained_step(p->model, finest, &quiet, p->local, p->x, p->labels, p->fixed, NULL);
}

/* --- results ------------------------------------------------------------------------------------------------------ */

static ggcn_status write_samples(const inpainting *p) {
    const ggcn_samples_info own = {
        .start = "inpainting", .steps = p->how.langevin.steps, .count = p->count, .with_originals = true};
    const ggcn_samples_rows rows = {.images = p->x,
                                    .chain = p->numbers,
                                    .draw = p->draws,
                                    .labels = p->labels,
                                    .originals = p->originals,
                                    .hidden = p->hidden};
    return model_samples_write(&p->options->model, p->info, own, p->first, p->local, &rows);
}

/* Masked image (hidden pixels grey), result, original of this rank's images. */
static void compose(const inpainting *p, float *triplets) {
    const ggcn_config_data *d = &p->info->config->data;
    const float grey = 0.5f * (d->pixel_min + d->pixel_max);
    const size_t bytes = (size_t)p->elements * sizeof *triplets;
    for (int64_t n = 0; n < p->local; n++) {
        float *to = triplets + n * pictures_of_image * p->elements;
        for (int64_t i = 0; i < p->elements; i++)
            to[i] = isnan(p->fixed[n * p->elements + i]) ? grey : p->fixed[n * p->elements + i];
        memcpy(to + p->elements, p->x + n * p->elements, bytes);
        memcpy(to + 2 * p->elements, p->originals + n * p->elements, bytes);
    }
}

static ggcn_status write_picture(const inpainting *p, const char *path) {
    const size_t row = (size_t)(pictures_of_image * p->elements);
    const int64_t shown = p->count < shown_images ? p->count : shown_images;
    float *mine = malloc((size_t)p->local * row * sizeof *mine + 1);
    float *all = ggcn_rank() == 0 ? malloc((size_t)shown * row * sizeof *all) : NULL;
    ggcn_status status = GGCN_SUCCESS;
    if (!mine || (ggcn_rank() == 0 && !all))
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a picture");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS) {
        compose(p, mine);
        const ggcn_array array = model_rows_array(p->count, p->first, p->local, row, mine);
        status = ggcn_gather_rows(&array, shown, all);
    }
    if (status == GGCN_SUCCESS)
        status = model_write_picture(p->info, path, all, shown * pictures_of_image, images_a_row * pictures_of_image);
    free(mine);
    free(all);
    return status;
}

static void print_score(const char *title, const inpaint_score *score) {
    char ssim[16] = "-"; /* of images smaller than its window */
    if (!isnan(score->ssim))
        snprintf(ssim, sizeof ssim, "%.4f", score->ssim);
    app_print("%-14s %.6f   %.2f dB  %-8s %.6f\n", title, score->mse, score->psnr, ssim, score->hidden_mse);
}

static ggcn_status print_frechet(const inpainting *p) {
    const int64_t features = ggcn_feature_network_features(p->network->compiled);
    double distance;
    GGCN_TRY(inpaint_frechet(p->options->model.out, p->network, &distance));
    app_print("\nFrechet distance to the originals  %.6g   (%s, digest %016" PRIx64 ", %" PRId64 " features of %s)\n",
              distance, p->network->path, p->network->digest, features, p->network->features);
    eval_print_rank("images", p->count, features);
    return GGCN_SUCCESS;
}

static ggcn_status print_end(const inpainting *p, const char *picture) {
    static const char *const masks[] = {
        [GGCN_MASK_SQUARE] = "square", [GGCN_MASK_SPOTS] = "spots", [GGCN_MASK_BOTH] = "square and spots"};
    const ggcn_array array = model_rows_array(p->count, p->first, p->local, (size_t)p->elements, p->x);
    inpaint_score result, before;
    uint64_t digest;
    GGCN_TRY(inpaint_score_of(p->info, p->count, p->first, p->local, p->x, p->originals, p->hidden, &result));
    GGCN_TRY(inpaint_score_of(p->info, p->count, p->first, p->local, p->filled, p->originals, p->hidden, &before));
    GGCN_TRY(ggcn_array_digest(&array, &digest));
    model_print(p->info);
    app_print("samples       %s: %" PRId64 " images of %s, mask: %s, %s%u steps\n", p->options->model.out, p->count,
              p->options->data, p->options->mask_file ? p->options->mask_file : masks[p->options->mask.mask],
              p->info->encodes ? "generator and " : "", p->how.langevin.steps);
    app_print("picture       %s\n\n", picture);
    app_print("               MSE        PSNR      SSIM     MSE of hidden pixels\n");
    print_score("completed", &result);
    print_score("mean colour", &before);
    if (p->network)
        GGCN_TRY(print_frechet(p));
    app_print("\n");
    app_print("digest samples=%016" PRIx64 "\n", digest);
    return GGCN_SUCCESS;
}

/* --- the program -------------------------------------------------------------------------------------------------- */

enum { times_as_many_steps = 10 }; /* where there is no generator to begin with */

static ggcn_status choose_steps(inpainting *p) {
    const inpaint_options *o = p->options;
    const ggcn_config *c = p->info->config;
    if (ggcn_model_traits_of(c->model)->adversarial)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use another model", "%s: a %s has no density to complete images with",
                  p->info->checkpoint, ggcn_model_name(c->model));
    GGCN_TRY(model_sampler(&o->model, p->model, o->step_size, false, &p->how));
    p->how.langevin.steps =
        o->steps >= 0 ? (uint32_t)o->steps : c->sampler.steps * (p->info->encodes ? 1 : times_as_many_steps);
    return GGCN_SUCCESS;
}

static ggcn_status run(inpainting *p) {
    char picture[4096];
    model_picture_path(p->options->model.grid, p->options->model.out, picture, sizeof picture);
    ggcn_image_spread spread; /* the distance needs images on each rank: said before the work */
    if (p->network)
        GGCN_TRY(ggcn_agree(ggcn_spread_images(p->count, &spread)));
    GGCN_TRY(ggcn_agree(choose_steps(p)));
    GGCN_TRY(ggcn_agree(inpaint_masks_choose(p->options, p->info, &p->mask_file, &p->masks)));
    GGCN_TRY(read_images(p));
    hide(p);
    p->how.first_chain = p->first;
    GGCN_TRY(ggcn_agree(complete(p)));
    GGCN_TRY(write_samples(p));
    GGCN_TRY(write_picture(p, picture));
    return print_end(p, picture);
}

ggcn_status inpaint_run(const inpaint_options *options, const eval_network *network, ggcn_trained *model) {
    const ggcn_trained_info *info = ggcn_trained_describe(model);
    inpainting p = {.options = options,
                    .network = network,
                    .model = model,
                    .info = info,
                    .count = options->count,
                    .elements = info->image.channels * info->image.height * info->image.width,
                    .plane = info->image.height * info->image.width};
    const ggcn_status status = run(&p);
    clear(&p);
    return status;
}
