/* The Metropolis-adjusted sampler against densities known in closed form, and against the algorithm written a second
 * time. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/langevin.h"

enum { CHAINS = 8, ELEMENTS = 3, NUMBERS = CHAINS * ELEMENTS };

typedef struct {
    ggcn_langevin_block block;
    float x[NUMBERS], g[NUMBERS], noise[ELEMENTS];
    int64_t accepted[CHAINS];
} state;

static void prepare(state *s, uint64_t seed) {
    *s = (state){.block = {.seed = seed,
                           .purpose = GGCN_RANDOM_SAMPLE,
                           .iteration = 7,
                           .first_chain = 16,
                           .chains = CHAINS,
                           .elements = ELEMENTS}};
    s->block.x = s->x;
    s->block.g = s->g;
    s->block.noise = s->noise;
}

/* Phi = b . x - c |x|^2/2, so that p = exp(Phi) q is Gaussian with precision c + 1/s^2 and mean b/(c + 1/s^2). */
static const double slope[ELEMENTS] = {0.8, -1.5, 0.1}, curvature = 0.75, sigma = 1.25;

static ggcn_status gaussian(void *context, const float *x, float *g, double *phi) {
    for (int n = 0; n < CHAINS; n++) {
        phi[n] = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            const double v = x[n * ELEMENTS + i];
            phi[n] += slope[i] * v - curvature * v * v / 2;
            g[n * ELEMENTS + i] = (float)(slope[i] - curvature * v);
        }
    }
    ++*(int *)context;
    return GGCN_SUCCESS;
}

/* A density with two wells of different depth in each direction: Phi = sum_i h(x_i), h = -(x^2-1)^2 + 0.4 x. */
static ggcn_status two_wells(void *context, const float *x, float *g, double *phi) {
    for (int n = 0; n < CHAINS; n++) {
        phi[n] = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            const double v = x[n * ELEMENTS + i];
            phi[n] += -(v * v - 1) * (v * v - 1) + 0.4 * v;
            g[n * ELEMENTS + i] = (float)(-4 * v * (v * v - 1) + 0.4);
        }
    }
    ++*(int *)context;
    return GGCN_SUCCESS;
}

/* Means of x, x^2 and of x > 0 over steps, after a while; each step is a call, as a program that thins would do. */
typedef struct {
    double mean[ELEMENTS], square[ELEMENTS], right;
    double acceptance;
} moments;

static moments run(ggcn_density_function density, double step_size, int steps, int left_out, uint64_t seed) {
    moments m = {0};
    state s;
    int calls = 0;
    prepare(&s, seed);
    const ggcn_langevin langevin = {.steps = 1, .step_size = step_size, .reference_sigma = sigma};
    for (int t = 0; t < steps + left_out; t++) {
        s.block.first_step = (uint32_t)t;
        ck_assert_int_eq(ggcn_mala_run(&langevin, &s.block, density, &calls, s.accepted), GGCN_SUCCESS);
        for (int i = 0; i < NUMBERS && t >= left_out; i++) {
            m.mean[i % ELEMENTS] += s.x[i];
            m.square[i % ELEMENTS] += (double)s.x[i] * s.x[i];
            m.right += s.x[i] > 0;
        }
    }
    const double n = (double)steps * CHAINS;
    for (int i = 0; i < ELEMENTS; i++) {
        m.mean[i] /= n;
        m.square[i] /= n;
    }
    m.right /= n * ELEMENTS;
    for (int c = 0; c < CHAINS; c++)
        m.acceptance += (double)s.accepted[c] / CHAINS / (steps + left_out);
    return m;
}

/* With a step as long as the well is wide plain Langevin steps are far off: an AR(1) process with keep = 1 - d^2 p/2
 * has the variance d^2/(1 - keep^2), here 1.6 times too large. */
START_TEST(gaussian_law) {
    const double precision = curvature + 1 / (sigma * sigma), d = _i == 0 ? 1.05 : 0.5;
    const moments m = run(gaussian, d, 60000, 500, 11);
    for (int i = 0; i < ELEMENTS; i++) {
        const double variance = m.square[i] - m.mean[i] * m.mean[i];
        ck_assert_double_eq_tol(m.mean[i], slope[i] / precision, 0.015);
        ck_assert_double_eq_tol(variance, 1 / precision, 0.02);
    }
    ck_assert_double_gt(m.acceptance, _i == 0 ? 0.6 : 0.9);
    ck_assert_double_lt(m.acceptance, _i == 0 ? 0.95 : 0.999);
}
END_TEST

/* Means under exp(h(x) - x^2/(2 s^2)) by the trapezoidal rule. */
START_TEST(law_of_two_wells) {
    double z = 0, mean = 0, square = 0, right = 0;
    for (int i = -4000; i <= 4000; i++) {
        const double v = i / 1000.0;
        const double p = exp(-(v * v - 1) * (v * v - 1) + 0.4 * v - v * v / (2 * sigma * sigma));
        z += p;
        mean += v * p;
        square += v * v * p;
        right += v > 0 ? p : 0;
    }
    const moments m = run(two_wells, 0.7, 100000, 500, 12);
    for (int i = 0; i < ELEMENTS; i++) {
        ck_assert_double_eq_tol(m.mean[i], mean / z, 0.02);
        ck_assert_double_eq_tol(m.square[i], square / z, 0.015);
    }
    ck_assert_double_eq_tol(m.right, right / z, 0.01);
    ck_assert_double_gt(m.acceptance, 0.3);
    ck_assert_double_lt(m.acceptance, 0.9);
}
END_TEST

/* Three steps by hand, in double precision, with the random numbers that the header promises. */
START_TEST(steps_follow_the_algorithm) {
    const double d = 0.9;
    const ggcn_langevin langevin = {.steps = 3, .step_size = d, .reference_sigma = sigma, .noise_sigma = 0.01};
    state s;
    int calls = 0, taken = 0;
    prepare(&s, 5);
    double x[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        x[i] = s.x[i] = 0.25f * (float)(i % 5 - 2);
    for (uint32_t step = 0; step < 3; step++)
        for (uint32_t n = 0; n < CHAINS; n++) {
            ggcn_random_key key = {
                .seed = 5, .purpose = GGCN_RANDOM_SAMPLE, .iteration = 7, .step = step, .chain = 16 + n};
            float noise[ELEMENTS];
            ggcn_random_normal(key, ELEMENTS, noise);
            double y[ELEMENTS], ratio = 0, *at = x + n * ELEMENTS;
            for (int i = 0; i < ELEMENTS; i++) {
                const double drift = slope[i] - curvature * at[i] - at[i] / (sigma * sigma);
                y[i] = at[i] + d * d / 2 * drift + d * (double)noise[i];
                const double back = slope[i] - curvature * y[i] - y[i] / (sigma * sigma);
                const double to_x = at[i] - y[i] - d * d / 2 * back, to_y = y[i] - at[i] - d * d / 2 * drift;
                const double energy = curvature + 1 / (sigma * sigma);
                ratio += slope[i] * (y[i] - at[i]) - energy / 2 * (y[i] * y[i] - at[i] * at[i]) +
                         (to_y * to_y - to_x * to_x) / (2 * d * d);
            }
            key.purpose = GGCN_RANDOM_SAMPLE_ACCEPT;
            if (log(ggcn_random_uniform(key, 0)) <= ratio) {
                memcpy(at, y, sizeof y);
                taken++;
            }
        }
    ck_assert_int_eq(ggcn_mala_run(&langevin, &s.block, gaussian, &calls, s.accepted), GGCN_SUCCESS);
    ck_assert_int_eq(calls, 4);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_double_eq_tol(s.x[i], x[i], 2e-6);
    for (int n = 0; n < CHAINS; n++)
        taken -= (int)s.accepted[n];
    ck_assert_int_eq(taken, 0);
}
END_TEST

static ggcn_status not_a_number(void *context, const float *x, float *g, double *phi) {
    GGCN_TRY(gaussian(context, x, g, phi));
    for (int n = 0; *(int *)context > 1 && n < CHAINS; n++)
        phi[n] = NAN;
    return GGCN_SUCCESS;
}

START_TEST(a_proposal_without_density_is_left) {
    const ggcn_langevin langevin = {.steps = 4, .step_size = 0.5, .reference_sigma = sigma};
    state s;
    int calls = 0;
    prepare(&s, 5);
    ck_assert_int_eq(ggcn_mala_run(&langevin, &s.block, not_a_number, &calls, s.accepted), GGCN_SUCCESS);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_float_eq(s.x[i], 0);
    for (int n = 0; n < CHAINS; n++)
        ck_assert_int_eq(s.accepted[n], 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mala");
    TCase *tests = tcase_create("mala");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, gaussian_law, 0, 2);
    tcase_add_test(tests, law_of_two_wells);
    tcase_add_test(tests, steps_follow_the_algorithm);
    tcase_add_test(tests, a_proposal_without_density_is_left);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
