/* The command line of ggcn_inpaint. */
#ifndef GGCN_APPS_INPAINT_OPTIONS_H
#define GGCN_APPS_INPAINT_OPTIONS_H

#include "ggcn/image_set.h"
#include "model_options.h"

typedef struct {
    model_options model;
    const char *data;
    int64_t count;
    ggcn_set_part part;
    bool part_given;          /* otherwise held-out images, or training if there are none */
    ggcn_config_inpaint mask; /* none: from a file */
    const char *mask_file;
    const char *features; /* network file for the Frechet distance; NULL: none */
    int64_t steps;        /* -1: not given */
    double step_size;     /* 0: the configuration's */
} inpaint_options;

extern const char inpaint_help[];

/* Reads the command line. @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status inpaint_options_read(int argc, char *const *argv, inpaint_options *options);

#endif
