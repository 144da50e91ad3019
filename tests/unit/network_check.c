#include "network_check.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 2000, ENTRIES = 24 };
static const double STEP = 1e-5;                 /* of central differences */
static const double DIFFERENCE_TOLERANCE = 1e-6; /* finite differences against the reference, both in double */
static const double TOLERANCE = 1e-5;            /* float32 executor against the reference */

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

static void succeed(const char *network, ggcn_status status) {
    ck_assert_msg(status == GGCN_SUCCESS, "%s: %s", network, ggcn_last_error()->message);
}

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static double maximum(const double *a, size_t count) {
    double result = 0;
    for (size_t i = 0; i < count; i++)
        result = fmax(result, fabs(a[i]));
    return result;
}

/* --- layers ------------------------------------------------------------------------------------------------------- */

ggcn_graph *new_graph(int64_t channels, int64_t height, int64_t width) {
    ggcn_graph *graph = NULL;
    succeed("new graph", ggcn_graph_create((ggcn_shape){channels, height, width}, &graph));
    return graph;
}

int add_layer(ggcn_graph *graph, ggcn_layer layer) {
    int node = -1;
    succeed("add layer", ggcn_graph_add(graph, &layer, &node));
    return node;
}

ggcn_layer convolution(int from, int64_t channels, int64_t kernel, int64_t stride, int64_t pad, bool bias) {
    return (ggcn_layer){.op = GGCN_CONVOLUTION,
                        .inputs = {from},
                        .n_inputs = 1,
                        .channels = channels,
                        .kernel = {kernel, kernel},
                        .stride = {stride, stride},
                        .pad = {pad, pad},
                        .bias = bias};
}

ggcn_layer transposed(int from, int64_t channels, int64_t kernel, int64_t stride, int64_t pad, int64_t output_pad,
                      bool bias) {
    ggcn_layer layer = convolution(from, channels, kernel, stride, pad, bias);
    layer.op = GGCN_TRANSPOSED_CONVOLUTION;
    layer.output_pad[0] = layer.output_pad[1] = output_pad;
    return layer;
}

ggcn_layer dense(int from, int64_t channels, bool bias) {
    return (ggcn_layer){.op = GGCN_DENSE, .inputs = {from}, .n_inputs = 1, .channels = channels, .bias = bias};
}

ggcn_layer pool(ggcn_op op, int from, int64_t kernel, int64_t stride, int64_t pad) {
    ggcn_layer layer = convolution(from, 0, kernel, stride, pad, false);
    layer.op = op;
    return layer;
}

ggcn_layer leaky_relu(int from, double slope) {
    return (ggcn_layer){.op = GGCN_LEAKY_RELU, .inputs = {from}, .n_inputs = 1, .slope = slope};
}

ggcn_layer norm(int from) {
    return (ggcn_layer){.op = GGCN_NORM, .inputs = {from}, .n_inputs = 1, .epsilon = 1e-5};
}

ggcn_layer upsample(int from, int64_t factor) {
    return (ggcn_layer){.op = GGCN_UPSAMPLE, .inputs = {from}, .n_inputs = 1, .factor = factor};
}

ggcn_layer add(int left, int right) {
    return (ggcn_layer){.op = GGCN_ADD, .inputs = {left, right}, .n_inputs = 2};
}

ggcn_layer concatenate(int first, int second, int third) {
    return (ggcn_layer){.op = GGCN_CONCATENATE, .inputs = {first, second, third}, .n_inputs = third < 0 ? 2 : 3};
}

ggcn_layer pointwise(ggcn_op op, int from) {
    return (ggcn_layer){.op = op, .inputs = {from}, .n_inputs = 1};
}

/* --- points of evaluation ----------------------------------------------------------------------------------------- */

/* count numbers centre + width * (uniform on [-1, 1)), as float and the same in double. */
static void draw(float *f, double *d, size_t count, double centre, double width, uint64_t *random) {
    for (size_t i = 0; i < count; i++) {
        f[i] = (float)(centre + width * (double)reference_random(random));
        d[i] = (double)f[i];
    }
}

static bool ends_in(const char *name, const char *suffix) {
    const size_t length = strlen(name), n = strlen(suffix);
    return length >= n && !strcmp(name + length - n, suffix);
}

evaluation draw_evaluation(const ggcn_graph *graph, reference *r, double distance, uint64_t *random) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    const int last = ggcn_graph_nodes(graph) - 1;
    const size_t n_parameters = ggcn_graph_parameters(graph, NULL, NULL);
    const size_t n_statistics = ggcn_graph_statistics(graph, NULL, NULL);
    const size_t n_in = reference_count(r, 0), n_out = reference_count(r, last);
    evaluation at = {
        .parameters = allocate(n_parameters, sizeof(float)),
        .parameters_d = allocate(n_parameters, sizeof(double)),
        .statistics = allocate(n_statistics, sizeof(float)),
        .statistics_d = allocate(n_statistics, sizeof(double)),
        .x = allocate(n_in, sizeof(float)),
        .x_d = allocate(n_in, sizeof(double)),
        .seed = allocate(n_out, sizeof(float)),
        .seed_d = allocate(n_out, sizeof(double)),
        .direction = allocate(n_in, sizeof(float)),
        .direction_d = allocate(n_in, sizeof(double)),
    };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        ggcn_graph_parameters(graph, &tensors, &n_tensors);
        for (size_t i = 0; i < n_tensors; i++) {
            const size_t o = tensors[i].offset;
            const bool gamma = ends_in(tensors[i].name, ".gamma");
            const double width = tensors[i].fan_in > 0 ? sqrt(6. / (double)tensors[i].fan_in) : 0.4;
            draw(at.parameters + o, at.parameters_d + o, tensors[i].count, gamma ? 1 : 0, width, random);
        }
        ggcn_graph_statistics(graph, &tensors, &n_tensors);
        for (size_t i = 0; i < n_tensors; i++) {
            const size_t half = tensors[i].count / 2, mean = tensors[i].offset, variance = mean + half;
            draw(at.statistics + mean, at.statistics_d + mean, half, 0, 0.3, random);
            draw(at.statistics + variance, at.statistics_d + variance, half, 1, 0.5, random);
        }
        draw(at.x, at.x_d, n_in, 0, 1, random);
        memcpy(reference_parameters(r), at.parameters_d, n_parameters * sizeof(double));
        memcpy(reference_statistics(r), at.statistics_d, n_statistics * sizeof(double));
        reference_forward(r, at.x_d);
        if (reference_kink_distance(r) < distance)
            continue;
        draw(at.seed, at.seed_d, n_out, 0, 1, random);
        draw(at.direction, at.direction_d, n_in, 0, 1, random);
        reference_backward(r, at.seed_d);
        reference_tangent(r, at.direction_d);
        return at;
    }
    ck_abort_msg("no input found with every kink at least %g away; last distance %g", distance,
                 reference_kink_distance(r));
    return at;
}

void release_evaluation(evaluation *at) {
    free(at->parameters);
    free(at->statistics);
    free(at->x);
    free(at->seed);
    free(at->direction);
    free(at->parameters_d);
    free(at->statistics_d);
    free(at->x_d);
    free(at->seed_d);
    free(at->direction_d);
}

/* --- the reference against finite differences --------------------------------------------------------------------- */

/* <s, F(x; w)>, or <s, dF(x; w)[v]>. Fails if the point lies behind a kink, seen from where `piece` was taken. */
static double functional(const char *network, reference *r, const evaluation *at, bool tangent, uint64_t piece) {
    const int last = reference_last(r);
    reference_forward(r, at->x_d);
    ck_assert_msg(reference_piece(r) == piece, "%s: a finite difference crosses a kink", network);
    if (tangent)
        reference_tangent(r, at->direction_d);
    return dot(at->seed_d, tangent ? reference_slope(r, last) : reference_value(r, last), reference_count(r, last));
}

/* Central difference of the functional by *number. */
static double difference(const char *network, reference *r, const evaluation *at, bool tangent, uint64_t piece,
                         double *number) {
    const double before = *number;
    *number = before + STEP;
    const double above = functional(network, r, at, tangent, piece);
    *number = before - STEP;
    const double below = functional(network, r, at, tangent, piece);
    *number = before;
    return (above - below) / (2 * STEP);
}

/* Checks up to ENTRIES entries of a gradient, spread over the tensor. 1e-9 covers rounding where the gradient is 0. */
static void check_differences(const char *network, const char *what, reference *r, const evaluation *at, bool tangent,
                              double *numbers, const double *gradient, size_t count) {
    const uint64_t piece = reference_piece(r);
    const double limit = DIFFERENCE_TOLERANCE * maximum(gradient, count) + 1e-9;
    const size_t stride = count > ENTRIES ? count / ENTRIES : 1;
    for (size_t i = 0; i < count; i += stride) {
        const double found = difference(network, r, at, tangent, piece, numbers + i);
        ck_assert_msg(fabs(found - gradient[i]) <= limit, "%s: reference %s of %s[%zu] is %.12g, by differences %.12g",
                      network, tangent ? "tangent gradient" : "gradient", what, i, gradient[i], found);
    }
}

/* u = dF(x)[v] as the difference of F along v. */
static void check_tangent(const char *network, reference *r, const evaluation *at) {
    const int last = reference_last(r);
    const size_t n_in = reference_count(r, 0), n_out = reference_count(r, last);
    const uint64_t piece = reference_piece(r);
    double *x = allocate(n_in, sizeof *x), *above = allocate(n_out, sizeof *above);
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (size_t i = 0; i < n_in; i++)
            x[i] = at->x_d[i] + sign * STEP * at->direction_d[i];
        reference_forward(r, x);
        ck_assert_msg(reference_piece(r) == piece, "%s: a finite difference crosses a kink", network);
        if (sign > 0)
            memcpy(above, reference_value(r, last), n_out * sizeof *above);
    }
    const double *below = reference_value(r, last), *u = reference_slope(r, last);
    const double limit = DIFFERENCE_TOLERANCE * maximum(u, n_out) + 1e-9;
    for (size_t i = 0; i < n_out; i++)
        ck_assert_msg(fabs((above[i] - below[i]) / (2 * STEP) - u[i]) <= limit,
                      "%s: reference tangent [%zu] is %.12g, by differences %.12g", network, i, u[i],
                      (above[i] - below[i]) / (2 * STEP));
    free(x);
    free(above);
    reference_forward(r, at->x_d);
}

/* The gradients of all parameters: of <s, F(x; w)>, or of <s, dF(x; w)[v]> if `tangent`. */
static void check_parameters(const char *network, const ggcn_graph *graph, reference *r, const evaluation *at,
                             bool tangent) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    double *gradient = allocate(ggcn_graph_parameters(graph, &tensors, &n_tensors), sizeof *gradient);
    reference_gradient(r, !tangent, tangent, gradient);
    for (size_t i = 0; i < n_tensors; i++) {
        const size_t o = tensors[i].offset;
        reference_forward(r, at->x_d);
        check_differences(network, tensors[i].name, r, at, tangent, reference_parameters(r) + o, gradient + o,
                          tensors[i].count);
    }
    reference_forward(r, at->x_d);
    reference_tangent(r, at->direction_d);
    free(gradient);
}

void check_first_order(const char *network, const ggcn_graph *graph, reference *r, const evaluation *at) {
    const size_t n_in = reference_count(r, 0);
    double *g = allocate(n_in, sizeof *g);
    memcpy(g, reference_signal(r, 0), n_in * sizeof *g);
    check_tangent(network, r, at);
    check_differences(network, "x", r, at, false, at->x_d, g, n_in);
    reference_forward(r, at->x_d);
    check_parameters(network, graph, r, at, false);
    free(g);
}

/* --- the executor against the reference --------------------------------------------------------------------------- */

void check_close(const char *network, const char *pass, const float *got, const double *expected, size_t count) {
    const double limit = TOLERANCE * maximum(expected, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabs((double)got[i] - expected[i]) <= limit,
                      "%s, %s: element %zu of %zu is %.9g, expected %.9g, largest %.9g", network, pass, i, count,
                      (double)got[i], expected[i], maximum(expected, count));
}

void check_gradient(const char *network, const char *pass, const ggcn_graph *graph, const float *got,
                    const double *expected) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    ggcn_graph_parameters(graph, &tensors, &n_tensors);
    for (size_t i = 0; i < n_tensors; i++) {
        char what[256];
        snprintf(what, sizeof what, "%s of %s", pass, tensors[i].name);
        check_close(network, what, got + tensors[i].offset, expected + tensors[i].offset, tensors[i].count);
    }
}

typedef struct {
    const char *network;
    const ggcn_graph *graph;
    ggcn_weights *weights;
    ggcn_workspace *workspace;
    ggcn_gradients *gradients;
    float *gradient;  /* as read */
    double *expected; /* of the same length */
    size_t n_parameters;
} executor;

static void check_seed_products(const executor *x, const reference *r, const evaluation *at, int64_t batch) {
    const int last = reference_last(r);
    const size_t count = reference_count(r, last) / (size_t)batch;
    double *value = allocate((size_t)batch, sizeof *value);
    ggcn_seed_products(x->workspace, value);
    for (size_t n = 0; n < (size_t)batch; n++) {
        const double *f = reference_value(r, last) + n * count, *s = at->seed_d + n * count;
        double expected = 0, terms = 0;
        for (size_t i = 0; i < count; i++) {
            expected += f[i] * s[i];
            terms += fabs(f[i] * s[i]);
        }
        ck_assert_msg(fabs(value[n] - expected) <= TOLERANCE * terms, "%s: seed product of image %zu is %.9g, not %.9g",
                      x->network, n, value[n], expected);
    }
    free(value);
}

static void check_norm_sums(const executor *x, const reference *r, int64_t images) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    const size_t count = ggcn_graph_statistics(x->graph, &tensors, &n_tensors);
    double *got = allocate(count, sizeof *got), *expected = allocate(count, sizeof *expected);
    for (size_t i = 0; i < count; i++)
        got[i] = expected[i] = (double)i; /* the sums are added to what is there */
    ggcn_norm_sums(x->workspace, images, got);
    reference_norm_sums(r, images, expected);
    for (size_t t = 0; t < n_tensors; t++)
        for (size_t i = tensors[t].offset; i < tensors[t].offset + tensors[t].count; i++)
            ck_assert_msg(fabs(got[i] - expected[i]) <=
                              TOLERANCE * maximum(expected + tensors[t].offset, tensors[t].count),
                          "%s: norm sum %zu over %d images is %.9g, expected %.9g", x->network, i, (int)images, got[i],
                          expected[i]);
    free(got);
    free(expected);
}

/* One gradients_add, with a new tangent if it needs one, here and in the reference; then compares the sums. */
static void check_gradients_add(executor *x, reference *r, const evaluation *at, float a, float b, float scale) {
    char pass[96];
    snprintf(pass, sizeof pass, "gradient for a = %g, b = %g, scale = %g", (double)a, (double)b, (double)scale);
    if (b != 0)
        succeed(x->network, ggcn_tangent(x->workspace, x->weights, at->direction));
    succeed(x->network, ggcn_gradients_add(x->gradients, x->workspace, x->weights, a, b, scale));
    succeed(x->network, ggcn_gradients_read(x->gradients, x->gradient));
    reference_gradient(r, (double)a * (double)scale, (double)b * (double)scale, x->expected);
    check_gradient(x->network, pass, x->graph, x->gradient, x->expected);
}

static void forget_gradients(executor *x) {
    ggcn_gradients_clear(x->gradients);
    memset(x->expected, 0, x->n_parameters * sizeof *x->expected);
}

static void check_values(executor *x, reference *r, const evaluation *at, int64_t batch) {
    const int last = reference_last(r);
    const size_t n_in = reference_count(r, 0), n_out = reference_count(r, last);
    float *in = allocate(n_in, sizeof *in), *out = allocate(n_out, sizeof *out);
    succeed(x->network, ggcn_weights_pack(x->weights, at->parameters, at->statistics));
    succeed(x->network, ggcn_forward(x->workspace, x->weights, at->x));
    ggcn_read_output(x->workspace, out);
    check_close(x->network, "forward", out, reference_value(r, last), n_out);
    ggcn_set_seed(x->workspace, at->seed);
    check_seed_products(x, r, at, batch);
    check_norm_sums(x, r, batch);
    check_norm_sums(x, r, 1);
    succeed(x->network, ggcn_backward(x->workspace, x->weights, in));
    check_close(x->network, "input gradient", in, reference_signal(r, 0), n_in);
    check_seed_products(x, r, at, batch);
    succeed(x->network, ggcn_tangent(x->workspace, x->weights, at->direction));
    ggcn_read_tangent(x->workspace, out);
    check_close(x->network, "tangent", out, reference_slope(r, last), n_out);
    free(in);
    free(out);
}

static void check_executor(const char *network, const ggcn_graph *graph, reference *r, int64_t batch, double distance,
                           evaluation *at, uint64_t *random) {
    ggcn_plan *plan = NULL;
    executor x = {.network = network, .graph = graph, .n_parameters = ggcn_graph_parameters(graph, NULL, NULL)};
    x.gradient = allocate(x.n_parameters, sizeof *x.gradient);
    x.expected = allocate(x.n_parameters, sizeof *x.expected);
    succeed(network, ggcn_plan_compile(graph, batch, &plan));
    succeed(network, ggcn_weights_create(plan, &x.weights));
    succeed(network, ggcn_workspace_create(plan, &x.workspace));
    succeed(network, ggcn_gradients_create(plan, &x.gradients));

    check_values(&x, r, at, batch);
    check_gradients_add(&x, r, at, 1, 0, 1);
    forget_gradients(&x);
    check_gradients_add(&x, r, at, 0, 1, 1);
    forget_gradients(&x);
    check_gradients_add(&x, r, at, 0.7f, -1.3f, 1);
    check_gradients_add(&x, r, at, 1, 0, -0.5f);

    /* New parameters, input, seed and direction on the same objects; the gradient goes on growing. */
    release_evaluation(at);
    *at = draw_evaluation(graph, r, distance, random);
    check_values(&x, r, at, batch);
    check_gradients_add(&x, r, at, 0.25f, 2, 0.5f);

    /* Parameter gradients alone, without an input gradient. */
    forget_gradients(&x);
    succeed(network, ggcn_forward(x.workspace, x.weights, at->x));
    succeed(network, ggcn_backward(x.workspace, x.weights, NULL));
    check_gradients_add(&x, r, at, 1, 0, 1);

    ggcn_gradients_destroy(&x.gradients);
    ggcn_workspace_destroy(&x.workspace);
    ggcn_weights_destroy(&x.weights);
    ggcn_plan_destroy(&plan);
    ck_assert_ptr_null(x.gradients);
    ck_assert_ptr_null(x.workspace);
    ck_assert_ptr_null(x.weights);
    ck_assert_ptr_null(plan);
    free(x.gradient);
    free(x.expected);
}

void check_network(const char *network, const ggcn_graph *graph, int64_t batch, double distance) {
    uint64_t random = 1;
    reference *r = reference_create(graph, batch);
    evaluation at = draw_evaluation(graph, r, distance, &random);
    check_first_order(network, graph, r, &at);
    check_parameters(network, graph, r, &at, true);
    check_executor(network, graph, r, batch, distance, &at, &random);
    release_evaluation(&at);
    reference_destroy(r);
}
