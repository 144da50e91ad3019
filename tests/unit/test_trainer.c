/* What surrounds an iteration of learning: initial parameters, the order of the observed images, optimisers, schedules,
 * and that the bits of a run depend neither on the threads nor on an interruption. */
#include <check.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/optimizer.h"
#include "learn/observed_batch.h"
#include "training_case.h"

/* --- bits --------------------------------------------------------------------------------------------------------- */

/* All there is to go wrong: five blocks, norm layers, classes, a JKO term beside the optimiser, half-full batches. */
static const char busy[] =
    "learning.chains=10 learning.observed=15 learning.optimizer.name=adam potential.conditional=true "
    "learning.optimizer.rate=0.01 jko.scaled_by_rate=false jko.beta=0.01";

static void steps(training_case *c, int count) {
    double metrics[GGCN_METRICS];
    for (int i = 0; i < count; i++)
        training_case_step(c, metrics);
}

/* The state after four iterations with a number of threads, and the last iteration's metrics. */
static unsigned char *run_with_threads(int threads, size_t *bytes, double *metrics) {
    omp_set_num_threads(threads);
    training_case c = training_case_create(norm_network, 2, busy);
    for (int i = 0; i < 4; i++)
        training_case_step(&c, metrics);
    unsigned char *state = training_case_save(&c, "", bytes);
    training_case_destroy(&c);
    return state;
}

START_TEST(bits_do_not_depend_on_threads) {
    size_t bytes, other_bytes;
    double metrics[GGCN_METRICS], other_metrics[GGCN_METRICS];
    unsigned char *state = run_with_threads(1, &bytes, metrics);
    for (int threads = 2; threads <= 8; threads += 3) { /* 8: more than blocks */
        unsigned char *other = run_with_threads(threads, &other_bytes, other_metrics);
        ck_assert_uint_eq(other_bytes, bytes);
        ck_assert(memcmp(other, state, bytes) == 0);
        for (int i = 0; i <= GGCN_METRIC_RATE; i++)
            ck_assert_msg(metrics[i] == other_metrics[i], "%s differs", ggcn_metric_infos[i].name);
        free(other);
    }
    free(state);
}
END_TEST

START_TEST(bits_do_not_depend_on_the_run_before) {
    size_t bytes, other_bytes;
    double metrics[GGCN_METRICS];
    unsigned char *state = run_with_threads(2, &bytes, metrics), *other = run_with_threads(2, &other_bytes, metrics);
    ck_assert_uint_eq(other_bytes, bytes);
    ck_assert(memcmp(other, state, bytes) == 0);
    free(other);
    free(state);
}
END_TEST

START_TEST(a_restored_state_continues_with_the_same_bits) {
    size_t bytes, other_bytes;
    training_case c = training_case_create(norm_network, 2, busy);
    steps(&c, 2);
    unsigned char *half = training_case_save(&c, "", &bytes);
    steps(&c, 2);
    unsigned char *straight = training_case_save(&c, "", &bytes);
    training_case_destroy(&c);
    ck_assert(memcmp(half, straight, bytes) != 0);

    training_case fresh = training_case_create(norm_network, 2, busy);
    training_case_restore(&fresh, half, bytes);
    ck_assert_uint_eq(ggcn_trainer_iteration(fresh.trainer), 2);
    steps(&fresh, 2);
    unsigned char *resumed = training_case_save(&fresh, "", &other_bytes);
    ck_assert_uint_eq(other_bytes, bytes);
    ck_assert(memcmp(resumed, straight, bytes) == 0);
    training_case_destroy(&fresh);
    free(half);
    free(straight);
    free(resumed);
}
END_TEST

START_TEST(another_seed_gives_another_run) {
    static const char *const parts[] = {"parameters/theta", "parameters/conv1", "chains/x"};
    training_case a = training_case_create(plain_network, 1, ""),
                  b = training_case_create(plain_network, 1, "run.seed=2");
    for (int i = 0; i < 3; i++) {
        size_t bytes, other_bytes;
        unsigned char *of_a = training_case_save(&a, parts[i], &bytes),
                      *of_b = training_case_save(&b, parts[i], &other_bytes);
        ck_assert_uint_gt(bytes, 0);
        ck_assert_uint_eq(other_bytes, bytes);
        ck_assert_msg(memcmp(of_a, of_b, bytes) != 0, "%s are equal", parts[i]);
        free(of_a);
        free(of_b);
    }
    training_case_destroy(&a);
    training_case_destroy(&b);
}
END_TEST

static void check_array(const ggcn_array *a, const char *path, ggcn_type type, int rank, const int64_t *dims) {
    ck_assert_str_eq(a->path, path);
    ck_assert_int_eq(a->type, type);
    ck_assert_int_eq(a->rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(a->dims[i], dims[i]);
    ck_assert(a->description[0] && a->unit[0] && a->data);
}

START_TEST(the_state_is_described) {
    training_case c = training_case_create(norm_network, 2, busy);
    ggcn_state state = {0};
    ck_assert_int_eq(ggcn_trainer_state(c.trainer, &state), GGCN_SUCCESS);
    ck_assert_uint_eq(state.count, 1 + 6 + 2 + 1 + 2 + 3);
    check_array(&state.arrays[0], "parameters/theta", GGCN_F32, 4, (int64_t[]){2, 4, 3, 3});
    check_array(&state.arrays[1], "parameters/conv1.weight", GGCN_F32, 4, (int64_t[]){3, 2, 3, 3});
    check_array(&state.arrays[2], "parameters/norm2.gamma", GGCN_F32, 1, (int64_t[]){3});
    check_array(&state.arrays[3], "parameters/norm2.beta", GGCN_F32, 1, (int64_t[]){3});
    check_array(&state.arrays[4], "parameters/conv4.weight", GGCN_F32, 4, (int64_t[]){4, 3, 3, 3});
    const int64_t parameters = 72 + 54 + 6 + 108 + 8;
    check_array(&state.arrays[7], "optimizer/first", GGCN_F32, 1, (int64_t[]){parameters});
    check_array(&state.arrays[8], "optimizer/second", GGCN_F32, 1, (int64_t[]){parameters});
    check_array(&state.arrays[9], "normalisation/statistics", GGCN_F32, 1, (int64_t[]){14});
    check_array(&state.arrays[10], "chains/x", GGCN_F32, 4, (int64_t[]){10, CASE_CHANNELS, CASE_SIDE, CASE_SIDE});
    check_array(&state.arrays[11], "chains/label", GGCN_U32, 1, (int64_t[]){10});
    check_array(&state.arrays[12], "rate_factor", GGCN_F64, 0, NULL);
    check_array(&state.arrays[13], "identity", GGCN_U64, 1, (int64_t[]){4});
    check_array(&state.arrays[14], "iteration", GGCN_U64, 0, NULL);
    for (size_t i = 0; i < state.count; i++)
        ck_assert_int_eq(state.arrays[i].distributed, i == 10 || i == 11);
    ck_assert_int_eq(state.arrays[10].count, 10);
    ck_assert_int_eq(state.arrays[10].chunk, 2);
    ggcn_state_clear(&state);
    training_case_destroy(&c);
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_an_error) {
    training_case c = training_case_create(plain_network, 1, "");
    ggcn_state state = {0};
    double metrics[GGCN_METRICS];
    ck_assert_int_eq(ggcn_trainer_state(c.trainer, &state), GGCN_SUCCESS);
    *(float *)state.arrays[_i].data = NAN;
    ggcn_state_clear(&state);
    ck_assert_int_eq(ggcn_trainer_step(c.trainer, metrics), GGCN_ERROR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "iteration 1"));
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "potential_data"));
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->hint, "learning.optimizer.rate"));
    training_case_destroy(&c);
}
END_TEST

/* An infinite velocity spoils the parameters only in the optimiser's step, after all sums were finite. */
START_TEST(a_step_to_parameters_that_are_not_finite_is_an_error) {
    training_case c = training_case_create(plain_network, 1, "learning.optimizer.momentum=0.5");
    ggcn_state state = {0};
    double metrics[GGCN_METRICS];
    ck_assert_int_eq(ggcn_trainer_state(c.trainer, &state), GGCN_SUCCESS);
    for (size_t i = 0; i < state.count; i++)
        if (strcmp(state.arrays[i].path, "optimizer/first") == 0)
            *(float *)state.arrays[i].data = INFINITY;
    ggcn_state_clear(&state);
    ck_assert_int_eq(ggcn_trainer_step(c.trainer, metrics), GGCN_ERROR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "the parameters"));
    ck_assert_uint_eq(ggcn_trainer_iteration(c.trainer), 0);
    training_case_destroy(&c);
}
END_TEST

START_TEST(a_state_of_another_run_is_told) {
    training_case c = training_case_create(norm_network, 2, busy);
    ck_assert_int_eq(ggcn_trainer_restored(c.trainer), GGCN_SUCCESS);
    ggcn_state state = {0};
    ck_assert_int_eq(ggcn_trainer_state(c.trainer, &state), GGCN_SUCCESS);
    uint64_t *identity = state.arrays[13].data;
    static const char *const keys[] = {"run.seed", "potential.network", "data.file", "learning.optimizer.name"};
    for (int i = 0; i < 4; i++) {
        identity[i]++;
        ck_assert_int_eq(ggcn_trainer_restored(c.trainer), GGCN_ERROR_CONFIG);
        ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, keys[i]));
        identity[i]--;
    }
    ggcn_state_clear(&state);
    training_case_destroy(&c);
}
END_TEST

/* --- pictures and the start of chains ----------------------------------------------------------------------------- */

START_TEST(pictures_leave_the_chains_alone) {
    const bool noiseless = _i;
    training_case c = training_case_create(plain_network, 1, noiseless ? "" : "sampler.final_step_noiseless=false");
    const ggcn_chains *chains = ggcn_trainer_chains(c.trainer);
    const size_t bytes = (size_t)chains->count * CASE_ELEMENTS * sizeof(float);
    float *before = malloc(bytes), *pictures = malloc(bytes);
    ck_assert(before && pictures);
    steps(&c, 1);
    memcpy(before, chains->x, bytes);
    ck_assert_int_eq(ggcn_trainer_pictures(c.trainer, 0, INT64_MAX, pictures), GGCN_SUCCESS);
    ck_assert_mem_eq(chains->x, before, bytes);
    if (!noiseless)
        ck_assert_mem_eq(pictures, before, bytes);
    training_case_destroy(&c);
    free(before);
    free(pictures);
}
END_TEST

/* The step without noise is what a sampler without noise does next, under the same parameters. */
START_TEST(pictures_are_one_step_without_noise_ahead) {
    training_case c = training_case_create(plain_network, 1, "sampler.steps=1 learning.optimizer.rate=1e-30");
    training_case quiet =
        training_case_create(plain_network, 1, "sampler.steps=1 sampler.noise_sigma=0 learning.optimizer.rate=1e-30");
    float pictures[4 * CASE_ELEMENTS];
    ck_assert_int_eq(ggcn_trainer_pictures(c.trainer, 0, INT64_MAX, pictures), GGCN_SUCCESS);
    steps(&quiet, 1);
    const float *x = ggcn_trainer_chains(quiet.trainer)->x;
    for (int i = 0; i < 4 * CASE_ELEMENTS; i++)
        ck_assert_float_eq_tol(pictures[i], x[i], 1e-6f);
    float first[4 * CASE_ELEMENTS]; /* of the block that holds chain 0 only */
    ck_assert_int_eq(ggcn_trainer_pictures(c.trainer, 0, 1, first), GGCN_SUCCESS);
    ck_assert_mem_eq(first, pictures, 2 * CASE_ELEMENTS * sizeof *first);
    training_case_destroy(&c);
    training_case_destroy(&quiet);
}
END_TEST

/* Distance of a chain from an observed image. */
static double distance(const training_case *c, int64_t chain, int64_t image) {
    double pixels[CASE_ELEMENTS], largest = 0;
    training_case_pixels(c, image, pixels);
    const float *x = ggcn_trainer_chains(c->trainer)->x + chain * CASE_ELEMENTS;
    for (int i = 0; i < CASE_ELEMENTS; i++)
        largest = fmax(largest, fabs((double)x[i] - pixels[i]));
    return largest;
}

START_TEST(chains_start_at_observed_images_of_their_block) {
    training_case c = training_case_create(plain_network, 2, "sampler.start=data potential.conditional=true");
    const ggcn_chains *chains = ggcn_trainer_chains(c.trainer);
    int64_t found[4];
    for (int64_t chain = 0; chain < chains->count; chain++) {
        const int64_t block = chain / chains->block;
        found[chain] = -1;
        for (int64_t i = c.observed->start[block]; i < c.observed->start[block + 1]; i++)
            if (distance(&c, chain, i) < 1e-6)
                found[chain] = i;
        ck_assert_int_ge(found[chain], 0);
    }
    ck_assert_int_ne(found[0], found[1]);
    ck_assert_int_ne(found[2], found[3]);
    training_case_destroy(&c);
}
END_TEST

/* --- observed images ---------------------------------------------------------------------------------------------- */

enum { SHARE = 5 };

/* Which image of a block a draw gives, by its pixels; the label must be that image's. */
static int64_t drawn_image(const training_case *c, ggcn_observed_batch *batch, int64_t block, uint64_t iteration,
                           uint64_t number) {
    float pixels[CASE_ELEMENTS];
    double expected[CASE_ELEMENTS];
    uint32_t label;
    ggcn_observed_batch_draw(batch, block, block, iteration, number, pixels, &label);
    for (int64_t i = c->observed->start[block]; i < c->observed->start[block + 1]; i++) {
        training_case_pixels(c, i, expected);
        double largest = 0;
        for (int k = 0; k < CASE_ELEMENTS; k++)
            largest = fmax(largest, fabs((double)pixels[k] - expected[k]));
        if (largest < 1e-6) {
            ck_assert_uint_eq(label, c->observed->labels[i]);
            return i - c->observed->start[block];
        }
    }
    ck_abort_msg("block %d, iteration %d: no image of the block", (int)block, (int)iteration);
}

START_TEST(an_epoch_shows_every_image_once) {
    enum { PER_BLOCK = 3, ITERATIONS = 20 };
    training_case c = training_case_create(plain_network, 2, "");
    ggcn_observed_batch batch;
    ck_assert_int_eq(ggcn_observed_batch_create(c.observed, &c.blocks, &c.config->data, 9, PER_BLOCK, &batch),
                     GGCN_SUCCESS);
    int64_t order[2][PER_BLOCK * ITERATIONS];
    for (uint64_t i = 0; i < PER_BLOCK * ITERATIONS; i++)
        for (int block = 0; block < 2; block++)
            order[block][i] = drawn_image(&c, &batch, block, i / PER_BLOCK, i % PER_BLOCK);
    int repeated_orders = 0;
    for (int block = 0; block < 2; block++)
        for (int epoch = 0; epoch < PER_BLOCK * ITERATIONS / SHARE; epoch++) {
            unsigned seen = 0;
            for (int i = 0; i < SHARE; i++)
                seen |= 1u << order[block][epoch * SHARE + i];
            ck_assert_uint_eq(seen, 31);
            repeated_orders +=
                epoch > 0 && memcmp(order[block] + epoch * SHARE, order[block], SHARE * sizeof **order) == 0;
        }
    ck_assert_int_le(repeated_orders, 3); /* by chance one in 120 */
    ck_assert(memcmp(order[0], order[1], sizeof order[0]) != 0);
    for (int i = PER_BLOCK * ITERATIONS - 1; i >= 0; i -= 7) /* also when asked for in another order */
        ck_assert_int_eq(drawn_image(&c, &batch, 1, (uint64_t)i / PER_BLOCK, (uint64_t)i % PER_BLOCK), order[1][i]);
    ggcn_observed_batch_destroy(&batch, c.blocks.owned);
    training_case_destroy(&c);
}
END_TEST

/* With parameters that stand still, the mean potential over whole epochs is that of all observed images. */
START_TEST(iterations_go_through_epochs) {
    static const char *const observed[] = {"learning.observed=2 learning.optimizer.rate=1e-30",
                                           "learning.observed=6 learning.optimizer.rate=1e-30"};
    training_case all = training_case_create(plain_network, 1, ""),
                  few = training_case_create(plain_network, 1, observed[_i]);
    double metrics[GGCN_METRICS], mean = 0, lowest = INFINITY, highest = -INFINITY;
    for (int i = 0; i < SHARE; i++) {
        training_case_step(&few, metrics);
        mean += metrics[GGCN_METRIC_POTENTIAL_DATA] / SHARE;
        lowest = fmin(lowest, metrics[GGCN_METRIC_POTENTIAL_DATA]);
        highest = fmax(highest, metrics[GGCN_METRIC_POTENTIAL_DATA]);
    }
    training_case_step(&all, metrics);
    ck_assert_double_eq_tol(mean, metrics[GGCN_METRIC_POTENTIAL_DATA], 1e-5);
    ck_assert_double_gt(highest - lowest, 0.01);
    training_case_destroy(&all);
    training_case_destroy(&few);
}
END_TEST

/* --- initial parameters ------------------------------------------------------------------------------------------- */

static const char wide_network[] = "layers:\n"
                                   "  - {op: conv, channels: 96, kernel: 5, pad: 2}\n"
                                   "  - {op: norm}\n"
                                   "  - {op: conv, channels: 64, kernel: 3, pad: 1}\n";

static double variance_of(const float *values, size_t count) {
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += (double)values[i] * values[i];
    return square / (double)count;
}

/* The variance of n normal numbers has the relative standard error sqrt(2/n). */
static void check_variance(const float *values, size_t count, double expected) {
    ck_assert_double_eq_tol(variance_of(values, count) / expected, 1, 4 * sqrt(2.0 / (double)count));
}

START_TEST(initial_parameters) {
    const bool he = _i == 0;
    ggcn_graph *graph;
    ck_assert_int_eq(ggcn_network_parse("wide", wide_network, strlen(wide_network), (ggcn_shape){2, 6, 6}, &graph),
                     GGCN_SUCCESS);
    const ggcn_potential p = ggcn_potential_on(graph, GGCN_THETA_POSITIONAL, 3);
    ck_assert_uint_eq(p.features, 64 * 36);
    ck_assert_uint_eq(p.n_theta, 3 * 64 * 36);
    ck_assert_uint_eq(p.n_parameters, p.n_theta + p.n_filters);
    ck_assert_uint_eq(ggcn_potential_on(graph, GGCN_THETA_STATIONARY, 3).n_theta, 3 * 64);
    float *parameters = malloc(p.n_parameters * sizeof *parameters),
          *statistics = malloc(p.n_statistics * sizeof *statistics);
    ck_assert(parameters && statistics);
    const ggcn_config_potential config = {
        .weight_init = he ? GGCN_INIT_HE : GGCN_INIT_GAUSSIAN, .weight_sigma = 0.3, .theta_sigma = 0.07};
    ggcn_potential_initialize(&p, &config, 4, parameters, statistics);
    check_variance(parameters, p.n_theta, 0.07 * 0.07);
    const ggcn_tensor_info *t;
    size_t count;
    ggcn_graph_parameters(graph, &t, &count);
    ck_assert_uint_eq(count, 6); /* weight, bias, gamma, beta, weight, bias */
    check_variance(parameters + p.n_theta + t[0].offset, t[0].count, he ? 2.0 / 50 : 0.09);
    check_variance(parameters + p.n_theta + t[4].offset, t[4].count, he ? 2.0 / 864 : 0.09);
    for (int tensor = 1; tensor < 6; tensor += tensor == 3 ? 2 : 1)
        for (size_t i = 0; i < t[tensor].count; i++)
            ck_assert_float_eq(parameters[p.n_theta + t[tensor].offset + i], tensor == 2 ? 1 : 0);
    ck_assert_uint_eq(p.n_statistics, 2 * 96);
    for (int i = 0; i < 2 * 96; i++)
        ck_assert_float_eq(statistics[i], i < 96 ? 0 : 1);
    free(parameters);
    free(statistics);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* --- optimisers and schedules ------------------------------------------------------------------------------------- */

START_TEST(adam_by_hand) {
    const ggcn_config_optimizer config = {
        .name = GGCN_OPTIMIZER_ADAM, .rate = 1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0.125};
    ggcn_optimizer o;
    ck_assert_int_eq(ggcn_optimizer_create(&config, 2, &o), GGCN_SUCCESS);
    float p[] = {1, -2};
    /* t = 1: m = g/2, v = g^2/4; m/(1-1/2) = g, v/(1-3/4) = g^2; p += rate g/(|g| + 1/8) */
    ggcn_optimizer_step(&o, 1, 0.5, (float[]){4, -0.5f}, p);
    ck_assert_double_eq_tol(p[0], 1 + 0.5 * 4 / 4.125, 1e-6);
    ck_assert_double_eq_tol(p[1], -2 - 0.5 * 0.5 / 0.625, 1e-6);
    /* t = 2: m = m/2 + g/2, v = 3/4 v + g^2/4; m/(1-1/4), v/(1-9/16) */
    ggcn_optimizer_step(&o, 2, 0.25, (float[]){-2, 0}, p);
    const double m0 = (0.5 * 2 + 0.5 * -2) / 0.75, v0 = (0.75 * 4 + 0.25 * 4) / (7.0 / 16);
    const double m1 = (0.5 * -0.25) / 0.75, v1 = (0.75 * 0.0625) / (7.0 / 16);
    ck_assert_double_eq_tol(p[0], 1 + 0.5 * 4 / 4.125 + 0.25 * m0 / (sqrt(v0) + 0.125), 1e-6);
    ck_assert_double_eq_tol(p[1], -2 - 0.5 * 0.5 / 0.625 + 0.25 * m1 / (sqrt(v1) + 0.125), 1e-6);
    ggcn_optimizer_destroy(&o);
}
END_TEST

START_TEST(sgd_by_hand) {
    const ggcn_config_optimizer config = {.name = GGCN_OPTIMIZER_SGD, .rate = 1, .momentum = 0.5};
    ggcn_optimizer o;
    ck_assert_int_eq(ggcn_optimizer_create(&config, 2, &o), GGCN_SUCCESS);
    ck_assert_ptr_null(o.second);
    float p[] = {1, -2};
    ggcn_optimizer_step(&o, 1, 0.25, (float[]){4, -8}, p);
    ck_assert_float_eq(p[0], 1 + 0.25f * 4); /* exact in binary */
    ck_assert_float_eq(p[1], -2 - 0.25f * 8);
    ggcn_optimizer_step(&o, 2, 0.5, (float[]){2, 0}, p);
    ck_assert_float_eq(p[0], 2 + 0.5f * (0.5f * 4 + 2));
    ck_assert_float_eq(p[1], -4 + 0.5f * (0.5f * -8));
    ggcn_optimizer_destroy(&o);
}
END_TEST

START_TEST(schedules) {
    ggcn_config_schedule s = {.name = GGCN_SCHEDULE_CONSTANT, .every = 10, .factor = 0.25};
    for (uint64_t i = 0; i < 100; i += 9)
        ck_assert_double_eq(ggcn_schedule_rate(&s, 0.5, i, 100), 0.5);

    s.name = GGCN_SCHEDULE_STEP;
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 9, 100), 0.5, 1e-15);
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 10, 100), 0.125, 1e-15);
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 29, 100), 0.5 / 16, 1e-15);

    s.name = GGCN_SCHEDULE_COSINE;
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 0, 101), 0.5, 1e-15);
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 50, 101), 0.5 * 0.625, 1e-15);
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 25, 101), 0.5 * (0.25 + 0.75 * 0.5 * (1 + sqrt(0.5))), 1e-15);
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 100, 101), 0.125, 1e-15);
    ck_assert_double_eq(ggcn_schedule_rate(&s, 0.5, 0, 1), 0.5);

    s.name = GGCN_SCHEDULE_CONSTANT;
    s.warmup = 4;
    static const double warm[] = {0.125, 0.25, 0.375, 0.5, 0.5};
    for (uint64_t i = 0; i < 5; i++)
        ck_assert_double_eq(ggcn_schedule_rate(&s, 0.5, i, 100), warm[i]);
    s.name = GGCN_SCHEDULE_STEP;
    s.every = 2;
    ck_assert_double_eq_tol(ggcn_schedule_rate(&s, 0.5, 2, 100), 0.5 * 0.25 * 0.75, 1e-15);
}
END_TEST

START_TEST(the_trainer_follows_its_schedule) {
    training_case c = training_case_create(plain_network, 1,
                                           "model=gcn learning.optimizer.rate=0.5 learning.schedule.name=step "
                                           "learning.schedule.every=2 learning.schedule.factor=0.1");
    double metrics[GGCN_METRICS];
    static const double rates[] = {0.5, 0.5, 0.05, 0.05};
    for (int i = 0; i < 4; i++) {
        training_case_step(&c, metrics);
        ck_assert_double_eq_tol(metrics[GGCN_METRIC_RATE], rates[i], 1e-12);
    }
    training_case_destroy(&c);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trainer");
    TCase *bits = tcase_create("bits"), *chains = tcase_create("chains"), *observed = tcase_create("observed images");
    TCase *parameters = tcase_create("initial parameters"), *optimizers = tcase_create("optimisers");
    tcase_add_test(bits, bits_do_not_depend_on_threads);
    tcase_add_test(bits, bits_do_not_depend_on_the_run_before);
    tcase_add_test(bits, a_restored_state_continues_with_the_same_bits);
    tcase_add_test(bits, another_seed_gives_another_run);
    tcase_add_test(bits, the_state_is_described);
    tcase_add_test(bits, a_state_of_another_run_is_told);
    tcase_add_loop_test(bits, numbers_that_are_not_finite_are_an_error, 0, 3);
    tcase_add_test(bits, a_step_to_parameters_that_are_not_finite_is_an_error);
    tcase_add_loop_test(chains, pictures_leave_the_chains_alone, 0, 2);
    tcase_add_test(chains, pictures_are_one_step_without_noise_ahead);
    tcase_add_test(chains, chains_start_at_observed_images_of_their_block);
    tcase_add_test(observed, an_epoch_shows_every_image_once);
    tcase_add_loop_test(observed, iterations_go_through_epochs, 0, 2);
    tcase_add_loop_test(parameters, initial_parameters, 0, 2);
    tcase_add_test(optimizers, adam_by_hand);
    tcase_add_test(optimizers, sgd_by_hand);
    tcase_add_test(optimizers, schedules);
    tcase_add_test(optimizers, the_trainer_follows_its_schedule);
    TCase *const all[] = {bits, chains, observed, parameters, optimizers};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        tcase_set_timeout(all[i], 60); /* generous: for builds with sanitizers */
        suite_add_tcase(suite, all[i]);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
