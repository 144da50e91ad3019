/* Bias, and normalisation: y = gamma (x - mean)/sqrt(variance + epsilon) + beta. Mean and variance are constants, or
 * those of the batch; then they depend on x, which only the backward pass has to know. */
#include "net/plan.h"

#include <string.h>

static ggcn_status bias_forward(const ggcn_task *task) {
    float *out = task->workspace->own_value[task->number];
    memcpy(out, ggcn_task_value(task, 0), ggcn_layout_floats(task->step->layout) * sizeof *out);
    ggcn_add_per_channel(task->step->layout, task->weights->arrays[task->number].shift, out);
    return GGCN_SUCCESS;
}

static ggcn_status bias_tangent(const ggcn_task *task) {
    float *out = task->workspace->own_tangent[task->number];
    memcpy(out, ggcn_task_tangent(task, 0), ggcn_layout_floats(task->step->layout) * sizeof *out);
    return GGCN_SUCCESS;
}

static ggcn_status bias_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    memcpy(out, signal, ggcn_layout_floats(task->step->layout) * sizeof *out);
    return GGCN_SUCCESS;
}

static ggcn_status bias_gradient(const ggcn_task *task, const float *source, const float *signal, float constant,
                                 float scale, ggcn_gradients *gradients) {
    (void)source;
    if (constant != 0)
        ggcn_sum_per_channel(task->step->layout, signal, scale * constant,
                             ggcn_gradients_of(gradients, task->step->node->bias));
    return GGCN_SUCCESS;
}

/* out = scale[c] in + shift[c]; shift may be NULL. */
static void affine(ggcn_layout l, const float *scale, const float *shift, const float *in, float *out) {
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t n = 0; n < l.batch; n++)
        for (int64_t g = 0; g < groups; g++) {
            const int64_t at = (n * groups + g) * positions * l.lanes;
            for (int64_t p = 0; p < positions; p++)
                for (int64_t k = 0; k < l.lanes; k++) {
                    const int64_t i = at + p * l.lanes + k, c = g * l.lanes + k;
                    out[i] = scale[c] * in[i] + (shift ? shift[c] : 0.0f);
                }
        }
}

static ggcn_status norm_forward(const ggcn_task *task) {
    const ggcn_channel_arrays *a = &task->weights->arrays[task->number];
    affine(task->step->layout, a->scale, a->shift, ggcn_task_value(task, 0), task->workspace->own_value[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status norm_tangent(const ggcn_task *task) {
    affine(task->step->layout, task->weights->arrays[task->number].scale, NULL, ggcn_task_tangent(task, 0),
           task->workspace->own_tangent[task->number]);
    return GGCN_SUCCESS;
}

/* The gradient through batch statistics: out = scale (e - mean(e) - xhat mean(e xhat)), xhat = (x - mean) rstd, means
 * over the images that took part in the statistics; the others get nothing. */
static void batch_backward(const ggcn_task *task, const float *signal, float *out) {
    const ggcn_layout l = task->step->layout;
    const ggcn_channel_arrays *a = &task->weights->arrays[task->number];
    const float *x = ggcn_task_value(task, 0);
    const int64_t images = task->workspace->images, groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t n = 0; n < images; n++)
        for (int64_t g = 0; g < groups; g++) {
            const int64_t at = (n * groups + g) * positions * l.lanes;
            for (int64_t p = 0; p < positions; p++)
                for (int64_t k = 0; k < l.lanes; k++) {
                    const int64_t i = at + p * l.lanes + k, c = g * l.lanes + k;
                    const float xhat = (x[i] - a->mean[c]) * a->rstd[c];
                    out[i] = a->scale[c] * (signal[i] - a->signal_mean[c] - xhat * a->signal_product[c]);
                }
        }
    memset(out + (size_t)images * ggcn_layout_image(l), 0,
           (size_t)(l.batch - images) * ggcn_layout_image(l) * sizeof *out);
}

static ggcn_status norm_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    const ggcn_channel_arrays *a = &task->weights->arrays[task->number];
    if (a->batch)
        batch_backward(task, signal, out);
    else
        affine(task->step->layout, a->scale, NULL, signal, out);
    return GGCN_SUCCESS;
}

static ggcn_status norm_gradient(const ggcn_task *task, const float *source, const float *signal, float constant,
                                 float scale, ggcn_gradients *gradients) {
    const ggcn_layout l = task->step->layout;
    const ggcn_channel_arrays *a = &task->weights->arrays[task->number];
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    float *gamma = ggcn_gradients_of(gradients, task->step->node->weight);
    for (int64_t g = 0; g < groups; g++) {
        double lane[16] = {0};
        for (int64_t n = 0; n < l.batch; n++) {
            const int64_t at = (n * groups + g) * positions * l.lanes;
            for (int64_t p = 0; p < positions; p++)
                for (int64_t k = 0; k < l.lanes; k++) {
                    const int64_t i = at + p * l.lanes + k, c = g * l.lanes + k;
                    lane[k] += (double)signal[i] * (a->rstd[c] * (source[i] - constant * a->mean[c]));
                }
        }
        for (int64_t k = 0; k < l.lanes && g * l.lanes + k < l.channels; k++)
            gamma[g * l.lanes + k] += scale * (float)lane[k];
    }
    if (constant != 0)
        ggcn_sum_per_channel(l, signal, scale * constant, ggcn_gradients_of(gradients, task->step->node->bias));
    return GGCN_SUCCESS;
}

const ggcn_operation ggcn_operation_bias = {bias_forward, bias_tangent, bias_backward, bias_gradient, NULL};
const ggcn_operation ggcn_operation_norm = {norm_forward, norm_tangent, norm_backward, norm_gradient, NULL};
