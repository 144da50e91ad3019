/* What oneDNN 3 does differently from oneDNN 2, one function for each thing. For onednn.c alone.
 *
 *                              oneDNN 2 (2.6)                        oneDNN 3 (3.4 or newer)
 *   tensor descriptions        structures of the caller              handles of the library
 *   convolutions               operation, then primitive description  primitive description at once
 *   element-wise post-ops      have a scale                          have none
 *   deterministic attribute    no such thing                         asked for
 *   strided backward by data   gemm                                  a slower kernel first, then gemm
 *   instruction sets           up to AMX                             AVX2 VNNI-2, FP16, AMX-FP16 as well
 *
 * Accumulators are left as they are: at least float32 in both (oneDNN 3 calls it the strict accumulation mode). */
#ifndef GGCN_NET_ONEDNN_VERSION_H
#define GGCN_NET_ONEDNN_VERSION_H

#include <dnnl.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR != 2 && (DNNL_VERSION_MAJOR != 3 || DNNL_VERSION_MINOR < 4)
#error "ggcn knows oneDNN 2 and oneDNN 3 from 3.4 on: add what the installed version does differently to this file"
#endif

/* A tensor description that we own, and one that we only look at, e.g. what a primitive description says of its
 * tensors. */
#if DNNL_VERSION_MAJOR == 2
typedef dnnl_memory_desc_t *onednn_tensor;
typedef const dnnl_memory_desc_t *onednn_tensor_view;
#else
typedef dnnl_memory_desc_t onednn_tensor;
typedef const_dnnl_memory_desc_t onednn_tensor_view;
#endif

/* On an error *tensor is NULL. */
static inline dnnl_status_t onednn_tensor_create(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                                                 dnnl_format_tag_t tag, onednn_tensor *tensor) {
    *tensor = NULL;
#if DNNL_VERSION_MAJOR == 2
    onednn_tensor made = malloc(sizeof *made);
    if (!made)
        return dnnl_out_of_memory;
    const dnnl_status_t status = dnnl_memory_desc_init_by_tag(made, rank, dims, type, tag);
    if (status == dnnl_success)
        *tensor = made;
    else
        free(made);
    return status;
#else
    return dnnl_memory_desc_create_with_tag(tensor, rank, dims, type, tag);
#endif
}

static inline void onednn_tensor_destroy(onednn_tensor tensor) {
#if DNNL_VERSION_MAJOR == 2
    free(tensor);
#else
    if (tensor)
        dnnl_memory_desc_destroy(tensor);
#endif
}

/* The direct algorithm on tensors that may leave their layout to oneDNN. Gradients of a tensor are described by it. */
typedef struct {
    onednn_tensor_view src, weights, bias, dst; /* bias: NULL for none, and for the backward passes */
    const dnnl_dim_t *strides, *pad_begin, *pad_end;
    dnnl_primitive_desc_t forward; /* for the backward passes: the forward pass they belong to */
    dnnl_primitive_attr_t attributes;
} onednn_convolution;

static inline dnnl_status_t onednn_describe_forward(dnnl_engine_t engine, const onednn_convolution *c,
                                                    dnnl_primitive_desc_t *description) {
#if DNNL_VERSION_MAJOR == 2
    dnnl_convolution_desc_t operation;
    const dnnl_status_t status =
        dnnl_convolution_forward_desc_init(&operation, dnnl_forward_training, dnnl_convolution_direct, c->src,
                                           c->weights, c->bias, c->dst, c->strides, c->pad_begin, c->pad_end);
    return status == dnnl_success ? dnnl_primitive_desc_create(description, &operation, c->attributes, engine, NULL)
                                  : status;
#else
    const dnnl_dims_t dense = {0, 0};
    return dnnl_convolution_forward_primitive_desc_create(description, engine, dnnl_forward_training,
                                                          dnnl_convolution_direct, c->src, c->weights, c->bias, c->dst,
                                                          c->strides, dense, c->pad_begin, c->pad_end, c->attributes);
#endif
}

static inline dnnl_status_t onednn_describe_backward_data(dnnl_engine_t engine, const onednn_convolution *c,
                                                          dnnl_primitive_desc_t *description) {
#if DNNL_VERSION_MAJOR == 2
    dnnl_convolution_desc_t operation;
    const dnnl_status_t status = dnnl_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, c->src, c->weights, c->dst, c->strides, c->pad_begin, c->pad_end);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(description, &operation, c->attributes, engine, c->forward)
               : status;
#else
    const dnnl_dims_t dense = {0, 0};
    return dnnl_convolution_backward_data_primitive_desc_create(description, engine, dnnl_convolution_direct, c->src,
                                                                c->weights, c->dst, c->strides, dense, c->pad_begin,
                                                                c->pad_end, c->forward, c->attributes);
#endif
}

static inline dnnl_status_t onednn_describe_backward_weights(dnnl_engine_t engine, const onednn_convolution *c,
                                                             dnnl_primitive_desc_t *description) {
#if DNNL_VERSION_MAJOR == 2
    dnnl_convolution_desc_t operation;
    const dnnl_status_t status = dnnl_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, c->src, c->weights, NULL, c->dst, c->strides, c->pad_begin, c->pad_end);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(description, &operation, c->attributes, engine, c->forward)
               : status;
#else
    const dnnl_dims_t dense = {0, 0};
    return dnnl_convolution_backward_weights_primitive_desc_create(description, engine, dnnl_convolution_direct, c->src,
                                                                   c->weights, NULL, c->dst, c->strides, dense,
                                                                   c->pad_begin, c->pad_end, c->forward, c->attributes);
#endif
}

static inline dnnl_status_t onednn_append_leaky_relu(dnnl_post_ops_t operations, float slope) {
#if DNNL_VERSION_MAJOR == 2
    return dnnl_post_ops_append_eltwise(operations, 1.0f, dnnl_eltwise_relu, slope, 0.0f);
#else
    return dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, slope, 0.0f);
#endif
}

/* The same input gives the same bits, whichever thread runs a primitive. */
static inline dnnl_status_t onednn_set_deterministic(dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR == 2
    (void)attributes;
    return dnnl_success;
#else
    return dnnl_primitive_attr_set_deterministic(attributes, 1);
#endif
}

static inline const char *onednn_implementation(const_dnnl_primitive_desc_t description) {
    const char *name = "";
    dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&name);
    return name;
}

/* On AVX2 and free layouts, oneDNN 3 takes brgconv_strided for the backward pass by data. The next in its list, gemm,
 * is what oneDNN 2 takes, and 1.7 to 5 times faster with the few channels for which we leave the layouts free. */
static inline void onednn_avoid_slow_implementation(dnnl_primitive_desc_t description) {
#if DNNL_VERSION_MAJOR == 2
    (void)description;
#else
    if (strcmp(onednn_implementation(description), "brgconv_strided:avx2") == 0)
        dnnl_primitive_desc_next_impl(description); /* leaves it as it is if there is none */
#endif
}

/* Name of an instruction set that oneDNN 2 does not know, or NULL. */
static inline const char *onednn_newer_instruction_set(dnnl_cpu_isa_t isa) {
#if DNNL_VERSION_MAJOR == 2
    (void)isa;
    return NULL;
#else
    switch (isa) {
    case dnnl_cpu_isa_avx2_vnni_2:
        return "avx2_vnni_2";
    case dnnl_cpu_isa_avx512_core_fp16:
        return "avx512_core_fp16";
    case dnnl_cpu_isa_avx512_core_amx_fp16:
        return "avx512_core_amx_fp16";
    default:
        return NULL;
    }
#endif
}

#endif
