/* What is read from a checkpoint of a trained model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/trained.h"

/* "FOLDER/PART/NAME", kept by the model. */
static const char *path(ggcn_trained *m, const char *folder, const char *part, const char *name) {
    char *made = m->paths[m->n_paths++];
    snprintf(made, sizeof *m->paths, "%s/%s%s", folder, part, name);
    return made;
}

static ggcn_status add(ggcn_state *state, const char *name, int rank, const int64_t *dims, float *data) {
    ggcn_array a = {.path = name, .description = "", .unit = "1", .type = GGCN_F32, .rank = rank, .data = data};
    memcpy(a.dims, dims, (size_t)rank * sizeof *dims);
    return ggcn_state_add(state, a);
}

/* The layers' tensors, and the statistics of norm layers. */
static ggcn_status add_network(ggcn_trained *m, ggcn_state *state, const char *part, const ggcn_graph *graph,
                               float *parameters, float *statistics) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(graph, &tensors, &count);
    for (size_t i = 0; i < count; i++)
        GGCN_TRY(add(state, path(m, "parameters", part, tensors[i].name), tensors[i].rank, tensors[i].dims,
                     parameters + tensors[i].offset));
    const int64_t n_statistics = (int64_t)ggcn_graph_statistics(graph, NULL, NULL);
    if (n_statistics == 0)
        return GGCN_SUCCESS;
    return add(state, path(m, "normalisation", part, "statistics"), 1, &n_statistics, statistics);
}

static ggcn_status add_grid(ggcn_trained *m, ggcn_state *state, int grid) {
    const ggcn_trained_grid *g = &m->grids[grid];
    const ggcn_shape top = ggcn_graph_output(g->potential.graph);
    const int64_t dims[] = {g->potential.n_classes, top.channels, top.height, top.width};
    char part[16] = "";
    if (grid < m->networks.grids - 1)
        snprintf(part, sizeof part, "grid-%d/", (int)g->shape.height);
    GGCN_TRY(add(state, path(m, "parameters", part, "theta"), g->potential.theta == GGCN_THETA_POSITIONAL ? 4 : 2, dims,
                 g->parameters));
    return add_network(m, state, part, g->potential.graph, g->parameters + g->potential.n_theta, g->statistics);
}

static ggcn_status add_generator(ggcn_trained *m, ggcn_state *state) {
    const ggcn_trained_generator *g = &m->generator;
    GGCN_TRY(add_network(m, state, "generator/", m->networks.generator, g->parameters, g->statistics));
    if (g->embedding == 0)
        return GGCN_SUCCESS;
    const int64_t dims[] = {m->info.n_classes, (int64_t)g->embedding};
    return add(state, "parameters/generator/embedding", 2, dims, g->parameters + g->n_network);
}

static size_t tensors_of(const ggcn_graph *graph) {
    size_t count = 0;
    if (graph)
        ggcn_graph_parameters(graph, NULL, &count);
    return count;
}

ggcn_status ggcn_trained_state(ggcn_trained *m, ggcn_state *state) {
    enum { OTHERS = 2 }; /* arrays of a network that are not its tensors */
    size_t count = tensors_of(m->networks.generator) + OTHERS;
    for (int grid = 0; grid < m->networks.grids; grid++)
        count += tensors_of(m->networks.potentials[grid].graph) + OTHERS;
    m->paths = calloc(count, sizeof *m->paths);
    if (!m->paths)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to list the state");
    for (int grid = 0; grid < m->networks.grids; grid++)
        GGCN_TRY(add_grid(m, state, grid));
    if (m->networks.generator)
        GGCN_TRY(add_generator(m, state));
    return ggcn_state_add(state, (ggcn_array){.path = "identity",
                                              .description = "",
                                              .unit = "1",
                                              .type = GGCN_U64,
                                              .rank = 1,
                                              .dims = {GGCN_IDENTITIES},
                                              .data = m->identity});
}
