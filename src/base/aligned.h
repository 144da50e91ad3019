/* Memory for what is streamed through many times: packed weights, activations, gradients. */
#ifndef GGCN_BASE_ALIGNED_H
#define GGCN_BASE_ALIGNED_H

#include <stddef.h>

/* At least `bytes` bytes aligned to a cache line, not set to anything; to be released with free(). From a few megabytes
 * on the system is asked for huge pages: a network's packed weights are read once a step, and are more small pages than
 * the processor's table of translations has room for. NULL if there is no memory. */
void *ggcn_allocate_aligned(size_t bytes);

#endif
