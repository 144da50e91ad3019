/* One iteration of a learner over all blocks: sum, metrics, optimiser step. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/block_loop.h"
#include "ggcn/response.h"
#include "learn/learner.h"
#include "learn/norm_statistics.h"
#include "learn/squares.h"

typedef ggcn_status (*block_part)(ggcn_learner *, ggcn_worker *, int64_t block);

typedef struct {
    ggcn_learner *learner;
    block_part part;
} block_work;

static ggcn_status run_block(void *context, int thread, int64_t block) {
    const block_work *work = context;
    return work->part(work->learner, &work->learner->workers[thread], block);
}

ggcn_status ggcn_learner_pack(ggcn_learner *t) {
    return ggcn_weights_pack(t->weights, t->parameters + t->potential.n_theta, t->statistics);
}

/* Reorders the parameters for all threads, then runs a function on all blocks. */
static ggcn_status pack_and_run(ggcn_learner *t, block_part part) {
    GGCN_TRY(ggcn_learner_pack(t));
    block_work work = {t, part};
    return ggcn_for_blocks(t->threads, t->blocks.owned, run_block, &work);
}

/* Statistics of norm layers before the first iteration: as many passes as there are norm layers, since each layer's
 * statistics depend on those before it. */
static ggcn_status calibrate(ggcn_learner *t) {
    size_t layers;
    ggcn_graph_statistics(t->graph, NULL, &layers);
    for (size_t i = 0; i < layers; i++) {
        ggcn_vector total;
        GGCN_TRY(ggcn_sum_finish(t->sum, pack_and_run(t, ggcn_block_calibration), &total, NULL));
        ggcn_norm_statistics_update(t->graph, total.d + GGCN_SUMS, (double)t->config->learning.observed, 1,
                                    t->statistics);
    }
    return GGCN_SUCCESS;
}

static double norm(const float *values, size_t count) {
    return sqrt(ggcn_sum_of_squares(values, count));
}

/* Metrics that come out of the sum; the same on every rank. */
static void measure(const ggcn_learner *t, const ggcn_vector *total, double *metrics) {
    const ggcn_potential *p = &t->potential;
    const double n = (double)t->config->learning.observed, m = (double)t->config->learning.chains;
    const double s = t->config->potential.reference_sigma;
    metrics[GGCN_METRIC_RESPONSE] = ggcn_response_distance(p, total->f + t->n_learned);
    metrics[GGCN_METRIC_POTENTIAL_DATA] = total->d[GGCN_SUM_POTENTIAL_DATA] / n;
    metrics[GGCN_METRIC_POTENTIAL_CHAINS] = total->d[GGCN_SUM_POTENTIAL_CHAINS] / m;
    metrics[GGCN_METRIC_ENERGY_GAP] =
        total->d[GGCN_SUM_SQUARE_CHAINS] / m / (2 * s * s) - metrics[GGCN_METRIC_POTENTIAL_CHAINS] -
        (total->d[GGCN_SUM_SQUARE_DATA] / n / (2 * s * s) - metrics[GGCN_METRIC_POTENTIAL_DATA]);
    metrics[GGCN_METRIC_GRADIENT_X] = total->d[GGCN_SUM_GRADIENT] / m;
    if (ggcn_has_flow(t->config))
        metrics[GGCN_METRIC_FLOW] =
            (1 - t->gamma) * total->d[GGCN_SUM_FLOW_BEFORE] / m + t->gamma * total->d[GGCN_SUM_FLOW_AFTER] / m;
    metrics[GGCN_METRIC_GAMMA] = t->gamma;
    metrics[GGCN_METRIC_GRADIENT_NORM] = norm(total->f, t->n_learned);
}

static const char diverged[] = "the run diverged: restart from an earlier checkpoint (--from ITERATION) with a lower "
                               "learning.optimizer.rate or sampler.step_size, or a larger jko.beta";

static ggcn_status check_finite(const ggcn_learner *t, const double *metrics) {
    const ggcn_config_guard *guard = &t->config->guard;
    if (guard->mode == GGCN_GUARD_OFF)
        return GGCN_SUCCESS;
    const ggcn_metric watched[] = {GGCN_METRIC_POTENTIAL_DATA, GGCN_METRIC_POTENTIAL_CHAINS, GGCN_METRIC_GRADIENT_NORM};
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        if (!isfinite(metrics[watched[i]]))
            GGCN_FAIL(GGCN_ERROR_NUMERIC, diverged, "iteration %llu: %s is not finite",
                      (unsigned long long)t->iteration + 1, ggcn_metric_infos[watched[i]].name);
    const double gap = fabs(metrics[GGCN_METRIC_POTENTIAL_CHAINS] - metrics[GGCN_METRIC_POTENTIAL_DATA]);
    if (guard->potential > 0 && gap > guard->potential)
        GGCN_FAIL(GGCN_ERROR_NUMERIC, diverged,
                  "iteration %llu: the mean potentials of chains and observed images are %.3g apart, more than "
                  "guard.potential = %.3g",
                  (unsigned long long)t->iteration + 1, gap, guard->potential);
    return GGCN_SUCCESS;
}

/* The state after the step must be worth a checkpoint. */
static ggcn_status check_state(const ggcn_learner *t, const ggcn_vector *total, const double *metrics) {
    if (t->config->guard.mode == GGCN_GUARD_OFF)
        return GGCN_SUCCESS;
    if (!isfinite(metrics[GGCN_METRIC_PARAMETER_NORM]) || !isfinite(total->d[GGCN_SUM_SQUARE_CHAINS]))
        GGCN_FAIL(GGCN_ERROR_NUMERIC, diverged, "iteration %llu: %s are not finite",
                  (unsigned long long)t->iteration + 1,
                  isfinite(metrics[GGCN_METRIC_PARAMETER_NORM]) ? "the chains" : "the parameters");
    return GGCN_SUCCESS;
}

/* The optimiser's step and, for a JKO term that bypasses it, that term as it is (Alg. 1, line 16). */
static void update(ggcn_learner *t, const ggcn_vector *total, double rate) {
    const ggcn_potential *p = &t->potential;
    ggcn_optimizer_step(&t->optimizer, t->iteration + 1, rate, total->f, t->parameters);
    if (ggcn_flow_apart(t->config)) {
        const float *flow = total->f + t->n_learned + p->features;
        for (size_t i = 0; i < t->n_learned; i++)
            t->parameters[i] += flow[i];
    }
    if (p->n_statistics > 0 && t->traits->learns_filters &&
        !t->traits->adversarial) /* there the batch's own are tracked */
        ggcn_norm_statistics_update(t->graph, total->d + GGCN_SUMS, (double)t->config->learning.observed,
                                    t->config->potential.norm_momentum, t->statistics);
}

/* Splits the wall time of the blocks by what the threads spent it on. */
static void split_time(ggcn_learner *t, double wall, double *metrics) {
    double sampling = 0, learning = 0;
    for (int i = 0; i < t->threads; i++) {
        sampling += t->workers[i].seconds_sampling;
        learning += t->workers[i].seconds_learning;
        t->workers[i].seconds_sampling = t->workers[i].seconds_learning = 0;
    }
    const double share = sampling + learning > 0 ? sampling / (sampling + learning) : 0;
    metrics[GGCN_METRIC_SECONDS_SAMPLING] = wall * share;
    metrics[GGCN_METRIC_SECONDS_LEARNING] = wall * (1 - share);
    if (wall * share > 0)
        metrics[GGCN_METRIC_IMAGE_STEPS] =
            (double)t->config->learning.chains * (double)t->config->sampler.steps / (wall * share);
}

double ggcn_learner_rate(const ggcn_learner *t) {
    const ggcn_config_learning *l = &t->config->learning;
    return t->rate_factor * ggcn_schedule_rate(&l->schedule, l->optimizer.rate, t->iteration, l->iterations);
}

ggcn_status ggcn_learner_update(ggcn_learner *t, ggcn_status mine, double *metrics) {
    ggcn_vector total;
    GGCN_TRY(ggcn_sum_finish(t->sum, mine, &total, &metrics[GGCN_METRIC_SECONDS_REDUCTION]));
    const double start = omp_get_wtime();
    measure(t, &total, metrics);
    GGCN_TRY(check_finite(t, metrics));
    metrics[GGCN_METRIC_RATE] = ggcn_learner_rate(t);
    update(t, &total, metrics[GGCN_METRIC_RATE]);
    metrics[GGCN_METRIC_PARAMETER_NORM] = norm(t->parameters, t->potential.n_parameters);
    t->seconds_update = omp_get_wtime() - start;
    return check_state(t, &total, metrics);
}

ggcn_status ggcn_learner_step(ggcn_learner *t, uint64_t iteration, double *metrics) {
    memset(metrics, 0, GGCN_METRICS * sizeof *metrics);
    const double start = omp_get_wtime();
    t->iteration = iteration;
    if (iteration == 0 && t->potential.n_statistics > 0 && t->traits->learns_filters)
        GGCN_TRY(calibrate(t));
    t->gamma = ggcn_random_uniform(
        (ggcn_random_key){.seed = t->seed, .purpose = GGCN_RANDOM_JKO, .iteration = (uint32_t)iteration}, 0);
    const double blocks_start = omp_get_wtime();
    const ggcn_status status = pack_and_run(t, ggcn_block_iteration);
    const double blocks_end = omp_get_wtime();
    split_time(t, blocks_end - blocks_start, metrics);
    GGCN_TRY(ggcn_learner_update(t, status, metrics));
    const double end = omp_get_wtime();
    metrics[GGCN_METRIC_SECONDS_LEARNING] +=
        end - blocks_end - metrics[GGCN_METRIC_SECONDS_REDUCTION] + blocks_start - start;
    metrics[GGCN_METRIC_SECONDS] = end - start;
    return GGCN_SUCCESS;
}
