/* Every layer alone and between convolutions, in many shapes: the reference against finite differences, and every pass
 * of the executor against the reference. */
#include "network_check.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Kinks are at least this far from every point of evaluation: far beyond float32 rounding, and beyond what the steps of
 * the finite differences reach (which is checked for each of them). */
static const double KINK_DISTANCE = 1e-4;

typedef struct {
    int64_t channels, height, width, batch; /* of the layer's input */
    ggcn_layer layer;                       /* behind node 0 */
} layer_case;

#define CONVOLUTION_OF(operation, out, kh, kw, sh, sw, ph, pw, oh, ow, with_bias)                                      \
    {                                                                                                                  \
        .op = operation, .n_inputs = 1, .channels = out, .kernel = {kh, kw}, .stride = {sh, sw}, .pad = {ph, pw},      \
        .output_pad = {oh, ow}, .bias = with_bias                                                                      \
    }
#define CONVOLUTION(out, k, s, p, with_bias) CONVOLUTION_OF(GGCN_CONVOLUTION, out, k, k, s, s, p, p, 0, 0, with_bias)
#define TRANSPOSED(out, k, s, p, o, with_bias)                                                                         \
    CONVOLUTION_OF(GGCN_TRANSPOSED_CONVOLUTION, out, k, k, s, s, p, p, o, o, with_bias)
#define POOL(operation, kh, kw, sh, sw, ph, pw) CONVOLUTION_OF(operation, 0, kh, kw, sh, sw, ph, pw, 0, 0, false)
#define DENSE(out, with_bias)                                                                                          \
    { .op = GGCN_DENSE, .n_inputs = 1, .channels = out, .bias = with_bias }
#define POINTWISE(operation)                                                                                           \
    { .op = operation, .n_inputs = 1 }
#define LEAKY(a)                                                                                                       \
    { .op = GGCN_LEAKY_RELU, .n_inputs = 1, .slope = a }
#define NORM(e)                                                                                                        \
    { .op = GGCN_NORM, .n_inputs = 1, .epsilon = e }
#define UPSAMPLE(f)                                                                                                    \
    { .op = GGCN_UPSAMPLE, .n_inputs = 1, .factor = f }

static const layer_case cases[] = {
    /* convolution: channels 1, 2, 3, 5, 8, 9, 16, 17, 20 in and out, kernels 1 to 7, odd and even */
    {1, 7, 7, 1, CONVOLUTION(1, 3, 1, 1, true)},
    {1, 8, 8, 3, CONVOLUTION(8, 5, 2, 2, true)},
    {2, 6, 6, 4, CONVOLUTION(3, 2, 1, 0, false)},
    {3, 9, 9, 1, CONVOLUTION(16, 2, 1, 0, true)},
    {3, 11, 11, 4, CONVOLUTION(17, 7, 2, 2, true)},
    {3, 8, 8, 3, CONVOLUTION(32, 5, 2, 2, true)},
    {5, 6, 6, 3, CONVOLUTION(9, 4, 1, 0, false)},
    {5, 10, 10, 1, CONVOLUTION(20, 3, 3, 1, true)},
    {8, 5, 5, 4, CONVOLUTION(8, 3, 1, 1, true)},
    {9, 7, 7, 1, CONVOLUTION(5, 3, 2, 0, true)},
    {16, 6, 6, 3, CONVOLUTION(16, 3, 2, 1, true)},
    {16, 4, 4, 4, CONVOLUTION(24, 4, 2, 1, false)},
    {17, 5, 5, 1, CONVOLUTION(16, 2, 2, 0, true)},
    {20, 4, 4, 3, CONVOLUTION(17, 1, 1, 0, true)},
    {8, 6, 6, 1, CONVOLUTION(16, 1, 2, 0, false)},
    {1, 1, 1, 1, CONVOLUTION(1, 1, 1, 0, true)},
    {3, 1, 1, 4, CONVOLUTION(8, 1, 1, 0, true)},
    {17, 1, 1, 1, CONVOLUTION(20, 1, 1, 0, false)},
    {4, 1, 1, 3, CONVOLUTION(8, 3, 1, 1, true)},
    {16, 4, 4, 3, CONVOLUTION(8, 4, 1, 0, true)},
    {2, 10, 10, 3, CONVOLUTION(6, 4, 3, 2, true)},
    {3, 7, 12, 3, CONVOLUTION_OF(GGCN_CONVOLUTION, 8, 3, 5, 2, 1, 0, 2, 0, 0, true)},
    {5, 13, 4, 1, CONVOLUTION_OF(GGCN_CONVOLUTION, 9, 6, 1, 3, 2, 2, 0, 0, 0, true)},
    {16, 3, 9, 4, CONVOLUTION_OF(GGCN_CONVOLUTION, 16, 1, 4, 1, 3, 0, 1, 0, 0, false)},
    /* windows that see nothing but padding */
    {20, 4, 4, 3, CONVOLUTION(17, 1, 1, 1, true)},
    {3, 5, 6, 4, CONVOLUTION_OF(GGCN_CONVOLUTION, 8, 2, 1, 2, 1, 3, 2, 0, 0, false)},
    /* rows and columns that no window reaches: their gradient is zero */
    {16, 9, 9, 3, CONVOLUTION(16, 1, 3, 0, true)},
    {3, 10, 10, 1, CONVOLUTION(8, 2, 3, 0, true)},
    {9, 9, 7, 4, CONVOLUTION(5, 3, 4, 0, false)},
    {16, 8, 11, 3, CONVOLUTION(8, 2, 5, 1, true)},
    /* large enough for Winograd's filtering, one way and both; the batch makes it pay */
    {16, 8, 8, 6, CONVOLUTION(16, 3, 1, 1, true)},
    {16, 8, 8, 6, TRANSPOSED(16, 3, 1, 1, 0, true)},
    /* transposed convolution */
    {1, 4, 4, 1, TRANSPOSED(1, 3, 1, 1, 0, true)},
    {2, 3, 3, 4, TRANSPOSED(3, 4, 2, 1, 0, true)},
    {5, 1, 1, 3, TRANSPOSED(17, 4, 1, 0, 0, true)},
    {3, 4, 4, 1, TRANSPOSED(8, 5, 2, 2, 1, false)},
    {8, 3, 3, 3, TRANSPOSED(16, 3, 3, 0, 2, true)},
    {16, 3, 3, 4, TRANSPOSED(16, 4, 2, 1, 0, false)},
    {17, 3, 3, 1, TRANSPOSED(9, 3, 2, 1, 1, true)},
    {9, 4, 4, 3, TRANSPOSED(3, 7, 2, 2, 1, true)},
    {20, 2, 2, 4, TRANSPOSED(5, 1, 1, 0, 0, true)},
    {8, 3, 3, 1, TRANSPOSED(8, 2, 3, 0, 0, true)},
    {3, 2, 5, 3, CONVOLUTION_OF(GGCN_TRANSPOSED_CONVOLUTION, 5, 2, 5, 3, 2, 0, 1, 2, 1, true)},
    {6, 4, 3, 1, CONVOLUTION_OF(GGCN_TRANSPOSED_CONVOLUTION, 8, 4, 3, 2, 1, 1, 0, 0, 0, false)},
    /* dense */
    {1, 1, 1, 1, DENSE(1, true)},
    {17, 1, 1, 4, DENSE(9, true)},
    {16, 1, 1, 3, DENSE(16, false)},
    {3, 4, 5, 1, DENSE(7, true)},
    {16, 3, 3, 4, DENSE(20, true)},
    {9, 2, 3, 3, DENSE(1, false)},
    /* pointwise layers */
    {1, 5, 5, 1, POINTWISE(GGCN_BIAS)},
    {5, 3, 4, 3, POINTWISE(GGCN_BIAS)},
    {16, 4, 4, 4, POINTWISE(GGCN_BIAS)},
    {20, 1, 1, 1, POINTWISE(GGCN_BIAS)},
    {1, 5, 5, 4, POINTWISE(GGCN_RELU)},
    {9, 4, 3, 3, POINTWISE(GGCN_RELU)},
    {16, 3, 3, 1, POINTWISE(GGCN_RELU)},
    {1, 1, 1, 1, LEAKY(0.02)},
    {5, 4, 3, 3, LEAKY(0.2)},
    {17, 3, 3, 4, LEAKY(0.02)},
    {8, 5, 5, 1, LEAKY(0.5)},
    {1, 4, 4, 1, POINTWISE(GGCN_TANH)},
    {3, 5, 3, 3, POINTWISE(GGCN_TANH)},
    {17, 3, 3, 4, POINTWISE(GGCN_TANH)},
    {16, 1, 1, 3, POINTWISE(GGCN_TANH)},
    {1, 4, 4, 3, POINTWISE(GGCN_SIGMOID)},
    {5, 3, 4, 1, POINTWISE(GGCN_SIGMOID)},
    {16, 4, 4, 4, POINTWISE(GGCN_SIGMOID)},
    {1, 4, 4, 1, NORM(1e-5)},
    {3, 3, 5, 4, NORM(1e-3)},
    {17, 3, 3, 3, NORM(1e-5)},
    {16, 4, 4, 1, NORM(1e-5)},
    {20, 1, 1, 4, NORM(1e-5)},
    /* pools */
    {1, 6, 6, 1, POOL(GGCN_MAX_POOL, 2, 2, 2, 2, 0, 0)},
    {3, 7, 7, 3, POOL(GGCN_MAX_POOL, 3, 3, 2, 2, 1, 1)},
    {8, 5, 5, 4, POOL(GGCN_MAX_POOL, 3, 3, 1, 1, 1, 1)},
    {17, 5, 6, 1, POOL(GGCN_MAX_POOL, 2, 3, 3, 2, 0, 1)},
    {5, 4, 4, 3, POOL(GGCN_MAX_POOL, 4, 4, 1, 1, 0, 0)},
    {16, 1, 1, 4, POOL(GGCN_MAX_POOL, 1, 1, 1, 1, 0, 0)},
    {1, 6, 6, 1, POOL(GGCN_AVERAGE_POOL, 2, 2, 2, 2, 0, 0)},
    {3, 7, 7, 3, POOL(GGCN_AVERAGE_POOL, 3, 3, 2, 2, 1, 1)},
    {8, 4, 4, 4, POOL(GGCN_AVERAGE_POOL, 4, 4, 1, 1, 0, 0)},
    {17, 5, 6, 1, POOL(GGCN_AVERAGE_POOL, 2, 3, 3, 2, 1, 1)},
    {16, 4, 4, 3, POOL(GGCN_AVERAGE_POOL, 3, 3, 1, 1, 1, 1)},
    /* upsampling */
    {1, 3, 3, 1, UPSAMPLE(2)},
    {3, 2, 4, 3, UPSAMPLE(3)},
    {16, 3, 3, 4, UPSAMPLE(2)},
    {17, 1, 1, 1, UPSAMPLE(3)},
};

static const char *describe(const layer_case *c, const char *where) {
    static char text[256];
    const ggcn_layer *l = &c->layer;
    snprintf(text, sizeof text,
             "%s%s of %dx%dx%d, batch %d "
             "(channels %d, kernel %dx%d, stride %dx%d, pad %dx%d, output_pad %dx%d, bias %d)",
             where, ggcn_op_name(l->op), (int)c->channels, (int)c->height, (int)c->width, (int)c->batch,
             (int)l->channels, (int)l->kernel[0], (int)l->kernel[1], (int)l->stride[0], (int)l->stride[1],
             (int)l->pad[0], (int)l->pad[1], (int)l->output_pad[0], (int)l->output_pad[1], (int)l->bias);
    return text;
}

START_TEST(layer_alone) {
    const layer_case *c = &cases[_i];
    ggcn_graph *graph = new_graph(c->channels, c->height, c->width);
    add_layer(graph, c->layer);
    check_network(describe(c, ""), graph, c->batch, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* The layer meets the layouts that convolutions like, and signals and tangents arrive from both sides. */
START_TEST(layer_between_convolutions) {
    const layer_case *c = &cases[_i];
    ggcn_graph *graph = new_graph(2, c->height, c->width);
    ggcn_layer layer = c->layer;
    layer.inputs[0] = add_layer(graph, convolution(0, c->channels, 3, 1, 1, true));
    add_layer(graph, convolution(add_layer(graph, layer), 7, 1, 1, 0, true));
    check_network(describe(c, "between convolutions: "), graph, c->batch, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* --- layers with several inputs ----------------------------------------------------------------------------------- */

/* Branches of 1x1 and 3x3 convolutions with these channels are concatenated; 0: no third branch. */
static const int64_t branches[][3] = {{1, 1, 0},  {3, 5, 0}, {8, 8, 0},  {16, 8, 0},
                                      {9, 17, 0}, {1, 2, 3}, {5, 8, 20}, {16, 16, 16}};

START_TEST(concatenation) {
    const int64_t *channels = branches[_i / 2];
    const bool convolved = _i % 2;
    ggcn_graph *graph = new_graph(3, 4, 3);
    const int a = add_layer(graph, convolution(0, channels[0], 1, 1, 0, true));
    const int b = add_layer(graph, convolution(0, channels[1], 3, 1, 1, false));
    const int c = channels[2] ? add_layer(graph, convolution(0, channels[2], 3, 1, 1, true)) : -1;
    const int all = add_layer(graph, concatenate(a, b, c));
    if (convolved)
        add_layer(graph, convolution(all, 9, 3, 1, 1, true));
    check_network("concatenation", graph, 3, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* The input itself, in another layout than convolutions use, is concatenated and added. */
START_TEST(input_joins) {
    ggcn_graph *graph = new_graph(5, 4, 4);
    const int a = add_layer(graph, convolution(0, 5, 3, 1, 1, true));
    const int b = add_layer(graph, add(a, 0));
    const int c = add_layer(graph, concatenate(0, b, a));
    add_layer(graph, convolution(c, 4, 2, 2, 0, true));
    check_network("input joins", graph, 3, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

static const int64_t added_channels[] = {1, 3, 8, 9, 16, 20};

START_TEST(addition) {
    const int64_t channels = added_channels[_i];
    ggcn_graph *graph = new_graph(3, 5, 4);
    const int a = add_layer(graph, convolution(0, channels, 3, 1, 1, true));
    const int b = add_layer(graph, convolution(0, channels, 1, 1, 0, false));
    add_layer(graph, add(a, b));
    check_network("addition at the end", graph, 1, KINK_DISTANCE);
    const int c = add_layer(graph, leaky_relu(3, 0.1));
    add_layer(graph, convolution(c, 6, 2, 1, 0, true));
    check_network("addition inside", graph, 3, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(node_with_itself) {
    ggcn_graph *graph = new_graph(3, 4, 4);
    const int a = add_layer(graph, convolution(0, 9, 3, 1, 1, true));
    const int b = add_layer(graph, pointwise(GGCN_TANH, a));
    const int c = add_layer(graph, add(b, b));
    const int d = add_layer(graph, concatenate(c, c, -1));
    add_layer(graph, convolution(d, 4, 1, 1, 0, true));
    check_network("node with itself", graph, 3, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* An activation right behind another one: neither may lose what its derivative needs. */
START_TEST(activation_behind_activation) {
    static const ggcn_op ops[] = {GGCN_RELU, GGCN_LEAKY_RELU, GGCN_TANH, GGCN_SIGMOID};
    ggcn_layer first = pointwise(ops[_i % 4], 1), second = pointwise(ops[_i / 4], 2);
    first.slope = second.slope = 0.2;
    ggcn_graph *graph = new_graph(3, 4, 4);
    add_layer(graph, convolution(0, 9, 3, 1, 1, true));
    add_layer(graph, first);
    add_layer(graph, second);
    check_network("activation behind activation, at the end", graph, 2, KINK_DISTANCE);
    add_layer(graph, convolution(3, 4, 2, 1, 0, true));
    check_network("activation behind activation", graph, 2, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* One tensor feeds layers of many kinds, so its signal is a sum over all of them. */
START_TEST(many_consumers) {
    ggcn_graph *graph = new_graph(2, 6, 6);
    const int a = add_layer(graph, convolution(0, 8 + _i, 3, 1, 1, true));
    const int channels = 8 + _i;
    const int b = add_layer(graph, convolution(a, channels, 3, 1, 1, true));
    const int c = add_layer(graph, pointwise(GGCN_SIGMOID, a));
    const int d = add_layer(graph, norm(a));
    const int e = add_layer(graph, pool(GGCN_AVERAGE_POOL, a, 3, 1, 1));
    const int f = add_layer(graph, transposed(a, channels, 3, 1, 1, 0, true));
    const int g = add_layer(graph, leaky_relu(a, 0.2));
    const int h = add_layer(graph, pool(GGCN_MAX_POOL, a, 3, 1, 1));
    const int i = add_layer(graph, add(add_layer(graph, add(b, c)), add_layer(graph, add(d, e))));
    const int j = add_layer(graph, add(add_layer(graph, add(f, g)), add_layer(graph, add(h, i))));
    add_layer(graph, add(j, a));
    check_network("many consumers", graph, 3, 2e-5);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* --- the reference against numbers worked out by hand ------------------------------------------------------------- */

/* Input 1x2x3 = (1 2 3 / 4 5 6), the weights 1, 2, 3, ... in order. */
static void check_by_hand(ggcn_layer layer, const double *expected, size_t count) {
    static const double x[] = {1, 2, 3, 4, 5, 6};
    ggcn_graph *graph = new_graph(1, 2, 3);
    add_layer(graph, layer);
    reference *r = reference_create(graph, 1);
    for (size_t i = 0; i < ggcn_graph_parameters(graph, NULL, NULL); i++)
        reference_parameters(r)[i] = (double)i + 1;
    for (size_t i = 0; i < ggcn_graph_statistics(graph, NULL, NULL); i++)
        reference_statistics(r)[i] = (double)i + 3;
    reference_forward(r, x);
    ck_assert_uint_eq(reference_count(r, 1), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq_tol(reference_value(r, 1)[i], expected[i], 1e-12);
    reference_destroy(r);
    ggcn_graph_destroy(&graph);
}

START_TEST(reference_by_hand) {
    const double convolved[] = {1 + 4 + 12 + 20 + 5, 2 + 6 + 15 + 24 + 5}; /* kernel (1 2 / 3 4), bias 5 */
    check_by_hand(convolution(0, 1, 2, 1, 0, true), convolved, 2);
    const double spread[] = {1, 2, 2, 4, 3, 6, 3, 4, 6, 8, 9, 12, 4, 8, 5, 10, 6, 12, 12, 16, 15, 20, 18, 24};
    check_by_hand(transposed(0, 1, 2, 2, 0, 0, false), spread, 24);
    const double sums[] = {1 + 4 + 9 + 16 + 25 + 36 + 13, 7 + 16 + 27 + 40 + 55 + 72 + 14};
    check_by_hand(dense(0, 2, true), sums, 2);
    const double means[] = {1, 2.5, 4, 5.5}; /* kernel 2, stride 2, pad 1: windows of 1 and 2 elements */
    check_by_hand(pool(GGCN_AVERAGE_POOL, 0, 2, 2, 1), means, 4);
    const double maxima[] = {1, 3, 4, 6};
    check_by_hand(pool(GGCN_MAX_POOL, 0, 2, 2, 1), maxima, 4);
    const double normalised[] = {1, 1.5, 2, 2.5, 3, 3.5}; /* gamma 1, beta 2, mean 3, variance 4 */
    ggcn_layer layer = norm(0);
    layer.epsilon = 1e-30;
    check_by_hand(layer, normalised, 6);
    const double doubled[] = {1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 4, 4, 5, 5, 6, 6};
    check_by_hand(upsample(0, 2), doubled, 24);
    const double twice[] = {2, 4, 6, 8, 10, 12};
    check_by_hand(add(0, 0), twice, 6);
    const double repeated[] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6};
    check_by_hand(concatenate(0, 0, -1), repeated, 12);
}
END_TEST

int main(void) {
    const int n_cases = (int)(sizeof cases / sizeof cases[0]);
    Suite *suite = suite_create("layers");
    TCase *one = tcase_create("one layer"), *several = tcase_create("several inputs"), *hand = tcase_create("by hand");
    tcase_add_test(hand, reference_by_hand);
    tcase_add_loop_test(one, layer_alone, 0, n_cases);
    tcase_add_loop_test(one, layer_between_convolutions, 0, n_cases);
    tcase_add_loop_test(several, concatenation, 0, 2 * (int)(sizeof branches / sizeof branches[0]));
    tcase_add_loop_test(several, addition, 0, (int)(sizeof added_channels / sizeof added_channels[0]));
    tcase_add_test(several, input_joins);
    tcase_add_test(several, node_with_itself);
    tcase_add_loop_test(one, activation_behind_activation, 0, 16);
    tcase_add_loop_test(several, many_consumers, 0, 2);
    tcase_set_timeout(one, 120); /* generous: for builds with sanitizers */
    tcase_set_timeout(several, 120);
    suite_add_tcase(suite, hand);
    suite_add_tcase(suite, one);
    suite_add_tcase(suite, several);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
