/* One potential being learned: its parameters, its chains and the means to step both. A model has one learner, or one
 * for each grid. The algorithm of one block is in block_iteration.c, of all blocks in learner_step.c. */
#ifndef GGCN_LEARN_LEARNER_H
#define GGCN_LEARN_LEARNER_H

#include "ggcn/langevin.h"
#include "ggcn/optimizer.h"
#include "ggcn/trainer.h"
#include "learn/observed_batch.h"
#include "learn/responses.h"

typedef struct ggcn_learner ggcn_learner;

/* One thread's means. */
typedef struct {
    const ggcn_learner *learner;
    ggcn_evaluator *evaluator;
    ggcn_gradients *likelihood;
    ggcn_gradients *flow; /* of a JKO term that bypasses the optimiser, else NULL */
    float *pixels;        /* [B][C][H][W] observed images */
    float *full;          /* an observed image before it is reduced to the grid; NULL on the finest grid */
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

/* What a learner is made from. */
typedef struct {
    const ggcn_config *config;     /* must outlive the learner */
    const ggcn_graph *graph;       /* copied */
    const float *filters;          /* initial filters [n_filters], or NULL: random */
    const float *statistics;       /* initial statistics [n_statistics], or NULL: mean 0, variance 1 */
    const ggcn_observed *observed; /* must outlive the learner */
    ggcn_blocks blocks;
    uint64_t seed;    /* of this learner's own random numbers */
    int64_t factor;   /* by which observed images are reduced to this grid */
    const char *grid; /* name of the grid in paths of arrays: "" or e.g. "grid-8/" */
} ggcn_learner_options;

struct ggcn_learner {
    const ggcn_config *config;
    const ggcn_model_traits *traits;
    ggcn_blocks blocks;
    uint64_t seed;
    int64_t factor;
    ggcn_graph *graph;
    ggcn_potential potential;
    size_t n_learned; /* numbers at the front of `parameters` that are learned: all, or theta only */
    ggcn_plan *plan;
    ggcn_weights *weights;
    ggcn_worker *workers;
    int threads;
    float *parameters, *statistics;
    ggcn_optimizer optimizer;
    ggcn_chains chains;
    double *lp, *potential_of, *gradient_of; /* [local chains] */
    ggcn_responses responses;
    ggcn_observed_batch batch;
    ggcn_sum *sum;
    uint64_t iteration;    /* of the step that is being made */
    double seconds_update; /* of the last step: metrics, guard and optimiser, after the sum */
    double gamma;          /* of this iteration's JKO term */
    double rate_factor;    /* of the divergence guard */
    ggcn_langevin langevin;
    char grid[16];
    char (*paths)[160]; /* paths of its arrays in the listed state */
    size_t n_paths;
};

ggcn_status ggcn_learner_create(const ggcn_learner_options *options, ggcn_learner **learner);
void ggcn_learner_destroy(ggcn_learner **learner);

/* Lists parameters, optimiser, statistics and chains. */
ggcn_status ggcn_learner_state(ggcn_learner *learner, ggcn_state *state);

/* One iteration of a potential: steps its chains from where they are, sums the gradients, takes the optimiser's step.
 * Collective. Sets the metrics up to GGCN_METRICS. */
ggcn_status ggcn_learner_step(ggcn_learner *learner, uint64_t iteration, double *metrics);

/* The end of an iteration: the sum over all blocks, which must have been handed in, its metrics, the optimiser's step.
 * Collective. @param mine  this rank's outcome so far; agreed on */
ggcn_status ggcn_learner_update(ggcn_learner *learner, ggcn_status mine, double *metrics);

/* The learning rate of an iteration, the guard's factor included. */
double ggcn_learner_rate(const ggcn_learner *learner);
/* Reorders the parameters for all threads. */
ggcn_status ggcn_learner_pack(ggcn_learner *learner);

/* Whether there is a JKO term, whether it reaches the filters, and whether it bypasses the optimiser. */
bool ggcn_has_flow(const ggcn_config *config);
bool ggcn_flow_on_filters(const ggcn_config *config);
bool ggcn_flow_apart(const ggcn_config *config);

/* Floats of a block's vector: [gradient: n_learned][response: features][flow apart: n_learned] */
size_t ggcn_learner_floats(const ggcn_config *config, const ggcn_potential *potential, size_t n_learned);

/* One block's part of an iteration: steps its chains and hands its vector to the sum. */
ggcn_status ggcn_block_iteration(ggcn_learner *learner, ggcn_worker *worker, int64_t block);
/* One block's part of a calibration of the norm layers' statistics on observed images. */
ggcn_status ggcn_block_calibration(ggcn_learner *learner, ggcn_worker *worker, int64_t block);
/* Observed image number `number` of the block in this iteration, at the size of the grid. */
void ggcn_draw_observed_image(ggcn_learner *learner, ggcn_worker *worker, int64_t block, uint64_t number, float *pixels,
                              uint32_t *label);
/* Draws observed images number `first` .. of the block into worker->pixels, as many as fit a batch. Returns how many.
 */
int64_t ggcn_draw_observed(ggcn_learner *learner, ggcn_worker *worker, int64_t block, uint64_t first);

/* grad Phi for ggcn_langevin_run, in the sampler's precision; the context is a worker. */
ggcn_status ggcn_worker_sampling_gradient(void *worker, const float *x, float *g);

#endif
