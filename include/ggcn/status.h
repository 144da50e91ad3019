/**
 * @file
 * Status codes and the last error.
 *
 * Every function that can fail returns a ggcn_status and leaves a description in the calling thread's last error: what
 * failed, where in the source, and how to mend it. Only the programs in src/apps print it and end the process.
 */
#ifndef GGCN_STATUS_H
#define GGCN_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    GGCN_SUCCESS = 0,
    GGCN_ERROR_ARGUMENT,    /**< a value the caller passed is outside what the function accepts */
    GGCN_ERROR_CONFIG,      /**< the configuration holds an unknown key, a wrong type or an impossible value */
    GGCN_ERROR_FORMAT,      /**< a file is not of the expected kind, version, shape or is damaged */
    GGCN_ERROR_IO,          /**< the operating system refused to read or write */
    GGCN_ERROR_MEMORY,      /**< an allocation failed */
    GGCN_ERROR_LIBRARY,     /**< oneDNN, HDF5 or MPI reported an error */
    GGCN_ERROR_NUMERIC,     /**< a value became non-finite */
    GGCN_ERROR_INTERRUPTED, /**< the work was given up because the program was asked to stop (ggcn/interrupt.h) */
    GGCN_ERROR_ELSEWHERE    /**< another rank failed; that rank holds the description */
} ggcn_status;

/** The description of an error. Strings are always terminated. */
typedef struct {
    ggcn_status status;
    char message[1536]; /**< what failed: names the file, the line or the key, and what was expected */
    char hint[512];     /**< how to mend it; may be empty */
    const char *file;   /**< source file that raised it */
    int line;           /**< source line that raised it */
} ggcn_error;

/** Raises an error: fills the calling thread's last error and returns `status`. `hint` may be NULL. Use GGCN_FAIL. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
ggcn_status
ggcn_raise(ggcn_status status, const char *file, int line, const char *hint, const char *format, ...);

/** The calling thread's last error. Never NULL; its status is GGCN_SUCCESS before the first error. */
const ggcn_error *ggcn_last_error(void);

/** Makes a copy of `error` the calling thread's last error, e.g. one taken from a worker thread. Returns its status. */
ggcn_status ggcn_restore_error(const ggcn_error *error);

/** A short name of a status, e.g. "bad configuration". Never NULL. */
const char *ggcn_status_name(ggcn_status status);

/** Returns from the calling function with a new error. The hint says how to mend it, or is NULL. */
#define GGCN_FAIL(status, hint, ...) return ggcn_raise((status), __FILE__, __LINE__, (hint), __VA_ARGS__)

/** Evaluates an expression of type ggcn_status once and returns it from the calling function if it is an error. */
#define GGCN_TRY(expression)                                                                                           \
    do {                                                                                                               \
        const ggcn_status try_status = (expression);                                                                   \
        if (try_status != GGCN_SUCCESS)                                                                                \
            return try_status;                                                                                         \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
