/* Private side of ggcn/plan.h, and what an operation has to provide.
 *
 * An operation is one file op_*.c with a table `ggcn_operation`; plan.c finds it by its ggcn_op. Adding a layer is
 * adding such a file, its line in ggcn_operation_of() and its shape rule in graph.c. */
#ifndef GGCN_NET_PLAN_H
#define GGCN_NET_PLAN_H

#include "ggcn/plan.h"
#include "net/few_channels.h"
#include "net/graph.h"
#include "net/layout.h"
#include "net/onednn.h"
#include "net/winograd.h"
#include "net/winograd_weight.h"

typedef struct ggcn_operation ggcn_operation;

/* A compiled node. */
typedef struct {
    const ggcn_node *node;
    const ggcn_operation *operation;
    ggcn_layout layout;                        /* of its result, signal and tangent */
    ggcn_correlation *correlation;             /* convolution-like nodes, else NULL */
    ggcn_winograd *winograd[GGCN_PASS_WEIGHT]; /* of its forward pass and adjoint, or NULL */
    ggcn_winograd_weight *winograd_weight;     /* of its weight gradient, or NULL */
    bool few_channels;                         /* its adjoint is few_channels.h's */
    ggcn_correlation *bf16;                    /* in bfloat16, where a pass goes by it */
    bool in_bf16[GGCN_PASS_WEIGHT];            /* the passes that do so in that precision */
    size_t bf16_offset;                        /* of its packed weights */
    size_t own_offset[GGCN_PASS_WEIGHT];       /* of these ways' packed weights */
    char implementation[160];
    int users;              /* nodes that read its result */
    bool in_place;          /* an activation that overwrites its input's value and tangent */
    bool signal_in_place;   /* ... and whose signal shares a buffer with its input's */
    bool fused;             /* an activation that its input's forward pass has done already */
    size_t gradient_offset; /* correlation: first float of its packed gradient */
} ggcn_step;

struct ggcn_plan {
    ggcn_graph *graph;
    ggcn_step *steps; /* one per node */
    int count;
    int64_t batch;
    ggcn_precision precision; /* that its workspaces may be set to */
    size_t packed_bytes;      /* packed weights of all correlations, by all ways, each aligned */
    size_t *packed_offset;    /* [count] */
    size_t gradient_floats;   /* packed gradients of all correlations, then those of the other parameters */
    size_t *other_offset; /* [parameter tensors] where those of the others begin; unused for correlations' weights */
    size_t scratch_bytes; /* largest need of a correlation */
    size_t spare_floats;  /* largest tensor that several nodes read, so that its signal is a sum */
    int *norms;           /* [n_norms] norm nodes in node order */
    size_t n_norms;
};

/* Per-channel arrays of a norm or bias node, padded with zeros to whole groups of lanes. */
typedef struct {
    float *shift; /* norm: beta - mean scale; bias: the bias. The others are a norm's alone */
    float *scale; /* gamma/sqrt(variance + epsilon) */
    float *mean, *variance;
    float *rstd; /* 1/sqrt(variance + epsilon) */
    float *gamma, *beta;
    float *signal_mean;    /* batch statistics: mean of e, the signal at the norm's result */
    float *signal_product; /* batch statistics: mean of e xhat, xhat = (x - mean) rstd */
    bool batch;            /* mean and variance are the batch's own and take part in the backward pass */
    bool signals_known;    /* batch statistics: signal_mean and signal_product belong to them */
} ggcn_channel_arrays;

struct ggcn_weights {
    const ggcn_plan *plan;
    ggcn_onednn_thread *thread; /* for packing */
    char *packed;
    ggcn_channel_arrays *arrays; /* [count] */
    float *array_memory;
    bool batch; /* at least one norm has batch statistics */
};

struct ggcn_workspace {
    const ggcn_plan *plan;
    ggcn_onednn_thread *thread;
    ggcn_precision precision;
    bool plain;                       /* made for first order: no tangent, curvature, own_tangent, input_mix */
    int64_t images;                   /* images of the batch that took part in the batch statistics */
    char *memory;                     /* all buffers below */
    const float **value;              /* [count] h_l; entry 0 is x or its copy in the plan's layout */
    const float **tangent;            /* [count] u_l */
    float **signal;                   /* [count] e_l; entry 0 only where the input's layout is not plain */
    float **curvature;                /* [count] second-order signals q_l; NULL for a piecewise linear graph */
    float **own_value, **own_tangent; /* writable buffers behind value and tangent */
    int32_t **winner;                 /* [count] max-pool: position of the largest element */
    bool *has_signal;                 /* [count] scratch of the backward pass */
    float *spare;                     /* [plan->spare_floats] */
    float *input_mix;                 /* a x + b v of the input */
};

struct ggcn_gradients {
    const ggcn_plan *plan;
    ggcn_onednn_thread *thread; /* for unpacking */
    float *sums;                /* [plan->gradient_floats], then one more packed gradient as scratch */
    float *scratch;
};

/* What an operation works on: one node of one workspace. */
typedef struct {
    const ggcn_plan *plan;
    const ggcn_step *step;
    int number;
    const ggcn_weights *weights;
    ggcn_workspace *workspace;
} ggcn_task;

struct ggcn_operation {
    /* value[number] from the inputs' values */
    ggcn_status (*forward)(const ggcn_task *task);
    /* tangent[number] from the inputs' tangents, at the point of the last forward pass: no bias, the slopes of the
     * point */
    ggcn_status (*tangent)(const ggcn_task *task);
    /* out = J^T signal for input number `input`, J the Jacobian with respect to it; out may be `signal` if
     * signal_in_place */
    ggcn_status (*backward)(const ggcn_task *task, const float *signal, int input, float *out);
    /* Adds d/dw <signal, f_w(source)> * scale, where the constant part of f (bias, mean, beta) counts `constant` times.
     * NULL for operations without parameters. */
    ggcn_status (*gradient)(const ggcn_task *task, const float *source, const float *signal, float constant,
                            float scale, ggcn_gradients *gradients);
    /* Adds the second-order signal of a curved activation to `out`, the signal at its input. NULL for linear pieces. */
    void (*curvature)(const ggcn_task *task, const float *signal, float *out);
};

const ggcn_operation *ggcn_operation_of(ggcn_op op);

extern const ggcn_operation ggcn_operation_convolution, ggcn_operation_transposed, ggcn_operation_dense,
    ggcn_operation_bias, ggcn_operation_relu, ggcn_operation_tanh, ggcn_operation_sigmoid, ggcn_operation_max_pool,
    ggcn_operation_average_pool, ggcn_operation_norm, ggcn_operation_add, ggcn_operation_concatenate,
    ggcn_operation_upsample;

/* The compiled step behind input number `input` of a task. */
static inline const ggcn_step *ggcn_task_input(const ggcn_task *task, int input) {
    return &task->plan->steps[task->step->node->layer.inputs[input]];
}
static inline const float *ggcn_task_value(const ggcn_task *task, int input) {
    return task->workspace->value[task->step->node->layer.inputs[input]];
}
static inline const float *ggcn_task_tangent(const ggcn_task *task, int input) {
    return task->workspace->tangent[task->step->node->layer.inputs[input]];
}

/* tensor[n][c][...] += array[c]; arrays are padded to whole groups. */
void ggcn_add_per_channel(ggcn_layout layout, const float *array, float *tensor);
/* sums[c] += scale * sum over images and positions of tensor; sums has [channels] entries. */
void ggcn_sum_per_channel(ggcn_layout layout, const float *tensor, float scale, float *sums);
/* Floats of a correlation's packed weight gradient by the way chosen, and that gradient in plain form. */
size_t ggcn_step_gradient_floats(const ggcn_step *step);
ggcn_status ggcn_step_gradient_unpack(const ggcn_step *step, ggcn_onednn_thread *thread, const float *packed,
                                      float *plain);

/* Sets lanes beyond the channels to zero. */
void ggcn_clear_padding(ggcn_layout layout, float *tensor);

/* Where a parameter tensor's gradient is accumulated if it is not a correlation's weight. */
float *ggcn_gradients_of(ggcn_gradients *gradients, int tensor);

#endif
