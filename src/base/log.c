#include "ggcn/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static FILE *log_file;
static unsigned long lost; /* lines that could not be written since the last one that could */

ggcn_status ggcn_log_open(const char *path, bool append) {
    GGCN_TRY(ggcn_log_close());
    lost = 0;
    log_file = fopen(path, append ? "a" : "w");
    if (!log_file)
        GGCN_FAIL(GGCN_ERROR_IO, "check that the folder exists and can be written to", "%s: cannot open the log: %s",
                  path, strerror(errno));
    return GGCN_SUCCESS;
}

/* Whether it was written. */
static bool write_line(FILE *stream, const char *format, va_list arguments) {
    vfprintf(stream, format, arguments);
    fputc('\n', stream);
    const bool written = fflush(stream) == 0 && !ferror(stream); /* flushed, so that the last lines survive a crash */
    clearerr(stream);
    return written;
}

void ggcn_log(ggcn_log_level level, const char *format, ...) {
    va_list arguments;
    if (level == GGCN_LOG_WARNING) {
        va_start(arguments, format);
        fputs("warning: ", stderr);
        write_line(stderr, format, arguments);
        va_end(arguments);
    }
    if (!log_file)
        return;
    char when[32] = "";
    const time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (lost > 0)
        fprintf(log_file, "%s warning: %lu lines before this one could not be written\n", when, lost);
    fprintf(log_file, "%s %s: ", when, level == GGCN_LOG_WARNING ? "warning" : "info");
    va_start(arguments, format);
    lost = write_line(log_file, format, arguments) ? 0 : lost + 1;
    va_end(arguments);
}

ggcn_status ggcn_log_close(void) {
    if (!log_file)
        return GGCN_SUCCESS;
    const int closed = fclose(log_file);
    log_file = NULL;
    if (lost > 0 || closed != 0)
        GGCN_FAIL(GGCN_ERROR_IO, "is the disk full?", "the log could not be written completely");
    return GGCN_SUCCESS;
}
