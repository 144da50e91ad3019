#include "learn/observed_batch.h"

#include <stdlib.h>

#include "ggcn/random.h"

ggcn_status ggcn_observed_batch_create(const ggcn_observed *observed, const ggcn_blocks *blocks,
                                       const ggcn_config_data *config, uint64_t seed, uint64_t per_block,
                                       ggcn_observed_batch *batch) {
    *batch = (ggcn_observed_batch){.observed = observed,
                                   .seed = seed,
                                   .per_block = per_block,
                                   .scale = (config->pixel_max - config->pixel_min) / 255.0f,
                                   .shift = config->pixel_min};
    batch->order = calloc((size_t)blocks->owned, sizeof *batch->order);
    batch->epoch = calloc((size_t)blocks->owned, sizeof *batch->epoch);
    bool complete = batch->order && batch->epoch;
    for (int64_t b = 0; complete && b < blocks->owned; b++) {
        batch->order[b] = malloc((size_t)(observed->start[b + 1] - observed->start[b]) * sizeof **batch->order);
        batch->epoch[b] = UINT64_MAX; /* none drawn yet */
        complete = batch->order[b] != NULL;
    }
    if (!complete) {
        ggcn_observed_batch_destroy(batch, blocks->owned);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the order of the observed images");
    }
    return GGCN_SUCCESS;
}

void ggcn_observed_batch_destroy(ggcn_observed_batch *batch, int64_t owned) {
    for (int64_t b = 0; batch->order && b < owned; b++)
        free(batch->order[b]);
    free(batch->order);
    free(batch->epoch);
    *batch = (ggcn_observed_batch){0};
}

void ggcn_observed_batch_draw(ggcn_observed_batch *batch, int64_t block, int64_t global_block, uint64_t iteration,
                              uint64_t number, float *pixels, uint32_t *label) {
    const ggcn_observed *o = batch->observed;
    const uint64_t share = (uint64_t)(o->start[block + 1] - o->start[block]);
    const uint64_t position = iteration * batch->per_block + number, epoch = position / share;
    if (batch->epoch[block] != epoch) {
        ggcn_random_permutation((ggcn_random_key){.seed = batch->seed,
                                                  .purpose = GGCN_RANDOM_OBSERVED,
                                                  .iteration = (uint32_t)epoch,
                                                  .chain = (uint32_t)global_block},
                                (uint32_t)share, batch->order[block]);
        batch->epoch[block] = epoch;
    }
    const size_t image = (size_t)o->start[block] + batch->order[block][position % share];
    const size_t elements = (size_t)(o->shape.channels * o->shape.height * o->shape.width);
    const uint8_t *bytes = o->images + image * elements;
    for (size_t i = 0; i < elements; i++)
        pixels[i] = batch->scale * (float)bytes[i] + batch->shift;
    *label = o->labels[image];
}
