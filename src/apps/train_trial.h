/* How long an iteration will take, for --dry-run: tried on one block a thread, with made-up images. */
#ifndef GGCN_APPS_TRAIN_TRIAL_H
#define GGCN_APPS_TRAIN_TRIAL_H

#include "ggcn/blocks.h"
#include "ggcn/config.h"
#include "ggcn/model_networks.h"
#include "ggcn/observed.h"

/* Seconds of one iteration of the run, by part, of the slowest rank. */
typedef struct {
    double sampling, learning, generator, reduction;
} train_seconds;

/**
 * Tries the model on one block a thread, with at most a few Langevin steps, and scales up to the blocks of the rank
 * that has most and to all steps. Collective; needs no more memory than the run.
 * @param most   blocks of the rank that has most
 * @param data   what ggcn_observed_select tells; its images are not looked at
 */
ggcn_status train_try(const ggcn_config *config, const ggcn_observed *data, const ggcn_model_networks *networks,
                      const ggcn_blocks *blocks, int64_t most, train_seconds *seconds);

#endif
