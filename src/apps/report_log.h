/* What happened to a run: the lines of its log but those of progress and of checkpoints. */
#ifndef GGCN_APPS_REPORT_LOG_H
#define GGCN_APPS_REPORT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

typedef enum {
    REPORT_START,     /* a process began, with so many ranks and threads */
    REPORT_RESTART,   /* it went on from a checkpoint */
    REPORT_ROLL_BACK, /* after a divergence */
    REPORT_WARNING,   /* e.g. a file that could not be written and is tried again */
    REPORT_STOP,      /* before the end */
    REPORT_ERROR,     /* the run failed */
    REPORT_END,       /* with the digests */
    REPORT_OTHER
} report_event_kind;

typedef struct {
    report_event_kind kind;
    char *time; /* UTC, as in the log; empty: a line without one */
    char *text;
    uint64_t iteration; /* it happened at, or went back to */
} report_event;

/* Release with report_log_clear. */
typedef struct {
    report_event *events; /* [count] in order */
    size_t count;
    char *first, *last; /* times of the first and last line; NULL: no log */
} report_log;

/* The word for a kind, as in "roll-back". */
const char *report_event_word(report_event_kind kind);

/* Reads the log of a run; without one there are no events. @return GGCN_ERROR_IO, GGCN_ERROR_MEMORY */
ggcn_status report_log_read(const char *path, report_log *log);
void report_log_clear(report_log *log);
/* How many events of a kind there are. */
size_t report_log_count(const report_log *log, report_event_kind kind);
/* The last event that says how a process ended; NULL if none does, or another process began after it. */
const report_event *report_log_outcome(const report_log *log);

#endif
