#include "ggcn/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local ggcn_error last_error;

ggcn_status ggcn_raise(ggcn_status status, const char *file, int line, const char *hint, const char *format, ...) {
    ggcn_error error = {.status = status, .file = file, .line = line};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.message, sizeof error.message, format, arguments);
    va_end(arguments);
    snprintf(error.hint, sizeof error.hint, "%s", hint ? hint : "");
    last_error = error; /* only now: an argument may point into the last error */
    return status;
}

const ggcn_error *ggcn_last_error(void) {
    return &last_error;
}

ggcn_status ggcn_restore_error(const ggcn_error *error) {
    last_error = *error;
    return error->status;
}

const char *ggcn_status_name(ggcn_status status) {
    switch (status) {
    case GGCN_SUCCESS:
        return "success";
    case GGCN_ERROR_ARGUMENT:
        return "bad argument";
    case GGCN_ERROR_CONFIG:
        return "bad configuration";
    case GGCN_ERROR_FORMAT:
        return "bad file";
    case GGCN_ERROR_IO:
        return "input/output error";
    case GGCN_ERROR_MEMORY:
        return "out of memory";
    case GGCN_ERROR_LIBRARY:
        return "library error";
    case GGCN_ERROR_NUMERIC:
        return "numerical error";
    case GGCN_ERROR_INTERRUPTED:
        return "interrupted";
    case GGCN_ERROR_ELSEWHERE:
        return "error on another rank";
    }
    return "unknown status";
}
