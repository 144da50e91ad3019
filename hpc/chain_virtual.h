/* The virtual file chains.h5 over all segments. Rank 0 alone deals with it. */
#ifndef GGCN_HPC_CHAIN_VIRTUAL_H
#define GGCN_HPC_CHAIN_VIRTUAL_H

#include <stddef.h>
#include <stdint.h>

#include "chain_about.h"
#include "chain_layout.h"

/* What a segment has besides lp, potential and gradient_norm. */
enum {
    GGCN_SEGMENT_TRACES = 1,    /* the other scalars, as segments since version 2 have */
    GGCN_SEGMENT_RESPONSES = 2, /* layer_response, of the layers of this run */
    GGCN_SEGMENT_NEWEST = 3     /* what is written today */
};

typedef struct {
    uint64_t last; /* iteration of its last draw, which names it */
    int has;       /* GGCN_SEGMENT_... */
    int64_t draws, image_draws;
    uint64_t *iterations;       /* [draws] */
    uint64_t *image_iterations; /* [image_draws] */
} ggcn_segment;

typedef struct {
    ggcn_segment *list; /* ascending */
    size_t count;
} ggcn_segments;

/* Lists the segments up to `iteration` and removes newer ones. `sizes`: what each must agree with; draws are ignored.
 */
ggcn_status ggcn_segments_open(const char *folder, const ggcn_chain_sizes *sizes, uint64_t iteration,
                               ggcn_segments *segments);
/* Appends a segment of at least one draw; the iterations are copied. */
ggcn_status ggcn_segments_append(ggcn_segments *segments, int has, const uint64_t *iterations, int64_t draws,
                                 const uint64_t *image_iterations, int64_t image_draws);
/* Writes FOLDER/chains.h5 over all segments, with what all of them have; without segments it removes the file. */
ggcn_status ggcn_segments_publish(const char *folder, const ggcn_segments *segments, const ggcn_chain_sizes *sizes,
                                  const ggcn_chain_about *about);
void ggcn_segments_clear(ggcn_segments *segments);

#endif
