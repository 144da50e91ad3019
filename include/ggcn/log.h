/**
 * @file
 * The log of a run: timestamped lines in a file; warnings also on the standard error stream. Not thread-safe.
 *
 * A process has at most one log. Rank 0 opens it; on the other ranks ggcn_log writes only warnings, to standard error.
 */
#ifndef GGCN_LOG_H
#define GGCN_LOG_H

#include <stdbool.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { GGCN_LOG_INFO, GGCN_LOG_WARNING } ggcn_log_level;

/**
 * Opens the log file; an open log is closed first. Not collective.
 * @param append  false: an existing file is replaced. true: lines are added behind it, e.g. after a restart
 * @return GGCN_ERROR_IO if the file cannot be opened
 */
ggcn_status ggcn_log_open(const char *path, bool append);

/** Writes one line, "2026-01-31T12:34:56Z warning: TEXT", and flushes it. Where lines could not be written, the next
 * that can be says how many; ggcn_log_close reports it if there is none. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void
ggcn_log(ggcn_log_level level, const char *format, ...);

/** Closes the log; without one it does nothing. @return GGCN_ERROR_IO if the last lines could not be written */
ggcn_status ggcn_log_close(void);

#ifdef __cplusplus
}
#endif
#endif
