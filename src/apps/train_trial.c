#include "train_trial.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "ggcn/trainer.h"
#include "made_up_images.h"

enum { trial_steps = 4 };

/* The run made small: one block a thread, few steps. Strings and arrays stay the original's. */
static ggcn_config shorten(const ggcn_config *config, const ggcn_blocks *blocks, int64_t count) {
    ggcn_config c = *config;
    const uint64_t slots = config->replay.size / config->learning.chains;
    c.learning.observed = config->learning.observed / (uint64_t)blocks->count * (uint64_t)count;
    c.learning.chains = (uint64_t)count * config->run.block;
    c.replay.size = slots * c.learning.chains;
    if (c.sampler.steps > trial_steps)
        c.sampler.steps = trial_steps;
    if (c.generator.every > 2) /* an iteration with an update of the generator, one without */
        c.generator.every = 2;
    c.guard.mode = GGCN_GUARD_OFF;
    return c;
}

static double metric(const ggcn_trainer *trainer, const double *metrics, const char *name) {
    const ggcn_metric_info *infos;
    const size_t count = ggcn_trainer_metrics(trainer, &infos);
    for (size_t i = 0; i < count; i++)
        if (strcmp(infos[i].name, name) == 0)
            return metrics[i];
    return 0;
}

/* After a first pair of iterations in which memory is touched for the first time. */
static ggcn_status time_iterations(ggcn_trainer *trainer, const ggcn_config *config, train_seconds *seconds) {
    const ggcn_metric_info *infos;
    double generator[2] = {0}, *metrics = malloc(ggcn_trainer_metrics(trainer, &infos) * sizeof *metrics);
    ggcn_status status = GGCN_SUCCESS;
    if (!metrics)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a trial of the model");
    status = ggcn_agree(status);
    *seconds = (train_seconds){0};
    for (int i = 0; status == GGCN_SUCCESS && i < 4; i++) {
        status = ggcn_trainer_step(trainer, metrics);
        if (status != GGCN_SUCCESS || i < 2)
            continue;
        seconds->sampling += 0.5 * metrics[GGCN_METRIC_SECONDS_SAMPLING];
        seconds->learning += 0.5 * metrics[GGCN_METRIC_SECONDS_LEARNING];
        seconds->reduction += 0.5 * metrics[GGCN_METRIC_SECONDS_REDUCTION];
        generator[i - 2] = metric(trainer, metrics, "seconds_generator");
    }
    free(metrics);
    const double more = generator[0] > generator[1] ? generator[0] : generator[1],
                 less = generator[0] + generator[1] - more;
    seconds->generator =
        config->generator.every > 1 ? less + (more - less) / config->generator.every : 0.5 * (more + less);
    return status;
}

ggcn_status train_try(const ggcn_config *config, const ggcn_observed *data, const ggcn_model_networks *networks,
                      const ggcn_blocks *blocks, int64_t most, train_seconds *seconds) {
    double threads = omp_get_max_threads() < most ? omp_get_max_threads() : (double)most;
    GGCN_TRY(ggcn_max_over_ranks(&threads, 1));
    ggcn_blocks few;
    GGCN_TRY(ggcn_agree(ggcn_blocks_distribute((int64_t)threads * ggcn_ranks(), &few)));
    const ggcn_config trial = shorten(config, blocks, few.count);
    ggcn_observed *images = NULL;
    ggcn_trainer *trainer = NULL;
    ggcn_status status =
        make_up_images(data->shape, data->n_classes, &few, (int64_t)trial.learning.observed / few.count, &images);
    if (status == GGCN_SUCCESS)
        status = ggcn_trainer_create(&trial, networks, images, &few, &trainer);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = time_iterations(trainer, config, seconds);
    ggcn_trainer_destroy(&trainer);
    ggcn_observed_destroy(&images);
    GGCN_TRY(status);
    const double rounds = ceil((double)most / threads);
    seconds->sampling *= rounds * config->sampler.steps / trial.sampler.steps;
    seconds->learning *= rounds;
    seconds->generator *= rounds;
    return ggcn_max_over_ranks(&seconds->sampling, sizeof *seconds / sizeof seconds->sampling);
}
