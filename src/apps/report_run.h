/* Everything that a report says of one run. Collective; the numbers, texts and pictures are rank 0's. */
#ifndef GGCN_APPS_REPORT_RUN_H
#define GGCN_APPS_REPORT_RUN_H

#include "ggcn/chain_diagnostics.h"
#include "ggcn/chain_file.h"
#include "ggcn/files.h"
#include "ggcn/metrics_table.h"
#include "report_log.h"
#include "report_pictures.h"
#include "report_settings.h"

/* The recorded chains. */
typedef struct {
    ggcn_chain_file *file;           /* NULL: none, or see `problem` */
    ggcn_chain_diagnostics *results; /* [traces of the file] */
    char problem[1536];              /* why there are no diagnostics; empty otherwise */
} report_chains;

/* The newest checkpoint. */
typedef struct {
    ggcn_checkpoint_info info; /* path NULL: none, or see `problem` */
    char problem[1536];        /* why it could not be read; empty otherwise */
} report_checkpoint;

/* Release with report_run_clear. */
typedef struct {
    const char *path;    /* as the user named it */
    char *name;          /* short, unlike those of the other runs */
    char *configuration; /* the text of config.yaml */
    report_settings settings;
    ggcn_metrics_table metrics; /* no rows: none yet */
    report_log log;
    report_pictures pictures;
    report_chains chains;
    report_checkpoint checkpoint;
} report_run;

/* Reads a run directory. A checkpoint or chain file that cannot be read is a `problem`, all else an error.
 * @param pictures  at most so many of each series
 * @return GGCN_ERROR_IO, GGCN_ERROR_CONFIG (no run directory), GGCN_ERROR_FORMAT (damaged), GGCN_ERROR_MEMORY */
ggcn_status report_run_read(const char *path, size_t pictures, report_run *run);
void report_run_clear(report_run *run);

/* Iterations that the run was to have, as its configuration says; 0: it does not say. */
uint64_t report_run_planned(const report_run *run);
/* A column of the metrics; NULL if there is none. */
const double *report_run_column(const report_run *run, const char *name);

#endif
