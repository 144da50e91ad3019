/* Forward, backward and tangent pass over a plan. */
#include "net/passes.h"
#include "net/plan.h"

#include <string.h>

static ggcn_task task_of(ggcn_workspace *w, const ggcn_weights *weights, int number) {
    return (ggcn_task){w->plan, &w->plan->steps[number], number, weights, w};
}

static int top(const ggcn_workspace *w) {
    return w->plan->count - 1;
}

/* The input tensor in the plan's layout: the caller's array itself if that is plain. */
static const float *input_tensor(ggcn_workspace *w, const float *plain, float *own) {
    const ggcn_layout layout = w->plan->steps[0].layout;
    if (layout.lanes == 1)
        return plain;
    ggcn_layout_from_plain(layout, plain, own);
    return own;
}

void ggcn_set_input(ggcn_workspace *w, const float *x) {
    w->value[0] = input_tensor(w, x, w->own_value[0]);
}

static ggcn_status run_forward(ggcn_workspace *w, const ggcn_weights *weights, int first, int end) {
    for (int i = first; i < end; i++) {
        const ggcn_task task = task_of(w, weights, i);
        GGCN_TRY(task.step->operation->forward(&task));
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_forward_nodes(ggcn_workspace *w, const ggcn_weights *weights, int first, int end) {
    const int before = ggcn_onednn_single_begin();
    const ggcn_status status = run_forward(w, weights, first, end);
    ggcn_onednn_single_end(before);
    return status;
}

ggcn_status ggcn_forward(ggcn_workspace *w, const ggcn_weights *weights, const float *x) {
    ggcn_set_input(w, x);
    return ggcn_forward_nodes(w, weights, 1, w->plan->count);
}

ggcn_status ggcn_check_tangent(const ggcn_workspace *w, const ggcn_weights *weights) {
    if (w->plain)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "make the workspace with ggcn_workspace_create",
                  "a workspace made by ggcn_workspace_create_plain has no room for tangents");
    if (weights->batch)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "freeze them: ggcn_weights_pack with running statistics",
                  "there is no tangent through batch statistics, and so no JKO flow of a network that has them");
    return GGCN_SUCCESS;
}

static ggcn_status run_tangent(ggcn_workspace *w, const ggcn_weights *weights) {
    for (int i = 1; i < w->plan->count; i++) {
        const ggcn_task task = task_of(w, weights, i);
        GGCN_TRY(task.step->operation->tangent(&task));
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_tangent(ggcn_workspace *w, const ggcn_weights *weights, const float *v) {
    GGCN_TRY(ggcn_check_tangent(w, weights));
    w->tangent[0] = input_tensor(w, v, w->own_tangent[0]);
    const int before = ggcn_onednn_single_begin();
    const ggcn_status status = run_tangent(w, weights);
    ggcn_onednn_single_end(before);
    return status;
}

/* Puts the signal that node `number` sends to its input number `input` into the input's signal, or adds it there. */
static ggcn_status send_signal(const ggcn_task *task, float *const *signals, int input, bool curvature) {
    ggcn_workspace *w = task->workspace;
    const int source = task->step->node->layer.inputs[input];
    float *target = signals[source];
    float *out = w->has_signal[source] ? w->spare : target;
    if (w->has_signal[task->number]) {
        GGCN_TRY(task->step->operation->backward(task, signals[task->number], input, out));
    } else {
        memset(out, 0, ggcn_layout_floats(w->plan->steps[source].layout) * sizeof *out);
    }
    if (curvature && task->step->operation->curvature)
        task->step->operation->curvature(task, w->signal[task->number], out);
    if (out != target) {
        const size_t count = ggcn_layout_floats(w->plan->steps[source].layout);
        for (size_t i = 0; i < count; i++)
            target[i] += out[i];
    }
    w->has_signal[source] = true;
    return GGCN_SUCCESS;
}

/* Sends signals down from the nodes last .. end+1 that are marked in has_signal (and, for curvature, from curved
 * activations that received a first-order signal) to all nodes, to the input only if `to_input`. */
static ggcn_status run_backward(ggcn_workspace *w, const ggcn_weights *weights, float *const *signals, int last,
                                int end, bool to_input, bool curvature) {
    for (int i = last; i > end; i--) {
        const ggcn_task task = task_of(w, weights, i);
        if (!w->has_signal[i] && !(curvature && task.step->operation->curvature))
            continue;
        for (int j = 0; j < task.step->node->layer.n_inputs; j++)
            if (task.step->node->layer.inputs[j] > 0 || to_input)
                GGCN_TRY(send_signal(&task, signals, j, curvature));
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_backward_nodes(ggcn_workspace *w, const ggcn_weights *weights, int last, int end, float *g) {
    const ggcn_layout input = w->plan->steps[0].layout;
    if (input.lanes == 1)
        w->signal[0] = g;
    if (last == top(w)) {
        memset(w->has_signal, 0, (size_t)w->plan->count * sizeof *w->has_signal);
        w->has_signal[last] = true;
    }
    const int before = ggcn_onednn_single_begin();
    const ggcn_status status = run_backward(w, weights, w->signal, last, end, g != NULL, false);
    ggcn_onednn_single_end(before);
    if (status == GGCN_SUCCESS && end == 0 && g && input.lanes != 1)
        ggcn_layout_to_plain(input, w->signal[0], g);
    return status;
}

ggcn_status ggcn_backward(ggcn_workspace *w, const ggcn_weights *weights, float *g) {
    if (weights->batch)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use ggcn_backward_stage, or freeze them: ggcn_weights_pack",
                  "the backward pass through batch statistics needs sums over the whole batch between its stages");
    return ggcn_backward_nodes(w, weights, top(w), 0, g);
}

ggcn_status ggcn_curvature_pass(ggcn_workspace *w, const ggcn_weights *weights) {
    memset(w->has_signal, 0, (size_t)w->plan->count * sizeof *w->has_signal);
    return run_backward(w, weights, w->curvature, top(w), 0, false, true);
}

void ggcn_read_output(const ggcn_workspace *w, float *f) {
    ggcn_layout_to_plain(w->plan->steps[top(w)].layout, w->value[top(w)], f);
}

void ggcn_read_tangent(const ggcn_workspace *w, float *u) {
    ggcn_layout_to_plain(w->plan->steps[top(w)].layout, w->tangent[top(w)], u);
}

void ggcn_set_seed(ggcn_workspace *w, const float *seed) {
    ggcn_layout_from_plain(w->plan->steps[top(w)].layout, seed, w->signal[top(w)]);
}

void ggcn_seed_products(const ggcn_workspace *w, double *value) {
    const size_t image = ggcn_layout_image(w->plan->steps[top(w)].layout);
    for (int64_t n = 0; n < w->plan->batch; n++) {
        const float *f = w->value[top(w)] + (size_t)n * image, *s = w->signal[top(w)] + (size_t)n * image;
        double sum = 0;
        for (size_t i = 0; i < image; i++)
            sum += (double)f[i] * s[i];
        value[n] = sum;
    }
}
