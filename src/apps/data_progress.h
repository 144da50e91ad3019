/* The progress of work on images: one line that is updated on a terminal, a plain line every ten seconds elsewhere.
 * Rank 0 only; the other ranks may call. */
#ifndef GGCN_APPS_DATA_PROGRESS_H
#define GGCN_APPS_DATA_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *done; /* what was done with the images, e.g. "checked" */
    int64_t total;
    double start, last; /* seconds: of the start and of the last line */
    bool terminal, shown;
} data_progress;

void data_progress_start(data_progress *progress, const char *done, int64_t total);
/* `count` images of the total are done. */
void data_progress_show(data_progress *progress, int64_t count);
/* Leaves the line on the terminal, so that other output can follow. */
void data_progress_end(data_progress *progress);
/* Seconds since the start. */
double data_progress_seconds(const data_progress *progress);

#endif
