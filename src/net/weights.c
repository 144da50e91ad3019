#include "net/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/aligned.h"

/* Floats of one per-channel array of a node, padded to whole groups and cache lines. */
static size_t array_floats(const ggcn_step *step) {
    const size_t floats = (size_t)(ggcn_layout_groups(step->layout) * step->layout.lanes);
    return (floats + 15) / 16 * 16;
}

enum { NORM_ARRAYS = 9 };

/* How many per-channel arrays a node needs: those of ggcn_channel_arrays for a norm, shift alone for a bias. */
static int arrays_of(const ggcn_step *step) {
    if (step->node->layer.op == GGCN_NORM)
        return NORM_ARRAYS;
    return step->node->bias >= 0 ? 1 : 0;
}

/* Points a node's arrays into `memory`, each of `floats` elements. */
static void place_arrays(ggcn_channel_arrays *a, int count, float *memory, size_t floats) {
    float **const arrays[NORM_ARRAYS] = {&a->shift, &a->scale, &a->mean,        &a->variance,      &a->rstd,
                                         &a->gamma, &a->beta,  &a->signal_mean, &a->signal_product};
    for (int i = 0; i < count; i++)
        *arrays[i] = memory + (size_t)i * floats;
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

ggcn_status ggcn_weights_create(const ggcn_plan *plan, ggcn_weights **weights) {
    ggcn_weights *made = calloc(1, sizeof *made);
    *weights = made;
    if (made) {
        made->plan = plan;
        made->packed = ggcn_allocate_aligned(plan->packed_bytes);
        made->arrays = calloc((size_t)plan->count, sizeof *made->arrays);
        made->array_memory = ggcn_allocate_aligned(all_array_floats(plan) * sizeof(float));
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
        place_arrays(&made->arrays[i], count, next, floats);
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

/* Frozen statistics of a norm: [mean | variance]. */
static void pack_norm(ggcn_channel_arrays *a, const ggcn_node *node, const float *gamma, const float *beta,
                      const float *mean) {
    const int64_t channels = node->shape.channels;
    const float *variance = mean + channels;
    for (int64_t c = 0; c < channels; c++) {
        a->gamma[c] = gamma[c];
        a->beta[c] = beta[c];
        a->mean[c] = mean[c];
        a->variance[c] = variance[c];
        a->rstd[c] = (float)(1 / sqrt((double)variance[c] + node->layer.epsilon));
        a->scale[c] = gamma[c] * a->rstd[c];
        a->shift[c] = beta[c] - mean[c] * a->scale[c];
    }
    a->batch = a->signals_known = false;
}

static ggcn_status pack_correlation(ggcn_weights *weights, int number, const float *plain) {
    const ggcn_plan *plan = weights->plan;
    const ggcn_step *step = &plan->steps[number];
    for (int pass = 0; pass < GGCN_PASS_WEIGHT; pass++)
        if (step->winograd[pass])
            ggcn_winograd_pack(step->winograd[pass], plain,
                               (float *)(void *)(weights->packed + step->own_offset[pass]));
    if (step->few_channels)
        ggcn_few_channels_pack(ggcn_correlation_specification(step->correlation), plain,
                               (float *)(void *)(weights->packed + step->own_offset[GGCN_PASS_ADJOINT]));
    if (step->bf16)
        GGCN_TRY(ggcn_correlation_pack(step->bf16, weights->thread, plain, weights->packed + step->bf16_offset));
    return ggcn_correlation_pack(step->correlation, weights->thread, plain,
                                 weights->packed + plan->packed_offset[number]);
}

ggcn_status ggcn_weights_pack(ggcn_weights *weights, const float *parameters, const float *statistics) {
    const ggcn_plan *plan = weights->plan;
    const ggcn_tensor_info *tensors = plan->graph->parameters.tensors;
    if (!statistics && plan->graph->statistics.count > 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a network with normalisation needs its statistics");
    weights->batch = false;
    for (int i = 0; i < plan->count; i++) {
        const ggcn_step *step = &plan->steps[i];
        const ggcn_node *node = step->node;
        if (step->correlation)
            GGCN_TRY(pack_correlation(weights, i, parameters + tensors[node->weight].offset));
        if (node->layer.op == GGCN_NORM)
            pack_norm(&weights->arrays[i], node, parameters + tensors[node->weight].offset,
                      parameters + tensors[node->bias].offset,
                      statistics + plan->graph->statistics.tensors[node->statistics].offset);
        else if (node->bias >= 0)
            memcpy(weights->arrays[i].shift, parameters + tensors[node->bias].offset,
                   (size_t)node->shape.channels * sizeof(float));
    }
    return GGCN_SUCCESS;
}
