/**
 * @file
 * Checks a whole network: the reference against finite differences, and every pass of the executor against the
 * reference.
 * Fails the running Check test with a message that names the network, the pass and the tensor.
 */
#ifndef NETWORK_CHECK_H
#define NETWORK_CHECK_H

#include "ggcn/graph.h"
#include "ggcn/plan.h"
#include "reference.h"

/** Parameters, statistics, input, seed and direction of one evaluation: in float32, and the same numbers in double. */
typedef struct {
    float *parameters, *statistics, *x, *seed, *direction;
    double *parameters_d, *statistics_d, *x_d, *seed_d, *direction_d;
} evaluation;

/**
 * Draws an evaluation at which no kink is nearer than `distance` and leaves `r` at it, all its passes done. Draws again
 * until one is found; fails the test after many attempts. `random` is the state of the generator.
 */
evaluation draw_evaluation(const ggcn_graph *graph, reference *r, double distance, uint64_t *random);
void release_evaluation(evaluation *at);

/** The reference against finite differences at an evaluation: g by x, the gradients of all parameters, u. */
void check_first_order(const char *network, const ggcn_graph *graph, reference *r, const evaluation *at);
/** max |got - expected| <= 1e-5 max |expected|. */
void check_close(const char *network, const char *what, const float *got, const double *expected, size_t count);
/** check_close for each parameter tensor of a flat gradient. */
void check_gradient(const char *network, const char *pass, const ggcn_graph *graph, const float *got,
                    const double *expected);

/** Every check. Kinks stay `distance` away from the points of evaluation. */
void check_network(const char *network, const ggcn_graph *graph, int64_t batch, double distance);

/** As ggcn_graph_create and ggcn_graph_add; they fail the test on an error. */
ggcn_graph *new_graph(int64_t channels, int64_t height, int64_t width);
int add_layer(ggcn_graph *graph, ggcn_layer layer);

/** Layers behind node `from`, with square kernels. */
ggcn_layer convolution(int from, int64_t channels, int64_t kernel, int64_t stride, int64_t pad, bool bias);
ggcn_layer transposed(int from, int64_t channels, int64_t kernel, int64_t stride, int64_t pad, int64_t output_pad,
                      bool bias);
ggcn_layer dense(int from, int64_t channels, bool bias);
ggcn_layer pool(ggcn_op op, int from, int64_t kernel, int64_t stride, int64_t pad);
ggcn_layer leaky_relu(int from, double slope);
ggcn_layer norm(int from);
ggcn_layer upsample(int from, int64_t factor);
ggcn_layer add(int left, int right);
ggcn_layer concatenate(int first, int second, int third); /**< third < 0: two nodes */
ggcn_layer pointwise(ggcn_op op, int from);               /**< bias, ReLU, tanh, sigmoid */

#endif
