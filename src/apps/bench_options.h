/* The command line of ggcn_bench. */
#ifndef GGCN_APPS_BENCH_OPTIONS_H
#define GGCN_APPS_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ggcn/precision.h"
#include "program.h"

typedef enum {
    BENCH_LANGEVIN,
    BENCH_LEARN,
    BENCH_ITERATION,
    BENCH_REDUCE,
    BENCH_IO,
    BENCH_NOISE,
    BENCH_WORKS
} bench_work;

typedef struct {
    bench_work work;
    const char *net;        /* "small", "r32", "v0" as in the comparison, another built-in name, or a file */
    int64_t channels, size; /* of the images, where the name does not settle it */
    int64_t batch, block;   /* images over all ranks, images a block */
    int64_t threads;        /* of each rank */
    int64_t steps, repeats;
    int64_t megabytes;        /* largest gradient, or checkpoint */
    const char *directory;    /* for --work io */
    ggcn_precision precision; /* of Langevin steps */
    bool layers;              /* print the way of each layer's passes */
    app_action action;
} bench_options;

extern const char bench_help[];

/* @return GGCN_ERROR_ARGUMENT */
ggcn_status bench_options_read(int argc, char *const *argv, bench_options *options);

const char *bench_work_name(bench_work work);
/* "f32" or "bf16". */
const char *bench_dtype(const bench_options *options);

#endif
