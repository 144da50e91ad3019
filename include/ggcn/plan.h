/**
 * @file
 * Compiled execution of a graph on oneDNN, for one batch size, one thread a call.
 *
 * Four objects. A `plan` is the compiled graph: immutable, shared by all threads. `weights` are parameters in the
 * layouts the plan wants: packed once per iteration, then read by all threads. A `workspace` holds one thread's
 * activations and signals. `gradients` accumulate parameter gradients for one block.
 *
 * Passes on a workspace, in this order (each needs the ones before it):
 *   forward   x                    -> h_l for every node l, h_top = F(x)
 *   backward  seed s               -> e_l = d<s, F>/dh_l, and g = e_input = grad_x <s, F(x)>
 *   tangent   v (held constant)    -> u_l = dh_l(x)[v], u_top = dF(x)[v]
 *   gradients_add a, b, scale      -> gradients += scale * d/dw [ a <s, F(x)> + b <s, dF(x)[v]> ]
 * With s = theta this gives the likelihood term (a = 1, b = 0) and, since d/dw |grad_x Phi|^2 = 2 d/dw dPhi(x)[v] at
 * v = grad_x Phi, the JKO term (b) of the same x in one call.
 *
 * All arrays that cross this interface are float32 in plain C order, [batch][channels][height][width]. Nothing here is
 * collective. Creating returns GGCN_ERROR_MEMORY or GGCN_ERROR_LIBRARY and gives an object to be released with the
 * destroy function beside it; a pass returns GGCN_ERROR_LIBRARY if oneDNN fails, naming the reason.
 */
#ifndef GGCN_PLAN_H
#define GGCN_PLAN_H

#include "ggcn/graph.h"
#include "ggcn/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ggcn_plan ggcn_plan;
typedef struct ggcn_weights ggcn_weights;
typedef struct ggcn_workspace ggcn_workspace;
typedef struct ggcn_gradients ggcn_gradients;

/**
 * Compiles a graph for a fixed batch size in float32. The graph may be destroyed afterwards.
 * @param[out] plan owned by the caller
 * @return GGCN_ERROR_ARGUMENT, GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY (oneDNN; the message names the layer)
 */
ggcn_status ggcn_plan_compile(const ggcn_graph *graph, int64_t batch, ggcn_plan **plan);
/**
 * The same, for workspaces that may also run passes in another precision (ggcn_workspace_set_precision). In bf16 a
 * convolution rounds its operands to bfloat16 and adds up in float32 where that is the fastest way for its shape; where
 * Winograd's way in float32 is faster it is taken, and everything between convolutions is float32.
 * @return also GGCN_ERROR_CONFIG: the processor has no arithmetic on bfloat16
 */
ggcn_status ggcn_plan_compile_for(const ggcn_graph *graph, int64_t batch, ggcn_precision precision, ggcn_plan **plan);
/** Whether the processor, and oneDNN as it is told, have that arithmetic, and whether it is slower than float32's: so
 * is bf16 on Intel's processors without AMX, whose products of pairs come at half the rate of float32's. */
bool ggcn_plan_can_use(ggcn_precision precision);
bool ggcn_plan_is_slow(ggcn_precision precision);
void ggcn_plan_destroy(ggcn_plan **plan);

/** Bytes of one workspace, of one plain workspace, of one set of weights, of one gradients object. */
size_t ggcn_plan_workspace_bytes(const ggcn_plan *plan);
size_t ggcn_plan_workspace_plain_bytes(const ggcn_plan *plan);
size_t ggcn_plan_weights_bytes(const ggcn_plan *plan);
size_t ggcn_plan_gradients_bytes(const ggcn_plan *plan);

/** The instruction set oneDNN's kernels use in this process, e.g. "avx2"; bits are equal only where this is. It can be
 *  lowered with the environment variable ONEDNN_MAX_CPU_ISA. */
const char *ggcn_plan_instruction_set(void);

/** Which oneDNN implementation a convolution-like node uses, e.g. "jit:avx2 / jit:avx2 / x64:gemm:jit" for forward,
 * input gradient and weight gradient, and behind a semicolon the first two in bf16 if the plan was compiled for it; ""
 * for other nodes. The string belongs to the plan. */
const char *ggcn_plan_implementation(const ggcn_plan *plan, int node);

/** Room for packed parameters. The plan must outlive it. */
ggcn_status ggcn_weights_create(const ggcn_plan *plan, ggcn_weights **weights);
void ggcn_weights_destroy(ggcn_weights **weights);
/**
 * Packs parameters for all passes, with frozen normalisation. Not to be called while another thread uses `weights`.
 * @param parameters flat vector as described by ggcn_graph_parameters
 * @param statistics flat vector as described by ggcn_graph_statistics; NULL if the graph has none
 */
ggcn_status ggcn_weights_pack(ggcn_weights *weights, const float *parameters, const float *statistics);

/** One thread's buffers. The plan must outlive it. */
ggcn_status ggcn_workspace_create(const ggcn_plan *plan, ggcn_workspace **workspace);
/** The same for first derivatives only, with about half the memory: ggcn_tangent, and ggcn_gradients_add with b != 0,
 *  return GGCN_ERROR_ARGUMENT. */
ggcn_status ggcn_workspace_create_plain(const ggcn_plan *plan, ggcn_workspace **workspace);
void ggcn_workspace_destroy(ggcn_workspace **workspace);

/** Chooses the precision of the passes that follow, one the plan was compiled for; it is float32 at first. Parameter
 *  gradients are float32's. */
void ggcn_workspace_set_precision(ggcn_workspace *workspace, ggcn_precision precision);

/** Forward pass. `x` [B][C][H][W] must stay unchanged until the last pass that follows. */
ggcn_status ggcn_forward(ggcn_workspace *workspace, const ggcn_weights *weights, const float *x);

/** Copies F(x) after a forward pass. @param[out] f [B][channels][height][width] of the last node */
void ggcn_read_output(const ggcn_workspace *workspace, float *f);

/** The layers whose responses are looked at, one by one: activations, and the last node. @param[out] nodes their
 * numbers, ascending, at most ggcn_graph_nodes; may be NULL  @return how many */
size_t ggcn_graph_responses(const ggcn_graph *graph, int *nodes);
/** The mean over positions of each channel of such a layer, after a forward pass. @param[out] means [B][channels] */
void ggcn_layer_channels(const ggcn_workspace *workspace, int node, double *means);

/** Sets the seed s of the following backward passes. @param seed [B][...] shape of the last node; it is copied */
void ggcn_set_seed(ggcn_workspace *workspace, const float *seed);

/** <s_i, F(x_i)> of each image after a forward pass, summed in double precision. @param[out] value [B] */
void ggcn_seed_products(const ggcn_workspace *workspace, double *value);

/**
 * Backward pass from the seed.
 * @param[out] g [B][C][H][W] gradient with respect to the input; NULL if only parameter gradients are wanted
 */
ggcn_status ggcn_backward(ggcn_workspace *workspace, const ggcn_weights *weights, float *g);

/** Tangent pass at the point of the last forward pass. `v` [B][C][H][W] must stay unchanged until ggcn_gradients_add.
 */
ggcn_status ggcn_tangent(ggcn_workspace *workspace, const ggcn_weights *weights, const float *v);
/** Copies u_top after a tangent pass. @param[out] u [B][...] shape of the last node */
void ggcn_read_tangent(const ggcn_workspace *workspace, float *u);

/** Room for accumulated parameter gradients. The plan must outlive it. */
ggcn_status ggcn_gradients_create(const ggcn_plan *plan, ggcn_gradients **gradients);
void ggcn_gradients_destroy(ggcn_gradients **gradients);
/** Forgets what was accumulated. */
void ggcn_gradients_clear(ggcn_gradients *gradients);
/**
 * Adds scale * d/dw [ a <s, F(x)> + b <s, dF(x)[v]> ]. With b != 0 it uses up the tangent: call ggcn_tangent again
 * before another call with b != 0. Networks with curvature (tanh, sigmoid) get their second-order term by an extra
 * pass; with batch statistics (below) b != 0 is GGCN_ERROR_ARGUMENT.
 */
ggcn_status ggcn_gradients_add(ggcn_gradients *gradients, ggcn_workspace *workspace, const ggcn_weights *weights,
                               float a, float b, float scale);
/** Writes the accumulated gradient. @param[out] gradient flat vector as described by ggcn_graph_parameters */
ggcn_status ggcn_gradients_read(ggcn_gradients *gradients, float *gradient);

/**
 * Adds up what the norm layers saw in the last forward pass, for their running statistics: [sum x | sum x^2] per
 * channel and layer, over the first `images` images of the batch and all positions, in double precision.
 * @param[in,out] sums flat vector of the length and order of ggcn_graph_statistics
 */
void ggcn_norm_sums(const ggcn_workspace *workspace, int64_t images, double *sums);

/**
 * @name Batch statistics
 *
 * A norm layer may take mean and variance from the batch itself, which is spread over several workspaces ("blocks",
 * perhaps on several ranks) of one plan. The N norm layers, in node order, cut the passes into the stages 0 .. N, and
 * between two stages the caller adds up sums over all blocks:
 *
 *     forward:   ggcn_weights_pack, then
 *                for s = 0 .. N:   each block: ggcn_forward_stage(s), ggcn_norm_input_sums(s)        (no sums if s = N)
 *                                  once:       add over blocks, ggcn_weights_set_statistics(s)       (if s < N)
 *     backward:  each block: ggcn_set_seed, then
 *                for s = N .. 0:   each block: ggcn_backward_stage(s), ggcn_norm_signal_sums(s-1)    (no sums if s = 0)
 *                                  once:       add over blocks, ggcn_weights_set_signal_sums(s-1)    (if s > 0)
 *     then       each block: ggcn_gradients_add with b = 0; the sum over blocks is the gradient of the whole batch
 *
 * Forward stage s runs the nodes from norm number s-1 (node 1 for s = 0) up to, but without, norm number s. Backward
 * stage s sends signals from norm number s (the last node for s = N) down to, but without, norm number s-1. All users
 * of a node come after it, so this is right for skip connections and parallel branches too.
 *
 * A block may hold fewer images than the plan's batch. Those beyond need finite values (zeros, say) in `x` and zeros in
 * the seed; then they have no influence, and their part of g is zero.
 *
 * The weights are in batch mode from ggcn_weights_set_statistics to the next ggcn_weights_pack. In batch mode
 * ggcn_forward uses the statistics that were set; ggcn_backward and ggcn_tangent return GGCN_ERROR_ARGUMENT. In frozen
 * mode the stages one after the other are the same as ggcn_forward and ggcn_backward, without sums in between.
 *
 * `norm` counts from 0 to N-1. Sums have the length 2 channels. The functions on weights are not to be called while
 * another thread uses them.
 * @{
 */
size_t ggcn_plan_norms(const ggcn_plan *plan); /**< N */
int64_t ggcn_plan_norm_channels(const ggcn_plan *plan, size_t norm);

/** @param x as for ggcn_forward; read in stage 0, and in later ones too if its layout is the plan's: the same in all.
 *  @return GGCN_ERROR_ARGUMENT (no such stage, or the statistics of norm number stage - 1 were not set) */
ggcn_status ggcn_forward_stage(ggcn_workspace *workspace, const ggcn_weights *weights, const float *x, size_t stage);

/** After forward stage `norm`. @param[in,out] sums [sum x | sum x^2] of each channel of the norm's input, over the
 *  first `images` images and all positions, are added to it */
void ggcn_norm_input_sums(const ggcn_workspace *workspace, size_t norm, int64_t images, double *sums);

/** Sets mean and (biased) variance of a norm from the whole batch: mean = sum x / count.
 *  @param sums as ggcn_norm_input_sums adds them  @param count images x positions of the whole batch */
void ggcn_weights_set_statistics(ggcn_weights *weights, size_t norm, const double *sums, double count);

/** Mean and variance that the norms use now, for running averages. @param[out] statistics as ggcn_graph_statistics */
void ggcn_weights_read_statistics(const ggcn_weights *weights, float *statistics);

/** @param[out] g as for ggcn_backward, the same array (or NULL) in all stages; complete after stage 0
 *  @return GGCN_ERROR_ARGUMENT (no such stage, or the signal sums of norm number `stage` were not set) */
ggcn_status ggcn_backward_stage(ggcn_workspace *workspace, const ggcn_weights *weights, float *g, size_t stage);

/** After backward stage norm + 1. The workspace remembers `images`: those beyond get no signal through the norm.
 *  @param[in,out] sums [sum e | sum e xhat] of each channel are added to it, over the first `images` images and all
 *  positions; e is the signal at the norm's result, xhat = (x - mean)/sqrt(variance + epsilon) */
void ggcn_norm_signal_sums(ggcn_workspace *workspace, const ggcn_weights *weights, size_t norm, int64_t images,
                           double *sums);

/** Makes the backward pass the gradient through the batch's mean and variance: with means over the whole batch,
 *  dx = gamma/sqrt(variance + epsilon) (e - mean(e) - xhat mean(e xhat)).
 *  @param sums as ggcn_norm_signal_sums adds them  @param count as for ggcn_weights_set_statistics */
void ggcn_weights_set_signal_sums(ggcn_weights *weights, size_t norm, const double *sums, double count);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
