#include "ggcn/image_spread.h"

ggcn_status ggcn_spread_images(int64_t count, ggcn_image_spread *spread) {
    if (count < 1)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "give it at least one image", "no images to measure");
    const int64_t blocks = (count + GGCN_SPREAD_BLOCK - 1) / GGCN_SPREAD_BLOCK;
    if (ggcn_blocks_distribute(blocks, &spread->blocks) != GGCN_SUCCESS)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "start fewer ranks",
                  "%lld images make %lld blocks of %d, fewer than there are ranks", (long long)count, (long long)blocks,
                  GGCN_SPREAD_BLOCK);
    spread->count = count;
    spread->first = spread->blocks.first * GGCN_SPREAD_BLOCK;
    const int64_t end = (spread->blocks.first + spread->blocks.owned) * GGCN_SPREAD_BLOCK;
    spread->owned = (end < count ? end : count) - spread->first;
    return GGCN_SUCCESS;
}
