/* A training run: the loop over iterations with its files and its progress line. */
#ifndef GGCN_APPS_TRAIN_RUN_H
#define GGCN_APPS_TRAIN_RUN_H

#include "train_options.h"
#include "ggcn/config.h"
#include "ggcn/dataset.h"
#include "ggcn/model_networks.h"

/* Runs to the last iteration and prints the digests. Collective; errors are agreed on. `text`: the configuration as YAML. */
ggcn_status train_run(const ggcn_config *config, const char *text, const train_options *options, const ggcn_model_networks *networks,
                      const ggcn_observed *observed, const ggcn_blocks *blocks);

#endif
