/* The built-in networks: shapes, and counts of parameters and statistics against those of the same networks in PyTorch;
 * every pass on each of them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/network.h"
#include "ggcn/plan.h"
#include "ggcn/random.h"
#include "ggcn/resources.h"

/* The counts are those of torch.nn modules built after the table or paper. ResNet-50 has 25,557,032 parameters in
 * torchvision, 2,049,000 of them in the classifier, which is not part of the synthesizer. */
static const struct {
    const char *name;
    ggcn_shape input, result;
    size_t parameters, statistics;
    bool generator;
} named[] = {
    {"small", {1, 28, 28}, {128, 7, 7}, 32 * 26 + 64 * 289 + 128 * 577, 0, false},
    {"small", {3, 32, 32}, {128, 8, 8}, 32 * 76 + 64 * 289 + 128 * 577, 0, false},
    {"small-even", {3, 32, 32}, {128, 4, 4}, 16 * 28 + 32 * 257 + 64 * 513 + 128 * 1025, 0, false},
    {"r32", {3, 32, 32}, {256, 8, 8}, 64 * 28 + 64 * 577 + 128 * 1025 + 128 * 1153 + 256 * 2049 + 256 * 2305, 0, false},
    {"v0", {3, 64, 64}, {512, 4, 4}, 6532224, 2432, false},
    {"v0-32", {3, 32, 32}, {512, 1, 1}, 6532224, 2432, false},
    {"v0-plain", {3, 64, 64}, {512, 4, 4}, 6531008, 0, false},
    {"v0-generator-32", {512, 1, 1}, {3, 32, 32}, 13896259, 2432, true},
    {"v0-generator-32", {128, 1, 1}, {1, 32, 32}, 10750401, 2432, true},
    {"v0-generator-64", {512, 1, 1}, {3, 64, 64}, 13896259, 2432, true},
    {"small-generator-32", {128, 1, 1}, {3, 32, 32}, 1183619, 896, true},
    {"small-generator-64", {128, 1, 1}, {3, 64, 64}, 1214915, 960, true},
    {"small-autoencoder-32", {3, 32, 32}, {3, 32, 32}, 870291, 928, true},
    {"dcgan-discriminator-32", {3, 32, 32}, {256, 4, 4}, 659264, 768, false},
    {"dcgan-discriminator-64", {3, 64, 64}, {512, 4, 4}, 2757440, 1792, false},
    {"vgg16-conv2", {3, 32, 32}, {128, 16, 16}, 260166, 6, false},
    {"vgg16-conv2", {3, 224, 224}, {128, 112, 112}, 260166, 6, false},
    {"resnet50-32", {3, 32, 32}, {2048, 4, 4}, 23508032 - 64 * 3 * (49 - 9), 53120, false},
    {"resnet50-64", {3, 64, 64}, {2048, 4, 4}, 23508032, 53120, false},
    {"resnet50-narrow-32", {3, 32, 32}, {512, 4, 4}, 1479056, 13280, false},
    {"resnet50-narrow-64", {3, 64, 64}, {512, 4, 4}, 1480976, 13280, false},
    {"resnet50-generator-32", {128, 1, 1}, {3, 32, 32}, 26447363, 54016, true},
    {"resnet50-generator-64", {128, 1, 1}, {3, 64, 64}, 26704451, 54144, true},
    {"resnet50-generator-narrow-32", {128, 1, 1}, {3, 32, 32}, 1860995, 13504, true},
    {"resnet50-generator-narrow-64", {128, 1, 1}, {3, 64, 64}, 1876115, 13536, true},
    {"resnet50-autoencoder-32", {3, 32, 32}, {3, 32, 32}, 69871171, 107136, true},
    {"resnet50-autoencoder-64", {3, 64, 64}, {3, 64, 64}, 70135939, 107264, true},
    {"resnet50-autoencoder-narrow-32", {3, 32, 32}, {3, 32, 32}, 8321299, 26784, true},
    {"resnet50-autoencoder-narrow-64", {3, 64, 64}, {3, 64, 64}, 8338339, 26816, true},
};
enum { NAMED = sizeof named / sizeof *named };

static ggcn_graph *load(int i) {
    ggcn_graph *graph = NULL;
    const ggcn_status status = named[i].generator
                                   ? ggcn_network_load_generator(named[i].name, named[i].input, named[i].result, &graph)
                                   : ggcn_network_load(named[i].name, named[i].input, &graph);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    return graph;
}

static size_t elements(ggcn_shape shape) {
    return (size_t)(shape.channels * shape.height * shape.width);
}

START_TEST(shapes_and_counts) {
    ggcn_graph *graph = load(_i);
    const ggcn_shape made = ggcn_graph_output(graph), expected = named[_i].result;
    ck_assert_msg(made.channels == expected.channels && made.height == expected.height && made.width == expected.width,
                  "%s: %d x %d x %d", named[_i].name, (int)made.channels, (int)made.height, (int)made.width);
    ck_assert_uint_eq(ggcn_graph_parameters(graph, NULL, NULL), named[_i].parameters);
    ck_assert_uint_eq(ggcn_graph_statistics(graph, NULL, NULL), named[_i].statistics);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(every_built_in_network_is_checked) {
    size_t count;
    const ggcn_resource *resources = ggcn_resources(&count);
    for (size_t i = 0; i < count; i++) {
        bool found = strcmp(resources[i].kind, "networks") != 0;
        for (int k = 0; k < NAMED; k++)
            found = found || strcmp(resources[i].name, named[k].name) == 0;
        ck_assert_msg(found, "network %s is not in the table of this test", resources[i].name);
        ck_assert_msg(strncmp(resources[i].text, "description: ", 13) == 0 ||
                          strcmp(resources[i].kind, "networks") != 0,
                      "network %s does not begin with its description", resources[i].name);
    }
}
END_TEST

/* The sizes that the files of v0 promise, layer by layer. */
START_TEST(sizes_inside_v0) {
    static const struct {
        const char *name;
        ggcn_shape input;
        bool generator;
        int64_t sizes[6];
    } v0[] = {{"v0", {3, 64, 64}, false, {63, 31, 16, 7, 4}},
              {"v0-plain", {3, 64, 64}, false, {63, 31, 16, 7, 4}},
              {"v0-32", {3, 32, 32}, false, {31, 16, 8, 4, 1}},
              {"v0-generator-32", {512, 1, 1}, true, {4, 8, 16, 31, 32, 32}},
              {"v0-generator-64", {512, 1, 1}, true, {4, 8, 16, 32, 64, 64}}};
    static const int64_t kernels[2][6] = {{2, 7, 5, 7, 4}, {4, 7, 5, 7, 2, 1}},
                         channels[2][6] = {{64, 128, 256, 256, 512}, {512, 256, 256, 128, 64, 3}};
    for (size_t i = 0; i < sizeof v0 / sizeof *v0; i++) {
        const int64_t size = v0[i].sizes[5];
        const bool generator = v0[i].generator;
        ggcn_graph *graph;
        ck_assert_int_eq(generator
                             ? ggcn_network_load_generator(v0[i].name, v0[i].input, (ggcn_shape){3, size, size}, &graph)
                             : ggcn_network_load(v0[i].name, v0[i].input, &graph),
                         GGCN_SUCCESS);
        int layer = 0;
        for (int node = 1; node < ggcn_graph_nodes(graph); node++) {
            const ggcn_layer *l = ggcn_graph_layer(graph, node);
            if (l->op == GGCN_LEAKY_RELU)
                ck_assert_double_eq(l->slope, 0.02);
            if (l->op != GGCN_CONVOLUTION && l->op != GGCN_TRANSPOSED_CONVOLUTION)
                continue;
            ck_assert_int_eq(ggcn_graph_shape(graph, node).height, v0[i].sizes[layer]);
            ck_assert_int_eq(ggcn_graph_shape(graph, node).width, v0[i].sizes[layer]);
            ck_assert_int_eq(l->kernel[0], kernels[generator][layer]);
            ck_assert_int_eq(l->channels, channels[generator][layer]);
            layer++;
        }
        ck_assert_int_eq(layer, generator ? 6 : 5);
        ggcn_graph_destroy(&graph);
    }
}
END_TEST

/* --- passes ------------------------------------------------------------------------------------------------------- */

static float *normal(uint32_t number, size_t count) {
    float *values = malloc((count + 1) * sizeof *values);
    ck_assert_ptr_nonnull(values);
    ggcn_random_normal((ggcn_random_key){.seed = 7, .purpose = GGCN_RANDOM_TEST, .chain = number}, count, values);
    return values;
}

/* Weights as He et al., gamma 1/2 so that sums of residuals do not grow, statistics 0 and 1. */
static float *draw_parameters(const ggcn_graph *graph) {
    const ggcn_tensor_info *tensors;
    size_t count;
    float *values = normal(0, ggcn_graph_parameters(graph, &tensors, &count));
    for (size_t i = 0; i < count; i++) {
        const bool gamma = strcmp(strrchr(tensors[i].name, '.'), ".gamma") == 0;
        const float scale = tensors[i].fan_in > 0 ? sqrtf(2.0f / (float)tensors[i].fan_in) : 0.1f;
        for (size_t k = tensors[i].offset; k < tensors[i].offset + tensors[i].count; k++)
            values[k] = scale * values[k] + (gamma ? 0.5f : 0.0f);
    }
    return values;
}

static float *draw_statistics(const ggcn_graph *graph) {
    const ggcn_tensor_info *norms;
    size_t count;
    float *values = calloc(ggcn_graph_statistics(graph, &norms, &count) + 1, sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < count; i++)
        for (size_t k = norms[i].count / 2; k < norms[i].count; k++)
            values[norms[i].offset + k] = 1;
    return values;
}

static double dot(const float *a, const float *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Forward, backward and tangent: g = dF^T s and u = dF v, so <g, v> = <s, u>. Every parameter tensor gets a gradient.
 */
static void run_passes(const char *name, const ggcn_graph *graph) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    const size_t n_in = elements(ggcn_graph_shape(graph, 0)), n_out = elements(ggcn_graph_output(graph));
    const size_t n_parameters = ggcn_graph_parameters(graph, &tensors, &n_tensors);
    float *parameters = draw_parameters(graph), *statistics = draw_statistics(graph);
    float *x = normal(1, n_in), *s = normal(2, n_out), *v = normal(3, n_in);
    float *f = malloc(n_out * sizeof *f), *u = malloc(n_out * sizeof *u), *g = malloc(n_in * sizeof *g);
    float *gradient = malloc(n_parameters * sizeof *gradient);
    ck_assert(f && u && g && gradient);
    ggcn_plan *plan;
    ggcn_weights *weights;
    ggcn_workspace *workspace;
    ggcn_gradients *gradients;
    ck_assert_msg(ggcn_plan_compile(graph, 1, &plan) == GGCN_SUCCESS, "%s: %s", name, ggcn_last_error()->message);
    ck_assert_int_eq(ggcn_weights_create(plan, &weights), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_workspace_create(plan, &workspace), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_gradients_create(plan, &gradients), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_weights_pack(weights, parameters, statistics), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_forward(workspace, weights, x), GGCN_SUCCESS);
    ggcn_read_output(workspace, f);
    ggcn_set_seed(workspace, s);
    ck_assert_int_eq(ggcn_backward(workspace, weights, g), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_tangent(workspace, weights, v), GGCN_SUCCESS);
    ggcn_read_tangent(workspace, u);
    ck_assert_int_eq(ggcn_gradients_add(gradients, workspace, weights, 1, 0, 1), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_gradients_read(gradients, gradient), GGCN_SUCCESS);

    const double forward = dot(f, f, n_out), left = dot(g, v, n_in), right = dot(s, u, n_out);
    ck_assert_msg(isfinite(forward) && forward > 0, "%s: |F| is %g", name, sqrt(forward));
    ck_assert_msg(fabs(left - right) <= 1e-4 * sqrt(dot(s, s, n_out) * dot(u, u, n_out)) && left != 0,
                  "%s: <g, v> is %.9g, <s, u> is %.9g", name, left, right);
    for (size_t i = 0; i < n_tensors; i++) {
        const double square = dot(gradient + tensors[i].offset, gradient + tensors[i].offset, tensors[i].count);
        ck_assert_msg(isfinite(square) && square > 0, "%s: the gradient of %s has the length %g", name, tensors[i].name,
                      sqrt(square));
    }
    ggcn_gradients_destroy(&gradients);
    ggcn_workspace_destroy(&workspace);
    ggcn_weights_destroy(&weights);
    ggcn_plan_destroy(&plan);
    free(parameters);
    free(statistics);
    free(x);
    free(s);
    free(v);
    free(f);
    free(u);
    free(g);
    free(gradient);
}

START_TEST(passes) {
    if (named[_i].input.height > 64) /* the shape is enough */
        return;
    ggcn_graph *graph = load(_i);
    run_passes(named[_i].name, graph);
    ggcn_graph_destroy(&graph);
}
END_TEST

START_TEST(text_and_back) {
    ggcn_graph *graph = load(_i), *again;
    char *text;
    ck_assert_int_eq(ggcn_network_text(graph, &text), GGCN_SUCCESS);
    ck_assert_msg(ggcn_network_parse("again", text, strlen(text), named[_i].input, &again) == GGCN_SUCCESS, "%s",
                  ggcn_last_error()->message);
    ck_assert_uint_eq(ggcn_graph_digest(again), ggcn_graph_digest(graph));
    free(text);
    ggcn_graph_destroy(&graph);
    ggcn_graph_destroy(&again);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("named networks");
    TCase *graphs = tcase_create("graphs"), *runs = tcase_create("passes");
    tcase_add_loop_test(graphs, shapes_and_counts, 0, NAMED);
    tcase_add_loop_test(graphs, text_and_back, 0, NAMED);
    tcase_add_test(graphs, every_built_in_network_is_checked);
    tcase_add_test(graphs, sizes_inside_v0);
    tcase_add_loop_test(runs, passes, 0, NAMED);
    tcase_set_timeout(graphs, 60);
    tcase_set_timeout(runs, 300); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, graphs);
    suite_add_tcase(suite, runs);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
