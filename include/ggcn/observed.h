/**
 * @file
 * The observed images of a rank, in memory. ggcn/dataset.h loads them.
 */
#ifndef GGCN_OBSERVED_H
#define GGCN_OBSERVED_H

#include "ggcn/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The observed images of this rank's blocks, in memory. Image i of the n kept ones (after data.classes and data.limit)
 * belongs to the block b with floor(b n/count) <= i < floor((b+1) n/count).
 */
typedef struct {
    ggcn_shape shape;
    uint32_t n_classes;    /**< classes kept; labels are renumbered 0 .. n_classes-1 in the order of data.classes */
    int64_t total;         /**< n, over all ranks */
    char *classes;         /**< names of the classes kept, one a line; NULL: unknown */
    int64_t *class_counts; /**< [n_classes] kept images of each class, over all ranks */
    uint64_t checksum;     /**< of the data set and of what was selected from it */
    int64_t *start;        /**< [owned + 1] where each owned block's images begin in `images` */
    uint8_t *images;       /**< [start[owned]][C][H][W] */
    uint32_t *labels;      /**< [start[owned]] */
} ggcn_observed;

#ifdef __cplusplus
}
#endif
#endif
