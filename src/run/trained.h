/* Private side of ggcn/trained.h. */
#ifndef GGCN_RUN_TRAINED_H
#define GGCN_RUN_TRAINED_H

#include "ggcn/files.h"
#include "ggcn/trained.h"
#include "learn/trainer.h"

/* One grid's potential, ready to be evaluated. */
typedef struct {
    ggcn_shape shape;
    size_t elements;
    ggcn_potential potential;
    ggcn_plan *plan;
    ggcn_weights *weights;
    float *parameters, *statistics;
} ggcn_trained_grid;

/* The generator with its running statistics; without one `plan` is NULL. */
typedef struct {
    size_t inputs, latent,
        embedding; /* numbers in an input, of which the first are z and the others the class's embedding */
    ggcn_plan *plan;
    ggcn_weights *weights;
    size_t n_network;
    float *parameters, *statistics; /* [network | embedding [class][dimension]] */
} ggcn_trained_generator;

/* One thread's means; what a call does not need is not made. */
typedef struct {
    ggcn_evaluator *evaluators[GGCN_MOST_GRIDS];
    ggcn_workspace *generator;
    float *x, *g, *fixed;          /* [B][elements of the finest grid] */
    float *noise;                  /* [elements] */
    float *input, *input_gradient; /* [B][inputs] of the generator */
    double *phi;                   /* [B] */
    int64_t *accepted;             /* [B] */
} ggcn_trained_worker;

struct ggcn_trained {
    ggcn_trained_info info;
    ggcn_checkpoint_info checkpoint;
    ggcn_config *config;
    char **classes;
    ggcn_model_networks networks;
    int64_t batch;            /* B: run.block */
    ggcn_precision precision; /* of Langevin steps; everything else is in float32 */
    ggcn_trained_grid grids[GGCN_MOST_GRIDS];
    ggcn_trained_generator generator;
    int threads;
    ggcn_trained_worker *workers;
    uint64_t identity[GGCN_IDENTITIES];
    char (*paths)[160]; /* of the listed state */
    size_t n_paths;
};

/* Makes room for the numbers of a model whose checkpoint and networks are known. @return GGCN_ERROR_MEMORY, _LIBRARY */
ggcn_status ggcn_trained_create_parts(ggcn_trained *model);
/* Reorders the numbers for all threads, once they were read. */
ggcn_status ggcn_trained_pack(ggcn_trained *model);
/* Lists parameters, statistics and identity, as a checkpoint names them. */
ggcn_status ggcn_trained_state(ggcn_trained *model, ggcn_state *state);

/* Work on the images first .. first+count-1 of a call, at most B of them, by one thread. */
typedef ggcn_status (*ggcn_trained_function)(ggcn_trained *model, ggcn_trained_worker *worker, int64_t first,
                                             int64_t count, void *context);
/* Cuts `count` images into batches of B, the last one perhaps smaller, and gives them to the threads. */
ggcn_status ggcn_trained_for_batches(ggcn_trained *model, int64_t count, ggcn_trained_function function, void *context);
/* The worker's means for a grid, or for the generator; made when first asked for. @return GGCN_ERROR_MEMORY, _LIBRARY
 */
ggcn_status ggcn_trained_use_grid(const ggcn_trained *model, ggcn_trained_worker *worker, int grid);
ggcn_status ggcn_trained_use_generator(const ggcn_trained *model, ggcn_trained_worker *worker);
void ggcn_trained_worker_destroy(ggcn_trained_worker *worker);

/* Phi and its gradient of a batch into the worker's phi and g. @param x, labels of the whole call; labels may be NULL
 */
ggcn_status ggcn_trained_gradient(ggcn_trained *model, ggcn_trained_worker *worker, int grid, int64_t first,
                                  int64_t count, const float *x, const uint32_t *labels);

/* @return GGCN_ERROR_ARGUMENT: no such grid, or a label that is not below the classes */
ggcn_status ggcn_trained_check(const ggcn_trained *model, int grid, int64_t count, const uint32_t *labels);

#endif
