/* Operations that join or repeat tensors: add, concatenation along the channels, nearest upsampling. */
#include <string.h>

#include "net/plan.h"

static ggcn_status add(const ggcn_task *task, const float *a, const float *b, float *out) {
    const size_t count = ggcn_layout_floats(task->step->layout);
    for (size_t i = 0; i < count; i++)
        out[i] = a[i] + b[i];
    return GGCN_SUCCESS;
}

static ggcn_status add_forward(const ggcn_task *task) {
    return add(task, ggcn_task_value(task, 0), ggcn_task_value(task, 1), task->workspace->own_value[task->number]);
}

static ggcn_status add_tangent(const ggcn_task *task) {
    return add(task, ggcn_task_tangent(task, 0), ggcn_task_tangent(task, 1),
               task->workspace->own_tangent[task->number]);
}

static ggcn_status add_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    (void)input;
    memcpy(out, signal, ggcn_layout_floats(task->step->layout) * sizeof *out);
    return GGCN_SUCCESS;
}

/* Copies channels `from_first`.. of one tensor to channels `to_first`.. of another. */
static void copy_channels(ggcn_layout from, int64_t from_first, const float *source, ggcn_layout to, int64_t to_first,
                          float *target, int64_t channels) {
    const int64_t positions = from.height * from.width;
    for (int64_t n = 0; n < from.batch; n++)
        for (int64_t c = 0; c < channels; c++) {
            const float *s = source + ggcn_layout_index(from, n, from_first + c, 0, 0);
            float *t = target + ggcn_layout_index(to, n, to_first + c, 0, 0);
            for (int64_t p = 0; p < positions; p++)
                t[p * to.lanes] = s[p * from.lanes];
        }
}

static void concatenate(const ggcn_task *task, const float *const *tensors, float *out) {
    int64_t first = 0;
    for (int i = 0; i < task->step->node->layer.n_inputs; i++) {
        const ggcn_layout in = ggcn_task_input(task, i)->layout;
        copy_channels(in, 0, tensors[task->step->node->layer.inputs[i]], task->step->layout, first, out, in.channels);
        first += in.channels;
    }
    ggcn_clear_padding(task->step->layout, out);
}

static ggcn_status concatenate_forward(const ggcn_task *task) {
    concatenate(task, task->workspace->value, task->workspace->own_value[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status concatenate_tangent(const ggcn_task *task) {
    concatenate(task, task->workspace->tangent, task->workspace->own_tangent[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status concatenate_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    int64_t first = 0;
    for (int i = 0; i < input; i++)
        first += ggcn_task_input(task, i)->layout.channels;
    const ggcn_layout in = ggcn_task_input(task, input)->layout;
    copy_channels(task->step->layout, first, signal, in, 0, out, in.channels);
    ggcn_clear_padding(in, out);
    return GGCN_SUCCESS;
}

static void upsample(const ggcn_task *task, const float *in, float *out) {
    const ggcn_layout small = ggcn_task_input(task, 0)->layout, large = task->step->layout;
    const int64_t factor = task->step->node->layer.factor, lanes = small.lanes;
    const int64_t planes = small.batch * ggcn_layout_groups(small);
    for (int64_t plane = 0; plane < planes; plane++, in += small.height * small.width * lanes)
        for (int64_t y = 0; y < large.height; y++)
            for (int64_t x = 0; x < large.width; x++, out += lanes)
                memcpy(out, in + (y / factor * small.width + x / factor) * lanes, (size_t)lanes * sizeof *out);
}

static ggcn_status upsample_forward(const ggcn_task *task) {
    upsample(task, ggcn_task_value(task, 0), task->workspace->own_value[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status upsample_tangent(const ggcn_task *task) {
    upsample(task, ggcn_task_tangent(task, 0), task->workspace->own_tangent[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status upsample_backward(const ggcn_task *task, const float *signal, int input, float *out) {
    const ggcn_layout small = ggcn_task_input(task, input)->layout, large = task->step->layout;
    const int64_t factor = task->step->node->layer.factor, lanes = small.lanes;
    const int64_t planes = small.batch * ggcn_layout_groups(small);
    memset(out, 0, ggcn_layout_floats(small) * sizeof *out);
    for (int64_t plane = 0; plane < planes; plane++, out += small.height * small.width * lanes)
        for (int64_t y = 0; y < large.height; y++)
            for (int64_t x = 0; x < large.width; x++, signal += lanes)
                for (int64_t k = 0; k < lanes; k++)
                    out[(y / factor * small.width + x / factor) * lanes + k] += signal[k];
    return GGCN_SUCCESS;
}

const ggcn_operation ggcn_operation_add = {add_forward, add_tangent, add_backward, NULL, NULL};
const ggcn_operation ggcn_operation_concatenate = {concatenate_forward, concatenate_tangent, concatenate_backward, NULL,
                                                   NULL};
const ggcn_operation ggcn_operation_upsample = {upsample_forward, upsample_tangent, upsample_backward, NULL, NULL};
