/* The executor against golden files that PyTorch made: see make_golden.py for the networks and for the formula from
 * which both sides take parameters, inputs and theta. */
#include "golden.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2 };

static int convolution(ggcn_graph *graph, int from, int64_t channels, int64_t kernel, int64_t stride, int64_t pad,
                       bool bias) {
    return add_layer(graph, (ggcn_layer){.op = GGCN_CONVOLUTION,
                                         .inputs = {from},
                                         .n_inputs = 1,
                                         .channels = channels,
                                         .kernel = {kernel, kernel},
                                         .stride = {stride, stride},
                                         .pad = {pad, pad},
                                         .bias = bias});
}

static int norm(ggcn_graph *graph, int from) {
    return add_layer(graph, (ggcn_layer){.op = GGCN_NORM, .inputs = {from}, .n_inputs = 1, .epsilon = 1e-5});
}

static int relu(ggcn_graph *graph, int from) {
    return add_layer(graph, (ggcn_layer){.op = GGCN_RELU, .inputs = {from}, .n_inputs = 1});
}

/* Table 4's synthesizer for 64x64 images. */
static ggcn_graph *v0(bool normalised) {
    static const int64_t rows[5][4] = {{64, 2, 1, 0}, {128, 7, 2, 2}, {256, 5, 2, 2}, {256, 7, 2, 2}, {512, 4, 1, 0}};
    ggcn_graph *graph = NULL;
    ck_assert_int_eq(ggcn_graph_create((ggcn_shape){3, 64, 64}, &graph), GGCN_SUCCESS);
    int node = 0;
    for (int i = 0; i < 5; i++) {
        node = convolution(graph, node, rows[i][0], rows[i][1], rows[i][2], rows[i][3], !normalised);
        if (normalised)
            node = norm(graph, node);
        node = add_layer(graph, (ggcn_layer){.op = GGCN_LEAKY_RELU, .inputs = {node}, .n_inputs = 1, .slope = 0.02});
    }
    return graph;
}

static int bottleneck(ggcn_graph *graph, int from, int64_t inner, int64_t outer, int64_t stride) {
    int node = relu(graph, norm(graph, convolution(graph, from, inner, 1, 1, 0, false)));
    node = relu(graph, norm(graph, convolution(graph, node, inner, 3, stride, 1, false)));
    node = norm(graph, convolution(graph, node, outer, 1, 1, 0, false));
    const int skip = norm(graph, convolution(graph, from, outer, 1, stride, 0, false));
    return relu(graph, add_layer(graph, (ggcn_layer){.op = GGCN_ADD, .inputs = {node, skip}, .n_inputs = 2}));
}

static ggcn_graph *residual(void) {
    ggcn_graph *graph = NULL;
    ck_assert_int_eq(ggcn_graph_create((ggcn_shape){3, 32, 32}, &graph), GGCN_SUCCESS);
    int node = relu(graph, norm(graph, convolution(graph, 0, 16, 3, 1, 1, false)));
    node = bottleneck(graph, node, 8, 32, 2);
    node = bottleneck(graph, node, 16, 64, 2);
    add_layer(graph, (ggcn_layer){.op = GGCN_AVERAGE_POOL,
                                  .inputs = {node},
                                  .n_inputs = 1,
                                  .kernel = {3, 3},
                                  .stride = {2, 2},
                                  .pad = {1, 1}});
    return graph;
}

/* Sum over batch and positions: the derivative by a stationary theta. Frees `tensor`; the caller frees the result. */
static float *sum_positions(float *tensor, ggcn_shape shape) {
    float *sums = allocate((size_t)shape.channels, sizeof *sums);
    const int64_t positions = shape.height * shape.width;
    for (int64_t c = 0; c < shape.channels; c++) {
        double sum = 0;
        for (int64_t n = 0; n < BATCH; n++)
            for (int64_t i = 0; i < positions; i++)
                sum += (double)tensor[(n * shape.channels + c) * positions + i];
        sums[c] = (float)sum;
    }
    free(tensor);
    return sums;
}

static void check_golden(const char *name, ggcn_graph *graph) {
    const hid_t file = open_golden(name);
    const ggcn_shape in = ggcn_graph_shape(graph, 0), out = ggcn_graph_output(graph);
    const size_t n_in = (size_t)(BATCH * in.channels * in.height * in.width), channels = (size_t)out.channels;
    const size_t positions = (size_t)(out.height * out.width), n_out = BATCH * channels * positions;
    float *x = allocate(n_in, sizeof *x), *g = allocate(n_in, sizeof *g), *theta = allocate(channels, sizeof *theta);
    float *seed = allocate(n_out, sizeof *seed), *f = allocate(n_out, sizeof *f), *u = allocate(n_out, sizeof *u);
    float *parameters = make_parameters(graph), *statistics = make_statistics(graph);
    float *gradient = allocate(ggcn_graph_parameters(graph, NULL, NULL), sizeof *gradient);
    check_counts(graph, file);
    fill(x, input_stream(file), 0, n_in, 0, 1);
    fill(theta, 1, 0, channels, 0, 0.25);
    for (size_t i = 0; i < n_out; i++)
        seed[i] = theta[i / positions % channels];

    ggcn_plan *plan = NULL;
    ggcn_weights *weights = NULL;
    ggcn_workspace *workspace = NULL;
    ggcn_gradients *gradients = NULL;
    succeed(ggcn_plan_compile(graph, BATCH, &plan));
    succeed(ggcn_weights_create(plan, &weights));
    succeed(ggcn_workspace_create(plan, &workspace));
    succeed(ggcn_gradients_create(plan, &gradients));
    succeed(ggcn_weights_pack(weights, parameters, statistics));
    succeed(ggcn_forward(workspace, weights, x));
    ggcn_read_output(workspace, f);
    ggcn_set_seed(workspace, seed);
    double potential[BATCH];
    ggcn_seed_products(workspace, potential);
    double *expected = read_golden(file, "potential", BATCH);
    const double largest = fmax(fabs(expected[0]), fabs(expected[1]));
    for (int n = 0; n < BATCH; n++)
        ck_assert_msg(fabs(potential[n] - expected[n]) <= GOLDEN_TOLERANCE * largest,
                      "potential %d is %.9g, expected %.9g", n, potential[n], expected[n]);
    free(expected);
    succeed(ggcn_backward(workspace, weights, g));
    check_all("input gradient", g, 1, read_golden(file, "input_gradient", n_in), n_in);
    succeed(ggcn_gradients_add(gradients, workspace, weights, 1, 0, 1));
    succeed(ggcn_gradients_read(gradients, gradient));
    check_gradient(graph, file, "likelihood", gradient, 1);

    /* d/dw |grad_x Phi|^2 = 2 d/dw <s, dF(x)[v]> at v = grad_x Phi */
    succeed(ggcn_tangent(workspace, weights, g));
    ggcn_read_tangent(workspace, u);
    ggcn_gradients_clear(gradients);
    succeed(ggcn_gradients_add(gradients, workspace, weights, 0, 1, 1));
    succeed(ggcn_gradients_read(gradients, gradient));
    check_gradient(graph, file, "jko", gradient, 2);
    f = sum_positions(f, out);
    u = sum_positions(u, out);
    check_all("likelihood by theta", f, 1, read_golden(file, "likelihood/theta", channels), channels);
    check_all("jko by theta", u, 2, read_golden(file, "jko/theta", channels), channels);

    ggcn_gradients_destroy(&gradients);
    ggcn_workspace_destroy(&workspace);
    ggcn_weights_destroy(&weights);
    ggcn_plan_destroy(&plan);
    ggcn_graph_destroy(&graph);
    H5Fclose(file);
    free(x);
    free(g);
    free(theta);
    free(seed);
    free(f);
    free(u);
    free(parameters);
    free(statistics);
    free(gradient);
}

START_TEST(golden_residual) {
    check_golden("residual", residual());
}
END_TEST

START_TEST(golden_v0_norm) {
    check_golden("v0_norm", v0(true));
}
END_TEST

START_TEST(golden_v0_plain) {
    check_golden("v0_plain", v0(false));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("golden");
    TCase *golden = tcase_create("PyTorch");
    tcase_add_test(golden, golden_residual);
    tcase_add_test(golden, golden_v0_norm);
    tcase_add_test(golden, golden_v0_plain);
    tcase_set_timeout(golden, 300); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, golden);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
