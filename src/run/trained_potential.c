/* Potential, gradient and chains of a trained model. */
#include <math.h>
#include <string.h>

#include "run/trained.h"

typedef struct {
    int grid;
    const float *x;
    const uint32_t *labels;
    double *phi;
    float *gradient;
} evaluation;

/* x and theta of the batch. */
static ggcn_status load_batch(ggcn_trained *m, ggcn_trained_worker *w, int grid, int64_t first, int64_t count,
                              const float *x, const uint32_t *labels) {
    const ggcn_trained_grid *g = &m->grids[grid];
    GGCN_TRY(ggcn_trained_use_grid(m, w, grid));
    memset(w->x, 0, (size_t)m->batch * g->elements * sizeof *w->x);
    memcpy(w->x, x + (size_t)first * g->elements, (size_t)count * g->elements * sizeof *w->x);
    ggcn_evaluator_seed(w->evaluators[grid], g->parameters, labels ? labels + first : NULL, count);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trained_gradient(ggcn_trained *m, ggcn_trained_worker *w, int grid, int64_t first, int64_t count,
                                  const float *x, const uint32_t *labels) {
    GGCN_TRY(load_batch(m, w, grid, first, count, x, labels));
    return ggcn_evaluator_gradient(w->evaluators[grid], m->grids[grid].weights, w->x, w->g, w->phi);
}

static ggcn_status potential_alone(ggcn_trained *m, ggcn_trained_worker *w, const evaluation *e, int64_t first,
                                   int64_t count) {
    GGCN_TRY(load_batch(m, w, e->grid, first, count, e->x, e->labels));
    ggcn_workspace *workspace = ggcn_evaluator_workspace(w->evaluators[e->grid]);
    GGCN_TRY(ggcn_forward(workspace, m->grids[e->grid].weights, w->x));
    ggcn_seed_products(workspace, w->phi);
    return GGCN_SUCCESS;
}

static ggcn_status evaluate(ggcn_trained *m, ggcn_trained_worker *w, int64_t first, int64_t count, void *context) {
    const evaluation *e = context;
    const size_t elements = m->grids[e->grid].elements;
    if (e->gradient) {
        GGCN_TRY(ggcn_trained_gradient(m, w, e->grid, first, count, e->x, e->labels));
        memcpy(e->gradient + (size_t)first * elements, w->g, (size_t)count * elements * sizeof *w->g);
    } else
        GGCN_TRY(potential_alone(m, w, e, first, count));
    if (e->phi)
        memcpy(e->phi + first, w->phi, (size_t)count * sizeof *w->phi);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trained_evaluate(ggcn_trained *m, int grid, int64_t count, const float *x, const uint32_t *labels,
                                  double *phi, float *gradient) {
    GGCN_TRY(ggcn_trained_check(m, grid, count, labels));
    evaluation e = {grid, x, labels, phi, gradient};
    return ggcn_trained_for_batches(m, count, evaluate, &e);
}

/* --- chains ------------------------------------------------------------------------------------------------------- */

typedef struct {
    int grid;
    const ggcn_chain_steps *steps;
    float *x;
    const uint32_t *labels;
    const float *fixed;
    int64_t *accepted;
} stepping;

/* A batch's potential, for the sampler. */
typedef struct {
    const ggcn_trained_grid *grid;
    ggcn_evaluator *evaluator;
    ggcn_precision precision; /* of steps without a correction */
} density;

static ggcn_status gradient_of(void *context, const float *x, float *g) {
    const density *d = context;
    ggcn_workspace *workspace = ggcn_evaluator_workspace(d->evaluator);
    ggcn_workspace_set_precision(workspace, d->precision);
    const ggcn_status status = ggcn_evaluator_gradient(d->evaluator, d->grid->weights, x, g, NULL);
    ggcn_workspace_set_precision(workspace, GGCN_PRECISION_F32);
    return status;
}

static ggcn_status density_of(void *context, const float *x, float *g, double *phi) {
    const density *d = context;
    return ggcn_evaluator_gradient(d->evaluator, d->grid->weights, x, g, phi);
}

/* The batch is filled up with chains at 0, whose states are dropped afterwards. */
static ggcn_status step(ggcn_trained *m, ggcn_trained_worker *w, int64_t first, int64_t count, void *context) {
    const stepping *s = context;
    const ggcn_trained_grid *g = &m->grids[s->grid];
    const size_t floats = (size_t)m->batch * g->elements, at = (size_t)first * g->elements;
    const size_t bytes = (size_t)count * g->elements * sizeof(float);
    GGCN_TRY(load_batch(m, w, s->grid, first, count, s->x, s->labels));
    density d = {g, w->evaluators[s->grid], m->precision};
    for (size_t i = 0; s->fixed && i < floats; i++)
        w->fixed[i] = i < (size_t)count * g->elements ? s->fixed[at + i] : 0;
    const ggcn_langevin_block block = {.seed = s->steps->seed,
                                       .purpose = GGCN_RANDOM_SAMPLE,
                                       .iteration = (uint32_t)m->info.iteration,
                                       .first_step = s->steps->first_step,
                                       .first_chain = (uint32_t)(s->steps->first_chain + first),
                                       .chains = m->batch,
                                       .elements = g->elements,
                                       .x = w->x,
                                       .g = w->g,
                                       .noise = w->noise,
                                       .fixed = s->fixed ? w->fixed : NULL};
    memset(w->accepted, 0, (size_t)m->batch * sizeof *w->accepted);
    GGCN_TRY(s->steps->metropolis ? ggcn_mala_run(&s->steps->langevin, &block, density_of, &d, w->accepted)
                                  : ggcn_langevin_run(&s->steps->langevin, &block, false, gradient_of, &d));
    memcpy(s->x + at, w->x, bytes);
    for (int64_t n = 0; s->accepted && n < count; n++)
        s->accepted[first + n] += w->accepted[n];
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trained_step(ggcn_trained *m, int grid, const ggcn_chain_steps *steps, int64_t count, float *x,
                              const uint32_t *labels, const float *fixed, int64_t *accepted) {
    GGCN_TRY(ggcn_trained_check(m, grid, count, labels));
    if (ggcn_model_traits_of(m->config->model)->adversarial)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "take the generator's images as they are, with 0 steps",
                  "a %s has no chains: its potential is a discriminator, not a density",
                  ggcn_model_name(m->config->model));
    if (steps->metropolis && fixed)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "Metropolis-adjusted chains move as a whole: no pixel can be fixed");
    stepping s = {grid, steps, x, labels, fixed, accepted};
    return ggcn_trained_for_batches(m, count, step, &s);
}
