/* Private side of ggcn/trainer.h. */
#ifndef GGCN_LEARN_TRAINER_H
#define GGCN_LEARN_TRAINER_H

#include "ggcn/langevin.h"
#include "ggcn/optimizer.h"
#include "ggcn/trainer.h"
#include "learn/observed_batch.h"

/* One thread's means. */
typedef struct {
    const ggcn_trainer *trainer;
    ggcn_evaluator *evaluator;
    ggcn_gradients *likelihood;
    ggcn_gradients *flow; /* of a JKO term that bypasses the optimiser, else NULL */
    float *pixels;        /* [B][C][H][W] observed images */
    float *gradient;      /* [B][C][H][W] grad_x Phi */
    float *noise;         /* [C][H][W] */
    double *phi;          /* [B] */
    uint32_t *labels;     /* [B] of observed images */
    double seconds_sampling, seconds_learning;
} ggcn_worker;

/* Where a block's sums stand in the vector of doubles; the norm layers' sums follow. */
enum {
    GGCN_SUM_POTENTIAL_DATA,
    GGCN_SUM_POTENTIAL_CHAINS,
    GGCN_SUM_SQUARE_DATA,   /* |y|^2 */
    GGCN_SUM_SQUARE_CHAINS, /* |x|^2 */
    GGCN_SUM_GRADIENT,      /* |grad_x Phi| of the chains after their steps */
    GGCN_SUM_FLOW_BEFORE,   /* |grad_x Phi|^2 before */
    GGCN_SUM_FLOW_AFTER,    /* and after the steps */
    GGCN_SUMS
};

/* What must be the same for a restart to go on with the same run. */
enum { GGCN_IDENTITY_SEED, GGCN_IDENTITY_NETWORK, GGCN_IDENTITY_DATA, GGCN_IDENTITY_OPTIMIZER, GGCN_IDENTITIES };

struct ggcn_trainer {
    const ggcn_config *config;
    ggcn_blocks blocks;
    ggcn_graph *graph;
    ggcn_potential potential;
    ggcn_plan *plan;
    ggcn_weights *weights;
    ggcn_worker *workers;
    int threads;
    float *parameters, *statistics;
    ggcn_optimizer optimizer;
    ggcn_chains chains;
    double *lp, *potential_of, *gradient_of; /* [local chains] */
    ggcn_observed_batch batch;
    ggcn_sum *sum;
    uint64_t iteration;
    double gamma;          /* of this iteration's JKO term */
    ggcn_langevin langevin;
    char (*names)[128];    /* paths of the filters in the listed state */
    uint64_t identity[GGCN_IDENTITIES], expected_identity[GGCN_IDENTITIES]; /* as in a checkpoint, and this run's */
};

/* Fills in expected_identity, and identity with the same. */
void ggcn_trainer_identify(ggcn_trainer *trainer, const ggcn_observed *observed);
ggcn_status ggcn_trainer_name_arrays(ggcn_trainer *trainer);

/* Whether there is a JKO term, whether it reaches the filters, and whether it bypasses the optimiser. */
bool ggcn_trainer_has_flow(const ggcn_config *config);
bool ggcn_trainer_flow_on_filters(const ggcn_config *config);
bool ggcn_trainer_flow_apart(const ggcn_config *config);

/* One block's part of an iteration: steps its chains and hands its vector to the sum.
 * floats: [gradient: n_parameters][response: features][flow apart: n_parameters] */
ggcn_status ggcn_block_iteration(ggcn_trainer *trainer, ggcn_worker *worker, int64_t block);

/* One block's part of a calibration of the norm layers' statistics on observed images. */
ggcn_status ggcn_block_calibration(ggcn_trainer *trainer, ggcn_worker *worker, int64_t block);

/* grad Phi for ggcn_langevin_run; the context is a worker. */
ggcn_status ggcn_worker_gradient(void *worker, const float *x, float *g);

#endif
