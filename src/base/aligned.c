#define _DEFAULT_SOURCE /* madvise */
#include "base/aligned.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { LINE = 64, HUGE_PAGE = 2 << 20 };

void *ggcn_allocate_aligned(size_t bytes) {
    void *memory = NULL;
    const size_t alignment = bytes < 2 * (size_t)HUGE_PAGE ? LINE : HUGE_PAGE;
    if (posix_memalign(&memory, alignment, bytes + LINE) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE)
        (void)madvise(memory, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE); /* advice: without it all works as well */
#endif
    return memory;
}
