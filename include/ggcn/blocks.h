/**
 * @file
 * Who owns a block, and the sum over blocks. This is all that the learning and metric modules see of the parallel
 * machine.
 *
 * Chains are grouped into `count` blocks. A rank owns a contiguous range of them: where the number R of ranks is a
 * power of two, by halving [0, count) log2(R) times at mid = floor((lo + hi)/2); else rank r owns [floor(r count/R),
 * floor((r+1) count/R)). Vectors handed in by blocks are added in a fixed binary tree over block numbers: the sum over
 * the blocks [lo, hi) is the sum over [lo, mid) plus the sum over [mid, hi), mid = floor((lo + hi)/2). The tree depends
 * on `count` alone, so the bits of the total do not depend on the number of ranks or threads. For powers of two a
 * rank's range is one node of the tree, so that it hands on a single vector.
 */
#ifndef GGCN_BLOCKS_H
#define GGCN_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t count; /**< blocks over all ranks */
    int64_t first; /**< first block of this rank */
    int64_t owned; /**< blocks of this rank, at least 1 */
} ggcn_blocks;

/** Distributes blocks over the ranks. @return GGCN_ERROR_CONFIG if there are more ranks than blocks */
ggcn_status ggcn_blocks_distribute(int64_t count, ggcn_blocks *blocks);
/** The range of any rank. */
void ggcn_blocks_of_rank(int64_t count, int rank, int64_t *first, int64_t *owned);

/** A vector of a sum: `d` in double precision for scalars, `f` in single precision for gradients. */
typedef struct {
    double *d;
    float *f;
} ggcn_vector;

typedef struct ggcn_sum ggcn_sum;

/** A sum of vectors of n_double + n_float elements (each below 2^31) over the blocks. The buffers it needs grow with
 * use, about one per thread and two more. Not collective. @return GGCN_ERROR_ARGUMENT, GGCN_ERROR_MEMORY */
ggcn_status ggcn_sum_create(const ggcn_blocks *blocks, size_t n_double, size_t n_float, ggcn_sum **sum);
/** The same on all ranks or on none. Collective. @param mine  this rank's status so far; an error makes all ranks fail,
 *  as ggcn_agree does */
ggcn_status ggcn_sum_create_on_all(const ggcn_blocks *blocks, size_t n_double, size_t n_float, ggcn_status mine,
                                   ggcn_sum **sum);
void ggcn_sum_destroy(ggcn_sum **sum);

/** A buffer for one block's vector, contents undefined; it stays the sum's. Thread-safe, not collective.
 *  @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_sum_lease(ggcn_sum *sum, ggcn_vector *vector);
/** Hands in the leased vector of a block of this rank; each block once per sum. Thread-safe, not collective.
 *  @return GGCN_ERROR_ARGUMENT if the block is not this rank's */
ggcn_status ggcn_sum_add(ggcn_sum *sum, int64_t block, ggcn_vector vector);
/**
 * Completes the sum over all ranks. Collective, also for ranks that failed.
 * @param mine  GGCN_SUCCESS if this rank handed in all its blocks, else the error: it is agreed on (see ggcn_agree), no
 *              total is made, and the sum must not be used again
 * @param[out] total  the same bits on every rank; valid until the next lease or destroy
 * @param[out] seconds time spent between ranks; may be NULL
 */
ggcn_status ggcn_sum_finish(ggcn_sum *sum, ggcn_status mine, ggcn_vector *total, double *seconds);

#ifdef __cplusplus
}
#endif
#endif
