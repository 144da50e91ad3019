/* The command line of ggcn_train. */
#ifndef GGCN_APPS_TRAIN_OPTIONS_H
#define GGCN_APPS_TRAIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/files.h"

typedef enum {
    TRAIN_RUN,
    TRAIN_DRY_RUN,
    TRAIN_LIST,           /* --list: networks and presets */
    TRAIN_PRINT_DEFAULTS, /* --print-defaults */
    TRAIN_HELP,
    TRAIN_VERSION
} train_action;

typedef struct {
    train_action action;
    const char *file; /* configuration file, NULL if none */
    const char *preset;
    const char *restart; /* run directory to go on with, NULL for a new run */
    uint64_t newest;     /* restart from a checkpoint no later than this iteration; UINT64_MAX: any */
    bool overwrite;
    char **settings; /* section.key=value, in order */
    size_t n_settings;
} train_options;

/* How the run directory is to be opened. */
ggcn_run_mode train_mode(const train_options *options);

/* Reads the command line. @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status train_options_read(int argc, char **argv, train_options *options);
void train_options_clear(train_options *options);

extern const char train_help[];

#endif
