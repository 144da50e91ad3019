#include "metric/block_sum.h"

#include <string.h>

#include "base/block_loop.h"

typedef struct {
    const ggcn_image_spread *spread;
    size_t length;
    ggcn_block_term term;
    const void *context;
    ggcn_sum *sum;
} work;

static ggcn_status add_block(void *context, int thread, int64_t block) {
    (void)thread;
    const work *w = context;
    const int64_t first = block * GGCN_SPREAD_BLOCK, end = first + GGCN_SPREAD_BLOCK;
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(w->sum, &vector));
    memset(vector.d, 0, w->length * sizeof *vector.d);
    w->term(w->context, first, end < w->spread->owned ? end : w->spread->owned, vector.d);
    return ggcn_sum_add(w->sum, w->spread->blocks.first + block, vector);
}

ggcn_status ggcn_sum_over_images(const ggcn_image_spread *spread, size_t length, ggcn_block_term term,
                                 const void *context, ggcn_status mine, double *total) {
    const int64_t owned = spread->blocks.owned;
    ggcn_vector sum;
    work w = {spread, length, term, context, NULL};
    GGCN_TRY(ggcn_sum_create_on_all(&spread->blocks, length, 0, mine, &w.sum));
    ggcn_status status = ggcn_for_blocks(ggcn_threads_for(owned), owned, add_block, &w);
    status = ggcn_sum_finish(w.sum, status, &sum, NULL);
    if (status == GGCN_SUCCESS)
        memcpy(total, sum.d, length * sizeof *total);
    ggcn_sum_destroy(&w.sum);
    return status;
}
