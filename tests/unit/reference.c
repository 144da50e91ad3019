#include "reference.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reference {
    const ggcn_graph *graph;
    int64_t batch;
    int nodes;
    double *parameters, *statistics;
    bool batch_statistics;
    double **h, **e, **u, **p; /* per node: value, signal, tangent, derivative of <s, u_top> by the value */
    double kink_distance;
    uint64_t piece;
};

/* What runs along the links of one layer: PUSH y += a x, PULL x += a y, WEIGH w += scale x y. */
typedef struct {
    enum { PUSH, PULL, WEIGH } pass;
    double *y, *x, *w;
    double scale;
} walk;

/* --- memory ------------------------------------------------------------------------------------------------------- */

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static double **allocate_tensors(const reference *r) {
    double **tensors = allocate((size_t)r->nodes, sizeof *tensors);
    for (int node = 0; node < r->nodes; node++)
        tensors[node] = allocate(reference_count(r, node), sizeof **tensors);
    return tensors;
}

static void release_tensors(const reference *r, double **tensors) {
    for (int node = 0; node < r->nodes; node++)
        free(tensors[node]);
    free(tensors);
}

static void clear(const reference *r, double **tensors, int node) {
    memset(tensors[node], 0, reference_count(r, node) * sizeof(double));
}

reference *reference_create(const ggcn_graph *graph, int64_t batch) {
    reference *r = allocate(1, sizeof *r);
    r->graph = graph;
    r->batch = batch;
    r->nodes = ggcn_graph_nodes(graph);
    r->parameters = allocate(ggcn_graph_parameters(graph, NULL, NULL), sizeof *r->parameters);
    r->statistics = allocate(ggcn_graph_statistics(graph, NULL, NULL), sizeof *r->statistics);
    r->h = allocate_tensors(r);
    r->e = allocate_tensors(r);
    r->u = allocate_tensors(r);
    r->p = allocate_tensors(r);
    return r;
}

void reference_destroy(reference *r) {
    if (!r)
        return;
    release_tensors(r, r->h);
    release_tensors(r, r->e);
    release_tensors(r, r->u);
    release_tensors(r, r->p);
    free(r->parameters);
    free(r->statistics);
    free(r);
}

double *reference_parameters(reference *r) {
    return r->parameters;
}

double *reference_statistics(reference *r) {
    return r->statistics;
}

void reference_use_batch_statistics(reference *r) {
    r->batch_statistics = true;
}

int reference_last(const reference *r) {
    return r->nodes - 1;
}

size_t reference_count(const reference *r, int node) {
    const ggcn_shape s = ggcn_graph_shape(r->graph, node);
    return (size_t)(r->batch * s.channels * s.height * s.width);
}

const double *reference_value(const reference *r, int node) {
    return r->h[node];
}

const double *reference_signal(const reference *r, int node) {
    return r->e[node];
}

const double *reference_slope(const reference *r, int node) {
    return r->u[node];
}

double reference_kink_distance(const reference *r) {
    return r->kink_distance;
}

uint64_t reference_piece(const reference *r) {
    return r->piece;
}

float reference_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return (float)((int32_t)(z >> 40) - (1 << 23)) / (float)(1 << 23);
}

/* --- the layers' links -------------------------------------------------------------------------------------------- */

/* Offset of the tensor of a node whose name ends in `suffix`, or SIZE_MAX if the node has none. */
static size_t find(const ggcn_tensor_info *tensors, size_t n_tensors, int node, const char *suffix) {
    for (size_t i = 0; i < n_tensors; i++) {
        const char *dot = strrchr(tensors[i].name, '.');
        if (tensors[i].node == node && dot && !strcmp(dot, suffix))
            return tensors[i].offset;
    }
    return SIZE_MAX;
}

static size_t parameter(const reference *r, int node, const char *suffix) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    ggcn_graph_parameters(r->graph, &tensors, &n_tensors);
    return find(tensors, n_tensors, node, suffix);
}

/* Offset of [mean | variance] of a norm layer. */
static size_t statistic(const reference *r, int node) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    ggcn_graph_statistics(r->graph, &tensors, &n_tensors);
    for (size_t i = 0; i < n_tensors; i++)
        if (tensors[i].node == node)
            return tensors[i].offset;
    abort();
}

static size_t element(ggcn_shape s, int64_t n, int64_t c, int64_t y, int64_t x) {
    return (size_t)(((n * s.channels + c) * s.height + y) * s.width + x);
}

/* A link whose coefficient is the number `a`. */
static void link_number(const walk *k, size_t y, size_t x, double a) {
    if (k->pass == PUSH)
        k->y[y] += a * k->x[x];
    else if (k->pass == PULL)
        k->x[x] += a * k->y[y];
}

/* A link whose coefficient is weight number w. */
static void link_weight(const walk *k, size_t y, size_t x, size_t w) {
    if (k->pass == PUSH)
        k->y[y] += k->w[w] * k->x[x];
    else if (k->pass == PULL)
        k->x[x] += k->w[w] * k->y[y];
    else
        k->w[w] += k->scale * k->x[x] * k->y[y];
}

/* y(n, o, i, j) = sum over c, a, b of W(o, c, a, b) x(n, c, i stride - pad + a, j stride - pad + b) */
static void walk_convolution(const ggcn_layer *l, int64_t batch, ggcn_shape in, ggcn_shape out, const walk *k) {
    for (int64_t n = 0; n < batch; n++)
        for (int64_t o = 0; o < out.channels; o++)
            for (int64_t i = 0; i < out.height; i++)
                for (int64_t j = 0; j < out.width; j++)
                    for (int64_t c = 0; c < in.channels; c++)
                        for (int64_t a = 0; a < l->kernel[0]; a++)
                            for (int64_t b = 0; b < l->kernel[1]; b++) {
                                const int64_t y = i * l->stride[0] - l->pad[0] + a;
                                const int64_t x = j * l->stride[1] - l->pad[1] + b;
                                if (y < 0 || y >= in.height || x < 0 || x >= in.width)
                                    continue;
                                link_weight(k, element(out, n, o, i, j), element(in, n, c, y, x),
                                            (size_t)(((o * in.channels + c) * l->kernel[0] + a) * l->kernel[1] + b));
                            }
}

/* y(n, o, i stride - pad + a, j stride - pad + b) += W(c, o, a, b) x(n, c, i, j) */
static void walk_transposed(const ggcn_layer *l, int64_t batch, ggcn_shape in, ggcn_shape out, const walk *k) {
    for (int64_t n = 0; n < batch; n++)
        for (int64_t c = 0; c < in.channels; c++)
            for (int64_t i = 0; i < in.height; i++)
                for (int64_t j = 0; j < in.width; j++)
                    for (int64_t o = 0; o < out.channels; o++)
                        for (int64_t a = 0; a < l->kernel[0]; a++)
                            for (int64_t b = 0; b < l->kernel[1]; b++) {
                                const int64_t y = i * l->stride[0] - l->pad[0] + a;
                                const int64_t x = j * l->stride[1] - l->pad[1] + b;
                                if (y < 0 || y >= out.height || x < 0 || x >= out.width)
                                    continue;
                                link_weight(k, element(out, n, o, y, x), element(in, n, c, i, j),
                                            (size_t)(((c * out.channels + o) * l->kernel[0] + a) * l->kernel[1] + b));
                            }
}

/* y(n, o) = sum over i of W(o, i) x(n, i), i over channels, rows, columns */
static void walk_dense(int64_t batch, ggcn_shape in, ggcn_shape out, const walk *k) {
    const int64_t count = in.channels * in.height * in.width;
    for (int64_t n = 0; n < batch; n++)
        for (int64_t o = 0; o < out.channels; o++)
            for (int64_t i = 0; i < count; i++)
                link_weight(k, (size_t)(n * out.channels + o), (size_t)(n * count + i), (size_t)(o * count + i));
}

/* The part of a pool's window that lies inside the image: rows y[0] .. y[1]-1, columns x[0] .. x[1]-1. */
static void window(const ggcn_layer *l, ggcn_shape in, int64_t i, int64_t j, int64_t y[2], int64_t x[2]) {
    y[0] = i * l->stride[0] - l->pad[0];
    x[0] = j * l->stride[1] - l->pad[1];
    y[1] = y[0] + l->kernel[0] < in.height ? y[0] + l->kernel[0] : in.height;
    x[1] = x[0] + l->kernel[1] < in.width ? x[0] + l->kernel[1] : in.width;
    y[0] = y[0] < 0 ? 0 : y[0];
    x[0] = x[0] < 0 ? 0 : x[0];
}

/* The element of the largest value in a window; `lead` gets how far it is ahead of the second. */
static size_t largest(const double *h, ggcn_shape in, int64_t n, int64_t c, const int64_t y[2], const int64_t x[2],
                      double *lead) {
    size_t best = SIZE_MAX;
    *lead = DBL_MAX;
    for (int64_t i = y[0]; i < y[1]; i++)
        for (int64_t j = x[0]; j < x[1]; j++) {
            const size_t candidate = element(in, n, c, i, j);
            if (best == SIZE_MAX) {
                best = candidate;
            } else if (h[candidate] > h[best]) {
                *lead = h[candidate] - h[best];
                best = candidate;
            } else {
                *lead = fmin(*lead, h[best] - h[candidate]);
            }
        }
    return best;
}

/* Maximum, or mean over the elements inside the image. h is the input's value. */
static void walk_pool(const ggcn_layer *l, int64_t batch, ggcn_shape in, ggcn_shape out, const double *h,
                      const walk *k) {
    for (int64_t n = 0; n < batch; n++)
        for (int64_t c = 0; c < out.channels; c++)
            for (int64_t i = 0; i < out.height; i++)
                for (int64_t j = 0; j < out.width; j++) {
                    int64_t y[2], x[2];
                    double lead;
                    window(l, in, i, j, y, x);
                    if (l->op == GGCN_MAX_POOL) {
                        link_number(k, element(out, n, c, i, j), largest(h, in, n, c, y, x, &lead), 1);
                        continue;
                    }
                    for (int64_t a = y[0]; a < y[1]; a++)
                        for (int64_t b = x[0]; b < x[1]; b++)
                            link_number(k, element(out, n, c, i, j), element(in, n, c, a, b),
                                        1. / (double)((y[1] - y[0]) * (x[1] - x[0])));
                }
}

/* Element (c, y, x) of the input is (first + c, factor y + a, factor x + b) of the output, 0 <= a, b < factor. */
static void walk_copy(int64_t batch, ggcn_shape in, ggcn_shape out, int64_t first, int64_t factor, const walk *k) {
    for (int64_t n = 0; n < batch; n++)
        for (int64_t c = 0; c < in.channels; c++)
            for (int64_t y = 0; y < in.height * factor; y++)
                for (int64_t x = 0; x < in.width * factor; x++)
                    link_number(k, element(out, n, first + c, y, x), element(in, n, c, y / factor, x / factor), 1);
}

/* f' of a layer that acts on each element alone; `channel` is the element's channel. */
static double derivative(const reference *r, int node, int64_t channel, double x) {
    const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
    switch (l->op) {
    case GGCN_RELU:
        return x > 0 ? 1 : 0;
    case GGCN_LEAKY_RELU:
        return x > 0 ? 1 : l->slope;
    case GGCN_TANH:
        return 1 - tanh(x) * tanh(x);
    case GGCN_SIGMOID:
        return exp(-x) / ((1 + exp(-x)) * (1 + exp(-x)));
    case GGCN_BIAS:
        return 1;
    case GGCN_NORM: {
        const int64_t channels = ggcn_graph_shape(r->graph, node).channels;
        const double variance = r->statistics[statistic(r, node) + (size_t)(channels + channel)];
        return r->parameters[parameter(r, node, ".gamma") + (size_t)channel] / sqrt(variance + l->epsilon);
    }
    default:
        abort();
    }
}

static void walk_pointwise(const reference *r, int node, const double *h, const walk *k) {
    const ggcn_shape s = ggcn_graph_shape(r->graph, node);
    const size_t positions = (size_t)(s.height * s.width);
    for (size_t plane = 0; plane < (size_t)(r->batch * s.channels); plane++)
        for (size_t i = plane * positions; i < (plane + 1) * positions; i++)
            link_number(k, i, i, derivative(r, node, (int64_t)(plane % (size_t)s.channels), h[i]));
}

/* Normalisation with xhat_i = (x_i - mean)/sigma, mean and sigma^2 = variance + epsilon over the n elements of a
 * channel: by d mean/dx_j = 1/n and d sigma/dx_j = xhat_j/n,  dy_i/dx_j = gamma/sigma ((i == j) - 1/n - xhat_i
 * xhat_j/n). */
static void walk_batch_norm(const reference *r, int node, const double *h, const walk *k) {
    const ggcn_shape s = ggcn_graph_shape(r->graph, node);
    const int64_t positions = s.height * s.width, n = r->batch * positions;
    for (int64_t c = 0; c < s.channels; c++) {
        const double mean = r->statistics[statistic(r, node) + (size_t)c];
        const double variance = r->statistics[statistic(r, node) + (size_t)(s.channels + c)];
        const double sigma = sqrt(variance + ggcn_graph_layer(r->graph, node)->epsilon);
        const double gamma = r->parameters[parameter(r, node, ".gamma") + (size_t)c];
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                const size_t y = element(s, i / positions, c, 0, i % positions);
                const size_t x = element(s, j / positions, c, 0, j % positions);
                const double xhat_y = (h[y] - mean) / sigma, xhat_x = (h[x] - mean) / sigma;
                link_number(k, y, x, gamma / sigma * ((i == j) - (1 + xhat_y * xhat_x) / (double)n));
            }
    }
}

/* All links between a node and its input number `which`. */
static void walk_node(reference *r, int node, int which, walk k) {
    const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
    const ggcn_shape in = ggcn_graph_shape(r->graph, l->inputs[which]), out = ggcn_graph_shape(r->graph, node);
    const double *h = r->h[l->inputs[which]];
    int64_t first = 0;
    switch (l->op) {
    case GGCN_CONVOLUTION:
    case GGCN_TRANSPOSED_CONVOLUTION:
    case GGCN_DENSE:
        if (k.pass != WEIGH)
            k.w = r->parameters + parameter(r, node, ".weight");
        if (l->op == GGCN_CONVOLUTION)
            walk_convolution(l, r->batch, in, out, &k);
        else if (l->op == GGCN_TRANSPOSED_CONVOLUTION)
            walk_transposed(l, r->batch, in, out, &k);
        else
            walk_dense(r->batch, in, out, &k);
        break;
    case GGCN_MAX_POOL:
    case GGCN_AVERAGE_POOL:
        walk_pool(l, r->batch, in, out, h, &k);
        break;
    case GGCN_CONCATENATE:
        for (int i = 0; i < which; i++)
            first += ggcn_graph_shape(r->graph, l->inputs[i]).channels;
        walk_copy(r->batch, in, out, first, 1, &k);
        break;
    case GGCN_ADD:
        walk_copy(r->batch, in, out, 0, 1, &k);
        break;
    case GGCN_UPSAMPLE:
        walk_copy(r->batch, in, out, 0, l->factor, &k);
        break;
    case GGCN_NORM:
        if (r->batch_statistics)
            walk_batch_norm(r, node, h, &k);
        else
            walk_pointwise(r, node, h, &k);
        break;
    default:
        walk_pointwise(r, node, h, &k);
    }
}

/* --- passes ------------------------------------------------------------------------------------------------------- */

static void add_bias(const reference *r, int node) {
    const size_t bias = parameter(r, node, ".bias");
    const ggcn_shape s = ggcn_graph_shape(r->graph, node);
    const size_t positions = (size_t)(s.height * s.width);
    if (bias == SIZE_MAX)
        return;
    for (size_t i = 0; i < reference_count(r, node); i++)
        r->h[node][i] += r->parameters[bias + i / positions % (size_t)s.channels];
}

/* Mean and variance of each channel of x, one after the other. */
static void take_statistics(reference *r, int node, const double *x) {
    const ggcn_shape s = ggcn_graph_shape(r->graph, node);
    const size_t positions = (size_t)(s.height * s.width), channels = (size_t)s.channels;
    const double n = (double)((size_t)r->batch * positions);
    double *mean = r->statistics + statistic(r, node), *variance = mean + channels;
    memset(mean, 0, 2 * channels * sizeof *mean);
    for (size_t i = 0; i < reference_count(r, node); i++)
        mean[i / positions % channels] += x[i] / n;
    for (size_t i = 0; i < reference_count(r, node); i++) {
        const size_t c = i / positions % channels;
        variance[c] += (x[i] - mean[c]) * (x[i] - mean[c]) / n;
    }
}

/* The layers that are not their own linearisation. */
static void forward_curved(const reference *r, int node, const double *x) {
    const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
    const ggcn_shape s = ggcn_graph_shape(r->graph, node);
    const size_t positions = (size_t)(s.height * s.width), channels = (size_t)s.channels;
    double *y = r->h[node];
    for (size_t i = 0; i < reference_count(r, node); i++) {
        if (l->op == GGCN_TANH) {
            y[i] = tanh(x[i]);
        } else if (l->op == GGCN_SIGMOID) {
            y[i] = 1 / (1 + exp(-x[i]));
        } else {
            const size_t c = i / positions % channels;
            const double *mean = r->statistics + statistic(r, node), *variance = mean + channels;
            const double *gamma = r->parameters + parameter(r, node, ".gamma");
            const double *beta = r->parameters + parameter(r, node, ".beta");
            y[i] = gamma[c] * (x[i] - mean[c]) / sqrt(variance[c] + l->epsilon) + beta[c];
        }
    }
}

static void note_kink(reference *r, double distance, size_t side) {
    r->kink_distance = fmin(r->kink_distance, distance);
    r->piece = (r->piece ^ (uint64_t)side) * UINT64_C(0x100000001B3); /* FNV-1a */
}

static void note_kinks(reference *r, int node) {
    const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
    const ggcn_shape in = ggcn_graph_shape(r->graph, l->inputs[0]), out = ggcn_graph_shape(r->graph, node);
    const double *h = r->h[l->inputs[0]];
    /* Zeros behind a ReLU are no kinks of what follows: whichever side is taken, the slope behind it is 0. */
    const bool after_relu = ggcn_graph_layer(r->graph, l->inputs[0])->op == GGCN_RELU;
    if (l->op == GGCN_RELU || l->op == GGCN_LEAKY_RELU)
        for (size_t i = 0; i < reference_count(r, node); i++)
            note_kink(r, after_relu && h[i] <= 0 ? DBL_MAX : fabs(h[i]), h[i] > 0);
    if (l->op != GGCN_MAX_POOL)
        return;
    for (int64_t n = 0; n < r->batch; n++)
        for (int64_t c = 0; c < out.channels; c++)
            for (int64_t i = 0; i < out.height; i++)
                for (int64_t j = 0; j < out.width; j++) {
                    int64_t y[2], x[2];
                    double lead;
                    window(l, in, i, j, y, x);
                    const size_t best = largest(h, in, n, c, y, x, &lead);
                    note_kink(r, after_relu && h[best] <= 0 ? DBL_MAX : lead, best);
                }
}

void reference_forward(reference *r, const double *x) {
    r->kink_distance = DBL_MAX;
    r->piece = UINT64_C(0xCBF29CE484222325);
    memcpy(r->h[0], x, reference_count(r, 0) * sizeof *x);
    for (int node = 1; node < r->nodes; node++) {
        const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
        note_kinks(r, node);
        if (l->op == GGCN_NORM && r->batch_statistics)
            take_statistics(r, node, r->h[l->inputs[0]]);
        if (l->op == GGCN_TANH || l->op == GGCN_SIGMOID || l->op == GGCN_NORM) {
            forward_curved(r, node, r->h[l->inputs[0]]);
            continue;
        }
        clear(r, r->h, node);
        for (int i = 0; i < l->n_inputs; i++)
            walk_node(r, node, i, (walk){.pass = PUSH, .y = r->h[node], .x = r->h[l->inputs[i]]});
        add_bias(r, node);
    }
}

void reference_backward(reference *r, const double *seed) {
    for (int node = 0; node < r->nodes; node++)
        clear(r, r->e, node);
    memcpy(r->e[r->nodes - 1], seed, reference_count(r, r->nodes - 1) * sizeof *seed);
    for (int node = r->nodes - 1; node > 0; node--) {
        const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
        for (int i = 0; i < l->n_inputs; i++)
            walk_node(r, node, i, (walk){.pass = PULL, .y = r->e[node], .x = r->e[l->inputs[i]]});
    }
}

void reference_tangent(reference *r, const double *v) {
    memcpy(r->u[0], v, reference_count(r, 0) * sizeof *v);
    for (int node = 1; node < r->nodes; node++) {
        const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
        clear(r, r->u, node);
        for (int i = 0; i < l->n_inputs; i++)
            walk_node(r, node, i, (walk){.pass = PUSH, .y = r->u[node], .x = r->u[l->inputs[i]]});
    }
}

/* p for every node: reverse mode for the values behind <s, u_top>. */
static void curvature(reference *r) {
    for (int node = 0; node < r->nodes; node++)
        clear(r, r->p, node);
    for (int node = r->nodes - 1; node > 0; node--) {
        const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
        for (int i = 0; i < l->n_inputs; i++)
            walk_node(r, node, i, (walk){.pass = PULL, .y = r->p[node], .x = r->p[l->inputs[i]]});
        if (l->op != GGCN_TANH && l->op != GGCN_SIGMOID)
            continue;
        for (size_t i = 0; i < reference_count(r, node); i++) {
            const double y = r->h[node][i];
            const double second = l->op == GGCN_TANH ? -2 * y * (1 - y * y) : y * (1 - y) * (1 - 2 * y);
            r->p[l->inputs[0]][i] += r->e[node][i] * second * r->u[l->inputs[0]][i];
        }
    }
}

/* gradient += scale times what layer `node` adds when x (values, or tangents if not `values`) meets the signal dy. */
static void add_gradient(reference *r, int node, double **x, double *dy, bool values, double scale, double *gradient) {
    const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
    const ggcn_shape s = ggcn_graph_shape(r->graph, node);
    const size_t positions = (size_t)(s.height * s.width), channels = (size_t)s.channels;
    const size_t weight = parameter(r, node, ".weight"), gamma = parameter(r, node, ".gamma");
    const size_t bias = parameter(r, node, l->op == GGCN_NORM ? ".beta" : ".bias");
    if (weight != SIZE_MAX)
        walk_node(r, node, 0,
                  (walk){.pass = WEIGH, .y = dy, .x = x[l->inputs[0]], .w = gradient + weight, .scale = scale});
    for (size_t i = 0; i < reference_count(r, node); i++) {
        const size_t c = i / positions % channels;
        if (bias != SIZE_MAX && values)
            gradient[bias + c] += scale * dy[i];
        if (gamma != SIZE_MAX) {
            const double *mean = r->statistics + statistic(r, node), *variance = mean + channels;
            const double centred = x[l->inputs[0]][i] - (values ? mean[c] : 0);
            gradient[gamma + c] += scale * dy[i] * centred / sqrt(variance[c] + l->epsilon);
        }
    }
}

void reference_gradient(reference *r, double a, double b, double *gradient) {
    if (b != 0 && r->batch_statistics)
        abort();
    if (b != 0)
        curvature(r);
    for (int node = 1; node < r->nodes; node++) {
        if (a != 0)
            add_gradient(r, node, r->h, r->e[node], true, a, gradient);
        if (b != 0) {
            add_gradient(r, node, r->u, r->e[node], false, b, gradient);
            add_gradient(r, node, r->h, r->p[node], true, b, gradient);
        }
    }
}

void reference_norm_sums(const reference *r, int64_t images, double *sums) {
    for (int node = 1; node < r->nodes; node++) {
        const ggcn_layer *l = ggcn_graph_layer(r->graph, node);
        const ggcn_shape s = ggcn_graph_shape(r->graph, node);
        const size_t positions = (size_t)(s.height * s.width), channels = (size_t)s.channels;
        if (l->op != GGCN_NORM)
            continue;
        double *sum = sums + statistic(r, node), *squares = sum + channels;
        for (size_t i = 0; i < (size_t)images * channels * positions; i++) {
            const double x = r->h[l->inputs[0]][i];
            sum[i / positions % channels] += x;
            squares[i / positions % channels] += x * x;
        }
    }
}
