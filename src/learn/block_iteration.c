/* What one thread does with one block in one iteration (paper, Algorithm 1; N observed images, M chains):
 *
 *   before   JKO: v = grad_x Phi(x), add -beta (1-gamma)/M d/dp dPhi(x)[v]
 *   steps    L Langevin steps, the first with that gradient
 *   after    add -1/M d/dp Phi(x), JKO: v = grad_x Phi(x), add -beta gamma/M d/dp dPhi(x)[v]
 *   observed add +1/N d/dp Phi(y)
 *
 * for the parameters p = theta and the filters. d/dp |grad_x Phi|^2 = 2 d/dp dPhi(x)[v] with v held at grad_x Phi, so
 * the factor beta/2 of Eq. 17 becomes beta. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "learn/grid_image.h"
#include "learn/learner.h"
#include "learn/squares.h"

bool ggcn_has_flow(const ggcn_config *config) {
    return ggcn_model_traits_of(config->model)->jko && config->jko.beta > 0;
}

bool ggcn_flow_on_filters(const ggcn_config *config) {
    return ggcn_has_flow(config) && config->jko.parameters == GGCN_JKO_ALL &&
           ggcn_model_traits_of(config->model)->learns_filters;
}

bool ggcn_flow_apart(const ggcn_config *config) {
    return ggcn_has_flow(config) && !config->jko.scaled_by_rate;
}

ggcn_status ggcn_worker_sampling_gradient(void *context, const float *x, float *g) {
    const ggcn_worker *worker = context;
    ggcn_workspace *workspace = ggcn_evaluator_workspace(worker->evaluator);
    ggcn_workspace_set_precision(workspace, worker->learner->config->sampler.precision);
    const ggcn_status status = ggcn_evaluator_gradient(worker->evaluator, worker->learner->weights, x, g, NULL);
    ggcn_workspace_set_precision(workspace, GGCN_PRECISION_F32);
    return status;
}

/* The places a block's gradients go to. */
typedef struct {
    ggcn_vector vector;
    float *theta, *filters, *response; /* in vector.f */
    float *flow_theta, *flow_filters;  /* the same as theta and filters unless the flow is apart */
    ggcn_gradients *flow;              /* the worker's likelihood unless the flow is apart */
} destination;

static destination destination_of(const ggcn_learner *t, const ggcn_worker *worker, ggcn_vector vector) {
    const ggcn_potential *p = &t->potential;
    destination d = {.vector = vector, .theta = vector.f, .filters = vector.f + p->n_theta};
    d.response = vector.f + t->n_learned;
    d.flow_theta = worker->flow ? d.response + p->features : d.theta;
    d.flow_filters = worker->flow ? d.flow_theta + p->n_theta : d.filters;
    d.flow = worker->flow ? worker->flow : worker->likelihood;
    return d;
}

/* The JKO term at the point of the last gradient, whose value is v. likelihood: weight of the likelihood term that the
 * filters' gradient may take along in the same pass, 0 for none. */
static ggcn_status add_flow(const ggcn_learner *t, ggcn_worker *w, const destination *d, const float *v,
                            double coefficient, double likelihood) {
    const double scale = -1.0 / (double)t->config->learning.chains;
    GGCN_TRY(ggcn_tangent(ggcn_evaluator_workspace(w->evaluator), t->weights, v));
    ggcn_evaluator_add_tangents(w->evaluator, (float)(scale * coefficient), d->flow_theta);
    if (!ggcn_flow_on_filters(t->config))
        return GGCN_SUCCESS;
    return ggcn_gradients_add(d->flow, ggcn_evaluator_workspace(w->evaluator), t->weights, (float)likelihood,
                              (float)coefficient, (float)scale);
}

/* @param[out] seconds of the gradient, which is the first step's */
static ggcn_status before_steps(const ggcn_learner *t, ggcn_worker *w, const destination *d, const float *x,
                                double *seconds) {
    const double coefficient = t->config->jko.beta * (1 - t->gamma), start = omp_get_wtime();
    GGCN_TRY(ggcn_evaluator_gradient(w->evaluator, t->weights, x, w->gradient, NULL));
    *seconds = omp_get_wtime() - start;
    d->vector.d[GGCN_SUM_FLOW_BEFORE] = ggcn_sum_of_squares(w->gradient, (size_t)t->chains.block * t->chains.elements);
    return add_flow(t, w, d, w->gradient, coefficient, 0);
}

/* Potential, energy and gradient norm of each chain of the block. */
static void measure_chains(ggcn_learner *t, const ggcn_worker *w, int64_t block, const destination *d, const float *x) {
    const size_t elements = t->chains.elements;
    const double s = t->config->potential.reference_sigma;
    for (int64_t n = 0; n < t->chains.block; n++) {
        const int64_t chain = block * t->chains.block + n;
        const double norm_square = ggcn_sum_of_squares(w->gradient + (size_t)n * elements, elements);
        const double x_square = ggcn_sum_of_squares(x + (size_t)n * elements, elements);
        t->potential_of[chain] = w->phi[n];
        t->lp[chain] = w->phi[n] - x_square / (2 * s * s);
        t->gradient_of[chain] = sqrt(norm_square);
        d->vector.d[GGCN_SUM_POTENTIAL_CHAINS] += w->phi[n];
        d->vector.d[GGCN_SUM_SQUARE_CHAINS] += x_square;
        d->vector.d[GGCN_SUM_GRADIENT] += sqrt(norm_square);
        d->vector.d[GGCN_SUM_FLOW_AFTER] += norm_square;
    }
}

static ggcn_status after_steps(ggcn_learner *t, ggcn_worker *w, int64_t block, const destination *d, const float *x) {
    const double m = (double)t->config->learning.chains;
    ggcn_workspace *workspace = ggcn_evaluator_workspace(w->evaluator);
    GGCN_TRY(ggcn_evaluator_gradient(w->evaluator, t->weights, x, w->gradient, w->phi));
    measure_chains(t, w, block, d, x);
    if (t->responses.layers > 0 && ggcn_draw_due(t->config, t->iteration + 1))
        ggcn_responses_measure(&t->responses, workspace, (int)(w - t->workers), block * t->chains.block);
    ggcn_evaluator_add_features(w->evaluator, (float)(-1 / m), d->theta, d->response);
    const double coefficient = t->config->jko.beta * t->gamma;
    const bool together = ggcn_flow_on_filters(t->config) && !w->flow;
    if (!together && t->traits->learns_filters)
        GGCN_TRY(ggcn_gradients_add(w->likelihood, workspace, t->weights, 1, 0, (float)(-1 / m)));
    if (ggcn_has_flow(t->config))
        GGCN_TRY(add_flow(t, w, d, w->gradient, coefficient, together ? 1 : 0));
    return GGCN_SUCCESS;
}

void ggcn_draw_observed_image(ggcn_learner *t, ggcn_worker *w, int64_t block, uint64_t number, float *pixels,
                              uint32_t *label) {
    ggcn_observed_batch_draw(&t->batch, block, t->blocks.first + block, t->iteration, number,
                             w->full ? w->full : pixels, label);
    if (w->full)
        ggcn_reduce_image(w->full, t->batch.observed->shape, t->factor, pixels);
}

int64_t ggcn_draw_observed(ggcn_learner *t, ggcn_worker *w, int64_t block, uint64_t first) {
    const int64_t b = t->chains.block;
    const uint64_t left = t->batch.per_block - first;
    const int64_t images = left < (uint64_t)b ? (int64_t)left : b;
    for (int64_t n = 0; n < images; n++)
        ggcn_draw_observed_image(t, w, block, first + (uint64_t)n, w->pixels + (size_t)n * t->chains.elements,
                                 &w->labels[n]);
    if (images < b)
        memset(w->pixels + (size_t)images * t->chains.elements, 0,
               (size_t)(b - images) * t->chains.elements * sizeof *w->pixels);
    return images;
}

static ggcn_status observed_part(ggcn_learner *t, ggcn_worker *w, int64_t block, const destination *d) {
    const float scale = (float)(1 / (double)t->config->learning.observed);
    for (uint64_t first = 0; first < t->batch.per_block; first += (uint64_t)t->chains.block) {
        const int64_t images = ggcn_draw_observed(t, w, block, first);
        ggcn_evaluator_seed(w->evaluator, t->parameters, w->labels, images);
        GGCN_TRY(ggcn_evaluator_gradient(w->evaluator, t->weights, w->pixels, NULL, w->phi));
        for (int64_t n = 0; n < images; n++)
            d->vector.d[GGCN_SUM_POTENTIAL_DATA] += w->phi[n];
        d->vector.d[GGCN_SUM_SQUARE_DATA] += ggcn_sum_of_squares(w->pixels, (size_t)images * t->chains.elements);
        ggcn_evaluator_add_features(w->evaluator, scale, d->theta, d->response);
        if (!t->traits->learns_filters)
            continue;
        ggcn_norm_sums(ggcn_evaluator_workspace(w->evaluator), images, d->vector.d + GGCN_SUMS);
        GGCN_TRY(ggcn_gradients_add(w->likelihood, ggcn_evaluator_workspace(w->evaluator), t->weights, 1, 0, scale));
    }
    return GGCN_SUCCESS;
}

static ggcn_status sample(ggcn_learner *t, ggcn_worker *w, int64_t block, float *x, bool have_gradient) {
    const ggcn_langevin_block chains = {.seed = t->seed,
                                        .purpose = GGCN_RANDOM_LANGEVIN,
                                        .iteration = (uint32_t)t->iteration,
                                        .first_chain = (uint32_t)(t->chains.first + block * t->chains.block),
                                        .chains = t->chains.block,
                                        .elements = t->chains.elements,
                                        .x = x,
                                        .g = w->gradient,
                                        .noise = w->noise};
    return ggcn_langevin_run(&t->langevin, &chains, have_gradient, ggcn_worker_sampling_gradient, w);
}

static ggcn_status fill(ggcn_learner *t, ggcn_worker *w, int64_t block, const destination *d) {
    const bool flow = ggcn_has_flow(t->config);
    float *x = t->chains.x + (size_t)(block * t->chains.block) * t->chains.elements;
    double start = omp_get_wtime(), first = 0;
    ggcn_gradients_clear(w->likelihood);
    if (w->flow)
        ggcn_gradients_clear(w->flow);
    ggcn_evaluator_seed(w->evaluator, t->parameters, t->chains.labels + block * t->chains.block, t->chains.block);
    if (flow)
        GGCN_TRY(before_steps(t, w, d, x, &first));
    const double sampling = omp_get_wtime();
    GGCN_TRY(sample(t, w, block, x, flow));
    const double sampled = omp_get_wtime();
    GGCN_TRY(after_steps(t, w, block, d, x));
    GGCN_TRY(observed_part(t, w, block, d));
    if (t->traits->learns_filters)
        GGCN_TRY(ggcn_gradients_read(w->likelihood, d->filters));
    if (w->flow && t->traits->learns_filters)
        GGCN_TRY(ggcn_gradients_read(w->flow, d->flow_filters));
    w->seconds_sampling += sampled - sampling + first;
    w->seconds_learning += omp_get_wtime() - sampled + sampling - start - first;
    return GGCN_SUCCESS;
}

/* A zeroed vector of the sum. */
static ggcn_status lease_zero(ggcn_learner *t, ggcn_vector *vector) {
    const ggcn_potential *p = &t->potential;
    GGCN_TRY(ggcn_sum_lease(t->sum, vector));
    memset(vector->d, 0, (GGCN_SUMS + p->n_statistics) * sizeof *vector->d);
    memset(vector->f, 0, ggcn_learner_floats(t->config, p, t->n_learned) * sizeof *vector->f);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_block_iteration(ggcn_learner *t, ggcn_worker *w, int64_t block) {
    ggcn_vector vector;
    GGCN_TRY(lease_zero(t, &vector));
    const destination d = destination_of(t, w, vector);
    GGCN_TRY(fill(t, w, block, &d));
    return ggcn_sum_add(t->sum, t->blocks.first + block, vector);
}

ggcn_status ggcn_block_calibration(ggcn_learner *t, ggcn_worker *w, int64_t block) {
    ggcn_vector vector;
    GGCN_TRY(lease_zero(t, &vector));
    for (uint64_t first = 0; first < t->batch.per_block; first += (uint64_t)t->chains.block) {
        const int64_t images = ggcn_draw_observed(t, w, block, first);
        GGCN_TRY(ggcn_forward(ggcn_evaluator_workspace(w->evaluator), t->weights, w->pixels));
        ggcn_norm_sums(ggcn_evaluator_workspace(w->evaluator), images, vector.d + GGCN_SUMS);
    }
    return ggcn_sum_add(t->sum, t->blocks.first + block, vector);
}
