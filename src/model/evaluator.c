#include "ggcn/potential.h"

#include <stdlib.h>
#include <string.h>

struct ggcn_evaluator {
    const ggcn_potential *potential;
    ggcn_workspace *workspace;
    int64_t batch, images;
    uint32_t *labels; /* [batch] */
    float *map;       /* [batch][channels][positions], seed or result */
};

ggcn_status ggcn_evaluator_create(const ggcn_potential *potential, const ggcn_plan *plan, int64_t batch,
                                  ggcn_evaluator **evaluator) {
    ggcn_evaluator *made = calloc(1, sizeof *made);
    *evaluator = made;
    const ggcn_shape top = ggcn_graph_output(potential->graph);
    if (made) {
        made->potential = potential;
        made->batch = batch;
        made->labels = calloc((size_t)batch, sizeof *made->labels);
        made->map = malloc((size_t)(batch * top.channels) * potential->positions * sizeof *made->map);
    }
    if (!made || !made->labels || !made->map) {
        ggcn_evaluator_destroy(evaluator);
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use a smaller run.block or fewer threads", "no memory to evaluate a potential");
    }
    const ggcn_status status = ggcn_workspace_create(plan, &made->workspace);
    if (status != GGCN_SUCCESS)
        ggcn_evaluator_destroy(evaluator);
    return status;
}

void ggcn_evaluator_destroy(ggcn_evaluator **evaluator) {
    if (!*evaluator)
        return;
    ggcn_workspace_destroy(&(*evaluator)->workspace);
    free((*evaluator)->labels);
    free((*evaluator)->map);
    free(*evaluator);
    *evaluator = NULL;
}

ggcn_workspace *ggcn_evaluator_workspace(ggcn_evaluator *evaluator) {
    return evaluator->workspace;
}

void ggcn_evaluator_seed(ggcn_evaluator *e, const float *theta, const uint32_t *labels, int64_t images) {
    const ggcn_potential *p = e->potential;
    const size_t channels = (size_t)ggcn_graph_output(p->graph).channels, image = channels * p->positions;
    e->images = images;
    memset(e->map, 0, (size_t)e->batch * image * sizeof *e->map);
    for (int64_t n = 0; n < images; n++) {
        e->labels[n] = labels && p->n_classes > 1 ? labels[n] : 0;
        ggcn_potential_seed(p, theta, e->labels[n], 1, e->map + (size_t)n * image);
    }
    ggcn_set_seed(e->workspace, e->map);
}

ggcn_status ggcn_evaluator_gradient(ggcn_evaluator *e, const ggcn_weights *weights, const float *x, float *g,
                                    double *phi) {
    GGCN_TRY(ggcn_forward(e->workspace, weights, x));
    if (phi)
        ggcn_seed_products(e->workspace, phi);
    return ggcn_backward(e->workspace, weights, g);
}

/* Adds scale * features of the map to theta_gradient and response, either of which may be NULL. */
static void add_map(const ggcn_evaluator *e, float scale, float *theta_gradient, float *response) {
    const ggcn_potential *p = e->potential;
    const size_t image = (size_t)ggcn_graph_output(p->graph).channels * p->positions;
    for (int64_t n = 0; n < e->images; n++)
        ggcn_potential_add_features(p, e->map + (size_t)n * image, e->labels[n], scale, theta_gradient, response);
}

void ggcn_evaluator_add_features(ggcn_evaluator *e, float scale, float *theta_gradient, float *response) {
    ggcn_read_output(e->workspace, e->map);
    add_map(e, scale, theta_gradient, response);
}

void ggcn_evaluator_add_tangents(ggcn_evaluator *e, float scale, float *theta_gradient) {
    ggcn_read_tangent(e->workspace, e->map);
    add_map(e, scale, theta_gradient, NULL);
}
