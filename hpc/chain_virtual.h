/* The virtual file chains.h5 over all segments. Rank 0 alone deals with it. */
#ifndef GGCN_HPC_CHAIN_VIRTUAL_H
#define GGCN_HPC_CHAIN_VIRTUAL_H

#include <stddef.h>
#include <stdint.h>

#include "chain_layout.h"

typedef struct {
    uint64_t last; /* iteration of its last draw, which names it */
    int64_t draws;
    uint64_t *iterations; /* [draws] */
} ggcn_segment;

typedef struct {
    ggcn_segment *list; /* ascending */
    size_t count;
} ggcn_segments;

/* Lists the segments up to `iteration` and removes newer ones. `sizes`: what each must agree with; draws are ignored.
 */
ggcn_status ggcn_segments_open(const char *folder, const ggcn_chain_sizes *sizes, uint64_t iteration,
                               ggcn_segments *segments);
/* Appends a segment; the iterations are copied. */
ggcn_status ggcn_segments_append(ggcn_segments *segments, const uint64_t *iterations, int64_t draws);
/* Writes FOLDER/chains.h5 over all segments; without segments it removes the file. */
ggcn_status ggcn_segments_publish(const char *folder, const ggcn_segments *segments, const ggcn_chain_sizes *sizes);
void ggcn_segments_clear(ggcn_segments *segments);

#endif
