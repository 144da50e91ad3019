/**
 * @file
 * Traces of recorded chains: one number for each chain and draw. ggcn_chain_file_open is collective, the others are
 * not.
 */
#ifndef GGCN_CHAIN_FILE_H
#define GGCN_CHAIN_FILE_H

#include "ggcn/files.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *path;
    int64_t chains, draws;
    ggcn_stationarity stationarity;
    const uint64_t *iterations; /**< [draws] */
    size_t traces;
    char *const *names; /**< [traces] e.g. "lp", or "layer_response[2] relu2" */
} ggcn_chain_file_info;

typedef struct ggcn_chain_file ggcn_chain_file;

/** Opens a segment, or a virtual file over all of them.
 *  @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_FORMAT (another kind, damaged), GGCN_ERROR_MEMORY */
ggcn_status ggcn_chain_file_open(const char *path, ggcn_chain_file **file);
void ggcn_chain_file_close(ggcn_chain_file **file);
/** What there is; all of it is the file's. */
const ggcn_chain_file_info *ggcn_chain_file_describe(const ggcn_chain_file *file);
/** Reads one trace. @param[out] values [chains][draws]  @return GGCN_ERROR_FORMAT (damaged) */
ggcn_status ggcn_chain_file_read(const ggcn_chain_file *file, size_t trace, double *values);

#ifdef __cplusplus
}
#endif
#endif
