/* What a training run writes while it goes on: draws, pictures, metrics, checkpoints. Everything is collective.
 *
 * A disk that is full, or a folder that cannot be written to, does not end a run: it is said, what has been written
 * stays, and the next interval tries again, with the draws and metrics kept in memory until then. At the end it is an
 * error. */
#ifndef GGCN_APPS_TRAIN_OUTPUT_H
#define GGCN_APPS_TRAIN_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "ggcn/blocks.h"
#include "ggcn/config.h"
#include "ggcn/files.h"
#include "ggcn/trainer.h"

typedef struct {
    const ggcn_config *config;
    const ggcn_blocks *blocks;
    ggcn_trainer *trainer;
    ggcn_state state;
    ggcn_chain_recorder *recorder;
    ggcn_metrics_file *metrics;
    uint64_t saved;            /* iteration of the newest checkpoint; UINT64_MAX: there is none */
    double seconds_checkpoint; /* of the last checkpoint, whose row of the metrics was written first */
} train_output;

/* Opens the files that grow, without what they hold of iterations later than the trainer's. */
ggcn_status train_output_open(train_output *output);
/* One checkpoint, with nothing before it. */
ggcn_status train_output_checkpoint(train_output *output);
/* What is due after an iteration. @param[in,out] values of the metrics @param checkpoint whether one is due @param last
 * whether nothing will be written after it, so that a failure is an error
 * @return on failure the first error, after everything was tried */
ggcn_status train_output_write(train_output *output, double *values, bool checkpoint, bool last);
void train_output_close(train_output *output);

#endif
