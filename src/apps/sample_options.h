/* The command line of ggcn_sample. */
#ifndef GGCN_APPS_SAMPLE_OPTIONS_H
#define GGCN_APPS_SAMPLE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ggcn/status.h"

typedef enum { SAMPLE_CHAINS, SAMPLE_FRESH, SAMPLE_GENERATOR, SAMPLE_DEFAULT } sample_start;

enum { SAMPLE_MOST_CLASSES = 64 };

typedef struct {
    bool help, version, metropolis;
    const char *run;
    int64_t count;
    uint64_t iteration;              /* UINT64_MAX: the newest */
    sample_start start;
    int64_t steps, thin, chains;     /* -1: not given */
    double step_size;                /* 0: the configuration's */
    const char *classes[SAMPLE_MOST_CLASSES];
    int n_classes;
    int64_t seed;                    /* -1: the run's */
    const char *data;                /* data set that fresh chains start from; NULL: none */
    const char *out, *grid, *film;   /* NULL: not given */
    int64_t film_chain, film_frames;
} sample_options;

extern const char sample_help[];

/* Reads the command line. @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status sample_options_read(int argc, char *const *argv, sample_options *options);

#endif
