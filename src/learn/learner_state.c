/* What a checkpoint holds of a learner. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/learner.h"

/* "FOLDER/GRID/NAME", kept by the learner. */
static const char *path(ggcn_learner *t, const char *folder, const char *name) {
    char *made = t->paths[t->n_paths++];
    snprintf(made, sizeof *t->paths, "%s/%s%s", folder, t->grid, name);
    return made;
}

/* Theta as [class][feature] or [class][channel][row][column]. */
static ggcn_array theta_array(ggcn_learner *t) {
    const ggcn_shape top = ggcn_graph_output(t->graph);
    ggcn_array a = {.path = path(t, "parameters", "theta"),
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

static ggcn_status add_filters(ggcn_learner *t, ggcn_state *state) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(t->graph, &tensors, &count);
    for (size_t i = 0; i < count; i++) {
        ggcn_array a = {.path = path(t, "parameters", tensors[i].name),
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

static ggcn_status add_vector(ggcn_learner *t, ggcn_state *state, const char *folder, const char *name,
                              const char *description, size_t count, float *data) {
    return ggcn_state_add(state, (ggcn_array){.path = path(t, folder, name),
                                              .description = description,
                                              .unit = "1",
                                              .type = GGCN_F32,
                                              .rank = 1,
                                              .dims = {(int64_t)count},
                                              .data = data});
}

static ggcn_status add_chains(ggcn_learner *t, ggcn_state *state) {
    const ggcn_chains *c = &t->chains;
    ggcn_array a = {.path = path(t, "chains", "x"),
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
    a.path = path(t, "chains", "label");
    a.description = "class of each chain";
    a.unit = "1";
    a.type = GGCN_U32;
    a.rank = 1;
    a.data = c->labels;
    return ggcn_state_add(state, a);
}

ggcn_status ggcn_learner_state(ggcn_learner *t, ggcn_state *state) {
    enum { OTHERS = 8 }; /* arrays that are not filters */
    size_t tensors;
    ggcn_graph_parameters(t->graph, NULL, &tensors);
    if (!t->paths)
        t->paths = calloc(tensors + OTHERS, sizeof *t->paths);
    if (!t->paths)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to list the state");
    t->n_paths = 0;
    GGCN_TRY(ggcn_state_add(state, theta_array(t)));
    GGCN_TRY(add_filters(t, state));
    const bool adam = t->optimizer.second != NULL;
    GGCN_TRY(add_vector(t, state, "optimizer", "first",
                        adam ? "Adam's mean of gradients, [theta | filters]" : "velocity, [theta | filters]",
                        t->n_learned, t->optimizer.first));
    if (adam)
        GGCN_TRY(add_vector(t, state, "optimizer", "second", "Adam's mean of squared gradients, [theta | filters]",
                            t->n_learned, t->optimizer.second));
    if (t->potential.n_statistics > 0)
        GGCN_TRY(add_vector(t, state, "normalisation", "statistics",
                            "running mean and variance of the norm layers, layer by layer", t->potential.n_statistics,
                            t->statistics));
    return add_chains(t, state);
}
