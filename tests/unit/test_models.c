/* Of every model: its bits depend neither on the threads nor on an interruption, and its state and metrics are listed.
 */
#include <check.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "learning_check.h"

/* Five blocks of two chains, half-full batches of observed images, Adam, classes. */
static const char busy[] = " learning.chains=10 learning.observed=15 learning.optimizer.name=adam "
                           "learning.optimizer.rate=0.01 generator.optimizer.name=adam generator.optimizer.rate=0.01 "
                           "generator.latent_rate=0.1 generator.every=2 potential.conditional=true jko.beta=0.01 ";

static const struct {
    const char *settings, *arrays; /* arrays beside those of all models */
    bool generator;
} models[] = {
    {"model=frame", "", false},
    {"model=wframe jko.scaled_by_rate=false", "", false},
    {"model=gcn", "", false},
    {"model=wgcn", "", false},
    {"model=mgcn multigrid.sizes=[1,3,6]", "parameters/grid-3/theta optimizer/grid-3/first chains/grid-3/x", false},
    {"model=wmgcn multigrid.sizes=[1,2,6]", "parameters/grid-2/theta normalisation/grid-2/statistics", false},
    {"model=ggcn replay.size=20 replay.fresh=0.4",
     "chains/latent chains/replay/x chains/replay/latent chains/replay/filled", true},
    {"model=ggcn-nolhs replay.size=10 replay.fresh=0.4", "parameters/generator/embedding chains/latent", true},
    {"model=ggcn-ams sampler.steps=1", "parameters/generator/deconv1.weight optimizer/generator/second", true},
    {"model=ggcn-nolhs-ams sampler.steps=1", "normalisation/generator/statistics", true},
    {"model=dcgan", "optimizer/generator/first normalisation/generator/statistics", true},
};
enum { MODELS = sizeof models / sizeof *models };

static training_case create(int model) {
    char settings[1024] = "";
    strcat(strcat(settings, models[model].settings), busy);
    return training_case_create_with(norm_network, models[model].generator ? norm_generator : NULL, 3, settings);
}

static void steps(training_case *c, int count, double *metrics) {
    for (int i = 0; i < count; i++)
        training_case_step(c, metrics);
}

static bool is_time(const training_case *c, size_t metric) {
    const ggcn_metric_info *infos;
    ggcn_trainer_metrics(c->trainer, &infos);
    return strcmp(infos[metric].unit, "s") == 0 || strcmp(infos[metric].unit, "1/s") == 0;
}

START_TEST(bits_do_not_depend_on_threads) {
    unsigned char *state = NULL;
    size_t bytes = 0;
    double metrics[CASE_METRICS];
    for (int threads = 1; threads <= 7; threads += 2) { /* 7: more than blocks */
        omp_set_num_threads(threads);
        training_case c = create(_i);
        const ggcn_metric_info *infos;
        double now[CASE_METRICS];
        size_t now_bytes;
        steps(&c, 5, now);
        unsigned char *now_state = training_case_save(&c, "", &now_bytes);
        for (size_t i = 0; state && i < ggcn_trainer_metrics(c.trainer, &infos); i++)
            ck_assert_msg(is_time(&c, i) || now[i] == metrics[i], "%s differs", infos[i].name);
        ck_assert(!state || (now_bytes == bytes && memcmp(now_state, state, bytes) == 0));
        memcpy(metrics, now, sizeof metrics);
        free(state);
        state = now_state;
        bytes = now_bytes;
        training_case_destroy(&c);
    }
    free(state);
}
END_TEST

START_TEST(a_restored_state_continues_with_the_same_bits) {
    double metrics[CASE_METRICS];
    size_t bytes, other_bytes;
    training_case c = create(_i);
    steps(&c, 3, metrics);
    ggcn_trainer_set_rate_factor(c.trainer, 0.25);
    unsigned char *half = training_case_save(&c, "", &bytes);
    steps(&c, 3, metrics);
    unsigned char *straight = training_case_save(&c, "", &bytes);
    training_case_destroy(&c);
    ck_assert(memcmp(half, straight, bytes) != 0);

    training_case fresh = create(_i);
    training_case_restore(&fresh, half, bytes);
    ck_assert_int_eq(ggcn_trainer_restored(fresh.trainer), GGCN_SUCCESS);
    ck_assert_double_eq(ggcn_trainer_rate_factor(fresh.trainer), 0.25);
    steps(&fresh, 3, metrics);
    unsigned char *resumed = training_case_save(&fresh, "", &other_bytes);
    ck_assert_uint_eq(other_bytes, bytes);
    ck_assert(memcmp(resumed, straight, bytes) == 0);
    training_case_destroy(&fresh);
    free(half);
    free(straight);
    free(resumed);
}
END_TEST

/* Every path once, nothing that is not finite, and what the model is about. */
START_TEST(the_state_is_listed) {
    training_case c = create(_i);
    double metrics[CASE_METRICS];
    steps(&c, 2, metrics);
    char wanted[256] = "parameters/theta optimizer/first optimizer/second chains/x chains/label ", *rest = NULL;
    strcat(wanted, models[_i].arrays);
    for (char *word = strtok_r(wanted, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        training_case_array(&c, word);
    ggcn_state state = {0};
    ck_assert_int_eq(ggcn_trainer_state(c.trainer, &state), GGCN_SUCCESS);
    for (size_t i = 0; i < state.count; i++) {
        const ggcn_array *a = &state.arrays[i];
        ck_assert(a->description[0] && a->unit[0]);
        ck_assert_int_eq(a->distributed, strncmp(a->path, "chains/", 7) == 0);
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(a->path, state.arrays[k].path);
        for (size_t k = 0; a->type == GGCN_F32 && k < ggcn_array_local(a); k++)
            ck_assert(isfinite(((const float *)a->data)[k]));
    }
    ggcn_state_clear(&state);
    training_case_destroy(&c);
}
END_TEST

START_TEST(metrics_are_listed) {
    training_case c = create(_i);
    const ggcn_metric_info *infos;
    const size_t count = ggcn_trainer_metrics(c.trainer, &infos);
    const size_t coarser = (size_t)ggcn_trainer_grids(c.trainer) - 1;
    double metrics[CASE_METRICS];
    steps(&c, 2, metrics);
    ck_assert_uint_eq(count, GGCN_METRICS + (models[_i].generator ? 4 : 0) + coarser);
    for (size_t i = 0; i < count; i++) {
        ck_assert(infos[i].name[0] && infos[i].unit[0] && infos[i].description[0]);
        ck_assert(isfinite(metrics[i]));
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(infos[i].name, infos[k].name);
    }
    if (models[_i].generator) {
        ck_assert_double_gt(metrics[training_case_metric(&c, "seconds_generator")], 0);
        ck_assert_double_gt(metrics[training_case_metric(&c, "generator_gradient_norm")], 0);
    }
    training_case_destroy(&c);
}
END_TEST

/* The same seed, data and networks, another model: no two do the same. */
START_TEST(no_two_models_are_the_same) {
    double metrics[MODELS][CASE_METRICS];
    for (int i = 0; i < MODELS; i++) {
        training_case c = create(i);
        steps(&c, 3, metrics[i]);
        training_case_destroy(&c);
        for (int k = 0; k < i; k++)
            ck_assert_msg(metrics[i][GGCN_METRIC_POTENTIAL_CHAINS] != metrics[k][GGCN_METRIC_POTENTIAL_CHAINS],
                          "%s, %s", models[i].settings, models[k].settings);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("models");
    TCase *bits = tcase_create("bits"), *lists = tcase_create("lists");
    tcase_add_loop_test(bits, bits_do_not_depend_on_threads, 0, MODELS);
    tcase_add_loop_test(bits, a_restored_state_continues_with_the_same_bits, 0, MODELS);
    tcase_add_loop_test(lists, the_state_is_listed, 0, MODELS);
    tcase_add_loop_test(lists, metrics_are_listed, 0, MODELS);
    tcase_add_test(lists, no_two_models_are_the_same);
    tcase_set_timeout(bits, 60); /* generous: for builds with sanitizers */
    tcase_set_timeout(lists, 60);
    suite_add_tcase(suite, bits);
    suite_add_tcase(suite, lists);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
