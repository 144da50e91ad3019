#include "learn/trainer.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/response.h"
#include "learn/norm_statistics.h"

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
    {"seconds_io", "s", "checkpoints, chains, metrics and grids since the row before, on rank 0"},
    {"seconds", "s", "the whole iteration, on rank 0"},
    {"image_steps_per_second", "1/s", "Langevin steps times chains of all ranks per second of sampling"},
};

/* --- creation ----------------------------------------------------------------------------------------------------------- */

static void destroy_worker(ggcn_worker *w) {
    ggcn_evaluator_destroy(&w->evaluator);
    ggcn_gradients_destroy(&w->likelihood);
    ggcn_gradients_destroy(&w->flow);
    free(w->pixels);
    free(w->gradient);
    free(w->noise);
    free(w->phi);
    free(w->labels);
}

void ggcn_trainer_destroy(ggcn_trainer **trainer) {
    ggcn_trainer *t = *trainer;
    if (!t)
        return;
    for (int i = 0; t->workers && i < t->threads; i++)
        destroy_worker(&t->workers[i]);
    free(t->workers);
    ggcn_weights_destroy(&t->weights);
    ggcn_plan_destroy(&t->plan);
    ggcn_graph_destroy(&t->graph);
    ggcn_observed_batch_destroy(&t->batch, t->blocks.owned);
    ggcn_optimizer_destroy(&t->optimizer);
    ggcn_chains_destroy(&t->chains);
    ggcn_sum_destroy(&t->sum);
    free(t->parameters);
    free(t->statistics);
    free(t->lp);
    free(t->potential_of);
    free(t->gradient_of);
    free(t->names);
    free(t);
    *trainer = NULL;
}

static ggcn_status create_worker(const ggcn_trainer *t, ggcn_worker *w) {
    const size_t block = (size_t)t->chains.block, elements = t->chains.elements;
    w->trainer = t;
    w->pixels = malloc(block * elements * sizeof *w->pixels);
    w->gradient = malloc(block * elements * sizeof *w->gradient);
    w->noise = malloc(elements * sizeof *w->noise);
    w->phi = malloc(block * sizeof *w->phi);
    w->labels = calloc(block, sizeof *w->labels);
    if (!w->pixels || !w->gradient || !w->noise || !w->phi || !w->labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use a smaller run.block or fewer threads", "no memory for a thread's buffers");
    GGCN_TRY(ggcn_evaluator_create(&t->potential, t->plan, t->chains.block, &w->evaluator));
    GGCN_TRY(ggcn_gradients_create(t->plan, &w->likelihood));
    if (ggcn_trainer_flow_apart(t->config))
        GGCN_TRY(ggcn_gradients_create(t->plan, &w->flow));
    return GGCN_SUCCESS;
}

static int threads_for(const ggcn_blocks *blocks) {
    const int threads = omp_get_max_threads();
    return threads < blocks->owned ? threads : (int)blocks->owned;
}

/* Starts chains at observed images; of any class, also for a conditional potential. */
static void start_from_data(ggcn_trainer *t) {
    for (int64_t n = 0; n < t->chains.count; n++) {
        uint32_t label;
        const int64_t block = n / t->chains.block;
        const uint64_t number = (uint64_t)(n % t->chains.block) % t->batch.per_block;
        ggcn_observed_batch_draw(&t->batch, block, t->blocks.first + block, 0, number,
                                 t->chains.x + (size_t)n * t->chains.elements, &label);
    }
}

static size_t sum_floats(const ggcn_config *config, const ggcn_potential *p) {
    return p->n_parameters * (ggcn_trainer_flow_apart(config) ? 2 : 1) + p->features;
}

static ggcn_status create(ggcn_trainer *t, const ggcn_graph *graph, const ggcn_observed *observed) {
    const ggcn_config *c = t->config;
    const uint32_t n_classes = c->potential.conditional ? observed->n_classes : 1;
    GGCN_TRY(ggcn_graph_copy(graph, &t->graph));
    t->potential = ggcn_potential_on(t->graph, c->potential.theta, n_classes);
    ggcn_trainer_identify(t, observed);
    GGCN_TRY(ggcn_trainer_name_arrays(t));
    GGCN_TRY(ggcn_plan_compile(t->graph, c->run.block, &t->plan));
    GGCN_TRY(ggcn_weights_create(t->plan, &t->weights));
    t->parameters = malloc(t->potential.n_parameters * sizeof *t->parameters);
    t->statistics = malloc((t->potential.n_statistics + 1) * sizeof *t->statistics);
    if (!t->parameters || !t->statistics)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu parameters", t->potential.n_parameters);
    ggcn_potential_initialize(&t->potential, &c->potential, c->run.seed, t->parameters, t->statistics);
    GGCN_TRY(ggcn_optimizer_create(&c->learning.optimizer, t->potential.n_parameters, &t->optimizer));
    GGCN_TRY(ggcn_chains_create(&t->blocks, c->run.block, observed->shape, n_classes, c->sampler.start,
                                c->potential.reference_sigma, c->run.seed, &t->chains));
    if (n_classes > 1)
        GGCN_TRY(ggcn_chains_assign(&t->chains, observed->class_counts, n_classes, (int64_t)c->learning.chains));
    GGCN_TRY(ggcn_observed_batch_create(observed, &t->blocks, &c->data, c->run.seed,
                                        c->learning.observed / (uint64_t)t->blocks.count, &t->batch));
    if (c->sampler.start == GGCN_START_DATA)
        start_from_data(t);
    t->lp = calloc((size_t)t->chains.count, sizeof *t->lp);
    t->potential_of = calloc((size_t)t->chains.count, sizeof *t->potential_of);
    t->gradient_of = calloc((size_t)t->chains.count, sizeof *t->gradient_of);
    t->threads = threads_for(&t->blocks);
    t->workers = calloc((size_t)t->threads, sizeof *t->workers);
    if (!t->lp || !t->potential_of || !t->gradient_of || !t->workers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %lld chains", (long long)t->chains.count);
    for (int i = 0; i < t->threads; i++)
        GGCN_TRY(create_worker(t, &t->workers[i]));
    return ggcn_sum_create(&t->blocks, GGCN_SUMS + t->potential.n_statistics, sum_floats(c, &t->potential), &t->sum);
}

ggcn_status ggcn_trainer_create(const ggcn_config *config, const ggcn_graph *graph, const ggcn_observed *observed,
                                const ggcn_blocks *blocks, ggcn_trainer **trainer) {
    ggcn_trainer *t = calloc(1, sizeof *t);
    *trainer = t;
    if (!t)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a trainer");
    t->config = config;
    t->blocks = *blocks;
    t->langevin = (ggcn_langevin){.steps = config->sampler.steps,
                                  .step_size = config->sampler.step_size,
                                  .noise_sigma = config->sampler.noise_sigma,
                                  .reference_sigma = config->potential.reference_sigma,
                                  .gradient_clip = config->sampler.gradient_clip,
                                  .clamp = config->sampler.clamp,
                                  .lowest = config->data.pixel_min,
                                  .highest = config->data.pixel_max};
    const ggcn_status status = create(t, graph, observed);
    if (status != GGCN_SUCCESS)
        ggcn_trainer_destroy(trainer);
    return status;
}

ggcn_status ggcn_trainer_plan_memory(const ggcn_config *config, const ggcn_graph *graph, uint32_t n_classes,
                                     const ggcn_blocks *blocks, ggcn_trainer_memory *memory) {
    const ggcn_potential p =
        ggcn_potential_on(graph, config->potential.theta, config->potential.conditional ? n_classes : 1);
    ggcn_plan *plan;
    GGCN_TRY(ggcn_plan_compile(graph, config->run.block, &plan));
    const ggcn_shape shape = ggcn_graph_shape(graph, 0), top = ggcn_graph_output(graph);
    const size_t image = (size_t)(shape.channels * shape.height * shape.width) * sizeof(float);
    const size_t map = (size_t)(top.channels * top.height * top.width) * sizeof(float);
    const size_t threads = (size_t)threads_for(blocks), block = config->run.block;
    const size_t moments = config->learning.optimizer.name == GGCN_OPTIMIZER_ADAM ? 2 : 1;
    const size_t parameters = p.n_parameters * sizeof(float);
    *memory = (ggcn_trainer_memory){
        .threads = threads,
        .workspaces = threads * (ggcn_plan_workspace_bytes(plan) + block * (2 * image + map)),
        .weights = ggcn_plan_weights_bytes(plan),
        .gradients = threads * ggcn_plan_gradients_bytes(plan) * (ggcn_trainer_flow_apart(config) ? 2 : 1) +
                     (threads + 2) * sum_floats(config, &p) * sizeof(float),
        .parameters = parameters * (1 + moments),
        .chains = (size_t)blocks->owned * block * image,
        .checkpoint = parameters * (1 + moments) + (size_t)blocks->count * block * (image + sizeof(uint32_t)) +
                      p.n_statistics * sizeof(float)};
    ggcn_plan_destroy(&plan);
    return GGCN_SUCCESS;
}

/* --- iteration ---------------------------------------------------------------------------------------------------------- */

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

uint64_t ggcn_trainer_iteration(const ggcn_trainer *t) {
    return t->iteration;
}

const ggcn_chains *ggcn_trainer_chains(const ggcn_trainer *t) {
    return &t->chains;
}

ggcn_chain_scalars ggcn_trainer_chain_scalars(const ggcn_trainer *t) {
    return (ggcn_chain_scalars){t->lp, t->potential_of, t->gradient_of};
}
