/* What ggcn_train --dry-run and --list print. */
#ifndef GGCN_APPS_TRAIN_PLAN_H
#define GGCN_APPS_TRAIN_PLAN_H

#include "ggcn/blocks.h"
#include "ggcn/config.h"
#include "ggcn/dataset.h"
#include "ggcn/model_networks.h"

/* The plan of a run: data, network table, blocks per rank and thread, memory, checkpoint. Prints on rank 0. */
ggcn_status train_print_plan(const ggcn_config *config, const ggcn_observed *data, const ggcn_model_networks *networks,
                             const ggcn_blocks *blocks);

/* What the run will take, from a trial of the model (train_trial.h). Collective. */
ggcn_status train_print_time(const ggcn_config *config, const ggcn_observed *data, const ggcn_model_networks *networks,
                             const ggcn_blocks *blocks);

/* The built-in networks and presets, each with the first line of its text. */
void train_print_list(void);

#endif
