/* The generator G(z; xi) of a GGCN or DCGAN with the latents of the chains (paper, Section 4.2; Algorithm 2). With
 * labels its input is [z | embedding of the class], and the embedding belongs to xi. */
#ifndef GGCN_LEARN_GENERATOR_H
#define GGCN_LEARN_GENERATOR_H

#include "ggcn/chains.h"
#include "ggcn/masks.h"
#include "ggcn/optimizer.h"
#include "ggcn/state.h"
#include "learn/batch_network.h"

typedef struct {
    const ggcn_config *config;
    ggcn_blocks blocks;
    int64_t block, first, count; /* chains: of a block, this rank's first, this rank's */
    uint32_t n_classes;          /* 1: no embedding */
    ggcn_graph *graph;
    ggcn_batch_network *network;
    size_t latent, inputs, elements; /* numbers in z, in an input, in an image */
    size_t n_network, n_parameters;  /* xi: [network | embedding [class][dimension]] */
    float *parameters, *statistics;
    ggcn_optimizer optimizer;
    ggcn_masks masks;
    uint8_t *hidden;       /* [count][H][W] of an auto-encoder: pixels that are 0 in z, an observed image; else NULL */
    float *z;              /* [count][latent] */
    float *input;          /* [count][inputs] */
    float *image;          /* [count][elements] G(z) of the last forward pass */
    float *signal;         /* [count][elements] what to ascend at G's result */
    float *input_gradient; /* [count][inputs] of the last backward pass */
    ggcn_gradients **scratch; /* [threads] */
    int threads;
    ggcn_sum *sum;
    double rate_factor; /* of the divergence guard */
    char (*paths)[160];
} ggcn_generator;

/* @param graph copied  @param chains whose latents they are */
ggcn_status ggcn_generator_create(const ggcn_config *config, const ggcn_graph *graph, const ggcn_blocks *blocks,
                                  const ggcn_chains *chains, uint32_t n_classes, ggcn_generator **generator);
void ggcn_generator_destroy(ggcn_generator **generator);

/* Lists xi, its optimiser, the running statistics and the latents. */
ggcn_status ggcn_generator_state(ggcn_generator *generator, ggcn_state *state);

/* z ~ N(0, I) for one chain (local number), a function of (seed, iteration, chain). */
void ggcn_generator_draw(ggcn_generator *generator, uint64_t iteration, int64_t chain);
/* Whether z is an observed image with hidden pixels, in place of N(0, I). */
bool ggcn_generator_encodes(const ggcn_generator *generator);
/* Hides pixels of the image that was put into z of one chain (local number); the mask is a function of (seed,
 * iteration, chain). */
void ggcn_generator_hide(ggcn_generator *generator, uint64_t iteration, int64_t chain);
/* G(z) of all chains into `image`. Collective. @param labels [count] */
ggcn_status ggcn_generator_forward(ggcn_generator *generator, const uint32_t *labels);
/* Ascends mean_i <signal_i, G(z_i)> in xi, after a forward pass with the same xi; sets input_gradient. Collective.
 * @param mine   this rank's outcome of making the signals; agreed on
 * @param labels [count]  @param[out] norm of the gradient given to the optimiser */
ggcn_status ggcn_generator_learn(ggcn_generator *generator, ggcn_status mine, const uint32_t *labels,
                                 uint64_t iteration, double *norm);
/* Whether the latents learn (LHS); an auto-encoder's are given. */
bool ggcn_generator_learns_latents(const ggcn_generator *generator);
/* The latents' gradient step on their own chain's objective: z <- z + rate d<signal, G(z)>/dz (Eq. 20). */
void ggcn_generator_step_latents(ggcn_generator *generator, double rate);

#endif
