#include "train_plan.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "ggcn/plan.h"
#include "ggcn/potential.h"
#include "ggcn/resources.h"
#include "ggcn/trainer.h"
#include "options.h"
#include "train_trial.h"

static size_t parameters_of(const ggcn_graph *graph, int node) {
    const ggcn_tensor_info *tensors;
    size_t count, sum = 0;
    ggcn_graph_parameters(graph, &tensors, &count);
    for (size_t i = 0; i < count; i++)
        if (tensors[i].node == node)
            sum += tensors[i].count;
    return sum;
}

static void print_layers(const char *name, const ggcn_graph *graph, const ggcn_plan *plan) {
    app_print("network %s\n", name);
    app_print("  %-16s %-12s %-18s %12s %14s  %s\n", "layer", "op", "result", "parameters", "MFLOP/image",
              "convolution: forward / input gradient / weight gradient");
    double flops = 0;
    for (int i = 0; i < ggcn_graph_nodes(graph); i++) {
        const ggcn_layer *layer = ggcn_graph_layer(graph, i);
        const ggcn_shape shape = ggcn_graph_shape(graph, i);
        char result[64];
        snprintf(result, sizeof result, "%lldx%lldx%lld", (long long)shape.channels, (long long)shape.height,
                 (long long)shape.width);
        app_print("  %-16s %-12s %-18s %12zu %14.3f  %s\n", layer->name, ggcn_op_name(layer->op), result,
                  parameters_of(graph, i), ggcn_graph_flops(graph, i) * 1e-6, ggcn_plan_implementation(plan, i));
        flops += ggcn_graph_flops(graph, i);
    }
    app_print("  forward pass %.3f MFLOP an image; with the gradient of the image about twice that\n", flops * 1e-6);
    app_print("  a block's working set: activations and signals %.2f MB, packed weights %.2f MB\n",
              (double)ggcn_plan_workspace_bytes(plan) * 1e-6, (double)ggcn_plan_weights_bytes(plan) * 1e-6);
}

static ggcn_status print_network(const ggcn_config *config, const char *name, const ggcn_graph *graph,
                                 ggcn_precision precision) {
    ggcn_plan *plan;
    GGCN_TRY(ggcn_plan_compile_for(graph, config->run.block, precision, &plan));
    print_layers(name, graph, plan);
    ggcn_plan_destroy(&plan);
    return GGCN_SUCCESS;
}

static void print_blocks(const ggcn_config *config, const ggcn_blocks *blocks, size_t threads) {
    int64_t first, least = INT64_MAX, most = 0;
    for (int rank = 0; rank < ggcn_ranks(); rank++) {
        int64_t owned;
        ggcn_blocks_of_rank(blocks->count, rank, &first, &owned);
        least = owned < least ? owned : least;
        most = owned > most ? owned : most;
    }
    app_print("blocks\n  %lld blocks of %u chains and %llu observed images\n", (long long)blocks->count,
              config->run.block, (unsigned long long)(config->learning.observed / (uint64_t)blocks->count));
    app_print("  %d ranks with %lld to %lld blocks each, %zu threads a rank with up to %lld blocks each\n",
              ggcn_ranks(), (long long)least, (long long)most, threads,
              (long long)((most + (int64_t)threads - 1) / (int64_t)threads));
}

static void print_megabytes(const char *what, size_t bytes) {
    app_print("  %-40s %10.2f MB\n", what, (double)bytes * 1e-6);
}

static ggcn_blocks fullest_rank(const ggcn_blocks *blocks) {
    ggcn_blocks fullest = *blocks;
    for (int rank = 0; rank < ggcn_ranks(); rank++) {
        int64_t first, owned;
        ggcn_blocks_of_rank(blocks->count, rank, &first, &owned);
        if (owned > fullest.owned)
            fullest = (ggcn_blocks){blocks->count, first, owned};
    }
    return fullest;
}

static size_t draws_bytes(const ggcn_config *config, const ggcn_observed *data, const ggcn_graph *graph,
                          int64_t owned) {
    const uint64_t every =
        config->output.checkpoint_every > 0 ? config->output.checkpoint_every : config->learning.iterations;
    const size_t image = (size_t)(data->shape.channels * data->shape.height * data->shape.width);
    const uint64_t draws = every / config->output.chain_every;
    const uint64_t images = config->output.chain_images > 0 ? draws / config->output.chain_images : 0;
    const size_t scalars = 8 + ggcn_graph_responses(graph, NULL);
    return (size_t)owned * config->run.block * (images * image * sizeof(float) + draws * scalars * sizeof(double));
}

static void print_parameters(const ggcn_config *config, const ggcn_model_networks *networks, uint32_t n_classes) {
    app_print("parameters\n");
    for (int grid = 0; grid < networks->grids; grid++) {
        const ggcn_potential p =
            ggcn_potential_on(networks->potentials[grid].graph, config->potential.theta, n_classes);
        app_print("  theta %zu, filters %zu%s\n", p.n_theta, p.n_filters,
                  ggcn_model_traits_of(config->model)->learns_filters ? "" : " (fixed)");
    }
    if (networks->generator)
        app_print("  generator %zu\n", ggcn_graph_parameters(networks->generator, NULL, NULL));
}

static ggcn_status print_memory(const ggcn_config *config, const ggcn_observed *data,
                                const ggcn_model_networks *networks, const ggcn_blocks *blocks) {
    ggcn_trainer_memory m;
    const uint32_t n_classes = config->potential.conditional ? data->n_classes : 1;
    const ggcn_blocks fullest = fullest_rank(blocks);
    GGCN_TRY(ggcn_trainer_plan_memory(config, networks, n_classes, &fullest, &m));
    print_blocks(config, blocks, m.threads);
    const size_t images = (size_t)data->total *
                          (size_t)(data->shape.channels * data->shape.height * data->shape.width) /
                          (size_t)blocks->count * (size_t)(fullest.owned + 1);
    print_parameters(config, networks, n_classes);
    app_print("memory of the rank with the most blocks, without the libraries' own\n");
    print_megabytes("workspaces", m.workspaces);
    print_megabytes("packed weights", m.weights);
    print_megabytes("gradients and their sum", m.gradients);
    print_megabytes("parameters and optimiser", m.parameters);
    print_megabytes("chains", m.chains);
    if (m.replay > 0)
        print_megabytes("replay buffer", m.replay);
    print_megabytes("its share of the observed images (at most)", images);
    if (config->output.chain_every > 0)
        print_megabytes("draws recorded between checkpoints",
                        draws_bytes(config, data, networks->potentials[networks->grids - 1].graph, fullest.owned));
    print_megabytes("total, draws left out",
                    m.workspaces + m.weights + m.gradients + m.parameters + m.chains + m.replay + images);
    app_print("checkpoint\n");
    print_megabytes("one file", m.checkpoint);
    return GGCN_SUCCESS;
}

ggcn_status train_print_plan(const ggcn_config *config, const ggcn_observed *data, const ggcn_model_networks *networks,
                             const ggcn_blocks *blocks) {
    app_print("model %s\ndata  %s: %lld images %lldx%lldx%lld, %u classes\n", ggcn_model_name(config->model),
              config->data.file, (long long)data->total, (long long)data->shape.channels, (long long)data->shape.height,
              (long long)data->shape.width, data->n_classes);
    for (int grid = 0; grid < networks->grids; grid++)
        GGCN_TRY(print_network(
            config, config->multigrid.networks_count > 0 ? config->multigrid.networks[grid] : config->potential.network,
            networks->potentials[grid].graph, config->sampler.precision));
    if (networks->generator)
        GGCN_TRY(print_network(config, config->generator.network, networks->generator, GGCN_PRECISION_F32));
    return print_memory(config, data, networks, blocks);
}

ggcn_status train_print_time(const ggcn_config *config, const ggcn_observed *data, const ggcn_model_networks *networks,
                             const ggcn_blocks *blocks) {
    train_seconds s;
    GGCN_TRY(train_try(config, data, networks, blocks, fullest_rank(blocks).owned, &s));
    const double iteration = s.sampling + s.learning + s.generator + s.reduction;
    const double hours = iteration * (double)config->learning.iterations / 3600;
    const int cores = ggcn_ranks() * omp_get_max_threads();
    app_print("time of an iteration, from a trial on one block a thread\n");
    app_print("  %-40s %10.3g s\n", "Langevin steps", s.sampling);
    app_print("  %-40s %10.3g s\n", "learning", s.learning);
    if (networks->generator)
        app_print("  %-40s %10.3g s\n", "generator", s.generator);
    app_print("  %-40s %10.3g s\n", "sum over ranks", s.reduction);
    app_print("  %-40s %10.3g s\n", "iteration", iteration);
    app_print("time of the run, without files\n  %llu iterations %29.3g h on %d cores: %.3g core-hours\n",
              (unsigned long long)config->learning.iterations, hours, cores, hours * cores);
    return GGCN_SUCCESS;
}

void train_print_list(void) {
    size_t count;
    const ggcn_resource *resources = ggcn_resources(&count);
    const char *kind = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(resources[i].kind, "schemas") == 0)
            continue;
        if (strcmp(kind, resources[i].kind) != 0)
            app_print("%s\n", resources[i].kind);
        kind = resources[i].kind;
        const char *line = resources[i].text;
        line += strspn(line, "# ");
        if (strncmp(line, "description: ", 13) == 0)
            line += 13;
        app_print("  %-32s %.*s\n", resources[i].name, (int)strcspn(line, "\n"), line);
    }
}
