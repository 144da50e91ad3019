/* The progress of a run: one line that is updated on a terminal, plain lines at intervals elsewhere. Rank 0 only. */
#ifndef GGCN_APPS_TRAIN_PROGRESS_H
#define GGCN_APPS_TRAIN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t first, iterations; /* where this run began and where it ends */
    double start, last, logged; /* seconds: of the start, of the last line shown and logged */
    bool terminal;
} train_progress;

void train_progress_start(train_progress *progress, uint64_t first, uint64_t iterations);
/* After an iteration. @param metrics [GGCN_METRICS] */
void train_progress_show(train_progress *progress, uint64_t iteration, const double *metrics);

#endif
