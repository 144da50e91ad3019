/* One iteration of learning against its definition, for the models of one potential with persistent chains. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "learning_check.h"

static const struct {
    const char *name, *const *network, *settings;
    uint32_t classes, iterations;
} cases[] = {
    {"gcn", &plain_network, "model=gcn", 1, 2},
    {"gcn ignores jko", &plain_network, "model=gcn jko.beta=5 jko.scaled_by_rate=false", 1, 1},
    {"stationary", &plain_network, "model=gcn potential.theta=stationary", 1, 1},
    {"beta 0", &plain_network, "jko.beta=0", 1, 1},
    {"theta", &plain_network, "jko.parameters=theta jko.beta=0.8", 1, 1},
    {"all", &plain_network, "jko.beta=0.8", 1, 2},
    {"all, stationary", &plain_network, "jko.beta=0.8 potential.theta=stationary learning.optimizer.rate=0.4", 1, 1},
    {"theta, as it is", &plain_network,
     "jko.parameters=theta jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.4", 1, 1},
    {"all, as it is", &plain_network, "jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.4", 1, 2},
    {"conditional gcn", &plain_network, "model=gcn potential.conditional=true", 2, 1},
    {"conditional", &plain_network, "potential.conditional=true jko.beta=0.8", 2, 2},
    {"conditional, stationary", &plain_network, "potential.conditional=true jko.beta=0.8 potential.theta=stationary", 2,
     1},
    {"labels without use", &plain_network, "jko.beta=0.8", 2, 1},
    {"norm, gcn", &norm_network, "model=gcn learning.optimizer.rate=0.05", 1, 1},
    {"norm", &norm_network, "jko.beta=0.8 learning.optimizer.rate=0.05", 1, 2},
    {"norm, as it is", &norm_network, "jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.05", 1, 1},
    {"tanh", &tanh_network, "jko.beta=0.8", 1, 1},
    {"tanh, theta", &tanh_network, "jko.beta=0.8 jko.parameters=theta", 1, 1},
    {"tanh, as it is", &tanh_network, "jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.4", 1, 1},
    {"frame", &plain_network, "model=frame jko.beta=5", 1, 2},
    {"frame, stationary", &norm_network, "model=frame potential.theta=stationary learning.optimizer.rate=0.4", 1, 1},
    {"wframe", &plain_network, "model=wframe jko.beta=0.8", 1, 2},
    {"wframe, norm", &norm_network, "model=wframe jko.beta=0.8 jko.parameters=theta learning.optimizer.rate=0.1", 1, 2},
    {"wframe, as it is", &norm_network,
     "model=wframe jko.beta=0.4 jko.scaled_by_rate=false learning.optimizer.rate=0.4 potential.theta=stationary", 1, 1},
    {"wframe, conditional", &plain_network, "model=wframe jko.beta=0.8 potential.conditional=true", 2, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(an_iteration_follows_the_gradient) {
    training_case c = training_case_create(*cases[_i].network, cases[_i].classes, cases[_i].settings);
    potential_model m = potential_model_create(&c, 0);
    image_set observed = image_set_observed(&m);
    double metrics[CASE_METRICS];
    for (uint32_t iteration = 0; iteration < cases[_i].iterations; iteration++) {
        learning_check_begin(&m, &observed, iteration);
        image_set before = image_set_chains(&m);
        training_case_step(&c, metrics);
        learning_check_end(&m, &observed, &before, iteration, metrics);
        image_set_destroy(&before);
    }
    image_set_destroy(&observed);
    potential_model_destroy(&m);
    training_case_destroy(&c);
}
END_TEST

/* frame, wframe: filters and statistics are those of the file, to the bit, and the optimiser knows theta only. */
START_TEST(fixed_filters_stay) {
    training_case c = training_case_create(norm_network, 1,
                                           _i ? "model=wframe jko.beta=0.8 jko.scaled_by_rate=false" : "model=frame");
    const ggcn_initial_network *given = &c.networks.potentials[0];
    double metrics[CASE_METRICS];
    for (int i = 0; i < 3; i++)
        training_case_step(&c, metrics);
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(given->graph, &tensors, &count);
    for (size_t t = 0; t < count; t++) {
        char path[128] = "parameters/";
        strcat(path, tensors[t].name);
        ck_assert_mem_eq(training_case_array(&c, path).data, given->parameters + tensors[t].offset,
                         tensors[t].count * sizeof(float));
    }
    ck_assert_mem_eq(training_case_array(&c, "normalisation/statistics").data, given->statistics,
                     ggcn_graph_statistics(given->graph, NULL, NULL) * sizeof(float));
    const ggcn_array theta = training_case_array(&c, "parameters/theta"),
                     first = training_case_array(&c, "optimizer/first");
    ck_assert_uint_eq(ggcn_array_local(&first), ggcn_array_local(&theta));
    training_case_destroy(&c);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("learning");
    TCase *gradient = tcase_create("an iteration");
    tcase_add_loop_test(gradient, an_iteration_follows_the_gradient, 0, CASES);
    tcase_add_loop_test(gradient, fixed_filters_stay, 0, 2);
    tcase_set_timeout(gradient, 120); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, gradient);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
