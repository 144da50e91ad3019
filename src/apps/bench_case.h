/* What ggcn_bench measures on: a potential with random parameters, N images in blocks over ranks and threads. */
#ifndef GGCN_APPS_BENCH_CASE_H
#define GGCN_APPS_BENCH_CASE_H

#include "bench_options.h"
#include "ggcn/blocks.h"
#include "ggcn/potential.h"
#include "median.h"
#include "net/bare.h"

/* One thread's means. */
typedef struct {
    ggcn_evaluator *evaluator;
    ggcn_gradients *gradients;
    ggcn_bare_worker *bare;
    float *g, *noise; /* [block][image], [image] */
} bench_worker;

typedef struct {
    const bench_options *options;
    ggcn_graph *graph;
    ggcn_potential potential;
    ggcn_plan *plan;
    ggcn_bare *bare;
    ggcn_weights *weights;
    ggcn_blocks blocks;
    int threads;
    bench_worker *workers; /* [threads] */
    float *parameters, *statistics;
    size_t elements; /* numbers in one image */
    float *x, *y;    /* [owned blocks][block][image] chains and observed images */
    ggcn_sum *sum;
} bench_case;

/* The graph of a network by its name on the command line. */
ggcn_status bench_network(const bench_options *options, ggcn_graph **graph);

ggcn_status bench_case_create(const bench_options *options, bench_case **made);
void bench_case_destroy(bench_case **made);

typedef struct {
    /* one block's share, in one thread */
    ggcn_status (*block)(bench_case *c, bench_worker *worker, int64_t block);
    /* what comes after all blocks, or NULL. Collective. @param mine this rank's outcome of the blocks */
    ggcn_status (*finish)(bench_case *c, ggcn_status mine);
} bench_part;

/* Times `part` and `limit` in turn, of the slowest rank, and prints the line. Collective.
 * @param images that one run of a part is about */
ggcn_status bench_compare(bench_case *c, bench_part part, bench_part limit, double images);

#endif
