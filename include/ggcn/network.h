/**
 * @file
 * Networks as data: a YAML text with a list of layers becomes a graph.
 *
 *     description: three convolutions
 *     layers:
 *       - {op: conv, channels: 32, kernel: 5, stride: 2, pad: 2}
 *       - {op: leaky_relu, slope: 0.02}
 *
 * A layer reads the one before it unless `from: [name, ...]` names others; `input` is the image. Keys: op (conv,
 * deconv, dense, bias, relu, leaky_relu, tanh, sigmoid, max_pool, avg_pool, norm, add, concat, upsample, block), name,
 * from, channels, kernel, stride, pad, output_pad (a number, or HEIGHTxWIDTH such as 3x5), bias (true), slope (0.02),
 * epsilon (1e-5), factor (2). Without a name a layer is called by its op and its number: conv1.
 *
 * Layers that occur again and again are written once, as a block, and used by `op: block`, `repeat` (1) times in a row:
 *
 *     blocks:
 *       - name: bottleneck
 *         layers:
 *           - {op: conv, channels: channels, kernel: 3, stride: stride, pad: 1}
 *           - {op: relu}
 *           - {op: conv, name: last, channels: 4*channels, kernel: 1}
 *           - {op: conv, name: shortcut, from: [input], channels: 4*channels, kernel: 1, stride: stride}
 *           - {op: add, from: [last, shortcut]}
 *     layers:
 *       - {op: block, use: bottleneck, name: stage1, channels: 64, stride: 2}
 *
 * Inside a block `input` is what the block reads, names are the block's own, `channels` (also N*channels) and `stride`
 * stand for those of the place where it is used. Its layers are called PLACE-LAYER there: stage1-conv1, stage1-last; if
 * repeated, stage1-1-conv1, stage1-2-conv1 and so on. Without a name the place is called by its block and its number.
 *
 * A generator may say `channels: image`: as many as the images of the data have.
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

/**
 * Builds the graph of a generator, whose result is an image.
 * @param latent  shape of what it reads: {latent, 1, 1}, or an image for an auto-encoder
 * @param image   shape of an image of the data; the network's result must have it
 * @return as ggcn_network_load; GGCN_ERROR_CONFIG if the result has another shape, naming both
 */
ggcn_status ggcn_network_load_generator(const char *network, ggcn_shape latent, ggcn_shape image, ggcn_graph **graph);

/** As ggcn_network_load, from a text. @param name for messages */
ggcn_status ggcn_network_parse(const char *name, const char *text, size_t length, ggcn_shape input, ggcn_graph **graph);

/**
 * The opposite: a text from which ggcn_network_parse makes the same graph (of the same ggcn_graph_digest), with every
 * block written out and every layer named.
 * @param[out] text malloc'ed  @return GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_network_text(const ggcn_graph *graph, char **text);

#ifdef __cplusplus
}
#endif
#endif
