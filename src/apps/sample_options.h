/* The command line of ggcn_sample. */
#ifndef GGCN_APPS_SAMPLE_OPTIONS_H
#define GGCN_APPS_SAMPLE_OPTIONS_H

#include "model_options.h"

typedef enum { SAMPLE_CHAINS, SAMPLE_FRESH, SAMPLE_GENERATOR, SAMPLE_DEFAULT } sample_start;

enum { SAMPLE_MOST_CLASSES = 64 };

typedef struct {
    model_options model;
    bool metropolis;
    int64_t count;
    sample_start start;
    int64_t steps, thin, chains; /* -1: not given */
    double step_size;            /* 0: the configuration's */
    const char *classes[SAMPLE_MOST_CLASSES];
    int n_classes;
    const char *data; /* data set that fresh chains start from; NULL: none */
    const char *film; /* NULL: not given */
    int64_t film_chain, film_frames;
    const char *record;                  /* directory; NULL: not given */
    int64_t record_every, record_images; /* 0: not given */
} sample_options;

extern const char sample_help[];

/* Reads the command line. @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status sample_options_read(int argc, char *const *argv, sample_options *options);

#endif
