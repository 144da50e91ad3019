/**
 * @file
 * Reading the metrics of a run, and where they come from. Not collective: each rank that wants them reads the file
 * alone.
 */
#ifndef GGCN_METRICS_TABLE_H
#define GGCN_METRICS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where a file comes from: of the process that wrote it last. */
typedef struct {
    char *created;          /**< UTC, e.g. 2026-01-31T12:34:56Z */
    char *version, *commit; /**< of ggcn; the commit may end in "-dirty", or be "unknown" */
    char *compiler, *instruction_set, *libraries;
    char *command_line, *host;
    int64_t ranks, threads; /**< ranks, and threads of each */
} ggcn_origin;

/** Columns of doubles over iterations. Release with ggcn_metrics_table_clear. */
typedef struct {
    size_t rows, columns;
    uint64_t *iterations;                  /**< [rows] ascending */
    char **names, **units, **descriptions; /**< [columns] in the order the file was written */
    double **values;                       /**< [columns][rows] */
    ggcn_origin origin;
} ggcn_metrics_table;

/** Reads a metrics file whole. @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_FORMAT (another kind, damaged,
 * of a newer program), GGCN_ERROR_MEMORY */
ggcn_status ggcn_metrics_table_read(const char *path, ggcn_metrics_table *table);
void ggcn_metrics_table_clear(ggcn_metrics_table *table);

#ifdef __cplusplus
}
#endif
#endif
