/**
 * @file
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., SC'11; Random123).
 *
 * A number is a pure function of (seed, purpose, iteration, step, chain, element); there is no stream and no state, so
 * a number does not depend on which rank or thread asks for it, or when.
 */
#ifndef GGCN_RANDOM_H
#define GGCN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a number is for; part of the counter, so that no two uses ever share a number. Below 256. */
typedef enum {
    GGCN_RANDOM_WEIGHTS = 1,     /**< initial filters; chain = number of the parameter tensor */
    GGCN_RANDOM_THETA = 2,       /**< initial theta */
    GGCN_RANDOM_CHAIN_START = 3, /**< initial state of a chain */
    GGCN_RANDOM_LANGEVIN = 4,    /**< Langevin noise */
    GGCN_RANDOM_OBSERVED = 5,    /**< order of the observed images; iteration = epoch, chain = block */
    GGCN_RANDOM_JKO = 6,         /**< gamma of the JKO term; one number per iteration */
    GGCN_RANDOM_PICTURE = 7,     /**< noise of steps taken for pictures only */
    GGCN_RANDOM_IMPORT = 8,      /**< imported images: order (step 0; chain = part), held-out ones (step 1; by class) */
    GGCN_RANDOM_GENERATOR = 9,   /**< initial parameters of a generator; chain = number of the parameter tensor */
    GGCN_RANDOM_EMBEDDING = 10,  /**< initial class embedding */
    GGCN_RANDOM_LATENT = 11,     /**< latents drawn anew */
    GGCN_RANDOM_REPLAY = 12,     /**< which chains restart from which slot of the replay buffer */
    GGCN_RANDOM_SAMPLE = 32,     /**< noise of steps from a trained model; iteration = that of its checkpoint */
    GGCN_RANDOM_SAMPLE_ACCEPT = 33, /**< whether a Metropolis proposal is taken; same address as its noise */
    GGCN_RANDOM_SAMPLE_START = 34,  /**< where sampled chains start; chain = number of the sampled chain */
    GGCN_RANDOM_SAMPLE_LATENT = 35, /**< latents of generated samples; chain = number of the sample */
    GGCN_RANDOM_MASK = 36,          /**< spots of hidden pixels; chain = number of the image */
    GGCN_RANDOM_TEST = 255
} ggcn_random_purpose;

/** All of a number's address but the element. */
typedef struct {
    uint64_t seed;
    ggcn_random_purpose purpose;
    uint32_t iteration;
    uint32_t step; /**< below 2^24 */
    uint32_t chain;
} ggcn_random_key;

/** Raw 32-bit words number first .. first+count-1 of a key. @param[out] words [count] */
void ggcn_random_words(ggcn_random_key key, uint64_t first, size_t count, uint32_t *words);

/** One number uniform on (0, 1]. */
double ggcn_random_uniform(ggcn_random_key key, uint64_t element);

/** Normal numbers N(0, 1), elements 0 .. count-1 (Box-Muller on pairs of words). @param[out] values [count] */
void ggcn_random_normal(ggcn_random_key key, size_t count, float *values);

/** Random permutation of 0 .. count-1 (Fisher-Yates). @param[out] order [count] */
void ggcn_random_permutation(ggcn_random_key key, uint32_t count, uint32_t *order);

#ifdef __cplusplus
}
#endif
#endif
