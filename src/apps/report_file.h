/* The whole of a file of a run directory. */
#ifndef GGCN_APPS_REPORT_FILE_H
#define GGCN_APPS_REPORT_FILE_H

#include <stddef.h>

#include "ggcn/status.h"

/* @param what  for messages, e.g. "the picture"  @param[out] bytes  malloc'ed, with a 0 behind them; NULL after a
 * failure
 * @return GGCN_ERROR_IO, GGCN_ERROR_MEMORY */
ggcn_status report_file_read(const char *path, const char *what, char **bytes, size_t *size);

#endif
