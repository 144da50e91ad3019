/* The lock of a run directory: one program at a time writes there. Not collective: for the rank that deals with it. */
#ifndef GGCN_HPC_LOCK_H
#define GGCN_HPC_LOCK_H

#include "ggcn/status.h"

typedef struct ggcn_lock ggcn_lock;

/**
 * Takes DIRECTORY/lock, which tells host, process and batch job. A lock is stale, and taken over, if its process has
 * ended or its host was started anew since; one of another host only if it is of the same batch job, which the batch
 * system has then started again. While the process lives the system's own lock (flock) is held as well, where there are
 * such locks.
 * @return GGCN_ERROR_CONFIG if a program has it, GGCN_ERROR_IO, GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_lock_take(const char *directory, ggcn_lock **lock);
/** Removes it. NULL is allowed. */
void ggcn_lock_release(ggcn_lock **lock);

#endif
