/* Convolution, transposed convolution, dense. All three are correlations: a transposed convolution is the adjoint of
 * one, a dense layer one whose kernel covers the image. */
#include "net/plan.h"

static const float *bias(const ggcn_task *task) {
    return task->weights->arrays[task->number].shift;
}

/* Adds a packed weight gradient. */
static ggcn_status add_weight_gradient(const ggcn_task *task, const float *src, const float *dst, float scale,
                                       ggcn_gradients *gradients) {
    ggcn_onednn_thread *thread = task->workspace->thread;
    const ggcn_step *step = task->step;
    float *restrict sums = gradients->sums + step->gradient_offset;
    if (step->winograd_weight) {
        ggcn_winograd_weight_add(step->winograd_weight, src, dst, scale, sums, ggcn_onednn_thread_scratch(thread));
        return GGCN_SUCCESS;
    }
    GGCN_TRY(ggcn_correlation_weight(step->correlation, thread, src, dst, gradients->scratch));
    const size_t count = ggcn_step_gradient_floats(step);
    const float *restrict add = gradients->scratch;
    for (size_t i = 0; i < count; i++)
        sums[i] += scale * add[i];
    return GGCN_SUCCESS;
}

/* Adds a packed weight gradient and the bias gradient. */
static ggcn_status add_gradient(const ggcn_task *task, const float *src, const float *dst, const float *signal,
                                float constant, float scale, ggcn_gradients *gradients) {
    GGCN_TRY(add_weight_gradient(task, src, dst, scale, gradients));
    if (task->step->node->bias >= 0 && constant != 0)
        ggcn_sum_per_channel(task->step->layout, signal, scale * constant,
                             ggcn_gradients_of(gradients, task->step->node->bias));
    return GGCN_SUCCESS;
}

/* Winograd's way of a pass. */
static void run_winograd(const ggcn_task *task, ggcn_pass pass, bool affine, const float *in, float *out) {
    const void *packed = task->weights->packed + task->step->own_offset[pass];
    ggcn_winograd_run(task->step->winograd[pass], packed, affine, affine ? bias(task) : NULL, in, out,
                      ggcn_onednn_thread_scratch(task->workspace->thread));
}

/* Whether a pass goes by the correlation in bfloat16. */
static bool in_bf16(const ggcn_task *task, ggcn_pass pass) {
    return task->workspace->precision == GGCN_PRECISION_BF16 && task->step->in_bf16[pass];
}

static ggcn_status map_forward(const ggcn_task *task, bool affine, const float *src, float *dst) {
    if (in_bf16(task, GGCN_PASS_FORWARD))
        return ggcn_correlation_forward(task->step->bf16, task->workspace->thread,
                                        task->weights->packed + task->step->bf16_offset, affine,
                                        affine ? bias(task) : NULL, src, dst);
    if (!task->step->winograd[GGCN_PASS_FORWARD])
        return ggcn_correlation_forward(task->step->correlation, task->workspace->thread,
                                        task->weights->packed + task->plan->packed_offset[task->number], affine,
                                        affine ? bias(task) : NULL, src, dst);
    run_winograd(task, GGCN_PASS_FORWARD, affine, src, dst);
    return GGCN_SUCCESS;
}

static ggcn_status map_adjoint(const ggcn_task *task, const float *dst, float *src) {
    const ggcn_step *step = task->step;
    if (in_bf16(task, GGCN_PASS_ADJOINT))
        return ggcn_correlation_adjoint(step->bf16, task->workspace->thread, task->weights->packed + step->bf16_offset,
                                        dst, src);
    if (step->winograd[GGCN_PASS_ADJOINT]) {
        run_winograd(task, GGCN_PASS_ADJOINT, false, dst, src);
    } else if (step->few_channels) {
        const void *packed = task->weights->packed + step->own_offset[GGCN_PASS_ADJOINT];
        ggcn_few_channels_adjoint(ggcn_correlation_specification(step->correlation), packed, dst, src);
    } else {
        GGCN_TRY(ggcn_correlation_adjoint(step->correlation, task->workspace->thread,
                                          task->weights->packed + task->plan->packed_offset[task->number], dst, src));
    }
    return GGCN_SUCCESS;
}

static ggcn_status forward(const ggcn_task *task) {
    return map_forward(task, true, ggcn_task_value(task, 0), task->workspace->own_value[task->number]);
}

static ggcn_status tangent(const ggcn_task *task) {
    return map_forward(task, false, ggcn_task_tangent(task, 0), task->workspace->own_tangent[task->number]);
}

static ggcn_status backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    return map_adjoint(task, signal, out);
}

static ggcn_status gradient(const ggcn_task *task, const float *source, const float *signal, float constant,
                            float scale, ggcn_gradients *gradients) {
    return add_gradient(task, source, signal, signal, constant, scale, gradients);
}

static ggcn_status transposed_forward(const ggcn_task *task) {
    float *out = task->workspace->own_value[task->number];
    GGCN_TRY(map_adjoint(task, ggcn_task_value(task, 0), out));
    if (task->step->node->bias >= 0)
        ggcn_add_per_channel(task->step->layout, bias(task), out);
    return GGCN_SUCCESS;
}

static ggcn_status transposed_tangent(const ggcn_task *task) {
    return map_adjoint(task, ggcn_task_tangent(task, 0), task->workspace->own_tangent[task->number]);
}

static ggcn_status transposed_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    return map_forward(task, false, signal, out);
}

static ggcn_status transposed_gradient(const ggcn_task *task, const float *source, const float *signal, float constant,
                                       float scale, ggcn_gradients *gradients) {
    return add_gradient(task, signal, source, signal, constant, scale, gradients);
}

const ggcn_operation ggcn_operation_convolution = {forward, tangent, backward, gradient, NULL};
const ggcn_operation ggcn_operation_dense = {forward, tangent, backward, gradient, NULL};
const ggcn_operation ggcn_operation_transposed = {transposed_forward, transposed_tangent, transposed_backward,
                                                  transposed_gradient, NULL};
