/* Batch statistics: a batch spread over several workspaces of unequal fill, stage by stage, against the reference that
 * sees the whole batch at once; and what the stages promise in frozen mode. */
#include "network_check.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double KINK_DISTANCE = 5e-5;

enum { BATCH = 3, BLOCKS = 3, SPLITS = 3 };
static const int64_t splits[SPLITS][BLOCKS] = {{2, 3, 1}, {3, 3, 3}, {1, 0, 2}}; /* images of each block */

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

static void succeed(ggcn_status status) {
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
}

/* --- a batch in blocks -------------------------------------------------------------------------------------------- */

typedef struct {
    const ggcn_graph *graph;
    int64_t images[BLOCKS];
    ggcn_plan *plan;
    ggcn_weights *weights;
    ggcn_gradients *gradients;
    ggcn_workspace *workspace[BLOCKS];
    float *x[BLOCKS], *g[BLOCKS], *seed[BLOCKS], *f[BLOCKS];
    size_t n_in, n_out; /* of one image */
} batch;

static size_t elements(ggcn_shape s) {
    return (size_t)(s.channels * s.height * s.width);
}

static batch new_batch(const ggcn_graph *graph) {
    batch b = {
        .graph = graph, .n_in = elements(ggcn_graph_shape(graph, 0)), .n_out = elements(ggcn_graph_output(graph))};
    succeed(ggcn_plan_compile(graph, BATCH, &b.plan));
    succeed(ggcn_weights_create(b.plan, &b.weights));
    succeed(ggcn_gradients_create(b.plan, &b.gradients));
    for (int i = 0; i < BLOCKS; i++) {
        succeed(ggcn_workspace_create_plain(b.plan, &b.workspace[i]));
        b.x[i] = allocate(BATCH * b.n_in, sizeof(float));
        b.g[i] = allocate(BATCH * b.n_in, sizeof(float));
        b.seed[i] = allocate(BATCH * b.n_out, sizeof(float));
        b.f[i] = allocate(BATCH * b.n_out, sizeof(float));
    }
    return b;
}

static void release_batch(batch *b) {
    for (int i = 0; i < BLOCKS; i++) {
        ggcn_workspace_destroy(&b->workspace[i]);
        free(b->x[i]);
        free(b->g[i]);
        free(b->seed[i]);
        free(b->f[i]);
    }
    ggcn_gradients_destroy(&b->gradients);
    ggcn_weights_destroy(&b->weights);
    ggcn_plan_destroy(&b->plan);
}

/* Deals the images out to the blocks. Images beyond get numbers that must not matter, and no seed. */
static void deal(batch *b, const evaluation *at, uint64_t *random) {
    size_t n = 0;
    for (int i = 0; i < BLOCKS; i++) {
        const size_t images = (size_t)b->images[i];
        for (size_t k = 0; k < BATCH * b->n_in; k++)
            b->x[i][k] = 3 * reference_random(random);
        memset(b->seed[i], 0, BATCH * b->n_out * sizeof(float));
        memcpy(b->x[i], at->x + n * b->n_in, images * b->n_in * sizeof(float));
        memcpy(b->seed[i], at->seed + n * b->n_out, images * b->n_out * sizeof(float));
        n += images;
    }
}

static double count_of(const batch *b, size_t norm) {
    double images = 0;
    int node = 0;
    for (int i = 0; i < BLOCKS; i++)
        images += (double)b->images[i];
    for (size_t norms = 0; norms <= norm; node++)
        norms += ggcn_graph_layer(b->graph, node)->op == GGCN_NORM;
    const ggcn_shape s = ggcn_graph_shape(b->graph, node - 1);
    ck_assert_int_eq(ggcn_plan_norm_channels(b->plan, norm), s.channels);
    return images * (double)(s.height * s.width);
}

static void forward(batch *b) {
    const size_t norms = ggcn_plan_norms(b->plan);
    for (size_t s = 0; s <= norms; s++) {
        double *sums = allocate(s < norms ? 2 * (size_t)ggcn_plan_norm_channels(b->plan, s) : 0, sizeof *sums);
        for (int i = 0; i < BLOCKS; i++) {
            succeed(ggcn_forward_stage(b->workspace[i], b->weights, b->x[i], s));
            if (s < norms)
                ggcn_norm_input_sums(b->workspace[i], s, b->images[i], sums);
        }
        if (s < norms)
            ggcn_weights_set_statistics(b->weights, s, sums, count_of(b, s));
        free(sums);
    }
    for (int i = 0; i < BLOCKS; i++)
        ggcn_read_output(b->workspace[i], b->f[i]);
}

static void backward(batch *b, bool to_input) {
    for (int i = 0; i < BLOCKS; i++)
        ggcn_set_seed(b->workspace[i], b->seed[i]);
    for (size_t s = ggcn_plan_norms(b->plan) + 1; s-- > 0;) {
        double *sums = allocate(s > 0 ? 2 * (size_t)ggcn_plan_norm_channels(b->plan, s - 1) : 0, sizeof *sums);
        for (int i = 0; i < BLOCKS; i++) {
            succeed(ggcn_backward_stage(b->workspace[i], b->weights, to_input ? b->g[i] : NULL, s));
            if (s > 0)
                ggcn_norm_signal_sums(b->workspace[i], b->weights, s - 1, b->images[i], sums);
        }
        if (s > 0)
            ggcn_weights_set_signal_sums(b->weights, s - 1, sums, count_of(b, s - 1));
        free(sums);
    }
}

/* --- against the reference ---------------------------------------------------------------------------------------- */

/* The blocks' tensors without the images beyond. The caller frees it. */
static float *collect(const batch *b, float *const *tensors, size_t image) {
    float *all = allocate(BLOCKS * BATCH * image, sizeof *all);
    size_t n = 0;
    for (int i = 0; i < BLOCKS; i++) {
        memcpy(all + n * image, tensors[i], (size_t)b->images[i] * image * sizeof *all);
        n += (size_t)b->images[i];
    }
    return all;
}

static void check_inputs(const char *network, const batch *b, const reference *r) {
    float *g = collect(b, b->g, b->n_in);
    check_close(network, "input gradient", g, reference_signal(r, 0), reference_count(r, 0));
    for (int i = 0; i < BLOCKS; i++)
        for (size_t k = (size_t)b->images[i] * b->n_in; k < BATCH * b->n_in; k++)
            ck_assert_msg(b->g[i][k] == 0, "%s: an image beyond the batch gets a gradient", network);
    free(g);
}

static void check_parameters(const char *network, batch *b, reference *r, float a) {
    const size_t count = ggcn_graph_parameters(b->graph, NULL, NULL);
    float *gradient = allocate(count, sizeof *gradient);
    double *expected = allocate(count, sizeof *expected);
    ggcn_gradients_clear(b->gradients);
    for (int i = 0; i < BLOCKS; i++)
        succeed(ggcn_gradients_add(b->gradients, b->workspace[i], b->weights, a, 0, 1));
    succeed(ggcn_gradients_read(b->gradients, gradient));
    reference_gradient(r, (double)a, 0, expected);
    check_gradient(network, "gradient", b->graph, gradient, expected);
    free(gradient);
    free(expected);
}

static void check_statistics(const char *network, const batch *b, reference *r) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    float *statistics = allocate(ggcn_graph_statistics(b->graph, &tensors, &n_tensors), sizeof *statistics);
    ggcn_weights_read_statistics(b->weights, statistics);
    for (size_t t = 0; t < n_tensors; t++) {
        const size_t half = tensors[t].count / 2;
        for (size_t o = tensors[t].offset; o <= tensors[t].offset + half; o += half)
            check_close(network, tensors[t].name, statistics + o, reference_statistics(r) + o, half);
    }
    free(statistics);
}

static void check_round(const char *network, batch *b, reference *r, const evaluation *at, bool to_input,
                        uint64_t *random) {
    deal(b, at, random);
    succeed(ggcn_weights_pack(b->weights, at->parameters, at->statistics));
    forward(b);
    check_statistics(network, b, r);
    float *f = collect(b, b->f, b->n_out);
    check_close(network, "forward", f, reference_value(r, reference_last(r)), reference_count(r, reference_last(r)));
    free(f);
    backward(b, to_input);
    if (to_input)
        check_inputs(network, b, r);
    check_parameters(network, b, r, to_input ? 1 : -0.5f);
}

/* Two evaluations on the same objects, the second with the blocks' fills in reverse. The reference, which knows nothing
 * of blocks, is checked for one split. */
static void check_batch(const char *network, const ggcn_graph *graph, const int64_t *images) {
    uint64_t random = 5;
    reference *r = reference_create(graph, images[0] + images[1] + images[2]);
    reference_use_batch_statistics(r);
    batch b = new_batch(graph);
    for (int round = 0; round < 2; round++) {
        evaluation at = draw_evaluation(graph, r, KINK_DISTANCE, &random);
        if (round == 0 && images == splits[0])
            check_first_order(network, graph, r, &at);
        for (int i = 0; i < BLOCKS; i++)
            b.images[i] = images[round ? BLOCKS - 1 - i : i];
        check_round(network, &b, r, &at, round == 1, &random);
        release_evaluation(&at);
    }
    release_batch(&b);
    reference_destroy(r);
}

/* --- networks ----------------------------------------------------------------------------------------------------- */

static int add_norm(ggcn_graph *graph, int from, double epsilon) {
    ggcn_layer layer = norm(from);
    layer.epsilon = epsilon;
    return add_layer(graph, layer);
}

/* In all networks, nothing shifts what a norm reads by a constant: its gradient, zero, would have no scale to be
 * compared on.
 *
 * A discriminator: norms behind convolutions, behind an activation, and (if `ends`) as first and last layer. */
static ggcn_graph *chain(int64_t channels, bool ends) {
    ggcn_graph *graph = new_graph(channels, 6, 5);
    int node = ends ? add_norm(graph, 0, 1e-5) : 0;
    node = add_layer(graph, convolution(node, 10, 3, 1, 1, false));
    node = add_norm(graph, node, 0.1);
    node = add_layer(graph, leaky_relu(node, 0.2));
    node = add_layer(graph, convolution(node, 16, 3, 2, 1, true));
    node = add_layer(graph, pointwise(GGCN_RELU, node));
    node = add_norm(graph, node, 1e-5);
    node = add_layer(graph, convolution(node, 3, 2, 1, 1, false));
    node = add_norm(graph, node, 1e-3);
    node = add_layer(graph, leaky_relu(node, 0.2));
    node = add_layer(graph, dense(node, ends ? 9 : 1, !ends));
    if (ends)
        add_norm(graph, node, 1e-2);
    return graph;
}

START_TEST(plain_chain) {
    ggcn_graph *graph = chain(_i / SPLITS % 2 ? 9 : 3, _i / SPLITS / 2);
    check_batch("chain", graph, splits[_i % SPLITS]);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* A bottleneck; with a stride, the other branch has a convolution and a norm too. */
static int bottleneck(ggcn_graph *graph, int from, int64_t inner, int64_t outer, int64_t stride) {
    int node = add_layer(graph, convolution(from, inner, 1, 1, 0, false));
    node = add_layer(graph, pointwise(GGCN_RELU, add_norm(graph, node, 1e-5)));
    node = add_layer(graph, convolution(node, inner, 3, stride, 1, false));
    node = add_layer(graph, pointwise(GGCN_RELU, add_norm(graph, node, 1e-5)));
    node = add_layer(graph, convolution(node, outer, 1, 1, 0, false));
    node = add_norm(graph, node, 1e-3);
    int skip = from;
    if (stride > 1)
        skip = add_norm(graph, add_layer(graph, convolution(from, outer, 1, stride, 0, false)), 1e-2);
    return add_layer(graph, pointwise(GGCN_RELU, add_layer(graph, add(node, skip))));
}

START_TEST(residual) {
    ggcn_graph *graph = new_graph(_i / SPLITS ? 9 : 3, 6, 6);
    int node = add_layer(graph, convolution(0, 8, 3, 1, 1, false));
    node = add_layer(graph, pointwise(GGCN_RELU, add_norm(graph, node, 1e-5)));
    node = bottleneck(graph, node, 4, 12, 2);
    node = bottleneck(graph, node, 5, 12, 1);
    add_layer(graph, pool(GGCN_AVERAGE_POOL, node, 3, 1, 0));
    check_batch("residual", graph, splits[_i % SPLITS]);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* The input and nodes of early stages are read in late ones, two norms read one node, a norm has several users. */
START_TEST(long_skips) {
    const int64_t channels = _i / SPLITS ? 9 : 5;
    ggcn_graph *graph = new_graph(channels, 4, 4);
    const int a = add_layer(graph, convolution(0, channels, 3, 1, 1, true));
    const int b = add_norm(graph, a, 1e-2);
    const int c = add_layer(graph, pointwise(GGCN_SIGMOID, add_norm(graph, a, 1e-1)));
    const int d = add_layer(graph, pointwise(GGCN_TANH, b));
    const int e = add_norm(graph, add_layer(graph, add(c, d)), 1e-5);
    const int f = add_layer(graph, concatenate(e, 0, a));
    const int g = add_layer(graph, convolution(f, channels, 3, 1, 1, false));
    const int h = add_norm(graph, g, 1e-5);
    const int i = add_layer(graph, add(add_layer(graph, add(h, b)), 0));
    add_layer(graph, pool(GGCN_MAX_POOL, i, 2, 2, 0));
    check_batch("long skips", graph, splits[_i % SPLITS]);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* DCGAN's generator, from [latent] to an image; the first layer is dense or a transposed convolution. */
static ggcn_graph *generator(int64_t latent, bool from_dense, ggcn_op end, int64_t colours) {
    ggcn_graph *graph = new_graph(latent, 1, 1);
    int node = 0;
    if (from_dense)
        node = add_layer(graph, pointwise(GGCN_RELU, add_norm(graph, add_layer(graph, dense(0, 20, false)), 1e-5)));
    node = add_layer(graph, transposed(node, 16, 3, 1, 0, 0, false));
    node = add_layer(graph, pointwise(GGCN_RELU, add_norm(graph, node, 1e-5)));
    node = add_layer(graph, transposed(node, 7, 4, 2, 1, 0, false));
    node = add_layer(graph, pointwise(GGCN_RELU, add_norm(graph, node, 1e-3)));
    node = add_layer(graph, transposed(node, colours, 5, 2, 2, 1, true));
    add_layer(graph, pointwise(end, node));
    return graph;
}

static const int64_t latents[] = {2, 5, 8, 20};

START_TEST(generators) {
    ggcn_graph *graph = generator(latents[_i / 4], _i % 2, _i / 2 % 2 ? GGCN_SIGMOID : GGCN_TANH, _i % 3 ? 3 : 2);
    check_batch("generator", graph, splits[_i % SPLITS]);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* The same generators with frozen statistics, through every pass. */
START_TEST(frozen_generators) {
    ggcn_graph *graph = generator(latents[_i / 2], _i % 2, _i / 4 ? GGCN_SIGMOID : GGCN_TANH, _i % 3 ? 3 : 2);
    check_network("frozen generator", graph, 2, KINK_DISTANCE);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* --- promises ----------------------------------------------------------------------------------------------------- */

static void check_same_bits(const float *left, const float *right, size_t count, const char *what) {
    ck_assert_msg(!memcmp(left, right, count * sizeof *left), "other bits of the %s", what);
}

/* Stages, a plain workspace, and weights that were in batch mode before: all the same bits in frozen mode. */
START_TEST(frozen_bits) {
    uint64_t random = 3;
    ggcn_graph *graph = chain(_i ? 9 : 3, _i);
    reference *r = reference_create(graph, BATCH);
    evaluation at = draw_evaluation(graph, r, 1e-6, &random);
    batch b = new_batch(graph);
    const size_t n_parameters = ggcn_graph_parameters(graph, NULL, NULL);
    float *gradient = allocate(n_parameters, sizeof(float)), *other = allocate(n_parameters, sizeof(float));
    succeed(ggcn_weights_pack(b.weights, at.parameters, at.statistics));
    ggcn_workspace *full = NULL;
    succeed(ggcn_workspace_create(b.plan, &full));
    succeed(ggcn_forward(full, b.weights, at.x));
    ggcn_read_output(full, b.f[0]);
    check_close("frozen", "forward", b.f[0], reference_value(r, reference_last(r)), BATCH * b.n_out);
    ggcn_set_seed(full, at.seed);
    succeed(ggcn_backward(full, b.weights, b.g[0]));
    succeed(ggcn_gradients_add(b.gradients, full, b.weights, 1, 0, 1));
    succeed(ggcn_gradients_read(b.gradients, gradient));

    double sums[40];
    for (size_t i = 0; i < 40; i++)
        sums[i] = 1 + (double)i;
    ggcn_weights_set_statistics(b.weights, 0, sums, 10);
    ggcn_weights_set_signal_sums(b.weights, 0, sums, 10);
    succeed(ggcn_weights_pack(b.weights, at.parameters, at.statistics));
    const size_t norms = ggcn_plan_norms(b.plan);
    ck_assert_uint_eq(norms, _i ? 5 : 3);
    for (size_t s = 0; s <= norms; s++)
        succeed(ggcn_forward_stage(b.workspace[0], b.weights, at.x, s));
    ggcn_read_output(b.workspace[0], b.f[1]);
    check_same_bits(b.f[0], b.f[1], BATCH * b.n_out, "output");
    ggcn_set_seed(b.workspace[0], at.seed);
    for (size_t s = norms + 1; s-- > 0;)
        succeed(ggcn_backward_stage(b.workspace[0], b.weights, b.g[1], s));
    check_same_bits(b.g[0], b.g[1], BATCH * b.n_in, "input gradient");
    ggcn_gradients_clear(b.gradients);
    succeed(ggcn_gradients_add(b.gradients, b.workspace[0], b.weights, 1, 0, 1));
    succeed(ggcn_gradients_read(b.gradients, other));
    check_same_bits(gradient, other, n_parameters, "gradient");
    ggcn_weights_read_statistics(b.weights, other);
    check_same_bits(at.statistics, other, ggcn_graph_statistics(graph, NULL, NULL), "statistics");

    ggcn_workspace_destroy(&full);
    free(gradient);
    free(other);
    release_batch(&b);
    release_evaluation(&at);
    reference_destroy(r);
    ggcn_graph_destroy(&graph);
}
END_TEST

static void refused(ggcn_status status, const char *says) {
    ck_assert_int_eq(status, GGCN_ERROR_ARGUMENT);
    const char *message = ggcn_last_error()->message;
    ck_assert_msg(strstr(message, says) != NULL, "'%s' lacks '%s'", message, says);
}

START_TEST(refusals) {
    uint64_t random = 3;
    ggcn_graph *graph = chain(3, false);
    reference *r = reference_create(graph, BATCH);
    evaluation at = draw_evaluation(graph, r, 1e-6, &random);
    batch b = new_batch(graph);
    ggcn_workspace *full = NULL, *plain = b.workspace[0];
    succeed(ggcn_workspace_create(b.plan, &full));
    succeed(ggcn_weights_pack(b.weights, at.parameters, at.statistics));
    refused(ggcn_forward_stage(full, b.weights, at.x, 4), "no stage 4");
    refused(ggcn_backward_stage(full, b.weights, NULL, 4), "no stage 4");
    succeed(ggcn_forward(plain, b.weights, at.x));
    ggcn_set_seed(plain, at.seed);
    succeed(ggcn_backward(plain, b.weights, NULL));
    refused(ggcn_tangent(plain, b.weights, at.x), "no room for tangents");
    refused(ggcn_gradients_add(b.gradients, plain, b.weights, 1, 1, 1), "no room for tangents");
    succeed(ggcn_gradients_add(b.gradients, plain, b.weights, 1, 0, 1));

    double sums[40];
    for (size_t i = 0; i < 40; i++)
        sums[i] = 1 + (double)i;
    succeed(ggcn_forward_stage(full, b.weights, at.x, 0));
    ggcn_weights_set_statistics(b.weights, 0, sums, 10);
    succeed(ggcn_forward_stage(full, b.weights, at.x, 1));
    refused(ggcn_forward_stage(full, b.weights, at.x, 2), "norm"); /* norm number 1 without statistics */
    for (size_t norm = 1; norm < 3; norm++)
        ggcn_weights_set_statistics(b.weights, norm, sums, 10);
    succeed(ggcn_forward(full, b.weights, at.x));
    ggcn_set_seed(full, at.seed);
    refused(ggcn_backward(full, b.weights, NULL), "stages");
    refused(ggcn_tangent(full, b.weights, at.x), "batch statistics");
    refused(ggcn_gradients_add(b.gradients, full, b.weights, 0, 1, 1), "batch statistics");
    succeed(ggcn_backward_stage(full, b.weights, NULL, 3));
    refused(ggcn_backward_stage(full, b.weights, NULL, 2), "sums of its signal");
    ggcn_norm_signal_sums(full, b.weights, 2, BATCH, sums);
    ggcn_weights_set_signal_sums(b.weights, 2, sums, 10);
    succeed(ggcn_backward_stage(full, b.weights, NULL, 2));
    ggcn_weights_set_statistics(b.weights, 2, sums, 10); /* the next iteration's: the signals are the last one's */
    refused(ggcn_backward_stage(full, b.weights, NULL, 2), "sums of its signal");

    ggcn_workspace_destroy(&full);
    release_batch(&b);
    release_evaluation(&at);
    reference_destroy(r);
    ggcn_graph_destroy(&graph);
}
END_TEST

/* In a curved chain the full workspace has tangents and curvatures beside values and signals; both have scratch memory.
 */
START_TEST(plain_memory) {
    ggcn_graph *graph = generator(20, true, GGCN_TANH, 3);
    ggcn_plan *plan = NULL;
    succeed(ggcn_plan_compile(graph, 64, &plan));
    const size_t full = ggcn_plan_workspace_bytes(plan), plain = ggcn_plan_workspace_plain_bytes(plan);
    ck_assert_msg(plain < full / 5 * 3, "%zu bytes of %zu", plain, full);
    ggcn_plan_destroy(&plan);
    ggcn_graph_destroy(&graph);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("batch norm");
    TCase *networks = tcase_create("against the reference"), *promises = tcase_create("promises");
    tcase_add_loop_test(networks, plain_chain, 0, 4 * SPLITS);
    tcase_add_loop_test(networks, residual, 0, 2 * SPLITS);
    tcase_add_loop_test(networks, long_skips, 0, 2 * SPLITS);
    tcase_add_loop_test(networks, generators, 0, 16);
    tcase_add_loop_test(networks, frozen_generators, 0, 8);
    tcase_add_loop_test(promises, frozen_bits, 0, 2);
    tcase_add_test(promises, refusals);
    tcase_add_test(promises, plain_memory);
    tcase_set_timeout(networks, 120); /* generous: for builds with sanitizers */
    tcase_set_timeout(promises, 120);
    suite_add_tcase(suite, networks);
    suite_add_tcase(suite, promises);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
