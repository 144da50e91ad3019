#include "net/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/aligned.h"

enum { ALIGNMENT = 64 };

static size_t align(size_t bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Hands out pieces of one allocation; with memory = NULL it only counts. */
typedef struct {
    char *memory;
    size_t used;
} arena;

static void *take(arena *a, size_t bytes) {
    void *piece = a->memory ? a->memory + a->used : NULL;
    a->used += align(bytes);
    return piece;
}

static size_t tensor_bytes(const ggcn_step *step) {
    return ggcn_layout_floats(step->layout) * sizeof(float);
}

/* Lays out all buffers that w->plain asks for. Activations in place share their input's buffers. */
static void lay_out(const ggcn_plan *plan, ggcn_workspace *w, arena *a) {
    const size_t count = (size_t)plan->count;
    w->value = take(a, count * sizeof *w->value);
    w->tangent = take(a, count * sizeof *w->tangent);
    w->signal = take(a, count * sizeof *w->signal);
    w->curvature = take(a, count * sizeof *w->curvature);
    w->own_value = take(a, count * sizeof *w->own_value);
    w->own_tangent = take(a, count * sizeof *w->own_tangent);
    w->winner = take(a, count * sizeof *w->winner);
    w->has_signal = take(a, count * sizeof *w->has_signal);
    w->spare = take(a, plan->spare_floats * sizeof(float));
    const bool curved = !w->plain && !ggcn_graph_piecewise_linear(plan->graph);
    for (int i = 0; i < plan->count; i++) {
        const ggcn_step *step = &plan->steps[i];
        const int input = step->node->layer.inputs[0];
        const bool plain_input = i == 0 && step->layout.lanes == 1;
        float *value = plain_input || step->in_place ? NULL : take(a, tensor_bytes(step));
        float *tangent = w->plain || plain_input || step->in_place ? NULL : take(a, tensor_bytes(step));
        float *signal = plain_input || step->signal_in_place ? NULL : take(a, tensor_bytes(step));
        float *curvature = curved ? take(a, tensor_bytes(step)) : NULL;
        int32_t *winner = step->node->layer.op == GGCN_MAX_POOL ? take(a, tensor_bytes(step)) : NULL;
        if (!a->memory)
            continue;
        w->own_value[i] = step->in_place ? w->own_value[input] : value;
        w->own_tangent[i] = step->in_place ? w->own_tangent[input] : tangent;
        w->value[i] = w->own_value[i];
        w->tangent[i] = w->own_tangent[i];
        w->signal[i] = step->signal_in_place ? w->signal[input] : signal;
        w->curvature[i] = curvature;
        w->winner[i] = winner;
    }
    w->input_mix = w->plain ? NULL : take(a, tensor_bytes(&plan->steps[0]));
}

static size_t workspace_bytes(const ggcn_plan *plan, bool plain) {
    ggcn_workspace counted = {.plain = plain};
    arena a = {0};
    lay_out(plan, &counted, &a);
    return a.used + plan->scratch_bytes;
}

size_t ggcn_plan_workspace_bytes(const ggcn_plan *plan) {
    return workspace_bytes(plan, false);
}

size_t ggcn_plan_workspace_plain_bytes(const ggcn_plan *plan) {
    return workspace_bytes(plan, true);
}

static ggcn_status create(const ggcn_plan *plan, bool plain, ggcn_workspace **workspace) {
    ggcn_workspace *made = calloc(1, sizeof *made);
    *workspace = made;
    if (!made)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a workspace");
    made->plan = plan;
    made->plain = plain;
    arena a = {0};
    lay_out(plan, made, &a);
    void *memory = ggcn_allocate_aligned(a.used);
    if (!memory) {
        ggcn_workspace_destroy(workspace);
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use a smaller run.block or fewer threads",
                  "no memory for a workspace of %zu bytes", a.used);
    }
    memset(memory, 0, a.used);
    a = (arena){.memory = memory};
    made->memory = memory;
    lay_out(plan, made, &a);
    const ggcn_status status = ggcn_onednn_thread_create(plan->scratch_bytes, &made->thread);
    if (status != GGCN_SUCCESS)
        ggcn_workspace_destroy(workspace);
    return status;
}

ggcn_status ggcn_workspace_create(const ggcn_plan *plan, ggcn_workspace **workspace) {
    return create(plan, false, workspace);
}

ggcn_status ggcn_workspace_create_plain(const ggcn_plan *plan, ggcn_workspace **workspace) {
    return create(plan, true, workspace);
}

void ggcn_workspace_set_precision(ggcn_workspace *workspace, ggcn_precision precision) {
    workspace->precision = precision;
}

void ggcn_workspace_destroy(ggcn_workspace **workspace) {
    if (!*workspace)
        return;
    ggcn_onednn_thread_destroy(&(*workspace)->thread);
    free((*workspace)->memory);
    free(*workspace);
    *workspace = NULL;
}
