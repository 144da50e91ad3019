#include "sample_start.h"

#include <stdlib.h>
#include <string.h>

#include "data_images.h"
#include "ggcn/hpc.h"
#include "learn/grid_image.h"

static ggcn_status no_memory(void) {
    GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer samples", "no memory for the samples' start");
}

static ggcn_random_key key_of(const sample_plan *p, ggcn_random_purpose purpose, int64_t chain) {
    return (ggcn_random_key){.seed = p->how.seed,
                             .purpose = purpose,
                             .iteration = (uint32_t)p->info->iteration,
                             .chain = (uint32_t)(p->first + chain)};
}

/* One of `count` things for a chain. */
static int64_t draw_one(const sample_plan *p, int64_t chain, int64_t count) {
    const double u = ggcn_random_uniform(key_of(p, GGCN_RANDOM_SAMPLE_START, chain), 0);
    const int64_t number = (int64_t)(u * (double)count);
    return number < count ? number : count - 1;
}

static size_t elements_of(const sample_plan *p, int grid) {
    const ggcn_shape s = ggcn_trained_shape(p->model, grid);
    return (size_t)(s.channels * s.height * s.width);
}

/* --- the run's own chains ----------------------------------------------------------------------------------------- */

static ggcn_status begin_stored(const sample_plan *p, float *x, uint32_t *labels, uint64_t *numbers) {
    for (int64_t n = 0; n < p->local; n++)
        numbers[n] = (uint64_t)p->stored[p->first + n];
    return ggcn_trained_stored(p->model, p->local, p->stored + p->first, x, labels, NULL);
}

/* --- the generator ------------------------------------------------------------------------------------------------ */

static ggcn_status begin_generated(const sample_plan *p, float *x, const uint32_t *labels) {
    const size_t latent = p->info->latent;
    float *z = malloc((size_t)p->local * latent * sizeof *z + 1);
    GGCN_TRY(ggcn_agree(z ? GGCN_SUCCESS : no_memory()));
    for (int64_t n = 0; n < p->local; n++)
        ggcn_random_normal(key_of(p, GGCN_RANDOM_SAMPLE_LATENT, n), latent, z + (size_t)n * latent);
    const ggcn_status status = ggcn_agree(ggcn_trained_generate(p->model, p->local, z, labels, x));
    free(z);
    return status;
}

/* --- fresh chains ------------------------------------------------------------------------------------------------- */

/* An image as the first grid of a model shows it: as it is, or its means over large squares. */
static void coarsen(const sample_plan *p, const float *image, float *scratch, float *x) {
    const ggcn_shape full = p->info->image, grid = ggcn_trained_shape(p->model, 0);
    const int64_t size = p->info->first_size;
    if (size == 0) {
        memcpy(x, image, elements_of(p, 0) * sizeof *x);
        return;
    }
    ggcn_reduce_image(image, full, full.height / size, scratch);
    ggcn_enlarge_image(scratch, (ggcn_shape){full.channels, size, size}, grid.height / size, x);
}

/* Images of a data set, or of the run's chains, for all chains of this rank. Collective. */
static ggcn_status read_starts(const sample_plan *p, const uint32_t *labels, float *images) {
    if (p->options->data) {
        double *u = malloc((size_t)p->local * sizeof *u + 1);
        GGCN_TRY(ggcn_agree(u ? GGCN_SUCCESS : no_memory()));
        for (int64_t n = 0; n < p->local; n++)
            u[n] = ggcn_random_uniform(key_of(p, GGCN_RANDOM_SAMPLE_START, n), 0);
        const ggcn_status status = data_images_draw(p->options->data, p->info, p->local, u, labels, images);
        free(u);
        return status;
    }
    int64_t *numbers = malloc((size_t)p->local * sizeof *numbers + 1);
    GGCN_TRY(ggcn_agree(numbers ? GGCN_SUCCESS : no_memory()));
    for (int64_t n = 0; n < p->local; n++)
        numbers[n] = draw_one(p, n, p->info->chains);
    const ggcn_status status = ggcn_trained_stored(p->model, p->local, numbers, images, NULL, NULL);
    free(numbers);
    return status;
}

static ggcn_status begin_at_images(const sample_plan *p, float *x, const uint32_t *labels) {
    const size_t full = elements_of(p, p->info->grids - 1), grid = elements_of(p, 0);
    float *images = malloc((size_t)p->local * full * sizeof *images + 1), *scratch = malloc(full * sizeof *scratch);
    ggcn_status status = ggcn_agree(images && scratch ? GGCN_SUCCESS : no_memory());
    if (status == GGCN_SUCCESS)
        status = read_starts(p, labels, images);
    for (int64_t n = 0; status == GGCN_SUCCESS && n < p->local; n++)
        coarsen(p, images + (size_t)n * full, scratch, x + (size_t)n * grid);
    free(images);
    free(scratch);
    return status;
}

static void begin_at_reference(const sample_plan *p, float *x) {
    const size_t elements = elements_of(p, 0);
    memset(x, 0, (size_t)p->local * elements * sizeof *x);
    if (p->info->config->sampler.start != GGCN_START_NOISE)
        return;
    const float sigma = (float)p->info->config->potential.reference_sigma;
    for (int64_t n = 0; n < p->local; n++) {
        float *state = x + (size_t)n * elements;
        ggcn_random_normal(key_of(p, GGCN_RANDOM_SAMPLE_START, n), elements, state);
        for (size_t i = 0; i < elements; i++)
            state[i] *= sigma;
    }
}

ggcn_status sample_begin(const sample_plan *p, float *x, uint32_t *labels, uint64_t *numbers) {
    if (p->start == SAMPLE_CHAINS)
        return begin_stored(p, x, labels, numbers);
    for (int64_t n = 0; n < p->local; n++) {
        labels[n] = sample_plan_class(p, p->first + n);
        numbers[n] = (uint64_t)(p->first + n);
    }
    if (p->start == SAMPLE_GENERATOR)
        return begin_generated(p, x, labels);
    if (p->options->data || p->info->first_size > 0)
        return begin_at_images(p, x, labels);
    begin_at_reference(p, x);
    return GGCN_SUCCESS;
}
