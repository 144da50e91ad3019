/* A training run: the loop over iterations with its files and its progress line. */
#ifndef GGCN_APPS_TRAIN_RUN_H
#define GGCN_APPS_TRAIN_RUN_H

#include <stdbool.h>

#include "ggcn/config.h"
#include "ggcn/dataset.h"
#include "ggcn/model_networks.h"
#include "train_options.h"

/* Runs to the last iteration and prints the digests, or until it is told to stop (ggcn/run_control.h). Collective;
 * errors are agreed on. `text`: the configuration as YAML. @param[out] stopped  whether there is more to do for a
 * restart */
ggcn_status train_run(const ggcn_config *config, const char *text, const train_options *options,
                      const ggcn_model_networks *networks, const ggcn_observed *observed, const ggcn_blocks *blocks,
                      bool *stopped);

#endif
