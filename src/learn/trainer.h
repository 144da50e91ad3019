/* Private side of ggcn/trainer.h: a model's learners, and what it adds to them. */
#ifndef GGCN_LEARN_TRAINER_H
#define GGCN_LEARN_TRAINER_H

#include "ggcn/trainer.h"
#include "learn/adversarial.h"
#include "learn/generator.h"
#include "learn/learner.h"
#include "learn/replay.h"

/* What must be the same for a restart to go on with the same run. */
enum { GGCN_IDENTITY_SEED, GGCN_IDENTITY_NETWORK, GGCN_IDENTITY_DATA, GGCN_IDENTITY_OPTIMIZER, GGCN_IDENTITIES };

/* Metrics of models with a generator, behind those of ggcn_metric. */
enum {
    GGCN_METRIC_GENERATOR_DISTANCE,
    GGCN_METRIC_GENERATOR_GRADIENT_NORM,
    GGCN_METRIC_LATENT_NORM,
    GGCN_METRIC_SECONDS_GENERATOR,
    GGCN_GENERATOR_METRICS
};

struct ggcn_trainer {
    const ggcn_config *config;
    const ggcn_model_traits *traits;
    ggcn_blocks blocks;
    int grids;
    ggcn_learner *learners[GGCN_MOST_GRIDS]; /* coarse to fine */
    int64_t first_size;                      /* multi-grid: of the images chains start from */
    ggcn_generator *generator;               /* or NULL */
    ggcn_replay replay;
    ggcn_adversary *adversary; /* dcgan, else NULL */
    ggcn_sum *sum;             /* of the generator's metrics */
    uint64_t iteration;
    double rate_factor;                                                     /* of the divergence guard */
    uint64_t identity[GGCN_IDENTITIES], expected_identity[GGCN_IDENTITIES]; /* as in a checkpoint, and this run's */
    ggcn_metric_info *infos;
    char (*names)[40]; /* of the coarser grids' metrics */
    size_t n_metrics;
};

static inline ggcn_learner *ggcn_trainer_finest(const ggcn_trainer *t) {
    return t->learners[t->grids - 1];
}

/* Fills in expected_identity, and identity with the same. */
void ggcn_trainer_identify(ggcn_trainer *trainer, const ggcn_model_networks *networks, const ggcn_observed *observed);

/* Iterations by kind of model; collective. `metrics` as in ggcn_trainer_step. */
ggcn_status ggcn_multigrid_iteration(ggcn_trainer *trainer, double *metrics);
ggcn_status ggcn_generator_iteration(ggcn_trainer *trainer, double *metrics);
ggcn_status ggcn_adversarial_iteration(ggcn_trainer *trainer, double *metrics);

/* The generator's metrics of an iteration, after its steps: how far the chains went from its images, the latents'
 * length. Collective. @param mine this rank's outcome so far; agreed on
 * @return GGCN_ERROR_NUMERIC if the guard is on and the generator or the latents are not finite */
ggcn_status ggcn_measure_generator(ggcn_trainer *trainer, ggcn_status mine, double *metrics);

#endif
