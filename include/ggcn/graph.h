/**
 * @file
 * A network as a graph of layers, with shape inference. Building it costs nothing; ggcn/plan.h compiles and runs it.
 *
 * Nodes are numbered in the order they are added; node 0 is the input; a layer's inputs have smaller numbers. The
 * network's result is the last node. A tensor has the shape [batch][channels][height][width].
 */
#ifndef GGCN_GRAPH_H
#define GGCN_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    GGCN_INPUT,
    GGCN_CONVOLUTION,            /**< cross-correlation, as in every deep-learning library */
    GGCN_TRANSPOSED_CONVOLUTION, /**< adjoint of the convolution of the same kernel, stride and padding */
    GGCN_DENSE,                  /**< fully connected; output height = width = 1 */
    GGCN_BIAS,                   /**< one number per channel added */
    GGCN_RELU,
    GGCN_LEAKY_RELU,
    GGCN_TANH,
    GGCN_SIGMOID,
    GGCN_MAX_POOL,
    GGCN_AVERAGE_POOL, /**< padding is not counted in the mean */
    GGCN_NORM,         /**< normalisation: y = gamma (x - mean)/sqrt(variance + epsilon) + beta, with frozen
                            statistics or with those of the batch (ggcn/plan.h) */
    GGCN_ADD,          /**< element-wise sum of two nodes of one shape */
    GGCN_CONCATENATE,  /**< along the channels */
    GGCN_UPSAMPLE      /**< nearest neighbour, whole factor */
} ggcn_op;

typedef struct {
    int64_t channels, height, width;
} ggcn_shape;

/** The attributes of a layer. Those an op does not use are ignored; ggcn_graph_add checks those it does. */
typedef struct {
    ggcn_op op;
    int inputs[8]; /**< node numbers */
    int n_inputs;
    int64_t channels;      /**< convolutions, dense: output channels */
    int64_t kernel[2];     /**< height, width: convolutions, pools */
    int64_t stride[2];     /**< convolutions, pools; transposed: upsampling factor */
    int64_t pad[2];        /**< symmetric: convolutions, pools */
    int64_t output_pad[2]; /**< transposed convolution: extra rows and columns at the end, below the stride */
    bool bias;             /**< convolutions, dense: with a bias parameter */
    double slope;          /**< leaky ReLU: slope for negative values, in (0, 1) */
    double epsilon;        /**< norm */
    int64_t factor;        /**< upsample */
    char name[64]; /**< names the parameters ("conv1" -> "conv1.weight"): letters, digits, _ and -; empty: made from
                        op and number */
} ggcn_layer;

/** One parameter tensor inside the flat parameter vector of a graph, C order. */
typedef struct {
    char name[96]; /**< "LAYER.weight", "LAYER.bias", "LAYER.gamma", "LAYER.beta" */
    int node;
    int rank;
    int64_t dims[4]; /**< convolution weight [out][in][kh][kw]; transposed [in][out][kh][kw]; dense [out][in*h*w] */
    size_t offset;   /**< first element in the flat vector of parameters (or statistics) */
    size_t count;
    int64_t fan_in; /**< inputs summed into one output, for the initialisation; 0 for bias, gamma, beta */
} ggcn_tensor_info;

typedef struct ggcn_graph ggcn_graph;

/** A graph with only its input. @param[out] graph owned by the caller. Errors: GGCN_ERROR_ARGUMENT, GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_graph_create(ggcn_shape input, ggcn_graph **graph);
void ggcn_graph_destroy(ggcn_graph **graph);
/** A copy of a graph, owned by the caller. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_graph_copy(const ggcn_graph *graph, ggcn_graph **copy);
/** XXH3-64 over the input shape and every layer's operation, inputs, sizes, slope, epsilon and name. */
uint64_t ggcn_graph_digest(const ggcn_graph *graph);

/**
 * Adds a layer behind existing nodes and infers its shape.
 * Output size of convolutions and pools: floor((in + 2 pad - kernel)/stride) + 1; transposed: (in-1) stride - 2 pad +
 * kernel + output_pad.
 * @param[out] node  number of the new node; may be NULL
 * @return GGCN_ERROR_ARGUMENT with a message that names the layer, the sizes and what does not fit
 */
ggcn_status ggcn_graph_add(ggcn_graph *graph, const ggcn_layer *layer, int *node);

int ggcn_graph_nodes(const ggcn_graph *graph); /**< number of nodes, input included */
const ggcn_layer *ggcn_graph_layer(const ggcn_graph *graph, int node);
ggcn_shape ggcn_graph_shape(const ggcn_graph *graph, int node);
ggcn_shape ggcn_graph_output(const ggcn_graph *graph); /**< shape of the last node */

/** Learned parameters: tensors and their total count of floats. */
size_t ggcn_graph_parameters(const ggcn_graph *graph, const ggcn_tensor_info **tensors, size_t *n_tensors);
/** Statistics of norm layers, [mean | variance] per layer, not learned by gradient. Same conventions. */
size_t ggcn_graph_statistics(const ggcn_graph *graph, const ggcn_tensor_info **tensors, size_t *n_tensors);

/** Multiply-adds times two of one forward pass of one image through one node. */
double ggcn_graph_flops(const ggcn_graph *graph, int node);

/** True if the network is piecewise linear in its input (no tanh, no sigmoid). */
bool ggcn_graph_piecewise_linear(const ggcn_graph *graph);

/** Name of an op as written in network files, e.g. "conv". */
const char *ggcn_op_name(ggcn_op op);

#ifdef __cplusplus
}
#endif
#endif
