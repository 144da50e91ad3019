/**
 * @file
 * Learning of every model of the paper: Algorithm 1 (src/learn/block_iteration.c), grid by grid for multi-grid models
 * (multigrid.c), with a generator for GGCN (Algorithm 2, generator_iteration.c), adversarially for DCGAN
 * (adversarial.c).
 *
 * A trainer belongs to one rank and knows its blocks; it sees other ranks only through the sum over blocks.
 */
#ifndef GGCN_TRAINER_H
#define GGCN_TRAINER_H

#include "ggcn/blocks.h"
#include "ggcn/chains.h"
#include "ggcn/config.h"
#include "ggcn/metrics.h"
#include "ggcn/model_networks.h"
#include "ggcn/observed.h"
#include "ggcn/potential.h"
#include "ggcn/state.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an iteration measures. Seconds are this rank's. */
typedef enum {
    GGCN_METRIC_RESPONSE, /**< response distance R (paper, Section 5.1) */
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

/** Name, unit and description of each metric. Of a multi-grid model they are the finest grid's, seconds are of all. */
extern const ggcn_metric_info ggcn_metric_infos[GGCN_METRICS];

typedef struct ggcn_trainer ggcn_trainer;

/**
 * Prepares parameters, chains and one workspace per OpenMP thread. Not collective.
 * @param config, observed  must outlive the trainer
 * @param networks of the model; copied
 * @return GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_trainer_create(const ggcn_config *config, const ggcn_model_networks *networks,
                                const ggcn_observed *observed, const ggcn_blocks *blocks, ggcn_trainer **trainer);
void ggcn_trainer_destroy(ggcn_trainer **trainer);

/**
 * Lists all state as arrays: parameters, optimiser, normalisation statistics, chains, iteration. Their data are the
 * trainer's own, so a checkpoint read into them restores the trainer; ggcn_trainer_restored then says whether it was
 * this run's. The list is released with ggcn_state_clear. Not collective. @return GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_trainer_state(ggcn_trainer *trainer, ggcn_state *state);
/** Whether the state read from a checkpoint belongs to a run of this seed, network, data and optimiser. Not collective.
 *  @return GGCN_ERROR_CONFIG, naming what changed */
ggcn_status ggcn_trainer_restored(const ggcn_trainer *trainer);

/** Iterations done. */
uint64_t ggcn_trainer_iteration(const ggcn_trainer *trainer);

/** The metrics of this model: those of ggcn_metric, then the generator's, then R of each coarser grid.
 *  @param[out] infos the trainer's  @return how many */
size_t ggcn_trainer_metrics(const ggcn_trainer *trainer, const ggcn_metric_info **infos);

/** What all learning rates, the latents' too, are multiplied by; 1 until it is set. Part of the state. */
double ggcn_trainer_rate_factor(const ggcn_trainer *trainer);
void ggcn_trainer_set_rate_factor(ggcn_trainer *trainer, double factor);

/**
 * One iteration: L Langevin steps on every chain, gradients of the chosen flow, their sum over all blocks, one
 * optimiser step; then what the model adds: the other grids, the generator, the latents, the replay buffer. Collective.
 * @param[out] metrics [ggcn_trainer_metrics]
 * @return GGCN_ERROR_NUMERIC if the guard is on, and potential, gradient, parameters or chains are no longer finite or
 * the potentials are farther apart than it allows: the state is then useless; GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY,
 * GGCN_ERROR_ELSEWHERE (agreed on by all ranks)
 */
ggcn_status ggcn_trainer_step(ggcn_trainer *trainer, double *metrics);

/** The grids with a potential, coarse to fine; 1 unless the model is multi-grid. */
int ggcn_trainer_grids(const ggcn_trainer *trainer);
/** The chains of this rank on the finest grid, and on any; theirs are the trainer's. */
const ggcn_chains *ggcn_trainer_chains(const ggcn_trainer *trainer);
const ggcn_chains *ggcn_trainer_grid_chains(const ggcn_trainer *trainer, int grid);
/** [local chains][C][H][W] the generator's images that the last iteration's chains belong to; NULL without a generator.
 */
const float *ggcn_trainer_generated(const ggcn_trainer *trainer);

/** Whether the chains after an iteration (1, 2, ...) are recorded as a draw: every output.chain_every. */
static inline bool ggcn_draw_due(const ggcn_config *config, uint64_t iteration) {
    return config->output.chain_every > 0 && iteration % config->output.chain_every == 0;
}

/** Of each chain of this rank after the last iteration's steps, under the parameters they were made with. */
typedef struct {
    const double *lp;        /**< [local chains] Phi(x) - |x|^2/(2 s_ref^2) */
    const double *potential; /**< [local chains] Phi(x) */
    const double *gradient;  /**< [local chains] |grad_x Phi(x)| */
    const double *response;  /**< [local chains][layers] mean over channels and positions of each layer that
                                  ggcn_graph_responses lists; as of the last iteration with ggcn_draw_due */
    size_t layers;           /**< 0 for the adversarial baseline */
    const char *layer_names; /**< of these layers, separated by blanks */
} ggcn_chain_scalars;
ggcn_chain_scalars ggcn_trainer_chain_scalars(const ggcn_trainer *trainer);

/** What a picture shows: the chains' states, after one more step without noise if the configuration asks for it. The
 *  chains themselves stay. Not collective.
 *  @param grid    number of the grid
 *  @param wanted  only chains of lower global number need be shown
 *  @param[out] pictures [local chains][C][H][W]  @return GGCN_ERROR_LIBRARY */
ggcn_status ggcn_trainer_pictures(ggcn_trainer *trainer, int grid, int64_t wanted, float *pictures);

/** Bytes a rank needs, by part, for --dry-run. */
typedef struct {
    size_t threads, workspaces, weights, gradients, parameters, chains, replay, checkpoint;
} ggcn_trainer_memory;
/** @param n_classes 1 if unconditional  @param blocks of the rank @return GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY */
ggcn_status ggcn_trainer_plan_memory(const ggcn_config *config, const ggcn_model_networks *networks, uint32_t n_classes,
                                     const ggcn_blocks *blocks, ggcn_trainer_memory *memory);

#ifdef __cplusplus
}
#endif
#endif
