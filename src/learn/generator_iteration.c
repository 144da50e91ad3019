/* An iteration of GGCN (paper, Algorithm 2): G(z) or the replay buffer starts the chains, the synthesizer's potential
 * moves them and learns, and every `generator.every` iterations the generator and the latents learn. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/block_loop.h"
#include "learn/squares.h"
#include "learn/trainer.h"

static size_t elements_of(const ggcn_trainer *t) {
    return t->generator->elements;
}

/* An observed image of the chain's block with hidden pixels (paper, Section 5.6). */
static void observe_latent(ggcn_trainer *t, int64_t chain) {
    ggcn_generator *g = t->generator;
    ggcn_learner *l = ggcn_trainer_finest(t);
    uint32_t label; /* the potential is unconditional */
    l->iteration = t->iteration;
    ggcn_draw_observed_image(l, &l->workers[0], chain / g->block, (uint64_t)(chain % g->block) % l->batch.per_block,
                             g->z + (size_t)chain * g->latent, &label);
    ggcn_generator_hide(g, t->iteration, chain);
}

/* Latents of this iteration: those of restarted chains from the buffer; others stay if they are learned without a
 * buffer, else they are drawn anew. */
static void choose_latents(ggcn_trainer *t) {
    ggcn_generator *g = t->generator;
    const bool stay = ggcn_generator_learns_latents(g) && t->replay.slots == 0 && t->iteration > 0;
    for (int64_t n = 0; n < g->count; n++) {
        if (ggcn_replay_choose(&t->replay, t->iteration, n))
            memcpy(g->z + (size_t)n * g->latent, ggcn_replay_latent(&t->replay, n), g->latent * sizeof *g->z);
        else if (ggcn_generator_encodes(g))
            observe_latent(t, n);
        else if (!stay)
            ggcn_generator_draw(g, t->iteration, n);
    }
}

/* The seen pixels of z around what the generator made of the hidden ones. */
static void join_seen(const ggcn_generator *g, int64_t chain, float *x) {
    const size_t plane = (size_t)(g->masks.height * g->masks.width);
    const uint8_t *hidden = g->hidden + (size_t)chain * plane;
    const float *z = g->z + (size_t)chain * g->latent;
    for (size_t i = 0; i < g->elements; i++)
        x[i] = hidden[i % plane] ? x[i] : z[i];
}

static void start_chains(ggcn_trainer *t) {
    const size_t elements = elements_of(t);
    const ggcn_chains *c = &ggcn_trainer_finest(t)->chains;
    for (int64_t n = 0; n < c->count; n++) {
        const float *from = t->replay.restarted[n] != UINT32_MAX ? ggcn_replay_image(&t->replay, n)
                                                                 : t->generator->image + (size_t)n * elements;
        memcpy(c->x + (size_t)n * elements, from, elements * sizeof *c->x);
        if (ggcn_generator_encodes(t->generator) && t->replay.restarted[n] == UINT32_MAX)
            join_seen(t->generator, n, c->x + (size_t)n * elements);
    }
}

/* Eq. 19: ascends -|G(z) - x|^2. */
static void reconstruction_signals(ggcn_trainer *t) {
    const float *x = ggcn_trainer_finest(t)->chains.x;
    ggcn_generator *g = t->generator;
    for (size_t i = 0; i < (size_t)g->count * g->elements; i++)
        g->signal[i] = 2 * (x[i] - g->image[i]);
}

/* Eq. 23: ascends Phi(G(z)) of the synthesizer's new parameters. */
static ggcn_status amortized_block(void *context, int thread, int64_t block) {
    ggcn_trainer *t = context;
    ggcn_learner *l = ggcn_trainer_finest(t);
    const size_t first = (size_t)(block * l->chains.block);
    ggcn_evaluator *evaluator = l->workers[thread].evaluator;
    ggcn_evaluator_seed(evaluator, l->parameters, l->chains.labels + first, l->chains.block);
    return ggcn_evaluator_gradient(evaluator, l->weights, t->generator->image + first * elements_of(t),
                                   t->generator->signal + first * elements_of(t), NULL);
}

static ggcn_status make_signals(ggcn_trainer *t) {
    if (!t->traits->amortized) {
        reconstruction_signals(t);
        return GGCN_SUCCESS;
    }
    ggcn_learner *l = ggcn_trainer_finest(t);
    GGCN_TRY(ggcn_learner_pack(l));
    return ggcn_for_blocks(l->threads, t->blocks.owned, amortized_block, t);
}

static ggcn_status learn_generator(ggcn_trainer *t, double *gradient_norm) {
    const uint32_t *labels = ggcn_trainer_finest(t)->chains.labels;
    GGCN_TRY(ggcn_generator_learn(t->generator, make_signals(t), labels, t->iteration, gradient_norm));
    if (ggcn_generator_learns_latents(t->generator))
        ggcn_generator_step_latents(t->generator, t->rate_factor * t->config->generator.latent_rate);
    return GGCN_SUCCESS;
}

enum { SUM_DISTANCE, SUM_LATENT, SUMS };

static ggcn_status measure_block(void *context, int thread, int64_t block) {
    (void)thread;
    ggcn_trainer *t = context;
    const ggcn_generator *g = t->generator;
    const float *x = ggcn_trainer_finest(t)->chains.x;
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(t->sum, &vector));
    vector.d[SUM_DISTANCE] = vector.d[SUM_LATENT] = 0;
    for (int64_t n = block * g->block; n < (block + 1) * g->block; n++) {
        for (size_t i = (size_t)n * g->elements; i < (size_t)(n + 1) * g->elements; i++)
            vector.d[SUM_DISTANCE] += ((double)x[i] - g->image[i]) * ((double)x[i] - g->image[i]);
        vector.d[SUM_LATENT] += sqrt(ggcn_sum_of_squares(g->z + (size_t)n * g->latent, g->latent) / (double)g->latent);
    }
    return ggcn_sum_add(t->sum, t->blocks.first + block, vector);
}

/* The generator and the latents after their steps must be worth a checkpoint. The same on every rank. */
static ggcn_status check_finite(const ggcn_trainer *t, double latent_norm) {
    const double square = ggcn_sum_of_squares(t->generator->parameters, t->generator->n_parameters);
    if (t->config->guard.mode == GGCN_GUARD_OFF || (isfinite(square) && isfinite(latent_norm)))
        return GGCN_SUCCESS;
    GGCN_FAIL(
        GGCN_ERROR_NUMERIC,
        "the run diverged: restart from an earlier checkpoint (--from ITERATION) with a lower generator.optimizer.rate "
        "or generator.latent_rate",
        "iteration %llu: the %s are not finite", (unsigned long long)t->iteration + 1,
        isfinite(square) ? "latents" : "generator's parameters");
}

ggcn_status ggcn_measure_generator(ggcn_trainer *t, ggcn_status mine, double *metrics) {
    if (mine == GGCN_SUCCESS)
        mine = ggcn_for_blocks(t->generator->threads, t->blocks.owned, measure_block, t);
    ggcn_vector total;
    GGCN_TRY(ggcn_sum_finish(t->sum, mine, &total, NULL));
    const double m = (double)t->config->learning.chains;
    metrics[GGCN_METRICS + GGCN_METRIC_GENERATOR_DISTANCE] = total.d[SUM_DISTANCE] / m / (double)elements_of(t);
    metrics[GGCN_METRICS + GGCN_METRIC_LATENT_NORM] = total.d[SUM_LATENT] / m;
    return check_finite(t, metrics[GGCN_METRICS + GGCN_METRIC_LATENT_NORM]);
}

ggcn_status ggcn_generator_iteration(ggcn_trainer *t, double *metrics) {
    ggcn_generator *g = t->generator;
    const ggcn_chains *c = &ggcn_trainer_finest(t)->chains;
    double start = omp_get_wtime();
    choose_latents(t);
    GGCN_TRY(ggcn_generator_forward(g, c->labels));
    start_chains(t);
    double seconds = omp_get_wtime() - start;
    GGCN_TRY(ggcn_learner_step(ggcn_trainer_finest(t), t->iteration, metrics));
    start = omp_get_wtime();
    if ((t->iteration + 1) % t->config->generator.every == 0)
        GGCN_TRY(learn_generator(t, &metrics[GGCN_METRICS + GGCN_METRIC_GENERATOR_GRADIENT_NORM]));
    GGCN_TRY(ggcn_measure_generator(t, GGCN_SUCCESS, metrics));
    for (int64_t n = 0; n < g->count; n++)
        ggcn_replay_store(&t->replay, t->iteration, n, c->x + (size_t)n * g->elements, g->z + (size_t)n * g->latent);
    seconds += omp_get_wtime() - start;
    metrics[GGCN_METRICS + GGCN_METRIC_SECONDS_GENERATOR] = seconds;
    metrics[GGCN_METRIC_SECONDS] += seconds;
    return GGCN_SUCCESS;
}
