/**
 * @file
 * Learning of GCN (KL flow) and wGCN (JKO flow): paper, Algorithm 1; design of the flow in src/learn/block_iteration.c.
 *
 * A trainer belongs to one rank and knows its blocks; it sees other ranks only through the sum over blocks.
 */
#ifndef GGCN_TRAINER_H
#define GGCN_TRAINER_H

#include "ggcn/blocks.h"
#include "ggcn/chains.h"
#include "ggcn/config.h"
#include "ggcn/metrics.h"
#include "ggcn/observed.h"
#include "ggcn/potential.h"
#include "ggcn/state.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an iteration measures. Seconds are this rank's. */
typedef enum {
    GGCN_METRIC_RESPONSE,          /**< response distance R (paper, Section 5.1) */
    GGCN_METRIC_POTENTIAL_DATA,
    GGCN_METRIC_POTENTIAL_CHAINS,
    GGCN_METRIC_ENERGY_GAP,
    GGCN_METRIC_GRADIENT_X,
    GGCN_METRIC_FLOW,
    GGCN_METRIC_GAMMA,
    GGCN_METRIC_GRADIENT_NORM,
    GGCN_METRIC_PARAMETER_NORM,
    GGCN_METRIC_RATE,
    GGCN_METRIC_SECONDS_SAMPLING,
    GGCN_METRIC_SECONDS_LEARNING,
    GGCN_METRIC_SECONDS_REDUCTION,
    GGCN_METRIC_SECONDS_IO,
    GGCN_METRIC_SECONDS,
    GGCN_METRIC_IMAGE_STEPS,
    GGCN_METRICS
} ggcn_metric;

/** Name, unit and description of each metric. */
extern const ggcn_metric_info ggcn_metric_infos[GGCN_METRICS];

typedef struct ggcn_trainer ggcn_trainer;

/**
 * Prepares parameters, chains and one workspace per OpenMP thread. Not collective.
 * @param config, observed  must outlive the trainer
 * @param graph   the network; copied
 * @return GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_trainer_create(const ggcn_config *config, const ggcn_graph *graph, const ggcn_observed *observed,
                                const ggcn_blocks *blocks, ggcn_trainer **trainer);
void ggcn_trainer_destroy(ggcn_trainer **trainer);

/**
 * Lists all state as arrays: parameters, optimiser, normalisation statistics, chains, iteration. Their data are the
 * trainer's own, so a checkpoint read into them restores the trainer; ggcn_trainer_restored then says whether it was this
 * run's. The list is released with ggcn_state_clear. Not collective. @return GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_trainer_state(ggcn_trainer *trainer, ggcn_state *state);
/** Whether the state read from a checkpoint belongs to a run of this seed, network, data and optimiser. Not collective.
 *  @return GGCN_ERROR_CONFIG, naming what changed */
ggcn_status ggcn_trainer_restored(const ggcn_trainer *trainer);

/** Iterations done. */
uint64_t ggcn_trainer_iteration(const ggcn_trainer *trainer);

/**
 * One iteration: L Langevin steps on every chain, gradients of the chosen flow, their sum over all blocks, one optimiser
 * step. Collective.
 * @param[out] metrics [GGCN_METRICS]
 * @return GGCN_ERROR_NUMERIC if potential, gradient, parameters or chains are no longer finite: they are then useless;
 *         GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY, GGCN_ERROR_ELSEWHERE (agreed on by all ranks)
 */
ggcn_status ggcn_trainer_step(ggcn_trainer *trainer, double *metrics);

/** The chains of this rank; theirs are the trainer's. */
const ggcn_chains *ggcn_trainer_chains(const ggcn_trainer *trainer);

/** Of each chain of this rank after the last iteration's steps, under the parameters they were made with. */
typedef struct {
    const double *lp;        /**< [local chains] Phi(x) - |x|^2/(2 s_ref^2) */
    const double *potential; /**< [local chains] Phi(x) */
    const double *gradient;  /**< [local chains] |grad_x Phi(x)| */
} ggcn_chain_scalars;
ggcn_chain_scalars ggcn_trainer_chain_scalars(const ggcn_trainer *trainer);

/** What a picture shows: the chains' states, after one more step without noise if the configuration asks for it. The
 *  chains themselves stay. Not collective.
 *  @param wanted  only chains of lower global number need be shown
 *  @param[out] pictures [local chains][C][H][W]  @return GGCN_ERROR_LIBRARY */
ggcn_status ggcn_trainer_pictures(ggcn_trainer *trainer, int64_t wanted, float *pictures);

/** Bytes a rank needs, by part, for --dry-run. */
typedef struct {
    size_t threads, workspaces, weights, gradients, parameters, chains, checkpoint;
} ggcn_trainer_memory;
ggcn_status ggcn_trainer_plan_memory(const ggcn_config *config, const ggcn_graph *graph, uint32_t n_classes,
                                     const ggcn_blocks *blocks, ggcn_trainer_memory *memory);

#ifdef __cplusplus
}
#endif
#endif
