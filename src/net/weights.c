#include "net/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Floats of one per-channel array of a node, padded to whole groups and cache lines. */
static size_t array_floats(const ggcn_step *step) {
    const size_t floats = (size_t)(ggcn_layout_groups(step->layout) * step->layout.lanes);
    return (floats + 15) / 16 * 16;
}

/* How many per-channel arrays a node needs: scale, shift, mean, rstd of a norm, shift of a bias. */
static int arrays_of(const ggcn_step *step) {
    if (step->node->layer.op == GGCN_NORM)
        return 4;
    return step->node->bias >= 0 ? 1 : 0;
}

static size_t all_array_floats(const ggcn_plan *plan) {
    size_t floats = 0;
    for (int i = 0; i < plan->count; i++)
        floats += (size_t)arrays_of(&plan->steps[i]) * array_floats(&plan->steps[i]);
    return floats;
}

size_t ggcn_plan_weights_bytes(const ggcn_plan *plan) {
    return plan->packed_bytes + all_array_floats(plan) * sizeof(float);
}

static void *aligned(size_t bytes) {
    void *memory = NULL;
    return posix_memalign(&memory, 64, bytes + 64) == 0 ? memory : NULL;
}

ggcn_status ggcn_weights_create(const ggcn_plan *plan, ggcn_weights **weights) {
    ggcn_weights *made = calloc(1, sizeof *made);
    *weights = made;
    if (made) {
        made->plan = plan;
        made->packed = aligned(plan->packed_bytes);
        made->arrays = calloc((size_t)plan->count, sizeof *made->arrays);
        made->array_memory = aligned(all_array_floats(plan) * sizeof(float));
    }
    if (!made || !made->packed || !made->arrays || !made->array_memory) {
        ggcn_weights_destroy(weights);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu bytes of packed weights", ggcn_plan_weights_bytes(plan));
    }
    const ggcn_status status = ggcn_onednn_thread_create(0, &made->thread);
    if (status != GGCN_SUCCESS) {
        ggcn_weights_destroy(weights);
        return status;
    }
    memset(made->packed, 0, plan->packed_bytes);
    memset(made->array_memory, 0, all_array_floats(plan) * sizeof(float));
    float *next = made->array_memory;
    for (int i = 0; i < plan->count; i++) {
        const size_t floats = array_floats(&plan->steps[i]);
        const int count = arrays_of(&plan->steps[i]);
        if (count > 0)
            made->arrays[i].shift = next;
        if (count == 4) {
            made->arrays[i].scale = next + floats;
            made->arrays[i].mean = next + 2 * floats;
            made->arrays[i].rstd = next + 3 * floats;
        }
        next += (size_t)count * floats;
    }
    return GGCN_SUCCESS;
}

void ggcn_weights_destroy(ggcn_weights **weights) {
    if (!*weights)
        return;
    ggcn_onednn_thread_destroy(&(*weights)->thread);
    free((*weights)->packed);
    free((*weights)->arrays);
    free((*weights)->array_memory);
    free(*weights);
    *weights = NULL;
}

ggcn_status ggcn_weights_pack(ggcn_weights *weights, const float *parameters, const float *statistics) {
    const ggcn_plan *plan = weights->plan;
    const ggcn_tensor_info *tensors = plan->graph->parameters.tensors;
    if (!statistics && plan->graph->statistics.count > 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a network with normalisation needs its statistics");
    for (int i = 0; i < plan->count; i++) {
        const ggcn_step *step = &plan->steps[i];
        const ggcn_node *node = step->node;
        ggcn_channel_arrays *a = &weights->arrays[i];
        const int64_t channels = node->shape.channels;
        if (step->correlation)
            GGCN_TRY(ggcn_correlation_pack(step->correlation, weights->thread, parameters + tensors[node->weight].offset,
                                           weights->packed + plan->packed_offset[i]));
        if (node->layer.op == GGCN_NORM) {
            const float *gamma = parameters + tensors[node->weight].offset;
            const float *beta = parameters + tensors[node->bias].offset;
            const float *mean = statistics + plan->graph->statistics.tensors[node->statistics].offset;
            const float *variance = mean + channels;
            for (int64_t c = 0; c < channels; c++) {
                a->rstd[c] = (float)(1 / sqrt((double)variance[c] + node->layer.epsilon));
                a->mean[c] = mean[c];
                a->scale[c] = gamma[c] * a->rstd[c];
                a->shift[c] = beta[c] - mean[c] * a->scale[c];
            }
        } else if (node->bias >= 0) {
            memcpy(a->shift, parameters + tensors[node->bias].offset, (size_t)channels * sizeof(float));
        }
    }
    return GGCN_SUCCESS;
}
