#include "report_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chains_diagnose.h"
#include "ggcn/hpc.h"
#include "report_chains_picture.h"
#include "report_file.h"

static ggcn_status check_directory(const char *path, const char *configuration) {
    static const char hint[] = "name a run directory of ggcn_train";
    struct stat entry;
    if (stat(path, &entry) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, hint, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(entry.st_mode))
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: a file, no run directory", path);
    if (access(configuration, F_OK) != 0)
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: no run directory, it holds no config.yaml", path);
    return GGCN_SUCCESS;
}

/* What rank 0 reads alone. */
static ggcn_status read_files(size_t pictures, report_run *run) {
    char path[4096];
    size_t length;
    snprintf(path, sizeof path, "%s/config.yaml", run->path);
    GGCN_TRY(check_directory(run->path, path));
    GGCN_TRY(report_file_read(path, "it", &run->configuration, &length));
    GGCN_TRY(report_settings_read(path, run->configuration, &run->settings));
    snprintf(path, sizeof path, "%s/log", run->path);
    GGCN_TRY(report_log_read(path, &run->log));
    snprintf(path, sizeof path, "%s/metrics.h5", run->path);
    if (access(path, F_OK) == 0)
        GGCN_TRY(ggcn_metrics_table_read(path, &run->metrics));
    return report_pictures_read(run->path, pictures, &run->pictures);
}

/* Whether the run has a file, on all ranks. */
static ggcn_status has(const report_run *run, const char *name, bool *there) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", run->path, name);
    *there = ggcn_rank() == 0 && access(path, F_OK) == 0;
    return ggcn_broadcast(there, sizeof *there, 0);
}

/* Whether there is a checkpoint is seen by looking for the newest one. */
static ggcn_status read_checkpoint(report_run *run) {
    const ggcn_status status = ggcn_checkpoint_describe(run->path, UINT64_MAX, &run->checkpoint.info);
    if (status == GGCN_SUCCESS)
        return GGCN_SUCCESS;
    ggcn_share_failure(status, run->checkpoint.problem, sizeof run->checkpoint.problem);
    return GGCN_SUCCESS;
}

static ggcn_status read_chains(report_run *run) {
    bool there;
    char path[4096];
    GGCN_TRY(has(run, "chains/chains.h5", &there));
    if (!there)
        return GGCN_SUCCESS;
    snprintf(path, sizeof path, "%s/chains/chains.h5", run->path);
    ggcn_status status = ggcn_chain_file_open(path, &run->chains.file);
    if (status == GGCN_SUCCESS)
        status = chains_diagnose(run->chains.file, 0, &run->chains.results);
    if (status == GGCN_SUCCESS)
        return GGCN_SUCCESS;
    ggcn_share_failure(status, run->chains.problem, sizeof run->chains.problem);
    return GGCN_SUCCESS;
}

/* A run without pictures shows the chains of its newest checkpoint. */
static ggcn_status draw_chains(report_run *run) {
    bool wanted = run->checkpoint.info.path && run->pictures.count == 0;
    GGCN_TRY(ggcn_broadcast(&wanted, sizeof wanted, 0));
    if (!wanted)
        return GGCN_SUCCESS;
    const ggcn_status status = report_chains_picture(&run->checkpoint.info, &run->pictures);
    run->pictures.from_checkpoint = status == GGCN_SUCCESS;
    if (status != GGCN_SUCCESS)
        ggcn_share_failure(status, run->checkpoint.problem, sizeof run->checkpoint.problem);
    return GGCN_SUCCESS;
}

ggcn_status report_run_read(const char *path, size_t pictures, report_run *run) {
    *run = (report_run){.path = path};
    GGCN_TRY(ggcn_agree(ggcn_rank() == 0 ? read_files(pictures, run) : GGCN_SUCCESS));
    GGCN_TRY(read_checkpoint(run));
    GGCN_TRY(read_chains(run));
    return draw_chains(run);
}

void report_run_clear(report_run *run) {
    free(run->name);
    free(run->configuration);
    report_settings_clear(&run->settings);
    ggcn_metrics_table_clear(&run->metrics);
    report_log_clear(&run->log);
    report_pictures_clear(&run->pictures);
    ggcn_chain_file_close(&run->chains.file);
    free(run->chains.results);
    ggcn_checkpoint_info_clear(&run->checkpoint.info);
    *run = (report_run){0};
}

uint64_t report_run_planned(const report_run *run) {
    const char *text = report_settings_find(&run->settings, "learning.iterations");
    return text ? strtoull(text, NULL, 10) : 0;
}

const double *report_run_column(const report_run *run, const char *name) {
    for (size_t c = 0; c < run->metrics.columns; c++)
        if (strcmp(run->metrics.names[c], name) == 0)
            return run->metrics.values[c];
    return NULL;
}
