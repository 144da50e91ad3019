#include "ggcn/blocks.h"

#include "ggcn/hpc.h"

void ggcn_blocks_of_rank(int64_t count, int rank, int64_t *first, int64_t *owned) {
    const int64_t ranks = ggcn_ranks();
    int64_t lo = rank * count / ranks, hi = (rank + 1) * count / ranks;
    if ((ranks & (ranks - 1)) == 0) {
        lo = 0;
        hi = count;
        for (int64_t bit = ranks / 2; bit > 0; bit /= 2) {
            const int64_t middle = (lo + hi) / 2;
            if (rank & bit)
                lo = middle;
            else
                hi = middle;
        }
    }
    *first = lo;
    *owned = hi - lo;
}

ggcn_status ggcn_blocks_distribute(int64_t count, ggcn_blocks *blocks) {
    blocks->count = count;
    ggcn_blocks_of_rank(count, ggcn_rank(), &blocks->first, &blocks->owned);
    if (count < ggcn_ranks())
        GGCN_FAIL(GGCN_ERROR_CONFIG, "start fewer ranks, raise learning.chains or lower run.block",
                  "%d ranks for only %lld blocks (learning.chains / run.block): a rank needs at least one block",
                  ggcn_ranks(), (long long)count);
    return GGCN_SUCCESS;
}
