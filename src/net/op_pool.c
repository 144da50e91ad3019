/* Max-pool (the winner of the forward pass carries the tangent and the signal) and average pool (padding not counted).
 */
#include <string.h>

#include "net/plan.h"

/* The rows or columns of the input that window number `i` covers. */
static void window(const ggcn_layer *layer, int axis, int64_t i, int64_t extent, int64_t *first, int64_t *end) {
    const int64_t start = i * layer->stride[axis] - layer->pad[axis];
    *first = start < 0 ? 0 : start;
    *end = start + layer->kernel[axis] > extent ? extent : start + layer->kernel[axis];
}

static int64_t planes(ggcn_layout l) {
    return l.batch * ggcn_layout_groups(l);
}

static ggcn_status max_forward(const ggcn_task *task) {
    const ggcn_layer *layer = &task->step->node->layer;
    const ggcn_layout in = ggcn_task_input(task, 0)->layout, out = task->step->layout;
    const int64_t lanes = in.lanes;
    const float *x = ggcn_task_value(task, 0);
    float *y = task->workspace->own_value[task->number];
    int32_t *winner = task->workspace->winner[task->number];
    for (int64_t plane = 0; plane < planes(in); plane++, x += in.height * in.width * lanes)
        for (int64_t oy = 0; oy < out.height; oy++)
            for (int64_t ox = 0; ox < out.width; ox++, y += lanes, winner += lanes) {
                int64_t y0, y1, x0, x1;
                window(layer, 0, oy, in.height, &y0, &y1);
                window(layer, 1, ox, in.width, &x0, &x1);
                for (int64_t k = 0; k < lanes; k++) {
                    y[k] = x[(y0 * in.width + x0) * lanes + k];
                    winner[k] = (int32_t)(y0 * in.width + x0);
                }
                for (int64_t iy = y0; iy < y1; iy++)
                    for (int64_t ix = x0; ix < x1; ix++) {
                        const int64_t position = iy * in.width + ix;
                        for (int64_t k = 0; k < lanes; k++)
                            if (x[position * lanes + k] > y[k]) {
                                y[k] = x[position * lanes + k];
                                winner[k] = (int32_t)position;
                            }
                    }
            }
    return GGCN_SUCCESS;
}

static ggcn_status max_tangent(const ggcn_task *task) {
    const ggcn_layout in = ggcn_task_input(task, 0)->layout, out = task->step->layout;
    const int64_t lanes = in.lanes, positions = out.height * out.width;
    const float *u = ggcn_task_tangent(task, 0);
    float *t = task->workspace->own_tangent[task->number];
    const int32_t *winner = task->workspace->winner[task->number];
    for (int64_t plane = 0; plane < planes(in); plane++, u += in.height * in.width * lanes)
        for (int64_t p = 0; p < positions; p++, t += lanes, winner += lanes)
            for (int64_t k = 0; k < lanes; k++)
                t[k] = u[winner[k] * lanes + k];
    return GGCN_SUCCESS;
}

static ggcn_status max_backward(const ggcn_task *task, const float *signal, int input, float *result) {
    const ggcn_layout in = ggcn_task_input(task, input)->layout, out = task->step->layout;
    const int64_t lanes = in.lanes, positions = out.height * out.width;
    const int32_t *winner = task->workspace->winner[task->number];
    memset(result, 0, ggcn_layout_floats(in) * sizeof *result);
    for (int64_t plane = 0; plane < planes(in); plane++, result += in.height * in.width * lanes)
        for (int64_t p = 0; p < positions; p++, signal += lanes, winner += lanes)
            for (int64_t k = 0; k < lanes; k++)
                result[winner[k] * lanes + k] += signal[k];
    return GGCN_SUCCESS;
}

static void average(const ggcn_task *task, const float *x, float *y) {
    const ggcn_layer *layer = &task->step->node->layer;
    const ggcn_layout in = ggcn_task_input(task, 0)->layout, out = task->step->layout;
    const int64_t lanes = in.lanes;
    for (int64_t plane = 0; plane < planes(in); plane++, x += in.height * in.width * lanes)
        for (int64_t oy = 0; oy < out.height; oy++)
            for (int64_t ox = 0; ox < out.width; ox++, y += lanes) {
                int64_t y0, y1, x0, x1;
                window(layer, 0, oy, in.height, &y0, &y1);
                window(layer, 1, ox, in.width, &x0, &x1);
                float sum[16] = {0};
                for (int64_t iy = y0; iy < y1; iy++)
                    for (int64_t ix = x0; ix < x1; ix++)
                        for (int64_t k = 0; k < lanes; k++)
                            sum[k] += x[(iy * in.width + ix) * lanes + k];
                const float share = 1.0f / (float)((y1 - y0) * (x1 - x0));
                for (int64_t k = 0; k < lanes; k++)
                    y[k] = sum[k] * share;
            }
}

static ggcn_status average_forward(const ggcn_task *task) {
    average(task, ggcn_task_value(task, 0), task->workspace->own_value[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status average_tangent(const ggcn_task *task) {
    average(task, ggcn_task_tangent(task, 0), task->workspace->own_tangent[task->number]);
    return GGCN_SUCCESS;
}

static ggcn_status average_backward(const ggcn_task *task, const float *signal, int input, float *result) {
    const ggcn_layer *layer = &task->step->node->layer;
    const ggcn_layout in = ggcn_task_input(task, input)->layout, out = task->step->layout;
    const int64_t lanes = in.lanes;
    memset(result, 0, ggcn_layout_floats(in) * sizeof *result);
    for (int64_t plane = 0; plane < planes(in); plane++, result += in.height * in.width * lanes)
        for (int64_t oy = 0; oy < out.height; oy++)
            for (int64_t ox = 0; ox < out.width; ox++, signal += lanes) {
                int64_t y0, y1, x0, x1;
                window(layer, 0, oy, in.height, &y0, &y1);
                window(layer, 1, ox, in.width, &x0, &x1);
                const float share = 1.0f / (float)((y1 - y0) * (x1 - x0));
                for (int64_t iy = y0; iy < y1; iy++)
                    for (int64_t ix = x0; ix < x1; ix++)
                        for (int64_t k = 0; k < lanes; k++)
                            result[(iy * in.width + ix) * lanes + k] += share * signal[k];
            }
    return GGCN_SUCCESS;
}

const ggcn_operation ggcn_operation_max_pool = {max_forward, max_tangent, max_backward, NULL, NULL};
const ggcn_operation ggcn_operation_average_pool = {average_forward, average_tangent, average_backward, NULL, NULL};
