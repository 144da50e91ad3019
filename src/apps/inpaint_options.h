/* The command line of ggcn_inpaint. */
#ifndef GGCN_APPS_INPAINT_OPTIONS_H
#define GGCN_APPS_INPAINT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "data_images.h"

typedef struct {
    bool help, version;
    const char *run, *data;
    uint64_t iteration;           /* UINT64_MAX: the newest */
    int64_t count;
    data_part part;
    bool part_given;
    ggcn_config_inpaint mask;     /* none: from a file */
    const char *mask_file;
    int64_t seed;                 /* -1: the run's */
    int64_t steps;                /* -1: not given */
    double step_size;             /* 0: the configuration's */
    const char *out, *grid;
} inpaint_options;

extern const char inpaint_help[];

/* Reads the command line. @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status inpaint_options_read(int argc, char *const *argv, inpaint_options *options);

#endif
