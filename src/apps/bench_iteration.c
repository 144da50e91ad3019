/* Whole training iterations of a wGCN on images made up here, and what they spend their time on. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench_case.h"
#include "bench_works.h"
#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "ggcn/random.h"
#include "ggcn/trainer.h"
#include "learn/trainer.h"
#include "made_up_images.h"
#include "options.h"

static ggcn_status configure(const bench_options *o, ggcn_config **config) {
    enum { room = 64, count = 6 };
    char numbers[count][room];
    snprintf(numbers[0], room, "learning.observed=%lld", (long long)o->batch);
    snprintf(numbers[1], room, "learning.chains=%lld", (long long)o->batch);
    snprintf(numbers[2], room, "run.block=%lld", (long long)o->block);
    snprintf(numbers[3], room, "sampler.steps=%lld", (long long)o->steps);
    snprintf(numbers[4], room, "guard.mode=off"); /* what these parameters lead to is no concern here */
    snprintf(numbers[5], room, "data.file=none");
    const char *settings[count];
    for (int i = 0; i < count; i++)
        settings[i] = numbers[i];
    return ggcn_config_load(&(ggcn_config_source){.settings = settings, .n_settings = count}, config);
}

enum { SECONDS, SAMPLING, REDUCTION, UPDATE, PARTS };

static ggcn_status iterate(const bench_options *o, ggcn_trainer *t, double (*parts)[1000]) {
    const ggcn_metric_info *infos;
    double *metrics = malloc(ggcn_trainer_metrics(t, &infos) * sizeof *metrics);
    ggcn_status status = ggcn_agree(
        metrics ? GGCN_SUCCESS : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the metrics"));
    for (int64_t i = -1; i < o->repeats && status == GGCN_SUCCESS; i++) { /* the first warms up */
        ggcn_barrier();
        status = ggcn_agree(ggcn_trainer_step(t, metrics));
        const int64_t at = i < 0 ? 0 : i;
        parts[SECONDS][at] = metrics[GGCN_METRIC_SECONDS];
        parts[SAMPLING][at] = metrics[GGCN_METRIC_SECONDS_SAMPLING];
        parts[REDUCTION][at] = metrics[GGCN_METRIC_SECONDS_REDUCTION];
        parts[UPDATE][at] = ggcn_trainer_finest(t)->seconds_update;
    }
    free(metrics);
    return status;
}

static void print_parts(const bench_options *o, double (*parts)[1000]) {
    double median[PARTS];
    for (int i = 0; i < PARTS; i++)
        median[i] = app_median(parts[i], o->repeats);
    const double whole = median[SECONDS];
    const double gradients = whole - median[SAMPLING] - median[REDUCTION] - median[UPDATE];
    app_print(
        "program=ggcn net=%s work=iteration dtype=%s ranks=%d threads=%lld block=%lld seconds=%.4f images_per_s=%.2f "
        "sampling=%.3f gradients=%.3f reduction=%.4f update=%.4f\n",
        o->net, bench_dtype(o), ggcn_ranks(), (long long)o->threads, (long long)o->block, whole,
        (double)(o->batch * o->steps) / median[SAMPLING], median[SAMPLING] / whole, gradients / whole,
        median[REDUCTION] / whole, median[UPDATE] / whole);
}

static ggcn_status measure(const bench_options *o, const ggcn_config *config, const ggcn_blocks *blocks,
                           ggcn_graph *graph, const ggcn_observed *observed) {
    static double parts[PARTS][1000];
    ggcn_model_networks networks = {.grids = 1};
    networks.potentials[0].graph = graph;
    ggcn_trainer *trainer;
    ggcn_status status = ggcn_agree(ggcn_trainer_create(config, &networks, observed, blocks, &trainer));
    if (status == GGCN_SUCCESS)
        status = iterate(o, trainer, parts);
    if (status == GGCN_SUCCESS)
        print_parts(o, parts);
    ggcn_trainer_destroy(&trainer);
    return status;
}

ggcn_status bench_iteration(const bench_options *o) {
    ggcn_config *config = NULL;
    ggcn_graph *graph = NULL;
    ggcn_observed *observed = NULL;
    ggcn_blocks blocks;
    omp_set_num_threads((int)o->threads);
    ggcn_status status = ggcn_blocks_distribute(o->batch / o->block, &blocks);
    if (status == GGCN_SUCCESS)
        status = configure(o, &config);
    if (status == GGCN_SUCCESS)
        status = bench_network(o, &graph);
    if (status == GGCN_SUCCESS)
        status = make_up_images(ggcn_graph_shape(graph, 0), 1, &blocks, o->block + 2, &observed); /* so that the order
                                                                                            of drawing takes part */
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = measure(o, config, &blocks, graph, observed);
    ggcn_observed_destroy(&observed);
    ggcn_graph_destroy(&graph);
    ggcn_config_destroy(&config);
    return status;
}
