/* Passes in bfloat16: a convolution is the float32 one of operands rounded to 8 bits of fraction; a network stays near
 * its float32 self; parameter gradients are float32's. On a processor without bfloat16: it is refused. */
#include "network_check.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"

/* To the nearest, ties to even. */
static float rounded(float value) {
    union {
        float value;
        uint32_t bits;
    } u = {.value = value};
    u.bits = (u.bits + 0x7fff + (u.bits >> 16 & 1)) & 0xffff0000u;
    return u.value;
}

static float *draw(size_t count, uint32_t number) {
    float *values = malloc(count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    ggcn_random_normal((ggcn_random_key){.seed = 3, .purpose = GGCN_RANDOM_TEST, .chain = number}, count, values);
    return values;
}

static float *rounded_copy(const float *values, size_t count) {
    float *copy = malloc(count * sizeof *copy);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = rounded(values[i]);
    return copy;
}

/* |a - b| / |b|. */
static double distance(const float *a, const float *b, size_t count) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        size += (double)b[i] * (double)b[i];
    }
    return sqrt(difference / size);
}

typedef struct {
    ggcn_plan *plan;
    ggcn_weights *weights;
    ggcn_workspace *workspace;
    float *f, *g;
    size_t n_in, n_out;
} pass;

static size_t elements(ggcn_shape s) {
    return (size_t)(s.channels * s.height * s.width);
}

static pass run(const ggcn_graph *graph, int64_t batch, ggcn_precision compiled, ggcn_precision used,
                const float *parameters, const float *x, const float *seed) {
    pass p = {.n_in = (size_t)batch * elements(ggcn_graph_shape(graph, 0)),
              .n_out = (size_t)batch * elements(ggcn_graph_output(graph))};
    ck_assert_int_eq(ggcn_plan_compile_for(graph, batch, compiled, &p.plan), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_weights_create(p.plan, &p.weights), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_workspace_create(p.plan, &p.workspace), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_weights_pack(p.weights, parameters, NULL), GGCN_SUCCESS);
    p.f = malloc(p.n_out * sizeof *p.f);
    p.g = malloc(p.n_in * sizeof *p.g);
    ck_assert(p.f && p.g);
    ggcn_workspace_set_precision(p.workspace, used);
    ck_assert_int_eq(ggcn_forward(p.workspace, p.weights, x), GGCN_SUCCESS);
    ggcn_read_output(p.workspace, p.f);
    ggcn_set_seed(p.workspace, seed);
    ck_assert_int_eq(ggcn_backward(p.workspace, p.weights, p.g), GGCN_SUCCESS);
    return p;
}

static void release(pass *p) {
    ggcn_workspace_destroy(&p->workspace);
    ggcn_weights_destroy(&p->weights);
    ggcn_plan_destroy(&p->plan);
    free(p->f);
    free(p->g);
}

/* One convolution: few and many channels, strides, sizes of kernels; none that Winograd's way takes. */
static const struct {
    int64_t in, out, size, kernel, stride, pad;
    bool exact_adjoint; /* false: gradients of few channels are float32's */
} cases[] = {
    {1, 16, 12, 5, 2, 2, false}, {3, 64, 9, 3, 1, 1, false}, {16, 32, 8, 1, 1, 0, true}, {32, 16, 9, 3, 2, 1, true},
    {20, 40, 7, 4, 2, 1, true},  {64, 24, 6, 6, 1, 0, true}, {2, 8, 10, 3, 1, 1, true},
};

START_TEST(one_convolution) {
    const int64_t batch = 3;
    ggcn_graph *graph = new_graph(cases[_i].in, cases[_i].size, cases[_i].size);
    add_layer(graph, convolution(0, cases[_i].out, cases[_i].kernel, cases[_i].stride, cases[_i].pad, true));
    const size_t n = ggcn_graph_parameters(graph, NULL, NULL), n_bias = (size_t)cases[_i].out, n_weight = n - n_bias;
    const size_t n_in = (size_t)batch * elements(ggcn_graph_shape(graph, 0));
    const size_t n_out = (size_t)batch * elements(ggcn_graph_output(graph));
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(graph, &tensors, &count);
    ck_assert_uint_eq(tensors[0].count, n_weight);
    float *w = draw(n, 1), *x = draw(n_in, 2), *seed = draw(n_out, 3);
    float *w_rounded = rounded_copy(w, n), *x_rounded = rounded_copy(x, n_in),
          *seed_rounded = rounded_copy(seed, n_out);
    memcpy(w_rounded + n_weight, w + n_weight, n_bias * sizeof *w); /* biases are added in float32 */
    pass low = run(graph, batch, GGCN_PRECISION_BF16, GGCN_PRECISION_BF16, w, x, seed);
    pass same = run(graph, batch, GGCN_PRECISION_F32, GGCN_PRECISION_F32, w_rounded, x_rounded, seed_rounded);
    pass full = run(graph, batch, GGCN_PRECISION_F32, GGCN_PRECISION_F32, w, x, seed);
    ck_assert_double_lt(distance(low.f, same.f, n_out), 1e-6);
    ck_assert_double_gt(distance(low.f, full.f, n_out), 1e-5);
    ck_assert_double_lt(distance(low.g, cases[_i].exact_adjoint ? same.g : full.g, n_in), 1e-6);
    release(&low);
    release(&same);
    release(&full);
    free(w);
    free(x);
    free(seed);
    free(w_rounded);
    free(x_rounded);
    free(seed_rounded);
    ggcn_graph_destroy(&graph);
}
END_TEST

static ggcn_graph *convnet(double slope) {
    ggcn_graph *graph = new_graph(3, 16, 16);
    int node = add_layer(graph, convolution(0, 32, 5, 2, 2, true));
    node = add_layer(graph, leaky_relu(node, slope));
    node = add_layer(graph, convolution(node, 32, 3, 1, 1, true));
    node = add_layer(graph, leaky_relu(node, slope));
    node = add_layer(graph, convolution(node, 64, 3, 2, 1, true));
    add_layer(graph, leaky_relu(node, slope));
    return graph;
}

/* Values and input gradients move by about the rounding of 8 bits, the parameters' gradient, by float32 passes of the
 * same plan, not at all. */
START_TEST(network) {
    const int64_t batch = 4;
    ggcn_graph *graph = convnet(_i ? 0.02 : 0.99);
    const size_t n = ggcn_graph_parameters(graph, NULL, NULL);
    const size_t n_in = (size_t)batch * elements(ggcn_graph_shape(graph, 0));
    const size_t n_out = (size_t)batch * elements(ggcn_graph_output(graph));
    float *w = draw(n, 4), *x = draw(n_in, 5), *seed = draw(n_out, 6);
    float *gradient_full = malloc(n * sizeof *w), *gradient_both = malloc(n * sizeof *w);
    for (size_t i = 0; i < n; i++)
        w[i] *= 0.1f;
    pass full = run(graph, batch, GGCN_PRECISION_F32, GGCN_PRECISION_F32, w, x, seed);
    pass low = run(graph, batch, GGCN_PRECISION_BF16, GGCN_PRECISION_BF16, w, x, seed);
    const double f = distance(low.f, full.f, n_out), g = distance(low.g, full.g, n_in);
    ck_assert_msg(f > 1e-4 && f < 0.01, "output: %.3g", f);
    /* four units in a thousand have their kink between the two */
    ck_assert_msg(g > 1e-4 && g < (_i ? 0.12 : 0.01), "input gradient: %.3g", g);
    ggcn_workspace_set_precision(low.workspace, GGCN_PRECISION_F32);
    for (int i = 0; i < 2; i++) {
        const pass *p = i ? &low : &full;
        ggcn_gradients *gradients = NULL;
        ck_assert_int_eq(ggcn_gradients_create(p->plan, &gradients), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_forward(p->workspace, p->weights, x), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_backward(p->workspace, p->weights, p->g), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_gradients_add(gradients, p->workspace, p->weights, 1, 0, 1), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_gradients_read(gradients, i ? gradient_both : gradient_full), GGCN_SUCCESS);
        ggcn_gradients_destroy(&gradients);
    }
    ck_assert_mem_eq(gradient_both, gradient_full, n * sizeof *w);
    ck_assert_mem_eq(low.g, full.g, n_in * sizeof *low.g);
    release(&low);
    release(&full);
    free(w);
    free(x);
    free(seed);
    free(gradient_full);
    free(gradient_both);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(refused) {
    ggcn_graph *graph = convnet(0.02);
    ggcn_plan *plan = NULL;
    ck_assert_int_eq(ggcn_plan_compile_for(graph, 2, GGCN_PRECISION_BF16, &plan), GGCN_ERROR_CONFIG);
    ck_assert_ptr_null(plan);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "bfloat16"));
    ggcn_graph_destroy(&graph);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bf16");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    if (ggcn_plan_can_use(GGCN_PRECISION_BF16)) {
        tcase_add_loop_test(tests, one_convolution, 0, sizeof cases / sizeof *cases);
        tcase_add_loop_test(tests, network, 0, 2);
    } else {
        puts("no bfloat16 on this processor: what is tested is that it is refused");
        tcase_add_test(tests, refused);
    }
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
