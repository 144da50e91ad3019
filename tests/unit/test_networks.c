/* Whole networks against the reference; what a plan promises about threads and batches; errors of impossible layers. */
#include "network_check.h"

#include <check.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const double KINK_DISTANCE = 2e-5; /* many kinks, so a smaller one than for single layers */

static ggcn_graph *convnet(int64_t channels) {
    ggcn_graph *graph = new_graph(channels, 12, 10);
    int node = add_layer(graph, convolution(0, 8, 5, 2, 2, true));
    node = add_layer(graph, leaky_relu(node, 0.02));
    node = add_layer(graph, convolution(node, 17, 3, 2, 1, true));
    node = add_layer(graph, leaky_relu(node, 0.02));
    node = add_layer(graph, convolution(node, 16, 3, 1, 1, true));
    add_layer(graph, leaky_relu(node, 0.02));
    return graph;
}

START_TEST(convnets) {
    static const int64_t channels[] = {1, 3, 3, 2}, batch[] = {1, 4, 2, 3};
    ggcn_graph *graph = convnet(channels[_i]);
    check_network("convnet", graph, batch[_i], KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(residual_block) {
    const int64_t channels = _i ? 12 : 8;
    ggcn_graph *graph = new_graph(5, 8, 8);
    int node = add_layer(graph, convolution(0, channels, 3, 2, 1, false));
    node = add_layer(graph, norm(node));
    node = add_layer(graph, pointwise(GGCN_RELU, node));
    node = add_layer(graph, convolution(node, channels, 3, 1, 1, false));
    node = add_layer(graph, norm(node));
    const int skip = add_layer(graph, convolution(0, channels, 1, 2, 0, true));
    node = add_layer(graph, add(node, skip));
    node = add_layer(graph, pointwise(GGCN_RELU, node));
    check_network("residual block", graph, 3, KINK_DISTANCE);
    node = add_layer(graph, norm(node));
    add_layer(graph, pool(GGCN_AVERAGE_POOL, node, 4, 4, 0));
    check_network("residual block and mean", graph, 2, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(generator) {
    const bool from_dense = _i & 1, sigmoid = _i & 2;
    ggcn_graph *graph = new_graph(9, 1, 1);
    int node = from_dense ? add_layer(graph, dense(0, 20, true)) : 0;
    node = add_layer(graph, transposed(node, 12, 3, 1, 0, 0, false));
    node = add_layer(graph, norm(node));
    node = add_layer(graph, pointwise(GGCN_RELU, node));
    node = add_layer(graph, transposed(node, 8, 4, 2, 1, 0, false));
    node = add_layer(graph, norm(node));
    node = add_layer(graph, pointwise(GGCN_RELU, node));
    node = add_layer(graph, transposed(node, 3, 5, 2, 2, 1, true));
    add_layer(graph, pointwise(sigmoid ? GGCN_SIGMOID : GGCN_TANH, node));
    check_network("generator", graph, 2, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* Curvature in the middle: its second-order term must travel down through every kind of layer. */
START_TEST(curved) {
    ggcn_graph *graph = new_graph(3, 8, 8);
    int node = add_layer(graph, convolution(0, 9, 3, 1, 1, true));
    node = add_layer(graph, pointwise(GGCN_BIAS, node));
    node = add_layer(graph, pointwise(GGCN_TANH, node));
    node = add_layer(graph, norm(node));
    node = add_layer(graph, pool(GGCN_MAX_POOL, node, 2, 2, 0));
    node = add_layer(graph, convolution(node, 8, 2, 1, 0, true));
    node = add_layer(graph, leaky_relu(node, 0.2));
    node = add_layer(graph, pool(GGCN_AVERAGE_POOL, node, 3, 1, 1));
    node = add_layer(graph, upsample(node, 2));
    node = add_layer(graph, transposed(node, 5, 3, 1, 1, 0, true));
    node = add_layer(graph, pointwise(GGCN_SIGMOID, node));
    node = add_layer(graph, dense(node, 6, true));
    node = add_layer(graph, pointwise(GGCN_TANH, node));
    add_layer(graph, dense(node, 2, true));
    check_network("curved", graph, 2, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(u_shape) {
    ggcn_graph *graph = new_graph(3, 8, 12);
    int node = add_layer(graph, convolution(0, 6, 3, 1, 1, true));
    const int fine = add_layer(graph, leaky_relu(node, 0.1));
    node = add_layer(graph, convolution(fine, 12, 4, 2, 1, true));
    const int middle = add_layer(graph, leaky_relu(node, 0.1));
    node = add_layer(graph, convolution(middle, 16, 4, 2, 1, true));
    node = add_layer(graph, pointwise(GGCN_TANH, node));
    node = add_layer(graph, upsample(node, 2));
    node = add_layer(graph, concatenate(node, middle, -1));
    node = add_layer(graph, convolution(node, 9, 3, 1, 1, true));
    node = add_layer(graph, leaky_relu(node, 0.1));
    node = add_layer(graph, upsample(node, 2));
    node = add_layer(graph, concatenate(node, fine, 0));
    add_layer(graph, convolution(node, 3, 1, 1, 0, true));
    check_network("U-shape", graph, 1, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(inception_like) {
    ggcn_graph *graph = new_graph(5, 7, 7);
    const int stem = add_layer(graph, leaky_relu(add_layer(graph, convolution(0, 11, 3, 1, 1, true)), 0.1));
    const int one = add_layer(graph, convolution(stem, 5, 1, 1, 0, true));
    int three = add_layer(graph, convolution(stem, 4, 1, 1, 0, false));
    three = add_layer(graph, convolution(add_layer(graph, leaky_relu(three, 0.1)), 9, 3, 1, 1, true));
    ggcn_layer row = convolution(stem, 6, 1, 1, 0, true), column = row;
    row.kernel[1] = 5;
    row.pad[1] = 2;
    column.inputs[0] = add_layer(graph, row);
    column.kernel[0] = 5;
    column.pad[0] = 2;
    const int five = add_layer(graph, column);
    const int largest = add_layer(graph, pool(GGCN_MAX_POOL, stem, 3, 1, 1));
    const int pooled = add_layer(graph, convolution(largest, 3, 1, 1, 0, true));
    const int left = add_layer(graph, concatenate(one, three, five));
    const int all = add_layer(graph, leaky_relu(add_layer(graph, concatenate(left, pooled, -1)), 0.1));
    add_layer(graph, convolution(all, 8, 2, 2, 0, true));
    check_network("inception-like", graph, 1, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* VGG's order: the pool sees several zeros at once. */
START_TEST(pool_after_relu) {
    ggcn_graph *graph = new_graph(3, 8, 8);
    int node = add_layer(graph, convolution(0, 8, 3, 1, 1, true));
    node = add_layer(graph, pointwise(GGCN_RELU, node));
    node = add_layer(graph, pool(GGCN_MAX_POOL, node, 2, 2, 0));
    node = add_layer(graph, convolution(node, 12, 3, 1, 1, true));
    add_layer(graph, pointwise(GGCN_RELU, node));
    check_network("pool after ReLU", graph, 2, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* --- threads and batches ------------------------------------------------------------------------------------------ */

/* Everything a workspace computes from one evaluation. */
typedef struct {
    float *f, *g, *u, *gradient;
} results;

static results new_results(const ggcn_graph *graph, const reference *r) {
    results all = {
        .f = calloc(reference_count(r, reference_last(r)), sizeof(float)),
        .g = calloc(reference_count(r, 0), sizeof(float)),
        .u = calloc(reference_count(r, reference_last(r)), sizeof(float)),
        .gradient = calloc(ggcn_graph_parameters(graph, NULL, NULL), sizeof(float)),
    };
    ck_assert(all.f && all.g && all.u && all.gradient);
    return all;
}

static void release_results(results *all) {
    free(all->f);
    free(all->g);
    free(all->u);
    free(all->gradient);
}

/* All passes. Without assertions, which Check wants on its own thread. */
static ggcn_status run(const ggcn_plan *plan, const ggcn_weights *weights, const evaluation *at, int repetitions,
                       results *out) {
    ggcn_workspace *workspace = NULL;
    ggcn_gradients *gradients = NULL;
    GGCN_TRY(ggcn_workspace_create(plan, &workspace));
    GGCN_TRY(ggcn_gradients_create(plan, &gradients));
    for (int i = 0; i < repetitions; i++) {
        GGCN_TRY(ggcn_forward(workspace, weights, at->x));
        ggcn_read_output(workspace, out->f);
        ggcn_set_seed(workspace, at->seed);
        GGCN_TRY(ggcn_backward(workspace, weights, out->g));
        GGCN_TRY(ggcn_tangent(workspace, weights, at->direction));
        ggcn_read_tangent(workspace, out->u);
        GGCN_TRY(ggcn_gradients_add(gradients, workspace, weights, 1, -0.5f, 1));
    }
    GGCN_TRY(ggcn_gradients_read(gradients, out->gradient));
    ggcn_gradients_destroy(&gradients);
    ggcn_workspace_destroy(&workspace);
    return GGCN_SUCCESS;
}

static void check_same_bits(const float *left, const float *right, size_t count, const char *what) {
    ck_assert_msg(!memcmp(left, right, count * sizeof *left), "two threads change the bits of the %s", what);
}

START_TEST(two_threads_one_plan) {
    enum { REPETITIONS = 50 };
    uint64_t random = 7;
    ggcn_graph *graph = convnet(3);
    ggcn_plan *plan = NULL;
    ggcn_weights *weights = NULL;
    ck_assert_int_eq(ggcn_plan_compile(graph, 4, &plan), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_weights_create(plan, &weights), GGCN_SUCCESS);
    reference *r = reference_create(graph, 4);
    evaluation at[2];
    results serial[2], parallel[2];
    for (int i = 0; i < 2; i++) {
        at[i] = draw_evaluation(graph, r, 1e-6, &random);
        serial[i] = new_results(graph, r);
        parallel[i] = new_results(graph, r);
    }
    ck_assert_int_eq(ggcn_weights_pack(weights, at[0].parameters, NULL), GGCN_SUCCESS);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(run(plan, weights, &at[i], REPETITIONS, &serial[i]), GGCN_SUCCESS);

    ggcn_status status[2] = {GGCN_ERROR_ELSEWHERE, GGCN_ERROR_ELSEWHERE};
    int threads = 0;
    omp_set_dynamic(0);
#pragma omp parallel num_threads(2) reduction(+ : threads)
    {
        const int i = omp_get_thread_num();
        threads = 1;
        status[i] = run(plan, weights, &at[i], REPETITIONS, &parallel[i]);
    }
    ck_assert_int_eq(threads, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(status[i], GGCN_SUCCESS);
        check_same_bits(serial[i].f, parallel[i].f, reference_count(r, reference_last(r)), "output");
        check_same_bits(serial[i].g, parallel[i].g, reference_count(r, 0), "input gradient");
        check_same_bits(serial[i].u, parallel[i].u, reference_count(r, reference_last(r)), "tangent");
        check_same_bits(serial[i].gradient, parallel[i].gradient, ggcn_graph_parameters(graph, NULL, NULL), "gradient");
        ck_assert_msg(memcmp(serial[i].g, serial[!i].g, 4 * sizeof(float)), "the two evaluations are the same");
    }
    for (int i = 0; i < 2; i++) {
        release_evaluation(&at[i]);
        release_results(&serial[i]);
        release_results(&parallel[i]);
    }
    reference_destroy(r);
    ggcn_weights_destroy(&weights);
    ggcn_plan_destroy(&plan);
    ggcn_graph_destroy(&graph);
}
END_TEST

static void check_near(const float *got, const float *expected, size_t count, const char *what) {
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)expected[i]));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabs((double)got[i] - (double)expected[i]) <= 1e-6 * largest,
                      "%s [%zu] is %.9g alone, %.9g in a batch of 4", what, i, (double)got[i], (double)expected[i]);
}

/* An image's results do not depend on the images beside it, and gradients of a batch are sums over its images. */
START_TEST(one_image_or_four) {
    uint64_t random = 11;
    ggcn_graph *graph = convnet(3);
    ggcn_plan *one = NULL, *four = NULL;
    ggcn_weights *weights_one = NULL, *weights_four = NULL;
    ck_assert_int_eq(ggcn_plan_compile(graph, 1, &one), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_plan_compile(graph, 4, &four), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_weights_create(one, &weights_one), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_weights_create(four, &weights_four), GGCN_SUCCESS);
    reference *r = reference_create(graph, 4);
    evaluation at = draw_evaluation(graph, r, 1e-5, &random);
    ck_assert_int_eq(ggcn_weights_pack(weights_one, at.parameters, NULL), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_weights_pack(weights_four, at.parameters, NULL), GGCN_SUCCESS);
    results together = new_results(graph, r), alone = new_results(graph, r), sum = new_results(graph, r);
    ck_assert_int_eq(run(four, weights_four, &at, 1, &together), GGCN_SUCCESS);
    const size_t n_in = reference_count(r, 0) / 4, n_out = reference_count(r, reference_last(r)) / 4;
    const size_t n_parameters = ggcn_graph_parameters(graph, NULL, NULL);
    for (size_t n = 0; n < 4; n++) {
        const evaluation image = {
            .x = at.x + n * n_in, .seed = at.seed + n * n_out, .direction = at.direction + n * n_in};
        ck_assert_int_eq(run(one, weights_one, &image, 1, &alone), GGCN_SUCCESS);
        check_near(alone.f, together.f + n * n_out, n_out, "output");
        check_near(alone.g, together.g + n * n_in, n_in, "input gradient");
        check_near(alone.u, together.u + n * n_out, n_out, "tangent");
        for (size_t i = 0; i < n_parameters; i++)
            sum.gradient[i] += alone.gradient[i];
    }
    check_near(sum.gradient, together.gradient, n_parameters, "gradient");
    release_results(&together);
    release_results(&alone);
    release_results(&sum);
    release_evaluation(&at);
    reference_destroy(r);
    ggcn_weights_destroy(&weights_one);
    ggcn_weights_destroy(&weights_four);
    ggcn_plan_destroy(&one);
    ggcn_plan_destroy(&four);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* --- impossible layers -------------------------------------------------------------------------------------------- */

typedef struct {
    ggcn_layer layer; /* behind node 0 of 3x4x5, or the nodes that impossible_layer adds */
    const char *says; /* part of the message; NULL: only the name is looked for */
} impossible;

static impossible impossible_layer(int number) {
    switch (number) {
    case 0: /* kernel larger than the padded image */
        return (impossible){convolution(0, 8, 7, 1, 1, true), "7"};
    case 1:
        return (impossible){pool(GGCN_MAX_POOL, 0, 5, 1, 0), "5"};
    case 2: /* missing input */
        return (impossible){convolution(9, 8, 3, 1, 1, true), "9"};
    case 3:
        return (impossible){.layer = {.op = GGCN_CONVOLUTION, .channels = 8, .kernel = {3, 3}, .stride = {1, 1}}};
    case 4: /* shapes differ: node 1 has 8 channels */
        return (impossible){add(0, 1), "8"};
    case 5: /* node 2 has another size */
        return (impossible){concatenate(0, 2, -1), NULL};
    case 6:
        return (impossible){leaky_relu(0, 1.5), "1.5"};
    case 7:
        return (impossible){leaky_relu(0, 0), NULL};
    case 8:
        return (impossible){convolution(0, 0, 3, 1, 1, true), NULL};
    case 9:
        return (impossible){dense(0, -1, true), NULL};
    case 10:
        return (impossible){convolution(0, 8, 3, 0, 1, true), NULL};
    case 11: /* output_pad must be below the stride */
        return (impossible){transposed(0, 8, 4, 2, 1, 2, true), NULL};
    case 12:
        return (impossible){upsample(0, 0), NULL};
    case 13:
        return (impossible){transposed(0, 8, 1, 1, 5, 0, true), NULL};
    case 14:
        return (impossible){pointwise(GGCN_INPUT, 0), NULL};
    default:
        return (impossible){convolution(-1, 8, 3, 1, 1, true), "-1"};
    }
}
enum { IMPOSSIBLE_LAYERS = 16 };

START_TEST(impossible_layers) {
    ggcn_graph *graph = new_graph(3, 4, 5);
    add_layer(graph, convolution(0, 8, 3, 1, 1, true));
    add_layer(graph, convolution(0, 3, 2, 2, 0, true));
    impossible bad = impossible_layer(_i);
    strcpy(bad.layer.name, "culprit");
    int node = -7;
    ck_assert_int_eq(ggcn_graph_add(graph, &bad.layer, &node), GGCN_ERROR_ARGUMENT);
    const char *message = ggcn_last_error()->message;
    ck_assert_msg(strstr(message, "culprit"), "case %d: '%s' does not name the layer", _i, message);
    ck_assert_msg(!bad.says || strstr(message, bad.says), "case %d: '%s' lacks '%s'", _i, message, bad.says);
    ck_assert_int_eq(ggcn_graph_nodes(graph), 3); /* and the graph is as before */
    add_layer(graph, convolution(2, 4, 1, 1, 0, true));
    ck_assert_int_eq(ggcn_graph_nodes(graph), 4);
    ggcn_graph_destroy(&graph);
    ck_assert_ptr_null(graph);
}
END_TEST

START_TEST(impossible_input) {
    static const ggcn_shape shapes[] = {{0, 4, 4}, {3, 0, 4}, {3, 4, -1}, {INT64_MAX, INT64_MAX, 2}};
    ggcn_graph *graph = NULL;
    ck_assert_int_eq(ggcn_graph_create(shapes[_i], &graph), GGCN_ERROR_ARGUMENT);
    ck_assert_ptr_null(graph);
}
END_TEST

/* A layer whose result goes nowhere is a mistake in the network; compiling says which. */
START_TEST(unused_layer) {
    ggcn_graph *graph = new_graph(3, 4, 5);
    ggcn_layer layer = convolution(0, 8, 3, 1, 1, true);
    strcpy(layer.name, "forgotten");
    add_layer(graph, layer);
    add_layer(graph, convolution(0, 3, 2, 2, 0, true));
    ggcn_plan *plan = NULL;
    ck_assert_int_eq(ggcn_plan_compile(graph, 1, &plan), GGCN_ERROR_ARGUMENT);
    ck_assert_ptr_null(plan);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "forgotten"));
    ck_assert_int_eq(ggcn_plan_compile(graph, 0, &plan), GGCN_ERROR_ARGUMENT);
    ggcn_graph_destroy(&graph);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("networks");
    TCase *networks = tcase_create("against the reference"), *promises = tcase_create("threads and batches");
    TCase *errors = tcase_create("errors");
    tcase_add_loop_test(networks, convnets, 0, 4);
    tcase_add_loop_test(networks, residual_block, 0, 2);
    tcase_add_loop_test(networks, generator, 0, 4);
    tcase_add_test(networks, curved);
    tcase_add_test(networks, u_shape);
    tcase_add_test(networks, inception_like);
    tcase_add_test(networks, pool_after_relu);
    tcase_add_test(promises, two_threads_one_plan);
    tcase_add_test(promises, one_image_or_four);
    tcase_add_loop_test(errors, impossible_layers, 0, IMPOSSIBLE_LAYERS);
    tcase_add_loop_test(errors, impossible_input, 0, 4);
    tcase_add_test(errors, unused_layer);
    tcase_set_timeout(networks, 120); /* generous: for builds with sanitizers */
    tcase_set_timeout(promises, 120);
    suite_add_tcase(suite, networks);
    suite_add_tcase(suite, promises);
    suite_add_tcase(suite, errors);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
