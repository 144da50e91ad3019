/* Work on all blocks of a rank by its threads. */
#ifndef GGCN_BASE_BLOCK_LOOP_H
#define GGCN_BASE_BLOCK_LOOP_H

#include <stdint.h>

#include "ggcn/status.h"

/* Work on one block (local number) by one thread. */
typedef ggcn_status (*ggcn_block_function)(void *context, int thread, int64_t block);

/* Runs a function on blocks 0 .. count-1, threads taking blocks as they come. The first error wins. */
ggcn_status ggcn_for_blocks(int threads, int64_t count, ggcn_block_function function, void *context);

/* Threads worth having for that many blocks. */
int ggcn_threads_for(int64_t blocks);

#endif
