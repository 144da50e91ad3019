/* The command line of ggcn_interpolate. */
#ifndef GGCN_APPS_INTERPOLATE_OPTIONS_H
#define GGCN_APPS_INTERPOLATE_OPTIONS_H

#include "model_options.h"

enum { INTERPOLATE_MOST = 256 };

typedef struct {
    model_options model;
    const char *data; /* NULL, or where the images of `pairs` are */
    int64_t rows, points;
    int64_t pairs[INTERPOLATE_MOST][2]; /* [n_pairs] stored chains, or images of the data set */
    int64_t n_pairs;                    /* 0: random latents */
    const char *classes[INTERPOLATE_MOST];
    int n_classes;
    int64_t fit_steps;
    double fit_rate;
} interpolate_options;

extern const char interpolate_help[];

/* Reads the command line. @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status interpolate_options_read(int argc, char *const *argv, interpolate_options *options);

#endif
