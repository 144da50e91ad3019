/* One iteration of a model, and the pictures of its chains. */
#include <string.h>

#include "learn/trainer.h"

const ggcn_metric_info ggcn_metric_infos[GGCN_METRICS] = {
    {"response_distance", "1", "R: mean over the features of |mean over chains - mean over observed images|"},
    {"potential_data", "1", "mean Phi of the observed images"},
    {"potential_chains", "1", "mean Phi of the chains after their Langevin steps"},
    {"energy_gap", "1", "mean U of the chains minus mean U of the observed images, U = |x|^2/(2 s_ref^2) - Phi"},
    {"gradient_x", "1/pixel", "mean Euclidean norm of grad_x Phi over the chains after their steps"},
    {"flow", "1/pixel^2",
     "(1-gamma) E_before |grad_x Phi|^2 + gamma E_after |grad_x Phi|^2 of the JKO term, 0 without one"},
    {"gamma", "1", "gamma of the JKO term, uniform on [0, 1]"},
    {"gradient_norm", "1", "Euclidean norm of the parameter gradient given to the optimiser"},
    {"parameter_norm", "1", "Euclidean norm of the parameters after the step"},
    {"rate", "1", "learning rate"},
    {"seconds_sampling", "s", "Langevin steps, on rank 0"},
    {"seconds_learning", "s", "parameter gradients and optimiser, on rank 0"},
    {"seconds_reduction", "s", "sum of the gradient over ranks, waiting included, on rank 0"},
    {"seconds_io", "s", "grids and chains of this iteration, metrics and checkpoint of the one before, on rank 0"},
    {"seconds", "s", "the whole iteration, on rank 0"},
    {"image_steps_per_second", "1/s", "Langevin steps times chains of all ranks per second of sampling"},
};

ggcn_status ggcn_trainer_step(ggcn_trainer *t, double *metrics) {
    memset(metrics, 0, t->n_metrics * sizeof *metrics);
    for (int grid = 0; grid < t->grids; grid++)
        t->learners[grid]->rate_factor = t->rate_factor;
    if (t->generator)
        t->generator->rate_factor = t->rate_factor;
    if (t->traits->adversarial)
        GGCN_TRY(ggcn_adversarial_iteration(t, metrics));
    else if (t->traits->generator)
        GGCN_TRY(ggcn_generator_iteration(t, metrics));
    else if (t->traits->multigrid)
        GGCN_TRY(ggcn_multigrid_iteration(t, metrics));
    else
        GGCN_TRY(ggcn_learner_step(t->learners[0], t->iteration, metrics));
    t->iteration++;
    return GGCN_SUCCESS;
}

/* One noiseless step on the block's part of the pictures. */
static ggcn_status quiet_step(ggcn_learner *l, int64_t block, float *pictures) {
    const ggcn_chains *c = &l->chains;
    ggcn_worker *w = &l->workers[0];
    ggcn_langevin quiet = l->langevin;
    quiet.steps = 1;
    quiet.noise_sigma = 0;
    ggcn_evaluator_seed(w->evaluator, l->parameters, c->labels + block * c->block, c->block);
    const ggcn_langevin_block chains = {.purpose = GGCN_RANDOM_PICTURE,
                                        .chains = c->block,
                                        .elements = c->elements,
                                        .x = pictures + (size_t)(block * c->block) * c->elements,
                                        .g = w->gradient,
                                        .noise = w->noise};
    return ggcn_langevin_run(&quiet, &chains, false, ggcn_worker_sampling_gradient, w);
}

ggcn_status ggcn_trainer_pictures(ggcn_trainer *t, int grid, int64_t wanted, float *pictures) {
    ggcn_learner *l = t->learners[grid];
    const ggcn_chains *c = &l->chains;
    memcpy(pictures, c->x, (size_t)c->count * c->elements * sizeof *pictures);
    if (!t->config->sampler.final_step_noiseless || t->traits->adversarial)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_learner_pack(l));
    for (int64_t block = 0; block < t->blocks.owned && c->first + block * c->block < wanted; block++)
        GGCN_TRY(quiet_step(l, block, pictures));
    return GGCN_SUCCESS;
}
