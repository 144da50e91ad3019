/* The command line of ggcn_eval. */
#ifndef GGCN_APPS_EVAL_OPTIONS_H
#define GGCN_APPS_EVAL_OPTIONS_H

#include "ggcn/image_set.h"
#include "program.h"

typedef struct {
    app_action action;
    const char *samples, *reference; /* files; no reference: NULL */
    ggcn_set_part samples_part, reference_part;
    const char *features; /* network file, NULL: none */
    const char *model;    /* run directory or checkpoint, NULL: none */
    const char *cache;    /* file of the reference's statistics, NULL: none */
    const char *json;     /* file to write, NULL: none */
    bool paired, record;
    int64_t splits;
} eval_options;

/* Reads the command line. @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status eval_options_read(int argc, char *const *argv, eval_options *options);

extern const char eval_help[];

#endif
