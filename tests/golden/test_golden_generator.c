/* A generator with batch statistics against PyTorch (generator.h5 of make_golden.py): six images in two blocks. */
#include "golden.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, BLOCKS = 2, IMAGES = 6, LATENT = 20, COLOURS = 3 };
static const int64_t images[BLOCKS] = {4, 2};

/* DCGAN's generator in small, from 1x1 to 16x16. */
static ggcn_graph *generator(void) {
    static const int64_t rows[3][5] = {{32, 4, 1, 0, 0}, {16, 5, 2, 2, 1}, {COLOURS, 5, 2, 2, 1}};
    ggcn_graph *graph = NULL;
    succeed(ggcn_graph_create((ggcn_shape){LATENT, 1, 1}, &graph));
    int node = 0;
    for (int i = 0; i < 3; i++) {
        node = add_layer(graph, (ggcn_layer){.op = GGCN_TRANSPOSED_CONVOLUTION,
                                             .inputs = {node},
                                             .n_inputs = 1,
                                             .channels = rows[i][0],
                                             .kernel = {rows[i][1], rows[i][1]},
                                             .stride = {rows[i][2], rows[i][2]},
                                             .pad = {rows[i][3], rows[i][3]},
                                             .output_pad = {rows[i][4], rows[i][4]},
                                             .bias = i == 2});
        if (i == 2)
            break;
        node = add_layer(graph, (ggcn_layer){.op = GGCN_NORM, .inputs = {node}, .n_inputs = 1, .epsilon = 1e-5});
        node = add_layer(graph, (ggcn_layer){.op = GGCN_RELU, .inputs = {node}, .n_inputs = 1});
    }
    add_layer(graph, (ggcn_layer){.op = GGCN_TANH, .inputs = {node}, .n_inputs = 1});
    return graph;
}

static double count_of_norm(size_t norm) {
    const double size = norm == 0 ? 4 : 8;
    return IMAGES * size * size;
}

static void forward(ggcn_workspace *const *blocks, ggcn_weights *weights, float *const *z) {
    for (size_t s = 0; s <= 2; s++) {
        double sums[64] = {0};
        for (int b = 0; b < BLOCKS; b++) {
            succeed(ggcn_forward_stage(blocks[b], weights, z[b], s));
            if (s < 2)
                ggcn_norm_input_sums(blocks[b], s, images[b], sums);
        }
        if (s < 2)
            ggcn_weights_set_statistics(weights, s, sums, count_of_norm(s));
    }
}

static void backward(ggcn_workspace *const *blocks, ggcn_weights *weights, float *const *g) {
    for (size_t s = 3; s-- > 0;) {
        double sums[64] = {0};
        for (int b = 0; b < BLOCKS; b++) {
            succeed(ggcn_backward_stage(blocks[b], weights, g[b], s));
            if (s > 0)
                ggcn_norm_signal_sums(blocks[b], weights, s - 1, images[b], sums);
        }
        if (s > 0)
            ggcn_weights_set_signal_sums(weights, s - 1, sums, count_of_norm(s - 1));
    }
}

/* [mean | variance] of each norm, each half to its own largest number. */
static void check_statistics(hid_t file, const ggcn_weights *weights) {
    enum { COUNT = 2 * (32 + 16) };
    static const size_t halves[] = {32, 32, 16, 16};
    float statistics[COUNT];
    size_t first = 0;
    double *expected = read_golden(file, "statistics", COUNT);
    ggcn_weights_read_statistics(weights, statistics);
    for (int i = 0; i < 4; first += halves[i++]) {
        double *part = allocate(halves[i], sizeof *part);
        memcpy(part, expected + first, halves[i] * sizeof *part);
        check_all("statistics", statistics + first, 1, part, halves[i]);
    }
    free(expected);
}

START_TEST(golden_generator) {
    ggcn_graph *graph = generator();
    const hid_t file = open_golden("generator");
    const size_t n_out = COLOURS * 16 * 16, n_parameters = ggcn_graph_parameters(graph, NULL, NULL);
    float *z = allocate(BLOCKS * BATCH * LATENT, sizeof *z), *g = allocate(BLOCKS * BATCH * LATENT, sizeof *g);
    float *seed = allocate(BLOCKS * BATCH * n_out, sizeof *seed), *f = allocate(BLOCKS * BATCH * n_out, sizeof *f);
    float *parameters = make_parameters(graph), *statistics = make_statistics(graph);
    float *gradient = allocate(n_parameters, sizeof *gradient);
    check_counts(graph, file);
    fill(z, input_stream(file), 0, IMAGES * LATENT, 0, 1);
    fill(seed, 1, 0, IMAGES * n_out, 0, 0.25);

    ggcn_plan *plan = NULL;
    ggcn_weights *weights = NULL;
    ggcn_gradients *gradients = NULL;
    ggcn_workspace *blocks[BLOCKS] = {NULL};
    float *z_of[BLOCKS] = {z, z + BATCH * LATENT}, *g_of[BLOCKS] = {g, g + BATCH * LATENT};
    succeed(ggcn_plan_compile(graph, BATCH, &plan));
    ck_assert_uint_eq(ggcn_plan_norms(plan), 2);
    succeed(ggcn_weights_create(plan, &weights));
    succeed(ggcn_gradients_create(plan, &gradients));
    succeed(ggcn_weights_pack(weights, parameters, statistics));
    for (int b = 0; b < BLOCKS; b++)
        succeed(ggcn_workspace_create_plain(plan, &blocks[b]));
    forward(blocks, weights, z_of);
    check_statistics(file, weights);
    for (int b = 0; b < BLOCKS; b++) {
        ggcn_read_output(blocks[b], f + (size_t)b * BATCH * n_out);
        ggcn_set_seed(blocks[b], seed + (size_t)b * BATCH * n_out);
    }
    check_all("image", f, 1, read_golden(file, "image", IMAGES * n_out), IMAGES * n_out);
    backward(blocks, weights, g_of);
    check_all("input gradient", g, 1, read_golden(file, "input_gradient", IMAGES * LATENT), IMAGES * LATENT);
    for (int b = 0; b < BLOCKS; b++)
        succeed(ggcn_gradients_add(gradients, blocks[b], weights, 1, 0, 1));
    succeed(ggcn_gradients_read(gradients, gradient));
    check_gradient(graph, file, "gradient", gradient, 1);

    for (int b = 0; b < BLOCKS; b++)
        ggcn_workspace_destroy(&blocks[b]);
    ggcn_gradients_destroy(&gradients);
    ggcn_weights_destroy(&weights);
    ggcn_plan_destroy(&plan);
    ggcn_graph_destroy(&graph);
    H5Fclose(file);
    free(z);
    free(g);
    free(seed);
    free(f);
    free(parameters);
    free(statistics);
    free(gradient);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("golden generator");
    TCase *golden = tcase_create("PyTorch");
    tcase_add_test(golden, golden_generator);
    tcase_set_timeout(golden, 120);
    suite_add_tcase(suite, golden);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
