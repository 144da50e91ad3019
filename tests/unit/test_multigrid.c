/* Multi-grid models: every grid's iteration against its definition, where its chains start, and that no two grids share
 * optimiser or random numbers. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"
#include "learn/observed_batch.h"
#include "learning_check.h"

enum { MOST_GRIDS = 4 };

/* Repeats pixels. */
static void enlarge(const float *in, ggcn_shape small, int64_t factor, float *out) {
    const int64_t height = small.height * factor, width = small.width * factor;
    for (int64_t c = 0; c < small.channels; c++)
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++)
                out[(c * height + y) * width + x] = in[(c * small.height + y / factor) * small.width + x / factor];
}

/* Where chain n starts on the first grid: image number n of its block in this iteration, reduced to the first size. */
static void start_of_chain(const training_case *c, ggcn_observed_batch *batch, int64_t n, uint32_t iteration,
                           float *x) {
    const ggcn_shape grid = ggcn_trainer_grid_chains(c->trainer, 0)->shape;
    const int64_t side = c->networks.first_size, factor = CASE_SIDE / side, block = n / c->config->run.block;
    float pixels[CASE_ELEMENTS], small[CASE_ELEMENTS];
    uint32_t label;
    ggcn_observed_batch_draw(batch, block, block, iteration, (uint64_t)(n % c->config->run.block) % batch->per_block,
                             pixels, &label);
    for (int64_t channel = 0; channel < CASE_CHANNELS; channel++)
        for (int64_t i = 0; i < side * side; i++) {
            double sum = 0;
            for (int64_t k = 0; k < factor * factor; k++)
                sum += (double)pixels[(channel * CASE_SIDE + i / side * factor + k / factor) * CASE_SIDE +
                                      i % side * factor + k % factor];
            small[channel * side * side + i] = (float)(sum / (double)(factor * factor));
        }
    enlarge(small, (ggcn_shape){CASE_CHANNELS, side, side}, grid.height / side, x);
}

/* The starts of a grid's chains: from the data on the first grid, else from the coarser grid's chains, which are done.
 */
static float *starts(const training_case *c, int grid, uint32_t iteration) {
    const ggcn_chains *chains = ggcn_trainer_grid_chains(c->trainer, grid);
    float *x = check_allocate((size_t)chains->count * chains->elements, sizeof *x);
    ggcn_observed_batch batch;
    ck_assert_int_eq(ggcn_observed_batch_create(c->observed, &c->blocks, &c->config->data, c->config->run.seed,
                                                c->config->learning.observed / (uint64_t)c->blocks.count, &batch),
                     GGCN_SUCCESS);
    for (int64_t n = 0; n < chains->count; n++) {
        float *to = x + (size_t)n * chains->elements;
        if (grid == 0) {
            start_of_chain(c, &batch, n, iteration, to);
            continue;
        }
        const ggcn_chains *from = ggcn_trainer_grid_chains(c->trainer, grid - 1);
        enlarge(from->x + (size_t)n * from->elements, from->shape, chains->shape.height / from->shape.height, to);
    }
    ggcn_observed_batch_destroy(&batch, c->blocks.owned);
    return x;
}

static const struct {
    const char *name, *const *network, *settings;
    uint32_t classes, iterations;
} cases[] = {
    {"mgcn", &plain_network, "model=mgcn multigrid.sizes=[1,3,6] jko.beta=5", 1, 2},
    {"wmgcn", &plain_network, "model=wmgcn multigrid.sizes=[1,3,6] jko.beta=0.8", 1, 2},
    {"other grids", &plain_network, "model=wmgcn multigrid.sizes=[1,2,6] jko.beta=0.8 potential.theta=stationary", 1,
     1},
    {"one grid", &plain_network, "model=wmgcn multigrid.sizes=[2,6] jko.parameters=theta jko.beta=0.8", 1, 1},
    {"norm, as it is", &norm_network,
     "model=wmgcn multigrid.sizes=[1,3,6] jko.beta=0.01 jko.scaled_by_rate=false learning.optimizer.rate=0.01", 1, 2},
    {"conditional", &plain_network, "model=wmgcn multigrid.sizes=[1,3,6] potential.conditional=true jko.beta=0.8", 2,
     1},
    {"more chains than images", &plain_network,
     "model=mgcn multigrid.sizes=[3,6] learning.chains=12 run.block=6 learning.observed=10", 1, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(every_grid_follows_its_gradient) {
    training_case c = training_case_create(*cases[_i].network, cases[_i].classes, cases[_i].settings);
    const int grids = ggcn_trainer_grids(c.trainer);
    ck_assert_int_eq(grids, (int)c.config->multigrid.sizes_count - 1);
    potential_model models[MOST_GRIDS];
    image_set observed[MOST_GRIDS];
    double metrics[CASE_METRICS];
    for (int grid = 0; grid < grids; grid++) {
        models[grid] = potential_model_create(&c, grid);
        observed[grid] = image_set_observed(&models[grid]);
    }
    for (uint32_t iteration = 0; iteration < cases[_i].iterations; iteration++) {
        for (int grid = 0; grid < grids; grid++)
            learning_check_begin(&models[grid], &observed[grid], iteration);
        training_case_step(&c, metrics);
        for (int grid = 0; grid < grids; grid++) {
            float *x = starts(&c, grid, iteration);
            image_set before = image_set_of(&models[grid], x);
            char name[64];
            snprintf(name, sizeof name, "response_distance_%d", (int)c.config->multigrid.sizes[grid + 1]);
            if (grid < grids - 1)
                check_metric(&c, metrics, name, learning_check_response(&models[grid], &observed[grid]));
            learning_check_end(&models[grid], &observed[grid], &before, iteration, grid == grids - 1 ? metrics : NULL);
            image_set_destroy(&before);
            free(x);
        }
    }
    for (int grid = 0; grid < grids; grid++) {
        image_set_destroy(&observed[grid]);
        potential_model_destroy(&models[grid]);
    }
    training_case_destroy(&c);
}
END_TEST

/* With a step that is too small to change a float, the chains are their starts. */
START_TEST(starts_are_exact) {
    training_case c = training_case_create(plain_network, 1,
                                           "model=mgcn multigrid.sizes=[1,2,6] sampler.step_size=1e-9 "
                                           "sampler.noise_sigma=0 learning.observed=6");
    double metrics[CASE_METRICS];
    float *last = NULL;
    for (uint32_t iteration = 0; iteration < 3; iteration++) {
        training_case_step(&c, metrics);
        for (int grid = 0; grid < 2; grid++) {
            const ggcn_chains *chains = ggcn_trainer_grid_chains(c.trainer, grid);
            const size_t count = (size_t)chains->count * chains->elements;
            float *expected = starts(&c, grid, iteration);
            for (size_t i = 0; i < count; i++)
                ck_assert_float_eq_tol(chains->x[i], expected[i], 1e-6f); /* means round */
            if (grid == 1) {
                ck_assert_mem_eq(chains->x, expected, count * sizeof *expected);        /* copies do not */
                ck_assert(!last || memcmp(last, chains->x, count * sizeof *last) != 0); /* other images */
                free(last);
                last = expected;
            } else
                free(expected);
        }
        const ggcn_chains *fine = ggcn_trainer_chains(c.trainer); /* one colour each */
        for (size_t plane = 0; plane < (size_t)fine->count * CASE_CHANNELS; plane++)
            for (size_t i = 1; i < CASE_SIDE * CASE_SIDE; i++)
                ck_assert_float_eq(fine->x[plane * CASE_SIDE * CASE_SIDE + i], fine->x[plane * CASE_SIDE * CASE_SIDE]);
    }
    free(last);
    training_case_destroy(&c);
}
END_TEST

/* Without a potential, what a step adds to a chain is its noise. */
START_TEST(no_two_grids_share_noise) {
    enum { GRIDS = 2, SMALLEST = CASE_CHANNELS * 2 * 2, CHAINS = 4 };
    training_case c = training_case_create(
        plain_network, 1, "model=mgcn multigrid.sizes=[1,2,6] sampler.steps=1 potential.theta_sigma=0");
    const double d = c.config->sampler.step_size, s = c.config->potential.reference_sigma;
    double metrics[CASE_METRICS], noise[GRIDS * CHAINS][SMALLEST];
    training_case_step(&c, metrics);
    for (int grid = 0; grid < GRIDS; grid++) {
        const ggcn_chains *chains = ggcn_trainer_grid_chains(c.trainer, grid);
        float *x = starts(&c, grid, 0);
        for (size_t n = 0; n < CHAINS; n++)
            for (size_t i = 0; i < SMALLEST; i++) {
                const size_t k = n * chains->elements + i;
                noise[(size_t)grid * CHAINS + n][i] =
                    ((double)chains->x[k] - (1 - d * d / (2 * s * s)) * (double)x[k]) /
                    (d * c.config->sampler.noise_sigma);
            }
        free(x);
    }
    for (int i = 0; i < GRIDS * CHAINS; i++)
        for (int j = 0; j < i; j++)
            for (int k = 0; k < SMALLEST; k++)
                ck_assert_double_gt(fabs(noise[i][k] - noise[j][k]), 1e-5);
    training_case_destroy(&c);
}
END_TEST

static const float *numbers(const training_case *c, const char *path, size_t *count) {
    const ggcn_array array = training_case_array(c, path);
    *count = ggcn_array_local(&array);
    return array.data;
}

/* Filters start and optimisers go apart although the layers are the same. */
START_TEST(every_grid_has_its_own_state) {
    training_case c = training_case_create(plain_network, 1,
                                           "model=wmgcn multigrid.sizes=[1,3,6] learning.optimizer.name=adam "
                                           "learning.optimizer.rate=0.001");
    static const char *const pairs[][2] = {{"parameters/conv1.weight", "parameters/grid-3/conv1.weight"},
                                           {"optimizer/first", "optimizer/grid-3/first"},
                                           {"optimizer/second", "optimizer/grid-3/second"},
                                           {"chains/x", "chains/grid-3/x"}};
    double metrics[CASE_METRICS];
    training_case_step(&c, metrics);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        size_t fine, coarse;
        const float *of_fine = numbers(&c, pairs[i][0], &fine), *of_coarse = numbers(&c, pairs[i][1], &coarse);
        size_t equal = 0;
        ck_assert_ptr_ne(of_fine, of_coarse);
        for (size_t k = 0; k < coarse && k < fine; k++)
            equal += of_fine[k] == of_coarse[k];
        ck_assert_msg(equal < 3, "%s and %s have %zu equal numbers", pairs[i][0], pairs[i][1], equal);
    }
    training_case_destroy(&c);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("multi-grid");
    TCase *grids = tcase_create("grids");
    tcase_add_loop_test(grids, every_grid_follows_its_gradient, 0, CASES);
    tcase_add_test(grids, starts_are_exact);
    tcase_add_test(grids, no_two_grids_share_noise);
    tcase_add_test(grids, every_grid_has_its_own_state);
    tcase_set_timeout(grids, 120); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, grids);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
