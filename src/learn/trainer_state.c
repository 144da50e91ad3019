/* What a checkpoint of a training run holds, and the pictures of its chains. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/trainer.h"

/* Theta as [class][feature] or [class][channel][row][column]. */
static ggcn_array theta_array(ggcn_trainer *t) {
    const ggcn_shape top = ggcn_graph_output(t->graph);
    ggcn_array a = {.path = "parameters/theta",
                    .description = "theta of the potential, by class and feature",
                    .unit = "1",
                    .type = GGCN_F32,
                    .rank = 2,
                    .dims = {t->potential.n_classes, top.channels},
                    .data = t->parameters};
    if (t->potential.theta == GGCN_THETA_POSITIONAL) {
        a.rank = 4;
        a.dims[2] = top.height;
        a.dims[3] = top.width;
    }
    return a;
}

ggcn_status ggcn_trainer_name_arrays(ggcn_trainer *t) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(t->graph, &tensors, &count);
    t->names = calloc(count + 1, sizeof *t->names);
    if (!t->names)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to list the state");
    for (size_t i = 0; i < count; i++)
        snprintf(t->names[i], sizeof *t->names, "parameters/%s", tensors[i].name);
    return GGCN_SUCCESS;
}

static ggcn_status add_filters(ggcn_trainer *t, ggcn_state *state) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(t->graph, &tensors, &count);
    for (size_t i = 0; i < count; i++) {
        ggcn_array a = {.path = t->names[i],
                        .description = "parameter of a layer of the network",
                        .unit = "1",
                        .type = GGCN_F32,
                        .rank = tensors[i].rank,
                        .data = t->parameters + t->potential.n_theta + tensors[i].offset};
        memcpy(a.dims, tensors[i].dims, sizeof tensors[i].dims);
        GGCN_TRY(ggcn_state_add(state, a));
    }
    return GGCN_SUCCESS;
}

void ggcn_trainer_identify(ggcn_trainer *t, const ggcn_observed *observed) {
    t->expected_identity[GGCN_IDENTITY_SEED] = t->config->run.seed;
    t->expected_identity[GGCN_IDENTITY_NETWORK] = ggcn_graph_digest(t->graph);
    t->expected_identity[GGCN_IDENTITY_DATA] = observed->checksum;
    t->expected_identity[GGCN_IDENTITY_OPTIMIZER] = (uint64_t)t->config->learning.optimizer.name;
    memcpy(t->identity, t->expected_identity, sizeof t->identity);
}

ggcn_status ggcn_trainer_restored(const ggcn_trainer *t) {
    static const char *const keys[GGCN_IDENTITIES] = {"run.seed", "the layers of potential.network",
                                                      "the images of data.file or their selection",
                                                      "learning.optimizer.name"};
    for (int i = 0; i < GGCN_IDENTITIES; i++)
        if (t->identity[i] != t->expected_identity[i])
            GGCN_FAIL(GGCN_ERROR_CONFIG, "restart with what the run was started with, or start a new run",
                      "the checkpoint belongs to another run: %s changed", keys[i]);
    return GGCN_SUCCESS;
}

static ggcn_array vector_array(const char *path, const char *description, size_t count, float *data) {
    return (ggcn_array){.path = path,
                        .description = description,
                        .unit = "1",
                        .type = GGCN_F32,
                        .rank = 1,
                        .dims = {(int64_t)count},
                        .data = data};
}

static ggcn_status add_chains(ggcn_trainer *t, ggcn_state *state) {
    const ggcn_chains *c = &t->chains;
    ggcn_array a = {.path = "chains/x",
                    .description = "states of the persistent chains, by chain, channel, row, column",
                    .unit = "pixel",
                    .type = GGCN_F32,
                    .rank = 4,
                    .dims = {t->blocks.count * c->block, c->shape.channels, c->shape.height, c->shape.width},
                    .distributed = true,
                    .first = c->first,
                    .count = c->count,
                    .chunk = c->block,
                    .data = c->x};
    GGCN_TRY(ggcn_state_add(state, a));
    a.path = "chains/label";
    a.description = "class of each chain";
    a.unit = "1";
    a.type = GGCN_U32;
    a.rank = 1;
    a.data = c->labels;
    return ggcn_state_add(state, a);
}

ggcn_status ggcn_trainer_state(ggcn_trainer *t, ggcn_state *state) {
    GGCN_TRY(ggcn_state_add(state, theta_array(t)));
    GGCN_TRY(add_filters(t, state));
    const size_t n = t->potential.n_parameters;
    const bool adam = t->optimizer.second != NULL;
    GGCN_TRY(ggcn_state_add(state, vector_array("optimizer/first",
                                                adam ? "Adam's mean of gradients, [theta | filters]"
                                                     : "velocity, [theta | filters]",
                                                n, t->optimizer.first)));
    if (adam)
        GGCN_TRY(ggcn_state_add(
            state, vector_array("optimizer/second", "Adam's mean of squared gradients, [theta | filters]", n,
                                t->optimizer.second)));
    if (t->potential.n_statistics > 0)
        GGCN_TRY(ggcn_state_add(state, vector_array("normalisation/statistics",
                                                    "running mean and variance of the norm layers, layer by layer",
                                                    t->potential.n_statistics, t->statistics)));
    GGCN_TRY(add_chains(t, state));
    GGCN_TRY(ggcn_state_add(state, (ggcn_array){.path = "identity",
                                                .description = "seed, digest of the network, checksum of the observed "
                                                               "images, number of the optimiser",
                                                .unit = "1",
                                                .type = GGCN_U64,
                                                .rank = 1,
                                                .dims = {GGCN_IDENTITIES},
                                                .data = t->identity}));
    return ggcn_state_add(state, (ggcn_array){.path = "iteration",
                                              .description = "iterations done",
                                              .unit = "1",
                                              .type = GGCN_U64,
                                              .rank = 0,
                                              .data = &t->iteration});
}

/* One noiseless step on the block's part of the pictures. */
static ggcn_status quiet_step(ggcn_trainer *t, ggcn_worker *w, int64_t block, float *pictures) {
    const ggcn_chains *c = &t->chains;
    ggcn_langevin quiet = t->langevin;
    quiet.steps = 1;
    quiet.noise_sigma = 0;
    ggcn_evaluator_seed(w->evaluator, t->parameters, c->labels + block * c->block, c->block);
    const ggcn_langevin_block chains = {.purpose = GGCN_RANDOM_PICTURE,
                                        .chains = c->block,
                                        .elements = c->elements,
                                        .x = pictures + (size_t)(block * c->block) * c->elements,
                                        .g = w->gradient,
                                        .noise = w->noise};
    return ggcn_langevin_run(&quiet, &chains, false, ggcn_worker_gradient, w);
}

ggcn_status ggcn_trainer_pictures(ggcn_trainer *t, int64_t wanted, float *pictures) {
    const ggcn_chains *c = &t->chains;
    memcpy(pictures, c->x, (size_t)c->count * c->elements * sizeof *pictures);
    if (!t->config->sampler.final_step_noiseless)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_weights_pack(t->weights, t->parameters + t->potential.n_theta, t->statistics));
    for (int64_t block = 0; block < t->blocks.owned && c->first + block * c->block < wanted; block++)
        GGCN_TRY(quiet_step(t, &t->workers[0], block, pictures));
    return GGCN_SUCCESS;
}
