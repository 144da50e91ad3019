/* One iteration over all blocks: sum, metrics, optimiser step. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "ggcn/response.h"
#include "learn/norm_statistics.h"
#include "learn/trainer.h"

const ggcn_metric_info ggcn_metric_infos[GGCN_METRICS] = {
    {"response_distance", "1", "R: mean over the features of |mean over chains - mean over observed images|"},
    {"potential_data", "1", "mean Phi of the observed images"},
    {"potential_chains", "1", "mean Phi of the chains after their Langevin steps"},
    {"energy_gap", "1", "mean U of the chains minus mean U of the observed images, U = |x|^2/(2 s_ref^2) - Phi"},
    {"gradient_x", "1/pixel", "mean Euclidean norm of grad_x Phi over the chains after their steps"},
    {"flow", "1/pixel^2", "(1-gamma) E_before |grad_x Phi|^2 + gamma E_after |grad_x Phi|^2 of the JKO term, 0 without one"},
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

typedef ggcn_status (*block_function)(ggcn_trainer *, ggcn_worker *, int64_t block);

/* Runs a function on all blocks of this rank, threads taking blocks as they come. The first error wins. */
static ggcn_status for_blocks(ggcn_trainer *t, block_function function) {
    ggcn_error first = {.status = GGCN_SUCCESS};
#pragma omp parallel num_threads(t->threads)
    {
        ggcn_worker *worker = &t->workers[omp_get_thread_num()];
#pragma omp for schedule(dynamic, 1)
        for (int64_t block = 0; block < t->blocks.owned; block++) {
            if (function(t, worker, block) != GGCN_SUCCESS) {
#pragma omp critical
                if (first.status == GGCN_SUCCESS)
                    first = *ggcn_last_error();
            }
        }
    }
    return first.status == GGCN_SUCCESS ? GGCN_SUCCESS : ggcn_restore_error(&first);
}

/* Reorders the parameters for all threads, then runs a function on all blocks. */
static ggcn_status pack_and_run(ggcn_trainer *t, block_function function) {
    GGCN_TRY(ggcn_weights_pack(t->weights, t->parameters + t->potential.n_theta, t->statistics));
    return for_blocks(t, function);
}

/* Statistics of norm layers before the first iteration: as many passes as there are norm layers, since each layer's
 * statistics depend on those before it. */
static ggcn_status calibrate(ggcn_trainer *t) {
    size_t layers;
    ggcn_graph_statistics(t->graph, NULL, &layers);
    for (size_t i = 0; i < layers; i++) {
        ggcn_vector total;
        GGCN_TRY(ggcn_sum_finish(t->sum, pack_and_run(t, ggcn_block_calibration), &total, NULL));
        ggcn_norm_statistics_update(t->graph, total.d + GGCN_SUMS, (double)t->config->learning.observed, 1, t->statistics);
    }
    return GGCN_SUCCESS;
}

static double norm(const float *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i] * values[i];
    return sqrt(sum);
}

/* Metrics that come out of the sum; the same on every rank. */
static void measure(const ggcn_trainer *t, const ggcn_vector *total, double *metrics) {
    const ggcn_potential *p = &t->potential;
    const double n = (double)t->config->learning.observed, m = (double)t->config->learning.chains;
    const double s = t->config->potential.reference_sigma;
    metrics[GGCN_METRIC_RESPONSE] = ggcn_response_distance(p, total->f + p->n_parameters);
    metrics[GGCN_METRIC_POTENTIAL_DATA] = total->d[GGCN_SUM_POTENTIAL_DATA] / n;
    metrics[GGCN_METRIC_POTENTIAL_CHAINS] = total->d[GGCN_SUM_POTENTIAL_CHAINS] / m;
    metrics[GGCN_METRIC_ENERGY_GAP] =
        total->d[GGCN_SUM_SQUARE_CHAINS] / m / (2 * s * s) - metrics[GGCN_METRIC_POTENTIAL_CHAINS] -
        (total->d[GGCN_SUM_SQUARE_DATA] / n / (2 * s * s) - metrics[GGCN_METRIC_POTENTIAL_DATA]);
    metrics[GGCN_METRIC_GRADIENT_X] = total->d[GGCN_SUM_GRADIENT] / m;
    if (ggcn_trainer_has_flow(t->config))
        metrics[GGCN_METRIC_FLOW] =
            (1 - t->gamma) * total->d[GGCN_SUM_FLOW_BEFORE] / m + t->gamma * total->d[GGCN_SUM_FLOW_AFTER] / m;
    metrics[GGCN_METRIC_GAMMA] = t->gamma;
    metrics[GGCN_METRIC_GRADIENT_NORM] = norm(total->f, p->n_parameters);
}

static const char diverged[] = "the run diverged: restart from an earlier checkpoint (--from ITERATION) with a lower "
                               "learning.optimizer.rate or sampler.step_size, or a larger jko.beta";

static ggcn_status check_finite(const ggcn_trainer *t, const double *metrics) {
    const ggcn_metric watched[] = {GGCN_METRIC_POTENTIAL_DATA, GGCN_METRIC_POTENTIAL_CHAINS, GGCN_METRIC_GRADIENT_NORM};
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        if (!isfinite(metrics[watched[i]]))
            GGCN_FAIL(GGCN_ERROR_NUMERIC, diverged, "iteration %llu: %s is not finite", (unsigned long long)t->iteration + 1,
                      ggcn_metric_infos[watched[i]].name);
    return GGCN_SUCCESS;
}

/* The state after the step must be worth a checkpoint. */
static ggcn_status check_state(const ggcn_trainer *t, const ggcn_vector *total, const double *metrics) {
    if (!isfinite(metrics[GGCN_METRIC_PARAMETER_NORM]) || !isfinite(total->d[GGCN_SUM_SQUARE_CHAINS]))
        GGCN_FAIL(GGCN_ERROR_NUMERIC, diverged, "iteration %llu: %s are not finite", (unsigned long long)t->iteration + 1,
                  isfinite(metrics[GGCN_METRIC_PARAMETER_NORM]) ? "the chains" : "the parameters");
    return GGCN_SUCCESS;
}

/* The optimiser's step and, for a JKO term that bypasses it, that term as it is (Alg. 1, line 16). */
static void update(ggcn_trainer *t, const ggcn_vector *total, double rate) {
    const ggcn_potential *p = &t->potential;
    ggcn_optimizer_step(&t->optimizer, t->iteration + 1, rate, total->f, t->parameters);
    if (ggcn_trainer_flow_apart(t->config)) {
        const float *flow = total->f + p->n_parameters + p->features;
        for (size_t i = 0; i < p->n_parameters; i++)
            t->parameters[i] += flow[i];
    }
    if (p->n_statistics > 0)
        ggcn_norm_statistics_update(t->graph, total->d + GGCN_SUMS, (double)t->config->learning.observed,
                                    t->config->potential.norm_momentum, t->statistics);
}

/* Splits the wall time of the blocks by what the threads spent it on. */
static void split_time(ggcn_trainer *t, double wall, double *metrics) {
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

ggcn_status ggcn_trainer_step(ggcn_trainer *t, double *metrics) {
    memset(metrics, 0, GGCN_METRICS * sizeof *metrics);
    const double start = omp_get_wtime();
    if (t->iteration == 0 && t->potential.n_statistics > 0)
        GGCN_TRY(calibrate(t));
    t->gamma = ggcn_random_uniform((ggcn_random_key){.seed = t->config->run.seed,
                                                     .purpose = GGCN_RANDOM_JKO,
                                                     .iteration = (uint32_t)t->iteration},
                                   0);
    const double blocks_start = omp_get_wtime();
    const ggcn_status status = pack_and_run(t, ggcn_block_iteration);
    split_time(t, omp_get_wtime() - blocks_start, metrics);
    ggcn_vector total;
    GGCN_TRY(ggcn_sum_finish(t->sum, status, &total, &metrics[GGCN_METRIC_SECONDS_REDUCTION]));
    measure(t, &total, metrics);
    GGCN_TRY(check_finite(t, metrics));
    const double update_start = omp_get_wtime();
    const double rate = ggcn_schedule_rate(&t->config->learning.schedule, t->config->learning.optimizer.rate, t->iteration,
                                           t->config->learning.iterations);
    update(t, &total, rate);
    metrics[GGCN_METRIC_RATE] = rate;
    metrics[GGCN_METRIC_PARAMETER_NORM] = norm(t->parameters, t->potential.n_parameters);
    GGCN_TRY(check_state(t, &total, metrics));
    t->iteration++;
    const double end = omp_get_wtime();
    metrics[GGCN_METRIC_SECONDS_LEARNING] += end - update_start + blocks_start - start;
    metrics[GGCN_METRIC_SECONDS] = end - start;
    return GGCN_SUCCESS;
}
