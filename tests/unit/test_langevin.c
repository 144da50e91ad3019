/* Langevin dynamics: the stationary law with a linear potential, each option against the formula, chains independent of
 * how they are blocked, and the state chains start from. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/chains.h"
#include "ggcn/langevin.h"

enum { CHAINS = 4, ELEMENTS = 16, NUMBERS = CHAINS * ELEMENTS };

/* A block with its memory. */
typedef struct {
    ggcn_langevin_block block;
    float x[NUMBERS], g[NUMBERS], noise[ELEMENTS];
} state;

static void prepare(state *s, uint64_t seed) {
    *s = (state){.block = {.seed = seed,
                           .purpose = GGCN_RANDOM_LANGEVIN,
                           .iteration = 3,
                           .first_chain = 8,
                           .chains = CHAINS,
                           .elements = ELEMENTS}};
    s->block.x = s->x;
    s->block.g = s->g;
    s->block.noise = s->noise;
    ggcn_random_normal((ggcn_random_key){.seed = seed, .purpose = GGCN_RANDOM_TEST}, NUMBERS, s->x);
}

static void run(const ggcn_langevin *langevin, state *s, ggcn_gradient_function gradient, void *context) {
    ck_assert_int_eq(ggcn_langevin_run(langevin, &s->block, false, gradient, context), GGCN_SUCCESS);
}

/* grad Phi with some curvature, element by element; the context counts its calls. */
static float curved(float x) {
    return 1.5f - x * x * x / (1 + x * x);
}

static ggcn_status curved_gradient(void *context, const float *x, float *g) {
    for (int i = 0; i < NUMBERS; i++)
        g[i] = curved(x[i]);
    ++*(int *)context;
    return GGCN_SUCCESS;
}

static ggcn_status curved_gradient_of_one(void *context, const float *x, float *g) {
    for (int i = 0; i < ELEMENTS; i++)
        g[i] = curved(x[i]);
    ++*(int *)context;
    return GGCN_SUCCESS;
}

/* The noise the header promises for a chain and a step. */
static void noise_of(const state *s, uint32_t step, int chain, float *noise) {
    ggcn_random_normal((ggcn_random_key){.seed = s->block.seed,
                                         .purpose = s->block.purpose,
                                         .iteration = s->block.iteration,
                                         .step = step,
                                         .chain = s->block.first_chain + (uint32_t)chain},
                       ELEMENTS, noise);
}

static double norm(const float *values, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += (double)values[i] * values[i];
    return sqrt(sum);
}

/* --- the stationary law ------------------------------------------------------------------------------------------- */

/* Phi = b . x makes x an AR(1) process: with keep = 1 - d^2/(2 s^2),
 *   x' = keep x + d^2/2 b + d s_noise N(0, I),
 * which is stationary at N(m, v), m = s^2 b, v = (d s_noise)^2/(1 - keep^2), with correlation keep^k at lag k.
 *
 * Standard errors of estimates from n stationary values, m known, r = keep:
 *   mean         the variance of a sum of values with correlation r^|k| is n v (1 + r)/(1 - r), so that
 *                se = sqrt(v/n (1 + r)/(1 - r))
 *   variance     (x - m)^2 has the variance 2 v^2 and the correlation r^(2|k|), so that
 *                se = v sqrt(2/n (1 + r^2)/(1 - r^2))
 *   correlation  at lag k: Bartlett's formula summed for an AR(1) process,
 *                se = sqrt(1/n [(1 + r^2)(1 - r^(2k))/(1 - r^2) - 2 k r^(2k)])
 * Chains and elements have noise of their own, so n counts steps, chains and elements. */
enum { LAGS = 5, KEPT = 8192, BURN_IN = 512 };

typedef struct {
    float slope[ELEMENTS];          /* b */
    double centre[ELEMENTS];        /* m */
    double past[LAGS + 1][NUMBERS]; /* x - m of the last steps; that of step t in row t mod (LAGS + 1) */
    uint32_t calls;
    double sum, product[LAGS + 1]; /* over the kept steps: of x - m, and of (x - m)(x - m some steps ago) */
} observer;

/* Sees every state on its way to the gradient. */
static ggcn_status observe(void *context, const float *x, float *g) {
    observer *o = context;
    double *now = o->past[o->calls % (LAGS + 1)];
    for (int i = 0; i < NUMBERS; i++) {
        now[i] = x[i] - o->centre[i % ELEMENTS];
        g[i] = o->slope[i % ELEMENTS];
    }
    if (o->calls >= BURN_IN)
        for (int i = 0; i < NUMBERS; i++) {
            o->sum += now[i];
            for (uint32_t lag = 0; lag <= LAGS; lag++)
                o->product[lag] += now[i] * o->past[(o->calls - lag) % (LAGS + 1)][i];
        }
    o->calls++;
    return GGCN_SUCCESS;
}

static const double reference_sigma = 1.5, noise_sigma = 0.7;

/* keep = 0.9, 0.5 and, with steps longer than the well is wide, -0.4 */
static const double keeps[] = {0.9, 0.5, -0.4};

static double correlation_error(double r, int lag, double n) {
    const double power = pow(r, 2 * lag);
    return sqrt(((1 + r * r) * (1 - power) / (1 - r * r) - 2 * lag * power) / n);
}

START_TEST(linear_potential_has_a_gaussian_law) {
    const double r = keeps[_i / 3];
    const ggcn_langevin langevin = {.steps = BURN_IN + KEPT,
                                    .step_size = reference_sigma * sqrt(2 * (1 - r)),
                                    .noise_sigma = noise_sigma,
                                    .reference_sigma = reference_sigma};
    const double v = pow(langevin.step_size * noise_sigma, 2) / (1 - r * r), n = (double)KEPT * NUMBERS;
    static observer o;
    o = (observer){.calls = 0};
    for (int i = 0; i < ELEMENTS; i++) {
        o.slope[i] = 0.3f * (float)(i - 5);
        o.centre[i] = reference_sigma * reference_sigma * (double)o.slope[i];
    }
    state s;
    prepare(&s, (uint64_t)(_i % 3) * UINT64_C(0x9e3779b97f4a7c15) + 1); /* far from the law; 0.9^512 < 1e-23 */
    run(&langevin, &s, observe, &o);
    ck_assert_uint_eq(o.calls, BURN_IN + KEPT);
    ck_assert_double_eq_tol(o.sum / n, 0, 4 * sqrt(v / n * (1 + r) / (1 - r)));
    ck_assert_double_eq_tol(o.product[0] / n, v, 4 * v * sqrt(2 / n * (1 + r * r) / (1 - r * r)));
    ck_assert_double_eq_tol(o.product[1] / o.product[0], r, 4 * correlation_error(r, 1, n));
    ck_assert_double_eq_tol(o.product[5] / o.product[0], pow(r, 5), 4 * correlation_error(r, 5, n));
}
END_TEST

/* --- one step at a time ------------------------------------------------------------------------------------------- */

static const ggcn_langevin plain = {.steps = 3, .step_size = 0.4, .noise_sigma = 0.3, .reference_sigma = 1.1};

START_TEST(steps_follow_the_formula) {
    ggcn_langevin langevin = plain;
    langevin.noise_sigma = _i ? 0.3 : 0; /* 0: gradient ascent on Phi - |x|^2/(2 s^2) */
    state s;
    prepare(&s, 5);
    double expected[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        expected[i] = (double)s.x[i];
    for (uint32_t step = 0; step < langevin.steps; step++)
        for (int chain = 0; chain < CHAINS; chain++) {
            float noise[ELEMENTS];
            noise_of(&s, step, chain, noise);
            for (int i = 0; i < ELEMENTS; i++) {
                double *x = &expected[chain * ELEMENTS + i];
                *x += 0.5 * 0.4 * 0.4 * ((double)curved((float)*x) - *x / (1.1 * 1.1)) +
                      0.4 * langevin.noise_sigma * (double)noise[i];
            }
        }
    int calls = 0;
    run(&langevin, &s, curved_gradient, &calls);
    ck_assert_int_eq(calls, 3);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_double_eq_tol(s.x[i], expected[i], 2e-6);
}
END_TEST

START_TEST(noise_depends_on_its_address_only) {
    state s, other;
    int calls = 0;
    prepare(&s, 5);
    run(&plain, &s, curved_gradient, &calls);
    for (int what = 0; what < 4; what++) {
        prepare(&other, 5);
        memset(other.noise, 0xff, sizeof other.noise); /* scratch */
        memset(other.g, 0xff, sizeof other.g);
        if (what == 1)
            other.block.iteration++;
        else if (what == 2)
            other.block.first_chain++;
        else if (what == 3)
            other.block.purpose = GGCN_RANDOM_PICTURE;
        run(&plain, &other, curved_gradient, &calls);
        ck_assert_int_eq(memcmp(other.x, s.x, sizeof s.x) == 0, what == 0);
    }
}
END_TEST

START_TEST(clipped_gradients_keep_their_direction) {
    /* from x = 0 the state is half the clipped gradient, scaled by d^2 */
    ggcn_langevin langevin = plain;
    langevin.steps = 1;
    langevin.noise_sigma = 0;
    state s, clipped;
    int calls = 0;
    prepare(&s, 5);
    memset(s.x, 0, sizeof s.x);
    run(&langevin, &s, curved_gradient, &calls);
    const double whole = norm(s.x, ELEMENTS) / (0.5 * 0.4 * 0.4); /* of each image: 1.5 sqrt(16) */
    ck_assert_double_eq_tol(whole, 6, 1e-5);
    langevin.gradient_clip = 2.5;
    prepare(&clipped, 5);
    memset(clipped.x, 0, sizeof clipped.x);
    run(&langevin, &clipped, curved_gradient, &calls);
    for (int chain = 0; chain < CHAINS; chain++)
        ck_assert_double_eq_tol(norm(clipped.x + chain * ELEMENTS, ELEMENTS), 0.5 * 0.4 * 0.4 * 2.5, 1e-7);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_double_eq_tol(clipped.x[i], s.x[i] * 2.5 / 6, 1e-7);
}
END_TEST

/* One image's gradient is shorter than the limit, the others' are not. */
START_TEST(clipping_looks_at_each_image_alone) {
    ggcn_langevin langevin = plain;
    langevin.steps = 1;
    state s, clipped;
    int calls = 0;
    prepare(&s, 5);
    for (int i = 0; i < ELEMENTS; i++)
        s.x[ELEMENTS + i] = 1.9f;
    clipped = s;
    clipped.block.x = clipped.x;
    clipped.block.g = clipped.g;
    clipped.block.noise = clipped.noise;
    run(&langevin, &s, curved_gradient, &calls);
    langevin.gradient_clip = 1;
    ck_assert_float_lt(fabsf(curved(1.9f)) * 4, 1);
    run(&langevin, &clipped, curved_gradient, &calls);
    ck_assert_mem_eq(clipped.x + ELEMENTS, s.x + ELEMENTS, ELEMENTS * sizeof *s.x);
    for (int chain = 0; chain < CHAINS; chain += 2) {
        ck_assert_double_eq_tol(norm(clipped.g + chain * ELEMENTS, ELEMENTS), 1, 1e-6);
        ck_assert(memcmp(clipped.x + chain * ELEMENTS, s.x + chain * ELEMENTS, ELEMENTS * sizeof *s.x) != 0);
    }
}
END_TEST

START_TEST(clamped_states_stay_inside) {
    ggcn_langevin langevin = plain;
    langevin.steps = 1;
    langevin.lowest = -0.5f; /* without `clamp` no limits */
    langevin.highest = 0.75f;
    state s, clamped;
    int calls = 0, low = 0, high = 0, inside = 0;
    prepare(&s, 5);
    run(&langevin, &s, curved_gradient, &calls);
    langevin.clamp = true;
    prepare(&clamped, 5);
    run(&langevin, &clamped, curved_gradient, &calls);
    for (int i = 0; i < NUMBERS; i++) {
        ck_assert_float_eq(clamped.x[i], fminf(fmaxf(s.x[i], -0.5f), 0.75f));
        low += s.x[i] < -0.5f;
        high += s.x[i] > 0.75f;
        inside += s.x[i] > -0.5f && s.x[i] < 0.75f;
    }
    ck_assert(low > 0 && high > 0 && inside > 0);
    langevin.steps = 50;
    run(&langevin, &clamped, curved_gradient, &calls);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert(clamped.x[i] >= -0.5f && clamped.x[i] <= 0.75f);
}
END_TEST

START_TEST(a_gradient_at_hand_saves_a_call_and_changes_no_bit) {
    state s, with;
    int calls = 0;
    prepare(&s, 5);
    run(&plain, &s, curved_gradient, &calls);
    ck_assert_int_eq(calls, 3);
    prepare(&with, 5);
    ck_assert_int_eq(curved_gradient(&calls, with.x, with.g), GGCN_SUCCESS);
    calls = 0;
    ck_assert_int_eq(ggcn_langevin_run(&plain, &with.block, true, curved_gradient, &calls), GGCN_SUCCESS);
    ck_assert_int_eq(calls, 2);
    ck_assert_mem_eq(with.x, s.x, sizeof s.x);
}
END_TEST

START_TEST(chains_do_not_depend_on_their_block) {
    ggcn_langevin langevin = plain;
    langevin.gradient_clip = 4;
    state s, alone;
    int calls = 0;
    prepare(&s, 5);
    prepare(&alone, 5);
    run(&langevin, &s, curved_gradient, &calls);
    for (int chain = 0; chain < CHAINS; chain++) {
        ggcn_langevin_block one = alone.block;
        one.first_chain += (uint32_t)chain;
        one.chains = 1;
        one.x += chain * ELEMENTS;
        ck_assert_int_eq(ggcn_langevin_run(&langevin, &one, false, curved_gradient_of_one, &calls), GGCN_SUCCESS);
    }
    ck_assert_mem_eq(alone.x, s.x, sizeof s.x);
}
END_TEST

/* Steps in two runs, the second one told how many were made, are the steps of one run. */
START_TEST(runs_go_on_where_others_ended) {
    ggcn_langevin langevin = plain;
    state s, parts;
    int calls = 0;
    prepare(&s, 5);
    langevin.steps = 7;
    run(&langevin, &s, curved_gradient, &calls);
    prepare(&parts, 5);
    langevin.steps = 4;
    run(&langevin, &parts, curved_gradient, &calls);
    langevin.steps = 3;
    state again = parts;
    again.block.x = again.x;
    again.block.g = again.g;
    again.block.noise = again.noise;
    run(&langevin, &again, curved_gradient, &calls);
    ck_assert(memcmp(again.x, s.x, sizeof s.x) != 0); /* the first steps' noise once more */
    parts.block.first_step = 4;
    run(&langevin, &parts, curved_gradient, &calls);
    ck_assert_mem_eq(parts.x, s.x, sizeof s.x);
}
END_TEST

/* Fixed numbers take their value from the first step on, the others move as the gradient there says. */
START_TEST(fixed_numbers_stay) {
    ggcn_langevin langevin = plain;
    langevin.steps = 1;
    float fixed[NUMBERS];
    state s, held;
    int calls = 0;
    prepare(&s, 5);
    prepare(&held, 5);
    for (int i = 0; i < NUMBERS; i++)
        fixed[i] = i % 3 == 0 ? 0.01f * (float)i : NAN;
    run(&langevin, &s, curved_gradient, &calls);
    held.block.fixed = fixed;
    run(&langevin, &held, curved_gradient, &calls);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_float_eq(held.x[i], i % 3 == 0 ? 0.01f * (float)i : s.x[i]);
    langevin.steps = 20;
    run(&langevin, &held, curved_gradient, &calls);
    for (int i = 0; i < NUMBERS; i += 3)
        ck_assert_float_eq(held.x[i], 0.01f * (float)i);
}
END_TEST

static ggcn_status failing_gradient(void *context, const float *x, float *g) {
    (void)x;
    (void)g;
    if (++*(int *)context == 2)
        GGCN_FAIL(GGCN_ERROR_LIBRARY, NULL, "no gradient");
    return GGCN_SUCCESS;
}

START_TEST(an_error_of_the_gradient_ends_the_run) {
    state s;
    int calls = 0;
    prepare(&s, 5);
    ck_assert_int_eq(ggcn_langevin_run(&plain, &s.block, false, failing_gradient, &calls), GGCN_ERROR_LIBRARY);
    ck_assert_int_eq(calls, 2);
}
END_TEST

/* --- start -------------------------------------------------------------------------------------------------------- */

START_TEST(chains_start_at_zero) {
    const ggcn_blocks blocks = {.count = 5, .first = 2, .owned = 3};
    ggcn_chains chains;
    ck_assert_int_eq(ggcn_chains_create(&blocks, 4, (ggcn_shape){3, 2, 5}, 3, GGCN_START_ZERO, 2, 9, &chains),
                     GGCN_SUCCESS);
    ck_assert_uint_eq(chains.elements, 30);
    ck_assert_int_eq(chains.block, 4);
    ck_assert_int_eq(chains.first, 8);
    ck_assert_int_eq(chains.count, 12);
    for (int n = 0; n < 12; n++) {
        ck_assert_uint_eq(chains.labels[n], (uint32_t)(8 + n) % 3);
        for (int i = 0; i < 30; i++)
            ck_assert_float_eq(chains.x[n * 30 + i], 0);
    }
    ggcn_chains_destroy(&chains);
    ck_assert_ptr_null(chains.x);
}
END_TEST

/* Chains of all ranks together have classes in proportion to the images, every class within one of its share. */
START_TEST(chains_have_classes_in_proportion) {
    const ggcn_blocks all = {.count = 10, .first = 0, .owned = 10}, part = {.count = 10, .first = 4, .owned = 3};
    const int64_t counts[3] = {500, 300, 200};
    ggcn_chains chains, some;
    ck_assert_int_eq(ggcn_chains_create(&all, 2, (ggcn_shape){1, 2, 2}, 3, GGCN_START_ZERO, 1, 9, &chains),
                     GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_chains_create(&part, 2, (ggcn_shape){1, 2, 2}, 3, GGCN_START_ZERO, 1, 9, &some),
                     GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_chains_assign(&chains, counts, 3, 20), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_chains_assign(&some, counts, 3, 20), GGCN_SUCCESS);
    double found[3] = {0};
    for (int n = 0; n < 20; n++) {
        ck_assert_uint_lt(chains.labels[n], 3);
        found[chains.labels[n]]++;
        for (int c = 0; c < 3; c++)
            ck_assert_double_lt(fabs(found[c] - (n + 1) * (double)counts[c] / 1000), 1);
    }
    ck_assert_mem_eq(chains.labels + 8, some.labels, 6 * sizeof *some.labels);
    ck_assert_int_eq(ggcn_chains_assign(&chains, (const int64_t[]){999, 1}, 2, 20), GGCN_ERROR_CONFIG);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "class 1"));
    ggcn_chains_destroy(&chains);
    ggcn_chains_destroy(&some);
}
END_TEST

START_TEST(chains_start_at_noise_of_the_reference) {
    const ggcn_blocks all = {.count = 64, .first = 0, .owned = 64}, half = {.count = 64, .first = 32, .owned = 32};
    const ggcn_shape shape = {3, 16, 16};
    ggcn_chains chains, part;
    ck_assert_int_eq(ggcn_chains_create(&all, 2, shape, 1, GGCN_START_NOISE, 2.5, 9, &chains), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_chains_create(&half, 2, shape, 1, GGCN_START_NOISE, 2.5, 9, &part), GGCN_SUCCESS);
    ck_assert_mem_eq(part.x, chains.x + 64 * chains.elements, 64 * chains.elements * sizeof *part.x);
    const double n = 128.0 * (double)chains.elements;
    double sum = 0, square = 0;
    for (size_t i = 0; i < 128 * chains.elements; i++) {
        sum += (double)chains.x[i];
        square += (double)chains.x[i] * chains.x[i];
    }
    ck_assert_double_eq_tol(sum / n, 0, 4 * 2.5 / sqrt(n));
    ck_assert_double_eq_tol(square / n, 6.25, 4 * 6.25 * sqrt(2 / n));
    ggcn_chains_destroy(&chains);
    ck_assert_int_eq(ggcn_chains_create(&all, 2, shape, 1, GGCN_START_NOISE, 2.5, 10, &chains), GGCN_SUCCESS);
    ck_assert(memcmp(part.x, chains.x + 64 * chains.elements, chains.elements * sizeof *part.x) !=
              0); /* another seed */
    ggcn_chains_destroy(&chains);
    ggcn_chains_destroy(&part);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("Langevin");
    TCase *law = tcase_create("stationary law"), *steps = tcase_create("steps"), *start = tcase_create("start");
    tcase_add_loop_test(law, linear_potential_has_a_gaussian_law, 0, 9);
    tcase_set_timeout(law, 60); /* generous: for builds with sanitizers */
    tcase_add_loop_test(steps, steps_follow_the_formula, 0, 2);
    tcase_add_test(steps, noise_depends_on_its_address_only);
    tcase_add_test(steps, clipped_gradients_keep_their_direction);
    tcase_add_test(steps, clipping_looks_at_each_image_alone);
    tcase_add_test(steps, clamped_states_stay_inside);
    tcase_add_test(steps, a_gradient_at_hand_saves_a_call_and_changes_no_bit);
    tcase_add_test(steps, chains_do_not_depend_on_their_block);
    tcase_add_test(steps, runs_go_on_where_others_ended);
    tcase_add_test(steps, fixed_numbers_stay);
    tcase_add_test(steps, an_error_of_the_gradient_ends_the_run);
    tcase_add_test(start, chains_start_at_zero);
    tcase_add_test(start, chains_have_classes_in_proportion);
    tcase_add_test(start, chains_start_at_noise_of_the_reference);
    suite_add_tcase(suite, law);
    suite_add_tcase(suite, steps);
    suite_add_tcase(suite, start);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
