/**
 * @file
 * The persistent chains of a rank.
 */
#ifndef GGCN_CHAINS_H
#define GGCN_CHAINS_H

#include "ggcn/blocks.h"
#include "ggcn/config.h"
#include "ggcn/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ggcn_shape shape;
    size_t elements;  /**< numbers in one image */
    int64_t block;    /**< B, chains per block */
    int64_t first;    /**< global number of this rank's first chain */
    int64_t count;    /**< chains of this rank: owned blocks * B */
    float *x;         /**< [count][C][H][W] states */
    uint32_t *labels; /**< [count] class of each chain */
} ggcn_chains;

/** Chains in the blocks of a rank, at 0 or, for GGCN_START_NOISE, at a draw of N(0, reference_sigma^2 I). Chain number
 * k has the class k modulo n_classes. Not collective; to be released with ggcn_chains_destroy. @return
 * GGCN_ERROR_MEMORY */
ggcn_status ggcn_chains_create(const ggcn_blocks *blocks, int64_t block, ggcn_shape shape, uint32_t n_classes,
                               ggcn_chain_start start, double reference_sigma, uint64_t seed, ggcn_chains *chains);
/**
 * Gives the chains classes in proportion to the observed images, so that the mean over chains and the mean over images
 * weigh each class alike: chain number k gets the class whose share of the first k + 1 chains falls short the most.
 * Every class is within one chain of its share.
 * @param counts [n_classes] observed images of each class, over all ranks
 * @param total  chains over all ranks
 * @return GGCN_ERROR_CONFIG if a class would be without a chain
 */
ggcn_status ggcn_chains_assign(ggcn_chains *chains, const int64_t *counts, uint32_t n_classes, int64_t total);
void ggcn_chains_destroy(ggcn_chains *chains);

#ifdef __cplusplus
}
#endif
#endif
