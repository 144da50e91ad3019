/* The only door to oneDNN: correlations (convolutions) on fixed layouts, one thread a call.
 *
 * A correlation A_w maps src to dst. It is bilinear in (w, src), so three maps serve every layer and every pass:
 *   forward   dst = A_w src           (convolution; with a fused bias and leaky ReLU if asked for)
 *   adjoint   src = A_w^T dst         (input gradient of a convolution; forward pass of a transposed one)
 *   weight    dw  = d<dst, A_w src>/dw
 * onednn.c is the one file that knows oneDNN 2 from 3. */
#ifndef GGCN_NET_ONEDNN_H
#define GGCN_NET_ONEDNN_H

#include <stdbool.h>

#include "ggcn/status.h"
#include "net/layout.h"

typedef struct ggcn_correlation ggcn_correlation;

/* Layouts of a correlation's src and dst inside oneDNN. */
typedef enum {
    GGCN_FORM_OURS,         /* those of the spec where oneDNN has an optimised kernel for them, else free ones */
    GGCN_FORM_FREE,         /* those oneDNN prefers */
    GGCN_FORM_CHANNELS_LAST /* [batch][height][width][channels] */
} ggcn_form;

typedef struct {
    ggcn_layout src, dst;
    ggcn_form form;                        /* tensors in other layouts than src and dst say are reordered */
    int64_t kernel[2], stride[2], pad[2];  /* pad: before the first row and column; the end follows from the sizes */
    bool without_forward, without_adjoint; /* the pass is never run, so its weights need no packing */
    bool bf16;                             /* operands are rounded to bfloat16, sums are float32; no weight gradient */
    bool bias;                             /* the affine forward pass adds a bias */
    bool activation;                       /* the affine forward pass ends with a (leaky) ReLU of this slope */
    float slope;
} ggcn_correlation_spec;

/* One thread's stream and scratch memory of at least ggcn_correlation_scratch() bytes. */
typedef struct ggcn_onednn_thread ggcn_onednn_thread;
ggcn_status ggcn_onednn_thread_create(size_t scratch_bytes, ggcn_onednn_thread **thread);
void ggcn_onednn_thread_destroy(ggcn_onednn_thread **thread);
/* The scratch memory, aligned to 64, for what oneDNN does not do. */
float *ggcn_onednn_thread_scratch(ggcn_onednn_thread *thread);

/* oneDNN parallelises by itself outside an OpenMP region. Between these two calls it uses the calling thread only. */
int ggcn_onednn_single_begin(void);
void ggcn_onednn_single_end(int before);

/* See ggcn_plan_instruction_set. */
const char *ggcn_onednn_instruction_set(void);

/* Whether the processor, and oneDNN as it is told, have arithmetic on bfloat16. */
bool ggcn_onednn_has_bf16(void);

/* Floats in one vector register of oneDNN's kernels: 16 with AVX-512, else 8. */
int64_t ggcn_onednn_lanes(void);

/* `name` is for messages. */
ggcn_status ggcn_correlation_create(const ggcn_correlation_spec *spec, const char *name,
                                    ggcn_correlation **correlation);
void ggcn_correlation_destroy(ggcn_correlation **correlation);
size_t ggcn_correlation_scratch(const ggcn_correlation *c);
const ggcn_correlation_spec *ggcn_correlation_specification(const ggcn_correlation *c);

typedef enum { GGCN_PASS_FORWARD, GGCN_PASS_ADJOINT, GGCN_PASS_WEIGHT, GGCN_PASSES } ggcn_pass;

/* oneDNN's name of the kernels of a pass, e.g. "jit:avx2". The string is the correlation's. */
const char *ggcn_correlation_implementation(const ggcn_correlation *c, ggcn_pass pass);

/* A pass's primitive alone, on tensors in its own layouts: what a pass costs at the least. Its arrays have at least
 * ggcn_correlation_tensor_floats() elements; what they hold does not matter. */
ggcn_status ggcn_correlation_primitive(const ggcn_correlation *c, ggcn_onednn_thread *thread, ggcn_pass pass,
                                       float *src, float *weights, float *dst);
void ggcn_correlation_tensor_floats(const ggcn_correlation *c, ggcn_pass pass, size_t *src, size_t *weights,
                                    size_t *dst);
/* Whether oneDNN has nothing but its reference code for a pass. */
bool ggcn_correlation_is_reference(const ggcn_correlation *c, ggcn_pass pass);

/* Packed weights: for forward and adjoint one after the other. */
size_t ggcn_correlation_packed_bytes(const ggcn_correlation *c);
/* @param plain [dst channels][src channels][kernel height][kernel width] */
ggcn_status ggcn_correlation_pack(const ggcn_correlation *c, ggcn_onednn_thread *thread, const float *plain,
                                  void *packed);

/* dst = A_w src, with bias [dst channels] and activation if affine and the spec has them. */
ggcn_status ggcn_correlation_forward(const ggcn_correlation *c, ggcn_onednn_thread *thread, const void *packed,
                                     bool affine, const float *bias, const float *src, float *dst);
ggcn_status ggcn_correlation_adjoint(const ggcn_correlation *c, ggcn_onednn_thread *thread, const void *packed,
                                     const float *dst, float *src);

/* Weight gradients have a packed form of their own, which may be added and scaled element by element. */
size_t ggcn_correlation_gradient_floats(const ggcn_correlation *c);
ggcn_status ggcn_correlation_weight(const ggcn_correlation *c, ggcn_onednn_thread *thread, const float *src,
                                    const float *dst, float *packed_gradient);
ggcn_status ggcn_correlation_unpack(const ggcn_correlation *c, ggcn_onednn_thread *thread, const float *packed_gradient,
                                    float *plain);

#endif
