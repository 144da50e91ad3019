/* A network run on the whole batch at once, all blocks of all ranks, so that its norm layers see the statistics of the
 * batch (generators, the discriminator of dcgan). Each block keeps its activations; between the stages of a pass the
 * statistics are summed over all blocks.
 *
 * Arrays over images are [owned blocks * rows][...]: `rows` images of each block of this rank, block by block. */
#ifndef GGCN_LEARN_BATCH_NETWORK_H
#define GGCN_LEARN_BATCH_NETWORK_H

#include "ggcn/blocks.h"
#include "ggcn/plan.h"

typedef struct ggcn_batch_network ggcn_batch_network;

/* Compiles the graph, which must outlive the network, for parts of `batch` images, `rows` images a block.
 * @return GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY */
ggcn_status ggcn_batch_network_create(const ggcn_graph *graph, const ggcn_blocks *blocks, int64_t batch, int64_t rows,
                                      ggcn_batch_network **network);
void ggcn_batch_network_destroy(ggcn_batch_network **network);
/* Bytes of a rank that owns that many blocks. */
size_t ggcn_batch_network_bytes(const ggcn_plan *plan, int64_t owned, int64_t batch, int64_t rows);
/* The plan, for scratch objects of ggcn_batch_network_gradient. */
const ggcn_plan *ggcn_batch_network_plan(const ggcn_batch_network *network);

/* Result of the network with these parameters. Collective.
 * @param parameters [of the graph]  @param statistics any values of the right count, NULL without norm layers
 * @param inputs [images][in]  @param[out] outputs [images][out] */
ggcn_status ggcn_batch_network_forward(ggcn_batch_network *network, const float *parameters, const float *statistics,
                                       const float *inputs, float *outputs);
/* statistics <- (1 - momentum) statistics + momentum (those of the batch of the last forward pass). */
void ggcn_batch_network_track(ggcn_batch_network *network, double momentum, float *statistics);
/* Gradient of sum_i <seed_i, output_i> through the batch's statistics, after a forward pass. Collective.
 * @param mine  this rank's outcome of making the seeds; agreed on
 * @param seeds [images][out]  @param[out] inputs [images][in] gradient with respect to the inputs, or NULL */
ggcn_status ggcn_batch_network_backward(ggcn_batch_network *network, ggcn_status mine, const float *seeds,
                                        float *inputs);
/* scale * the parameter gradient of one block (local number), after a backward pass. Not collective, one thread.
 * @param scratch made for the network's plan  @param[out] gradient [of the graph] */
ggcn_status ggcn_batch_network_gradient(ggcn_batch_network *network, int64_t block, float scale,
                                        ggcn_gradients *scratch, float *gradient);

#endif
