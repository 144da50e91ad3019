/* What a run needs of memory, before anything is allocated. */
#include "base/block_loop.h"
#include "learn/trainer.h"

static size_t image_floats(ggcn_shape shape) {
    return (size_t)(shape.channels * shape.height * shape.width);
}

static size_t moments(const ggcn_config_optimizer *optimizer) {
    return optimizer->name == GGCN_OPTIMIZER_ADAM ? 2 : 1;
}

static ggcn_status add_potential(const ggcn_config *config, const ggcn_graph *graph, uint32_t n_classes,
                                 const ggcn_blocks *blocks, ggcn_trainer_memory *m) {
    const ggcn_model_traits *traits = ggcn_model_traits_of(config->model);
    const ggcn_potential p = ggcn_potential_on(graph, config->potential.theta, n_classes);
    const size_t n_learned = traits->learns_filters ? p.n_parameters : p.n_theta, block = config->run.block;
    const size_t image = image_floats(ggcn_graph_shape(graph, 0)) * sizeof(float);
    const size_t map = image_floats(ggcn_graph_output(graph)) * sizeof(float);
    const size_t parameters = (p.n_parameters + n_learned * moments(&config->learning.optimizer)) * sizeof(float);
    ggcn_plan *plan;
    GGCN_TRY(ggcn_plan_compile_for(graph, config->run.block, config->sampler.precision, &plan));
    m->workspaces += m->threads * (ggcn_plan_workspace_bytes(plan) + block * (2 * image + map));
    m->weights += ggcn_plan_weights_bytes(plan);
    m->gradients += m->threads * ggcn_plan_gradients_bytes(plan) * (ggcn_flow_apart(config) ? 2 : 1) +
                    (m->threads + 2) * ggcn_learner_floats(config, &p, n_learned) * sizeof(float);
    m->parameters += parameters;
    m->chains += (size_t)blocks->owned * block * image;
    m->checkpoint +=
        parameters + (size_t)blocks->count * block * (image + sizeof(uint32_t)) + p.n_statistics * sizeof(float);
    if (traits->adversarial) {
        const size_t observed = (size_t)(config->learning.observed / (uint64_t)blocks->count);
        m->workspaces += ggcn_batch_network_bytes(plan, blocks->owned, config->run.block, (int64_t)block) +
                         ggcn_batch_network_bytes(plan, blocks->owned, config->run.block, (int64_t)observed) +
                         (size_t)blocks->owned * (block + observed) * 2 * (image + 2 * map);
    }
    ggcn_plan_destroy(&plan);
    return GGCN_SUCCESS;
}

static ggcn_status add_generator(const ggcn_config *config, const ggcn_graph *graph, uint32_t n_classes,
                                 const ggcn_blocks *blocks, ggcn_trainer_memory *m) {
    const size_t in = image_floats(ggcn_graph_shape(graph, 0)), out = image_floats(ggcn_graph_output(graph));
    const bool encodes = config->inpaint.mask != GGCN_MASK_NONE;
    const size_t latent = encodes ? in : config->generator.latent;
    const size_t block = config->run.block, chains = (size_t)blocks->owned * block;
    const size_t n = ggcn_graph_parameters(graph, NULL, NULL) + (n_classes > 1 ? n_classes * (in - latent) : 0);
    const size_t parameters = n * (1 + moments(&config->generator.optimizer)) * sizeof(float);
    const size_t slots = (size_t)ggcn_replay_slots(config);
    const size_t slot = (out + latent) * sizeof(float);
    ggcn_plan *plan;
    GGCN_TRY(ggcn_plan_compile(graph, config->run.block, &plan));
    m->workspaces += ggcn_batch_network_bytes(plan, blocks->owned, config->run.block, (int64_t)block) +
                     chains * (4 * in + 4 * out + latent) * sizeof(float);
    m->gradients += m->threads * ggcn_plan_gradients_bytes(plan) + (m->threads + 2) * n * sizeof(float);
    m->parameters += parameters;
    m->replay += chains * slots * slot;
    m->checkpoint += parameters + (size_t)blocks->count * block * (slots * slot + latent * sizeof(float));
    ggcn_plan_destroy(&plan);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trainer_plan_memory(const ggcn_config *config, const ggcn_model_networks *networks, uint32_t n_classes,
                                     const ggcn_blocks *blocks, ggcn_trainer_memory *memory) {
    *memory = (ggcn_trainer_memory){.threads = (size_t)ggcn_threads_for(blocks->owned)};
    for (int grid = 0; grid < networks->grids; grid++)
        GGCN_TRY(add_potential(config, networks->potentials[grid].graph, n_classes, blocks, memory));
    return networks->generator ? add_generator(config, networks->generator, n_classes, blocks, memory) : GGCN_SUCCESS;
}
