#include "net/plan.h"
#include "net/simd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ggcn_operation *ggcn_operation_of(ggcn_op op) {
    switch (op) {
    case GGCN_INPUT:
        return NULL;
    case GGCN_CONVOLUTION:
        return &ggcn_operation_convolution;
    case GGCN_TRANSPOSED_CONVOLUTION:
        return &ggcn_operation_transposed;
    case GGCN_DENSE:
        return &ggcn_operation_dense;
    case GGCN_BIAS:
        return &ggcn_operation_bias;
    case GGCN_RELU:
    case GGCN_LEAKY_RELU:
        return &ggcn_operation_relu;
    case GGCN_TANH:
        return &ggcn_operation_tanh;
    case GGCN_SIGMOID:
        return &ggcn_operation_sigmoid;
    case GGCN_MAX_POOL:
        return &ggcn_operation_max_pool;
    case GGCN_AVERAGE_POOL:
        return &ggcn_operation_average_pool;
    case GGCN_NORM:
        return &ggcn_operation_norm;
    case GGCN_ADD:
        return &ggcn_operation_add;
    case GGCN_CONCATENATE:
        return &ggcn_operation_concatenate;
    case GGCN_UPSAMPLE:
        return &ggcn_operation_upsample;
    }
    return NULL;
}

static bool is_activation(ggcn_op op) {
    return op == GGCN_RELU || op == GGCN_LEAKY_RELU || op == GGCN_TANH || op == GGCN_SIGMOID;
}

static bool is_relu(ggcn_op op) {
    return op == GGCN_RELU || op == GGCN_LEAKY_RELU;
}

/* An activation may overwrite its input if nobody else reads that, the input's own backward pass does not need its
 * value, and it is not the caller's x. */
static void mark_in_place(ggcn_plan *plan, int number) {
    ggcn_step *step = &plan->steps[number];
    if (!is_activation(step->node->layer.op))
        return;
    const int input = step->node->layer.inputs[0];
    const ggcn_step *before = &plan->steps[input];
    if (input == 0 || before->users != 1 || is_activation(before->node->layer.op))
        return;
    step->in_place = true;
    /* the seed must outlive the backward pass; a curved activation needs both signals */
    step->signal_in_place = is_relu(step->node->layer.op) && number != plan->count - 1;
    step->fused = is_relu(step->node->layer.op) &&
                  (before->node->layer.op == GGCN_CONVOLUTION || before->node->layer.op == GGCN_DENSE);
}

static void reserve_packed(ggcn_plan *plan, ggcn_step *step, int pass, size_t bytes) {
    step->own_offset[pass] = plan->packed_bytes;
    plan->packed_bytes += (bytes + 63) / 64 * 64;
}

static void reserve_scratch(ggcn_plan *plan, size_t bytes) {
    plan->scratch_bytes = bytes > plan->scratch_bytes ? bytes : plan->scratch_bytes;
}

/* Takes our own ways for the passes for which they pay, and oneDNN's for the others. */
static ggcn_status choose_ways(ggcn_plan *plan, ggcn_step *step, ggcn_correlation_spec *spec) {
    for (int pass = 0; pass < GGCN_PASS_WEIGHT; pass++) {
        if (!ggcn_winograd_pays(spec, pass == GGCN_PASS_ADJOINT))
            continue;
        GGCN_TRY(ggcn_winograd_create(spec, pass == GGCN_PASS_ADJOINT, &step->winograd[pass]));
        reserve_packed(plan, step, pass, ggcn_winograd_packed_bytes(step->winograd[pass]));
        reserve_scratch(plan, ggcn_winograd_scratch(step->winograd[pass]));
    }
    if (ggcn_winograd_weight_pays(spec)) {
        GGCN_TRY(ggcn_winograd_weight_create(spec, &step->winograd_weight));
        reserve_scratch(plan, ggcn_winograd_weight_scratch(step->winograd_weight));
    }
    step->few_channels = ggcn_simd_pays() && ggcn_few_channels_possible(spec);
    if (step->few_channels)
        reserve_packed(plan, step, GGCN_PASS_ADJOINT, ggcn_few_channels_packed_bytes(spec));
    spec->without_forward = step->winograd[GGCN_PASS_FORWARD] != NULL;
    spec->without_adjoint = step->winograd[GGCN_PASS_ADJOINT] || step->few_channels;
    return GGCN_SUCCESS;
}

/* The same for a workspace in bfloat16, whose passes are forward and adjoint: where float32 is not faster,
 * and oneDNN has more than its reference code. */
static ggcn_status choose_bf16(ggcn_plan *plan, ggcn_step *step, ggcn_correlation_spec spec) {
    spec.bf16 = true;
    for (int pass = 0; pass < GGCN_PASS_WEIGHT; pass++)
        step->in_bf16[pass] = !(step->winograd[pass] && ggcn_winograd_pays(&spec, pass == GGCN_PASS_ADJOINT)) &&
                              !(step->few_channels && pass == GGCN_PASS_ADJOINT);
    bool again = true;
    while (again) {
        ggcn_correlation_destroy(&step->bf16);
        if (!step->in_bf16[GGCN_PASS_FORWARD] && !step->in_bf16[GGCN_PASS_ADJOINT])
            return GGCN_SUCCESS;
        spec.without_forward = !step->in_bf16[GGCN_PASS_FORWARD];
        spec.without_adjoint = !step->in_bf16[GGCN_PASS_ADJOINT];
        GGCN_TRY(ggcn_correlation_create(&spec, step->node->layer.name, &step->bf16));
        again = false; /* unless a pass is left out after all */
        for (int pass = 0; pass < GGCN_PASS_WEIGHT; pass++)
            if (step->in_bf16[pass] && ggcn_correlation_is_reference(step->bf16, (ggcn_pass)pass)) {
                step->in_bf16[pass] = false;
                again = true;
            }
    }
    step->bf16_offset = plan->packed_bytes;
    plan->packed_bytes += ggcn_correlation_packed_bytes(step->bf16);
    reserve_scratch(plan, ggcn_correlation_scratch(step->bf16));
    return GGCN_SUCCESS;
}

static const char *way_of(const ggcn_step *step, ggcn_pass pass) {
    if (pass == GGCN_PASS_ADJOINT && step->few_channels)
        return "few-channels";
    if (pass == GGCN_PASS_WEIGHT ? step->winograd_weight != NULL : step->winograd[pass] != NULL)
        return "winograd";
    return ggcn_correlation_implementation(step->correlation, pass);
}

static const char *bf16_way_of(const ggcn_step *step, ggcn_pass pass) {
    return step->in_bf16[pass] ? ggcn_correlation_implementation(step->bf16, pass) : way_of(step, pass);
}

size_t ggcn_step_gradient_floats(const ggcn_step *step) {
    return step->winograd_weight ? ggcn_winograd_weight_floats(step->winograd_weight)
                                 : ggcn_correlation_gradient_floats(step->correlation);
}

ggcn_status ggcn_step_gradient_unpack(const ggcn_step *step, ggcn_onednn_thread *thread, const float *packed,
                                      float *plain) {
    if (!step->winograd_weight)
        return ggcn_correlation_unpack(step->correlation, thread, packed, plain);
    ggcn_winograd_weight_unpack(step->winograd_weight, packed, plain);
    return GGCN_SUCCESS;
}

static ggcn_status compile_correlation(ggcn_plan *plan, int number) {
    ggcn_step *step = &plan->steps[number];
    const ggcn_layer *layer = &step->node->layer;
    const ggcn_layout in = plan->steps[layer->inputs[0]].layout;
    const bool transposed = layer->op == GGCN_TRANSPOSED_CONVOLUTION;
    ggcn_correlation_spec spec = {.src = transposed ? step->layout : in,
                                  .dst = transposed ? in : step->layout,
                                  .kernel = {layer->kernel[0], layer->kernel[1]},
                                  .stride = {layer->stride[0], layer->stride[1]},
                                  .pad = {layer->pad[0], layer->pad[1]},
                                  .bias = step->node->bias >= 0 && !transposed};
    if (layer->op == GGCN_DENSE) {
        spec.kernel[0] = in.height;
        spec.kernel[1] = in.width;
        spec.stride[0] = spec.stride[1] = 1;
        spec.pad[0] = spec.pad[1] = 0;
    }
    for (int i = number + 1; i < plan->count; i++)
        if (plan->steps[i].fused && plan->steps[i].node->layer.inputs[0] == number) {
            spec.activation = true;
            spec.slope = plan->steps[i].node->layer.op == GGCN_RELU ? 0.0f : (float)plan->steps[i].node->layer.slope;
        }
    GGCN_TRY(choose_ways(plan, step, &spec));
    GGCN_TRY(ggcn_correlation_create(&spec, layer->name, &step->correlation));
    snprintf(step->implementation, sizeof step->implementation, "%s / %s / %s", way_of(step, GGCN_PASS_FORWARD),
             way_of(step, GGCN_PASS_ADJOINT), way_of(step, GGCN_PASS_WEIGHT));
    plan->packed_offset[number] = plan->packed_bytes;
    plan->packed_bytes += ggcn_correlation_packed_bytes(step->correlation);
    if (plan->precision == GGCN_PRECISION_BF16) {
        GGCN_TRY(choose_bf16(plan, step, spec));
        const size_t length = strlen(step->implementation);
        snprintf(step->implementation + length, sizeof step->implementation - length, "; bf16: %s / %s",
                 bf16_way_of(step, GGCN_PASS_FORWARD), bf16_way_of(step, GGCN_PASS_ADJOINT));
    }
    step->gradient_offset = plan->gradient_floats;
    plan->gradient_floats += ggcn_step_gradient_floats(step);
    reserve_scratch(plan, ggcn_correlation_scratch(step->correlation));
    return GGCN_SUCCESS;
}

/* Biases, gammas and betas come behind the packed weights. */
static void place_other_gradients(ggcn_plan *plan) {
    for (size_t i = 0; i < plan->graph->parameters.count; i++) {
        const ggcn_tensor_info *tensor = &plan->graph->parameters.tensors[i];
        const ggcn_step *step = &plan->steps[tensor->node];
        plan->other_offset[i] = plan->gradient_floats;
        if (!step->correlation || (int)i != step->node->weight)
            plan->gradient_floats += tensor->count;
    }
}

static ggcn_status compile(ggcn_plan *plan) {
    for (int i = 0; i < plan->count; i++) {
        ggcn_step *step = &plan->steps[i];
        step->node = &plan->graph->nodes[i];
        step->operation = ggcn_operation_of(step->node->layer.op);
        step->layout = ggcn_layout_of(plan->batch, step->node->shape);
        if (step->node->layer.op == GGCN_NORM)
            plan->norms[plan->n_norms++] = i;
        for (int j = 0; j < step->node->layer.n_inputs; j++)
            plan->steps[step->node->layer.inputs[j]].users++;
    }
    for (int i = 0; i < plan->count - 1; i++)
        if (plan->steps[i].users == 0)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "remove it, or let a later layer read it",
                      "layer '%s': nothing uses its result", plan->steps[i].node->layer.name);
    for (int i = 0; i < plan->count; i++) {
        const ggcn_step *step = &plan->steps[i];
        if (step->users > 1 && ggcn_layout_floats(step->layout) > plan->spare_floats)
            plan->spare_floats = ggcn_layout_floats(step->layout);
    }
    for (int i = 1; i < plan->count; i++)
        mark_in_place(plan, i);
    for (int i = 1; i < plan->count; i++) {
        const ggcn_op op = plan->steps[i].node->layer.op;
        if (op == GGCN_CONVOLUTION || op == GGCN_TRANSPOSED_CONVOLUTION || op == GGCN_DENSE)
            GGCN_TRY(compile_correlation(plan, i));
    }
    place_other_gradients(plan);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_plan_compile(const ggcn_graph *graph, int64_t batch, ggcn_plan **plan) {
    return ggcn_plan_compile_for(graph, batch, GGCN_PRECISION_F32, plan);
}

ggcn_status ggcn_plan_compile_for(const ggcn_graph *graph, int64_t batch, ggcn_precision precision, ggcn_plan **plan) {
    *plan = NULL;
    if (!ggcn_plan_can_use(precision))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use f32, or a machine with AVX-512-BF16 or AMX",
                  "precision bf16: this processor's instruction set for oneDNN, %s, has no arithmetic on bfloat16",
                  ggcn_onednn_instruction_set());
    if (batch < 1 || batch > 65536)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "impossible batch size %lld", (long long)batch);
    if (ggcn_graph_nodes(graph) < 2)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "add at least one layer", "the network has no layers");
    ggcn_plan *made = calloc(1, sizeof *made);
    if (!made)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a plan");
    made->batch = batch;
    made->precision = precision;
    made->count = ggcn_graph_nodes(graph);
    made->steps = calloc((size_t)made->count, sizeof *made->steps);
    made->packed_offset = calloc((size_t)made->count, sizeof *made->packed_offset);
    made->norms = calloc((size_t)made->count, sizeof *made->norms);
    ggcn_status status = GGCN_SUCCESS;
    size_t tensors;
    ggcn_graph_parameters(graph, NULL, &tensors);
    made->other_offset = calloc(tensors + 1, sizeof *made->other_offset);
    if (!made->steps || !made->packed_offset || !made->norms || !made->other_offset)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a plan");
    if (status == GGCN_SUCCESS)
        status = ggcn_graph_copy(graph, &made->graph);
    if (status == GGCN_SUCCESS)
        status = compile(made);
    if (status != GGCN_SUCCESS)
        ggcn_plan_destroy(&made);
    *plan = made;
    return status;
}

static void destroy_step(ggcn_step *step) {
    for (int pass = 0; pass < GGCN_PASS_WEIGHT; pass++)
        ggcn_winograd_destroy(&step->winograd[pass]);
    ggcn_winograd_weight_destroy(&step->winograd_weight);
    ggcn_correlation_destroy(&step->correlation);
    ggcn_correlation_destroy(&step->bf16);
}

void ggcn_plan_destroy(ggcn_plan **plan) {
    if (!*plan)
        return;
    if ((*plan)->steps)
        for (int i = 0; i < (*plan)->count; i++)
            destroy_step(&(*plan)->steps[i]);
    free((*plan)->steps);
    free((*plan)->packed_offset);
    free((*plan)->norms);
    free((*plan)->other_offset);
    ggcn_graph_destroy(&(*plan)->graph);
    free(*plan);
    *plan = NULL;
}

bool ggcn_plan_can_use(ggcn_precision precision) {
    return precision == GGCN_PRECISION_F32 || ggcn_onednn_has_bf16();
}

bool ggcn_plan_is_slow(ggcn_precision precision) {
#if defined(__x86_64__) && defined(__GNUC__)
    return precision == GGCN_PRECISION_BF16 && __builtin_cpu_is("intel") &&
           strcmp(ggcn_onednn_instruction_set(), "avx512_core_bf16") == 0;
#else
    (void)precision;
    return false;
#endif
}

const char *ggcn_plan_instruction_set(void) {
    return ggcn_onednn_instruction_set();
}

const char *ggcn_plan_implementation(const ggcn_plan *plan, int node) {
    return plan->steps[node].implementation;
}
