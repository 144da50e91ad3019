#include "base/block_loop.h"

#include <omp.h>

int ggcn_threads_for(int64_t blocks) {
    const int threads = omp_get_max_threads();
    return threads < blocks ? threads : (int)blocks;
}

ggcn_status ggcn_for_blocks(int threads, int64_t count, ggcn_block_function function, void *context) {
    ggcn_error first = {.status = GGCN_SUCCESS};
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(dynamic, 1)
        for (int64_t block = 0; block < count; block++) {
            if (function(context, omp_get_thread_num(), block) != GGCN_SUCCESS) {
#pragma omp critical
                if (first.status == GGCN_SUCCESS)
                    first = *ggcn_last_error();
            }
        }
    }
    return first.status == GGCN_SUCCESS ? GGCN_SUCCESS : ggcn_restore_error(&first);
}
