/* ReLU and leaky ReLU (slope taken from the sign of the result), tanh, sigmoid (slopes from the result). */
#include <math.h>

#include "net/plan.h"

static float slope_of(const ggcn_task *task) {
    return task->step->node->layer.op == GGCN_RELU ? 0.0f : (float)task->step->node->layer.slope;
}

static ggcn_status relu_forward(const ggcn_task *task) {
    if (task->step->fused)
        return GGCN_SUCCESS;
    const float slope = slope_of(task);
    const float *in = ggcn_task_value(task, 0);
    float *out = task->workspace->own_value[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] > 0 ? in[i] : slope * in[i];
    return GGCN_SUCCESS;
}

/* out = in * slope at the point; the same map forward (tangent) and backward. */
static void relu_linear(const ggcn_task *task, const float *in, float *out) {
    const float slope = slope_of(task);
    const float *value = task->workspace->value[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] = value[i] > 0 ? in[i] : slope * in[i];
}

static ggcn_status relu_tangent(const ggcn_task *task) {
    relu_linear(task, ggcn_task_tangent(task, 0), task->workspace->own_tangent[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status relu_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    relu_linear(task, signal, out);
    return GGCN_SUCCESS;
}

static ggcn_status tanh_forward(const ggcn_task *task) {
    const float *in = ggcn_task_value(task, 0);
    float *out = task->workspace->own_value[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] = tanhf(in[i]);
    return GGCN_SUCCESS;
}

static void tanh_linear(const ggcn_task *task, const float *in, float *out) {
    const float *y = task->workspace->value[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] * (1 - y[i] * y[i]);
}

static ggcn_status tanh_tangent(const ggcn_task *task) {
    tanh_linear(task, ggcn_task_tangent(task, 0), task->workspace->own_tangent[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status tanh_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    tanh_linear(task, signal, out);
    return GGCN_SUCCESS;
}

/* s'' u_in e_out with s'' = -2 y s' and s' u_in = u_out. */
static void tanh_curvature(const ggcn_task *task, const float *signal, float *out) {
    const float *y = task->workspace->value[task->number], *u = task->workspace->tangent[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] += -2 * y[i] * u[i] * signal[i];
}

static ggcn_status sigmoid_forward(const ggcn_task *task) {
    const float *in = ggcn_task_value(task, 0);
    float *out = task->workspace->own_value[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] = 1 / (1 + expf(-in[i]));
    ggcn_clear_padding(task->step->layout, out);
    return GGCN_SUCCESS;
}

static void sigmoid_linear(const ggcn_task *task, const float *in, float *out) {
    const float *y = task->workspace->value[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] * y[i] * (1 - y[i]);
}

static ggcn_status sigmoid_tangent(const ggcn_task *task) {
    sigmoid_linear(task, ggcn_task_tangent(task, 0), task->workspace->own_tangent[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status sigmoid_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    sigmoid_linear(task, signal, out);
    return GGCN_SUCCESS;
}

/* s'' = (1 - 2 y) s'. */
static void sigmoid_curvature(const ggcn_task *task, const float *signal, float *out) {
    const float *y = task->workspace->value[task->number], *u = task->workspace->tangent[task->number];
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] += (1 - 2 * y[i]) * u[i] * signal[i];
}

const ggcn_operation ggcn_operation_relu = {relu_forward, relu_tangent, relu_backward, NULL, NULL};
const ggcn_operation ggcn_operation_tanh = {tanh_forward, tanh_tangent, tanh_backward, NULL, tanh_curvature};
const ggcn_operation ggcn_operation_sigmoid = {sigmoid_forward, sigmoid_tangent, sigmoid_backward, NULL,
                                               sigmoid_curvature};
