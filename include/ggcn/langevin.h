/**
 * @file
 * Langevin dynamics (paper, Alg. 1, lines 6-9) on a block of chains:
 *
 *     x <- x + d^2/2 (grad Phi(x) - x/s_ref^2) + d s_noise N(0, I)
 *
 * Noise is a function of (seed, purpose, iteration, step, chain, element) only.
 */
#ifndef GGCN_LANGEVIN_H
#define GGCN_LANGEVIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/random.h"
#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint32_t steps;         /**< L */
    double step_size;       /**< d */
    double noise_sigma;     /**< s_noise; 0: gradient ascent without noise */
    double reference_sigma; /**< s_ref */
    double gradient_clip;   /**< largest Euclidean norm of grad Phi of one image; 0: no clipping */
    bool clamp;             /**< clamp every state to [lowest, highest] */
    float lowest, highest;
} ggcn_langevin;

/** grad Phi of a block. @param x [chains][elements]  @param[out] g [chains][elements] */
typedef ggcn_status (*ggcn_gradient_function)(void *context, const float *x, float *g);

/** A block of chains and the place it has in the run. */
typedef struct {
    uint64_t seed;
    ggcn_random_purpose purpose; /**< GGCN_RANDOM_LANGEVIN, or _PICTURE for steps that do not belong to the chain */
    uint32_t iteration;
    uint32_t first_chain;        /**< global number of the block's first chain */
    int64_t chains;
    size_t elements;             /**< numbers in one image */
    float *x;                    /**< [chains][elements], updated */
    float *g;                    /**< [chains][elements], scratch */
    float *noise;                /**< [elements], scratch */
} ggcn_langevin_block;

/**
 * Runs all steps on a block, in one thread.
 * @param have_gradient  g already holds grad Phi at x, so that the first step need not compute it
 */
ggcn_status ggcn_langevin_run(const ggcn_langevin *langevin, const ggcn_langevin_block *block, bool have_gradient,
                              ggcn_gradient_function gradient, void *context);

#ifdef __cplusplus
}
#endif
#endif
