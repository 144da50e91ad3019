#include "bench_case.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/block_loop.h"
#include "ggcn/config.h"
#include "ggcn/hpc.h"
#include "ggcn/network.h"
#include "ggcn/random.h"
#include "options.h"

ggcn_status bench_network(const bench_options *options, ggcn_graph **graph) {
    static const struct {
        const char *name, *network;
        ggcn_shape shape;
    } known[] = {
        {"small", "small", {1, 32, 32}},
        {"r32", "r32", {3, 32, 32}},
        {"v0", "v0-plain", {3, 64, 64}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(options->net, known[i].name) == 0)
            return ggcn_network_load(known[i].network, known[i].shape, graph);
    return ggcn_network_load(options->net, (ggcn_shape){options->channels, options->size, options->size}, graph);
}

/* Parameters as the peer has them, near enough: He's filters, theta of 0.01. */
static ggcn_status create_parameters(bench_case *c) {
    static const ggcn_config_potential config = {.weight_init = GGCN_INIT_HE, .theta_sigma = 0.01};
    c->parameters = malloc(c->potential.n_parameters * sizeof *c->parameters);
    c->statistics = malloc((c->potential.n_statistics + 1) * sizeof *c->statistics);
    if (!c->parameters || !c->statistics)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu parameters", c->potential.n_parameters);
    ggcn_potential_initialize(&c->potential, &config, 1, c->parameters, c->statistics);
    GGCN_TRY(ggcn_weights_create(c->plan, &c->weights));
    return ggcn_weights_pack(c->weights, c->parameters + c->potential.n_theta, c->statistics);
}

static ggcn_status create_images(bench_case *c) {
    const size_t owned = (size_t)(c->blocks.owned * c->options->block) * c->elements;
    c->x = malloc(owned * sizeof *c->x);
    c->y = malloc(owned * sizeof *c->y);
    if (!c->x || !c->y)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "lower --batch", "no memory for the images");
    for (int64_t i = 0; i < c->blocks.owned * c->options->block; i++) {
        const ggcn_random_key key = {.seed = 1, .purpose = GGCN_RANDOM_TEST, .chain = (uint32_t)i};
        ggcn_random_normal(key, c->elements, c->x + (size_t)i * c->elements);
        memcpy(c->y + (size_t)i * c->elements, c->x + (size_t)i * c->elements, c->elements * sizeof *c->y);
    }
    return GGCN_SUCCESS;
}

static ggcn_status create_worker(bench_case *c, bench_worker *w) {
    w->g = malloc((size_t)c->options->block * c->elements * sizeof *w->g);
    w->noise = malloc(c->elements * sizeof *w->noise);
    if (!w->g || !w->noise)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "lower --block", "no memory for a thread's buffers");
    GGCN_TRY(ggcn_evaluator_create(&c->potential, c->plan, c->options->block, &w->evaluator));
    GGCN_TRY(ggcn_gradients_create(c->plan, &w->gradients));
    return ggcn_bare_worker_create(c->bare, &w->bare);
}

static ggcn_status create(bench_case *c) {
    const bench_options *o = c->options;
    GGCN_TRY(ggcn_blocks_distribute(o->batch / o->block, &c->blocks));
    GGCN_TRY(bench_network(o, &c->graph));
    c->potential = ggcn_potential_on(c->graph, GGCN_THETA_POSITIONAL, 1);
    const ggcn_shape shape = ggcn_graph_shape(c->graph, 0);
    c->elements = (size_t)(shape.channels * shape.height * shape.width);
    GGCN_TRY(ggcn_plan_compile_for(c->graph, o->block, o->precision, &c->plan));
    GGCN_TRY(ggcn_bare_create(c->plan, &c->bare));
    GGCN_TRY(create_parameters(c));
    GGCN_TRY(create_images(c));
    omp_set_num_threads((int)o->threads);
    c->threads = ggcn_threads_for(c->blocks.owned);
    c->workers = calloc((size_t)c->threads, sizeof *c->workers);
    if (!c->workers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %d threads", c->threads);
    for (int i = 0; i < c->threads; i++)
        GGCN_TRY(create_worker(c, &c->workers[i]));
    return ggcn_sum_create(&c->blocks, 1, c->potential.n_parameters, &c->sum);
}

ggcn_status bench_case_create(const bench_options *options, bench_case **made) {
    bench_case *c = calloc(1, sizeof *c);
    *made = c;
    if (!c)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a benchmark");
    c->options = options;
    const ggcn_status status = create(c);
    if (status != GGCN_SUCCESS)
        bench_case_destroy(made);
    return status;
}

void bench_case_destroy(bench_case **made) {
    bench_case *c = *made;
    if (!c)
        return;
    for (int i = 0; c->workers && i < c->threads; i++) {
        bench_worker *w = &c->workers[i];
        ggcn_evaluator_destroy(&w->evaluator);
        ggcn_gradients_destroy(&w->gradients);
        ggcn_bare_worker_destroy(&w->bare);
        free(w->g);
        free(w->noise);
    }
    free(c->workers);
    ggcn_weights_destroy(&c->weights);
    ggcn_bare_destroy(&c->bare);
    ggcn_plan_destroy(&c->plan);
    ggcn_graph_destroy(&c->graph);
    ggcn_sum_destroy(&c->sum);
    free(c->parameters);
    free(c->statistics);
    free(c->x);
    free(c->y);
    free(c);
    *made = NULL;
}

typedef struct {
    bench_case *c;
    bench_part part;
} bench_run;

static ggcn_status run_block(void *context, int thread, int64_t block) {
    const bench_run *run = context;
    return run->part.block(run->c, &run->c->workers[thread], block);
}

static ggcn_status time_part(bench_case *c, bench_part part, double *seconds) {
    bench_run run = {c, part};
    ggcn_barrier();
    const double start = omp_get_wtime();
    ggcn_status status = ggcn_for_blocks(c->threads, c->blocks.owned, run_block, &run);
    if (part.finish)
        status = part.finish(c, status);
    *seconds = omp_get_wtime() - start;
    GGCN_TRY(ggcn_agree(status));
    return ggcn_max_over_ranks(seconds, 1);
}

/* Microseconds of every way for a block, the fastest one first, and what the plan takes. */
static void print_ways(const bench_case *c) {
    static const char *const passes[GGCN_PASSES] = {"forward", "adjoint", "weight"};
    for (int node = 1; node < ggcn_graph_nodes(c->graph); node++)
        for (int pass = 0; pass < GGCN_PASSES && ggcn_bare_way(c->bare, node, pass)[0]; pass++) {
            app_print("layer=%s pass=%s fastest=%s", ggcn_graph_layer(c->graph, node)->name, passes[pass],
                      ggcn_bare_way(c->bare, node, pass));
            for (int way = 0; ggcn_bare_ways(way); way++)
                if (ggcn_bare_seconds(c->bare, node, pass, way) > 0)
                    app_print(" %s_us=%.1f", ggcn_bare_ways(way), 1e6 * ggcn_bare_seconds(c->bare, node, pass, way));
            app_print("\n");
        }
    for (int node = 1; node < ggcn_graph_nodes(c->graph); node++)
        if (ggcn_plan_implementation(c->plan, node)[0])
            app_print("layer=%s taken: %s\n", ggcn_graph_layer(c->graph, node)->name,
                      ggcn_plan_implementation(c->plan, node));
}

ggcn_status bench_compare(bench_case *c, bench_part part, bench_part limit, double images) {
    const bench_options *o = c->options;
    enum { most = 1000 };
    double program[most], alone[most], ratio[most];
    if (o->layers)
        print_ways(c);
    GGCN_TRY(time_part(c, part, &program[0])); /* warms up */
    GGCN_TRY(time_part(c, limit, &alone[0]));
    for (int64_t i = 0; i < o->repeats; i++) {
        GGCN_TRY(time_part(c, part, &program[i]));
        GGCN_TRY(time_part(c, limit, &alone[i]));
        ratio[i] = alone[i] / program[i];
    }
    app_print("program=ggcn net=%s work=%s dtype=%s ranks=%d threads=%d block=%lld images_per_s=%.2f "
              "limit_images_per_s=%.2f fraction_of_limit=%.3f\n",
              o->net, bench_work_name(o->work), bench_dtype(o), ggcn_ranks(), c->threads, (long long)o->block,
              images / app_median(program, o->repeats), images / app_median(alone, o->repeats),
              app_median(ratio, o->repeats));
    return GGCN_SUCCESS;
}
