/**
 * @file
 * Named arrays that make up the state of a run: what a checkpoint holds. A module lists its arrays; hpc/ writes and
 * reads them without knowing what they mean.
 */
#ifndef GGCN_STATE_H
#define GGCN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { GGCN_F32, GGCN_F64, GGCN_U32, GGCN_U64 } ggcn_type;

/** One array. Strings live as long as the module that listed it; `data` is that module's own memory. */
typedef struct {
    const char *path; /**< e.g. "parameters/theta"; group and data set inside the file */
    const char *description;
    const char *unit; /**< "1" for plain numbers */
    ggcn_type type;
    int rank;         /**< number of dimensions, 0 for a scalar */
    int64_t dims[5];  /**< over all ranks */
    bool distributed; /**< dimension 0 runs over chains, of which this rank holds rows first .. first+count-1 */
    int64_t first, count;
    int64_t chunk; /**< distributed: rows per block */
    void *data;    /**< this rank's rows (distributed) or the whole array, the same on every rank */
} ggcn_array;

/** A growing list of arrays; start with all zero. */
typedef struct {
    ggcn_array *arrays;
    size_t count, capacity;
    const char *classes; /**< names of the classes of a conditional model, one a line, the module's; NULL: none */
} ggcn_state;

/** Appends an array to the list. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_state_add(ggcn_state *state, ggcn_array array);
/** Releases the list, not the arrays' data. */
void ggcn_state_clear(ggcn_state *state);

/** Bytes of one element. */
size_t ggcn_type_bytes(ggcn_type type);
/** Elements in one row (product of dims[1..]); 1 for a scalar. */
size_t ggcn_array_row(const ggcn_array *array);
/** Elements this rank holds. */
size_t ggcn_array_local(const ggcn_array *array);

#ifdef __cplusplus
}
#endif
#endif
