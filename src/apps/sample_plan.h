/* What ggcn_sample is going to do: the command line and the model together. */
#ifndef GGCN_APPS_SAMPLE_PLAN_H
#define GGCN_APPS_SAMPLE_PLAN_H

#include "ggcn/trained.h"
#include "sample_options.h"

typedef struct {
    const sample_options *options;
    ggcn_trained *model;
    const ggcn_trained_info *info;
    sample_start start;
    ggcn_chain_steps how;  /* step size, noise, Metropolis, seed */
    int64_t steps, thin;   /* before the first sample of a chain, on each grid; between its samples */
    int64_t chains, draws; /* over all ranks; of each chain */
    int64_t first, local;  /* chains of this rank; in whole blocks, so that the bits are the same on any ranks */
    int first_grid;        /* grid that chains start on */
    int64_t total;         /* steps of a chain from its start to its last sample */
    uint32_t classes[SAMPLE_MOST_CLASSES];
    int n_classes;   /* chosen; 0: all */
    int64_t *stored; /* start from the run's chains: [available] their numbers */
    int64_t available;
} sample_plan;

/* Collective. To be released with sample_plan_clear, also after a failure.
 * @return GGCN_ERROR_ARGUMENT: what was asked for does not go with the model */
ggcn_status sample_plan_make(const sample_options *options, ggcn_trained *model, sample_plan *plan);
void sample_plan_clear(sample_plan *plan);

/* Class of a chain that the run does not have. */
uint32_t sample_plan_class(const sample_plan *plan, int64_t chain);

#endif
