/* Which observed images a block sees in an iteration: its share of the data set in a new random order each epoch, a
 * function of (seed, block, iteration) alone. */
#ifndef GGCN_LEARN_OBSERVED_BATCH_H
#define GGCN_LEARN_OBSERVED_BATCH_H

#include "ggcn/blocks.h"
#include "ggcn/config.h"
#include "ggcn/observed.h"

typedef struct {
    const ggcn_observed *observed;
    uint64_t seed;
    uint64_t per_block; /* images per iteration and block */
    float scale, shift; /* byte -> pixel value */
    uint32_t **order;   /* [owned] permutation of the block's current epoch */
    uint64_t *epoch;    /* [owned] which epoch that is */
} ggcn_observed_batch;

ggcn_status ggcn_observed_batch_create(const ggcn_observed *observed, const ggcn_blocks *blocks,
                                       const ggcn_config_data *config, uint64_t seed, uint64_t per_block,
                                       ggcn_observed_batch *batch);
void ggcn_observed_batch_destroy(ggcn_observed_batch *batch, int64_t owned);

/* Image number `number` (below per_block) of block `global_block`, local number `block`: pixels [C][H][W] and label.
 * One thread per block at a time. */
void ggcn_observed_batch_draw(ggcn_observed_batch *batch, int64_t block, int64_t global_block, uint64_t iteration,
                              uint64_t number, float *pixels, uint32_t *label);

#endif
