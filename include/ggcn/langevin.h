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

#include "ggcn/config.h"
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

/** The sampler of a configuration. */
ggcn_langevin ggcn_langevin_of(const ggcn_config *config);

/** grad Phi of a block. @param x [chains][elements]  @param[out] g [chains][elements] */
typedef ggcn_status (*ggcn_gradient_function)(void *context, const float *x, float *g);

/** A block of chains and the place it has in the run. */
typedef struct {
    uint64_t seed;
    ggcn_random_purpose purpose; /**< GGCN_RANDOM_LANGEVIN, or _PICTURE for steps that do not belong to the chain */
    uint32_t iteration;
    uint32_t first_step;  /**< number of the first step, for its noise */
    uint32_t first_chain; /**< global number of the block's first chain */
    int64_t chains;
    size_t elements;    /**< numbers in one image */
    float *x;           /**< [chains][elements], updated */
    float *g;           /**< [chains][elements], scratch */
    float *noise;       /**< [elements], scratch */
    const float *fixed; /**< [chains][elements] numbers that x keeps, NaN where it moves; NULL: all of it moves */
} ggcn_langevin_block;

/**
 * Runs all steps on a block, in one thread.
 * @param have_gradient  g already holds grad Phi at x, so that the first step need not compute it
 */
ggcn_status ggcn_langevin_run(const ggcn_langevin *langevin, const ggcn_langevin_block *block, bool have_gradient,
                              ggcn_gradient_function gradient, void *context);

/** Phi and grad Phi of a block. @param x [chains][elements]  @param[out] g [chains][elements]  @param[out] phi [chains]
 */
typedef ggcn_status (*ggcn_density_function)(void *context, const float *x, float *g, double *phi);

/**
 * Runs Metropolis-adjusted Langevin steps (MALA; Roberts & Tweedie, Bernoulli 2, 1996) on a block, in one thread:
 *
 *     y = m(x) + d N(0, I),   m(x) = x + d^2/2 (grad Phi(x) - x/s_ref^2)
 *     x <- y with probability min(1, p(y) N(x; m(y), d^2) / (p(x) N(y; m(x), d^2))),   p(x) = exp(Phi(x) - |x|^2/(2
 * s_ref^2))
 *
 * so that chains have the density p itself, whatever d is. Of `langevin` only steps, step_size and reference_sigma
 * matter: the noise is N(0, I), and clipping, clamping and fixed numbers are left out. Whether a proposal is taken is
 * drawn at the address of its noise with the purpose GGCN_RANDOM_SAMPLE_ACCEPT.
 * @param[in,out] accepted [chains] how many proposals were taken is added to it
 * @return the density's error, GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_mala_run(const ggcn_langevin *langevin, const ggcn_langevin_block *block,
                          ggcn_density_function density, void *context, int64_t *accepted);

#ifdef __cplusplus
}
#endif
#endif
