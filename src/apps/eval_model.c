#include "eval_model.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ggcn/hpc.h"
#include "ggcn/plan.h"

static ggcn_status list_layers(eval_model *m) {
    const ggcn_graph *graph = ggcn_trained_graph(m->trained);
    const ggcn_config *c = m->info->config;
    const uint32_t own = c->multigrid.networks_count;
    m->network = m->info->grids > 1 && own > 0 ? c->multigrid.networks[own - 1] : c->potential.network;
    m->layers = ggcn_graph_responses(graph, NULL);
    m->nodes = calloc(m->layers, sizeof *m->nodes);
    m->distances = calloc(m->layers, sizeof *m->distances);
    if (!m->nodes || !m->distances)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of %zu layers", m->layers);
    ggcn_graph_responses(graph, m->nodes);
    return GGCN_SUCCESS;
}

ggcn_status eval_model_load(const char *path, eval_model *m) {
    *m = (eval_model){0};
    GGCN_TRY(ggcn_trained_load(path, UINT64_MAX, &m->trained));
    m->info = ggcn_trained_describe(m->trained);
    return ggcn_agree(list_layers(m));
}

const char *eval_model_layer(const eval_model *m, size_t i) {
    return ggcn_graph_layer(ggcn_trained_graph(m->trained), m->nodes[i])->name;
}

void eval_model_clear(eval_model *m) {
    ggcn_trained_destroy(&m->trained);
    free(m->nodes);
    free(m->distances);
    *m = (eval_model){0};
}

ggcn_status eval_model_check(const eval_model *m, const char *path, ggcn_shape s) {
    const ggcn_shape image = m->info->image;
    if (s.channels != image.channels || s.height != image.height || s.width != image.width)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "give --model a run that was trained on images of this size",
                  "%s holds images of %" PRId64 "x%" PRId64 "x%" PRId64
                  " (channels, height, width), but the model %s is of %" PRId64 "x%" PRId64 "x%" PRId64,
                  path, s.channels, s.height, s.width, m->info->checkpoint, image.channels, image.height, image.width);
    return GGCN_SUCCESS;
}
