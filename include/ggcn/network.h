/**
 * @file
 * Networks as data: a YAML text with a list of layers becomes a graph.
 *
 *     description: three convolutions
 *     layers:
 *       - {op: conv, channels: 32, kernel: 5, stride: 2, pad: 2}
 *       - {op: leaky_relu, slope: 0.02}
 *
 * A layer reads the one before it unless `from: [name, ...]` names others; `input` is the image. Keys: op (conv, deconv,
 * dense, bias, relu, leaky_relu, tanh, sigmoid, max_pool, avg_pool, norm, add, concat, upsample), name, from, channels,
 * kernel, stride, pad, output_pad (a number, or HEIGHTxWIDTH such as 3x5), bias (true), slope (0.02), epsilon (1e-5),
 * factor (2).
 */
#ifndef GGCN_NETWORK_H
#define GGCN_NETWORK_H

#include "ggcn/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Builds the graph of a network.
 * @param network name of a built-in network (see ggcn_resources, kind "networks"), or path of a YAML file
 * @param input   shape of an image
 * @param[out] graph owned by the caller
 * @return GGCN_ERROR_CONFIG (unknown network, YAML error with its line, a layer that does not fit), GGCN_ERROR_IO
 */
ggcn_status ggcn_network_load(const char *network, ggcn_shape input, ggcn_graph **graph);

/** The same from a text. @param name for messages */
ggcn_status ggcn_network_parse(const char *name, const char *text, size_t length, ggcn_shape input, ggcn_graph **graph);

#ifdef __cplusplus
}
#endif
#endif
