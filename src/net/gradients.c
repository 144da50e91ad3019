#include "net/passes.h"
#include "net/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/aligned.h"

static size_t scratch_floats(const ggcn_plan *plan) {
    size_t largest = 0;
    for (int i = 0; i < plan->count; i++) {
        const ggcn_step *step = &plan->steps[i];
        if (!step->correlation || step->winograd_weight) /* Winograd's way adds by itself */
            continue;
        const size_t floats = ggcn_step_gradient_floats(step);
        largest = floats > largest ? floats : largest;
    }
    return largest;
}

size_t ggcn_plan_gradients_bytes(const ggcn_plan *plan) {
    return (plan->gradient_floats + scratch_floats(plan)) * sizeof(float);
}

ggcn_status ggcn_gradients_create(const ggcn_plan *plan, ggcn_gradients **gradients) {
    ggcn_gradients *made = calloc(1, sizeof *made);
    *gradients = made;
    const size_t aligned = (plan->gradient_floats + 15) / 16 * 16;
    if (made)
        made->sums = ggcn_allocate_aligned((aligned + scratch_floats(plan)) * sizeof(float));
    if (!made || !made->sums) {
        ggcn_gradients_destroy(gradients);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu bytes of gradients", ggcn_plan_gradients_bytes(plan));
    }
    made->plan = plan;
    made->scratch = made->sums + aligned;
    ggcn_gradients_clear(made);
    const ggcn_status status = ggcn_onednn_thread_create(0, &made->thread);
    if (status != GGCN_SUCCESS)
        ggcn_gradients_destroy(gradients);
    return status;
}

void ggcn_gradients_destroy(ggcn_gradients **gradients) {
    if (!*gradients)
        return;
    ggcn_onednn_thread_destroy(&(*gradients)->thread);
    free((*gradients)->sums);
    free(*gradients);
    *gradients = NULL;
}

void ggcn_gradients_clear(ggcn_gradients *gradients) {
    memset(gradients->sums, 0, gradients->plan->gradient_floats * sizeof *gradients->sums);
}

float *ggcn_gradients_of(ggcn_gradients *gradients, int tensor) {
    return gradients->sums + gradients->plan->other_offset[tensor];
}

/* Replaces the tangents that parameters read by a h + b u, each once. */
static void mix(ggcn_workspace *w, float a, float b) {
    const ggcn_plan *plan = w->plan;
    memset(w->has_signal, 0, (size_t)plan->count * sizeof *w->has_signal); /* here: mixed already */
    for (int i = 1; i < plan->count; i++) {
        const int source = plan->steps[i].node->layer.inputs[0];
        if (!plan->steps[i].operation->gradient || w->has_signal[source])
            continue;
        w->has_signal[source] = true;
        float *out = source == 0 ? w->input_mix : w->own_tangent[source];
        const float *h = w->value[source], *u = w->tangent[source];
        const size_t count = ggcn_layout_floats(plan->steps[source].layout);
        for (size_t k = 0; k < count; k++)
            out[k] = a * h[k] + b * u[k];
        w->tangent[source] = out;
    }
}

/* Adds every parameter's gradient from the tensors `sources` the layers read and the signals at their results; only of
 * nodes marked in `only` unless that is NULL. */
static ggcn_status add_all(ggcn_gradients *gradients, ggcn_workspace *w, const ggcn_weights *weights,
                           const float *const *sources, float *const *signals, const bool *only, float constant,
                           float scale) {
    for (int i = 1; i < w->plan->count; i++) {
        const ggcn_task task = {w->plan, &w->plan->steps[i], i, weights, w};
        if (task.step->operation->gradient && (!only || only[i]))
            GGCN_TRY(task.step->operation->gradient(&task, sources[task.step->node->layer.inputs[0]], signals[i],
                                                    constant, scale, gradients));
    }
    return GGCN_SUCCESS;
}

static ggcn_status add(ggcn_gradients *gradients, ggcn_workspace *w, const ggcn_weights *weights, float a, float b,
                       float scale) {
    if (b != 0 && !ggcn_graph_piecewise_linear(w->plan->graph)) {
        GGCN_TRY(ggcn_curvature_pass(w, weights));
        GGCN_TRY(add_all(gradients, w, weights, w->value, w->curvature, w->has_signal, 1.0f, scale * b));
    }
    const float *const *sources = w->value;
    float constant = 1.0f, factor = scale * a;
    if (b != 0) {
        mix(w, a, b);
        sources = w->tangent;
        constant = a;
        factor = scale;
    }
    return add_all(gradients, w, weights, sources, w->signal, NULL, constant, factor);
}

ggcn_status ggcn_gradients_add(ggcn_gradients *gradients, ggcn_workspace *w, const ggcn_weights *weights, float a,
                               float b, float scale) {
    if (a == 0 && b == 0)
        return GGCN_SUCCESS;
    if (b != 0)
        GGCN_TRY(ggcn_check_tangent(w, weights));
    const int before = ggcn_onednn_single_begin();
    const ggcn_status status = add(gradients, w, weights, a, b, scale);
    ggcn_onednn_single_end(before);
    return status;
}

ggcn_status ggcn_gradients_read(ggcn_gradients *gradients, float *gradient) {
    const ggcn_plan *plan = gradients->plan;
    const int before = ggcn_onednn_single_begin();
    ggcn_status status = GGCN_SUCCESS;
    for (size_t i = 0; i < plan->graph->parameters.count && status == GGCN_SUCCESS; i++) {
        const ggcn_tensor_info *tensor = &plan->graph->parameters.tensors[i];
        const ggcn_step *step = &plan->steps[tensor->node];
        if (step->correlation && (int)i == step->node->weight)
            status = ggcn_step_gradient_unpack(step, gradients->thread, gradients->sums + step->gradient_offset,
                                               gradient + tensor->offset);
        else
            memcpy(gradient + tensor->offset, ggcn_gradients_of(gradients, (int)i), tensor->count * sizeof *gradient);
    }
    ggcn_onednn_single_end(before);
    return status;
}
