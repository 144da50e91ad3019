#include "net/onednn.h"

#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/aligned.h"
#include "net/onednn_version.h"

enum { ALIGNMENT = 64 };

/* One primitive with the layouts it wants and the reorders from and to ours. */
typedef struct {
    dnnl_primitive_t primitive;
    dnnl_primitive_desc_t description;
    onednn_tensor_view src, weights, dst; /* src and dst as in ggcn_correlation_spec, whatever oneDNN calls them */
    size_t scratchpad;
    dnnl_primitive_t reorder_src, reorder_dst; /* NULL where the layouts agree */
} pass_primitive;

enum { AFFINE, FORWARD, ADJOINT, WEIGHT, PASSES };

struct ggcn_correlation {
    ggcn_correlation_spec spec;
    onednn_tensor src, dst, plain_weights, bias;
    pass_primitive passes[PASSES];
    dnnl_primitive_t pack[WEIGHT], unpack;               /* plain -> AFFINE, FORWARD, ADJOINT; WEIGHT -> plain */
    size_t packed_offset[WEIGHT], packed_bytes, scratch; /* pack[FORWARD] is NULL if it shares AFFINE's weights */
};

struct ggcn_onednn_thread {
    dnnl_stream_t stream;
    char *scratch;
};

static dnnl_engine_t engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void make_engine(void) {
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
}

static ggcn_status get_engine(void) {
    pthread_once(&engine_once, make_engine);
    if (!engine)
        GGCN_FAIL(GGCN_ERROR_LIBRARY, NULL, "oneDNN cannot create a CPU engine");
    return GGCN_SUCCESS;
}

static const char *reason(dnnl_status_t status) {
    switch (status) {
    case dnnl_out_of_memory:
        return "out of memory";
    case dnnl_invalid_arguments:
        return "invalid arguments";
    case dnnl_unimplemented:
        return "not implemented for these sizes";
    default:
        return "runtime error";
    }
}

#define DNNL_TRY(expression, what)                                                                                     \
    do {                                                                                                               \
        const dnnl_status_t dnnl_try_status = (expression);                                                            \
        if (dnnl_try_status != dnnl_success)                                                                           \
            GGCN_FAIL(dnnl_try_status == dnnl_out_of_memory ? GGCN_ERROR_MEMORY : GGCN_ERROR_LIBRARY, NULL,            \
                      "oneDNN, %s: %s", (what), reason(dnnl_try_status));                                              \
    } while (0)

int64_t ggcn_onednn_lanes(void) {
    /* the values are sets of bits, not an order: AVX2 with VNNI is above AVX-512 as a number */
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa(), avx512 = (unsigned)dnnl_cpu_isa_avx512_core;
    return (isa & avx512) == avx512 ? 16 : 8;
}

bool ggcn_onednn_has_bf16(void) {
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa(), bf16 = (unsigned)dnnl_cpu_isa_avx512_core_bf16;
    return (isa & bf16) == bf16;
}

const char *ggcn_onednn_instruction_set(void) {
    const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    switch (isa) {
    case dnnl_cpu_isa_sse41:
        return "sse41";
    case dnnl_cpu_isa_avx:
        return "avx";
    case dnnl_cpu_isa_avx2:
        return "avx2";
    case dnnl_cpu_isa_avx2_vnni:
        return "avx2_vnni";
    case dnnl_cpu_isa_avx512_core:
        return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni:
        return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16:
        return "avx512_core_bf16";
    case dnnl_cpu_isa_avx512_core_amx:
        return "avx512_core_amx";
    default:
        return onednn_newer_instruction_set(isa) ? onednn_newer_instruction_set(isa) : "another";
    }
}

int ggcn_onednn_single_begin(void) {
    const int before = omp_get_max_threads();
    if (before != 1)
        omp_set_num_threads(1);
    return before;
}

void ggcn_onednn_single_end(int before) {
    if (before != 1)
        omp_set_num_threads(before);
}

ggcn_status ggcn_onednn_thread_create(size_t scratch_bytes, ggcn_onednn_thread **thread) {
    *thread = NULL;
    GGCN_TRY(get_engine());
    ggcn_onednn_thread *made = calloc(1, sizeof *made);
    if (!made)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a workspace");
    *thread = made;
    ggcn_status status = GGCN_SUCCESS;
    made->scratch = ggcn_allocate_aligned(scratch_bytes);
    if (!made->scratch)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %zu bytes of scratch space",
                            scratch_bytes);
    if (status == GGCN_SUCCESS && dnnl_stream_create(&made->stream, engine, dnnl_stream_default_flags) != dnnl_success)
        status = ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, NULL, "oneDNN cannot create a stream");
    if (status != GGCN_SUCCESS)
        ggcn_onednn_thread_destroy(thread);
    return status;
}

void ggcn_onednn_thread_destroy(ggcn_onednn_thread **thread) {
    if (!*thread)
        return;
    if ((*thread)->stream)
        dnnl_stream_destroy((*thread)->stream);
    free((*thread)->scratch);
    free(*thread);
    *thread = NULL;
}

float *ggcn_onednn_thread_scratch(ggcn_onednn_thread *thread) {
    return (float *)(void *)thread->scratch;
}

/* --- descriptors -------------------------------------------------------------------------------------------------- */

static ggcn_status describe(ggcn_layout l, ggcn_form form, dnnl_data_type_t type, onednn_tensor *tensor) {
    const dnnl_dims_t dims = {l.batch, l.channels, l.height, l.width};
    const dnnl_format_tag_t ours = l.lanes == 1 ? dnnl_nchw : l.lanes == 16 ? dnnl_nChw16c : dnnl_nChw8c;
    const dnnl_format_tag_t tag = form == GGCN_FORM_FREE            ? dnnl_format_tag_any
                                  : form == GGCN_FORM_CHANNELS_LAST ? dnnl_nhwc
                                                                    : ours;
    DNNL_TRY(onednn_tensor_create(4, dims, type, tag, tensor), "tensor description");
    return GGCN_SUCCESS;
}

static dnnl_data_type_t operand_type(const ggcn_correlation *c) {
    return c->spec.bf16 ? dnnl_bf16 : dnnl_f32;
}

/* Describes src and dst of a pass; results are float32. */
static ggcn_status describe_tensors(const ggcn_correlation *c, int which, ggcn_form form, onednn_tensor *src,
                                    onednn_tensor *dst) {
    GGCN_TRY(describe(c->spec.src, form, which == ADJOINT ? dnnl_f32 : operand_type(c), src));
    return describe(c->spec.dst, form, which == ADJOINT || which == WEIGHT ? operand_type(c) : dnnl_f32, dst);
}

static size_t align(size_t bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static ggcn_status make_reorder(onednn_tensor_view from, onednn_tensor_view to, dnnl_primitive_t *reorder) {
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t description = NULL;
    DNNL_TRY(dnnl_primitive_attr_create(&attributes), "reorder");
    dnnl_status_t status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    if (status == dnnl_success)
        status = dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, attributes);
    dnnl_primitive_attr_destroy(attributes);
    DNNL_TRY(status, "reorder");
    /* threads share the primitive, so it must not bring scratch memory of its own */
    const size_t scratch =
        dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0));
    status = dnnl_primitive_create(reorder, description);
    dnnl_primitive_desc_destroy(description);
    DNNL_TRY(status, "reorder");
    if (scratch > 0)
        GGCN_FAIL(GGCN_ERROR_LIBRARY, NULL, "oneDNN wants scratch memory for a reorder of float32");
    return GGCN_SUCCESS;
}

/* What every primitive of ours asks for, and the fused activation of the affine pass. */
static dnnl_status_t make_attributes(const ggcn_correlation_spec *s, int which, dnnl_primitive_attr_t *attributes) {
    dnnl_post_ops_t operations = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
    if (status == dnnl_success)
        status = onednn_set_deterministic(*attributes);
    if (status == dnnl_success && which == AFFINE && s->activation) {
        status = dnnl_post_ops_create(&operations);
        if (status == dnnl_success)
            status = onednn_append_leaky_relu(operations, s->slope);
        if (status == dnnl_success)
            status = dnnl_primitive_attr_set_post_ops(*attributes, operations);
    }
    if (operations)
        dnnl_post_ops_destroy(operations);
    return status;
}

/* Describes one pass on given tensors. The backward passes get the description of a forward one. */
static dnnl_status_t describe_pass(const ggcn_correlation *c, int which, onednn_tensor_view src, onednn_tensor_view dst,
                                   dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *description) {
    const ggcn_correlation_spec *s = &c->spec;
    const ggcn_layout in = s->src, out = s->dst;
    const dnnl_dims_t strides = {s->stride[0], s->stride[1]}, begin = {s->pad[0], s->pad[1]};
    const dnnl_dims_t end = {(out.height - 1) * s->stride[0] + s->kernel[0] - in.height - s->pad[0],
                             (out.width - 1) * s->stride[1] + s->kernel[1] - in.width - s->pad[1]};
    const dnnl_dims_t weight_dims = {out.channels, in.channels, s->kernel[0], s->kernel[1]};
    onednn_tensor weights = NULL;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t status = onednn_tensor_create(4, weight_dims, operand_type(c), dnnl_format_tag_any, &weights);
    if (status == dnnl_success)
        status = make_attributes(s, which, &attributes);
    if (status == dnnl_success) {
        const onednn_convolution convolution = {.src = src,
                                                .weights = weights,
                                                .bias = which == AFFINE && s->bias ? c->bias : NULL,
                                                .dst = dst,
                                                .strides = strides,
                                                .pad_begin = begin,
                                                .pad_end = end,
                                                .forward = forward,
                                                .attributes = attributes};
        status = which == ADJOINT  ? onednn_describe_backward_data(engine, &convolution, description)
                 : which == WEIGHT ? onednn_describe_backward_weights(engine, &convolution, description)
                                   : onednn_describe_forward(engine, &convolution, description);
    }
    if (attributes)
        dnnl_primitive_attr_destroy(attributes);
    onednn_tensor_destroy(weights);
    return status;
}

/* On tensors of other layouts than ours: a backward pass needs the description of a forward one on the same. */
static dnnl_status_t describe_other_pass(const ggcn_correlation *c, int which, ggcn_form form, onednn_tensor_view src,
                                         onednn_tensor_view dst, dnnl_primitive_desc_t *description) {
    if (which != ADJOINT && which != WEIGHT)
        return describe_pass(c, which, src, dst, NULL, description);
    dnnl_primitive_desc_t forward = NULL;
    dnnl_status_t status = describe_pass(c, FORWARD, src, dst, NULL, &forward);
    if (status == dnnl_success)
        status = describe_pass(c, which, src, dst, forward, description);
    if (status == dnnl_success && form == GGCN_FORM_FREE)
        onednn_avoid_slow_implementation(*description);
    if (forward)
        dnnl_primitive_desc_destroy(forward);
    return status;
}

static bool is_reference(dnnl_primitive_desc_t description) {
    return strncmp(onednn_implementation(description), "ref", 3) == 0;
}

/* Replaces the description of a pass by one on other layouts, if oneDNN has that; reference code only if there was no
 * description. */
static ggcn_status use_form(const ggcn_correlation *c, int which, ggcn_form form, pass_primitive *p,
                            dnnl_status_t *status) {
    onednn_tensor src = NULL, dst = NULL;
    dnnl_primitive_desc_t other = NULL;
    const ggcn_status described = describe_tensors(c, which, form, &src, &dst);
    const bool found =
        described == GGCN_SUCCESS && describe_other_pass(c, which, form, src, dst, &other) == dnnl_success;
    if (found && (!p->description || form == GGCN_FORM_FREE || !is_reference(other))) {
        if (p->description)
            dnnl_primitive_desc_destroy(p->description);
        p->description = other;
        *status = dnnl_success;
    } else if (found) {
        dnnl_primitive_desc_destroy(other);
    }
    onednn_tensor_destroy(src);
    onednn_tensor_destroy(dst);
    return described;
}

/* A fixed rule, so that the bits do not change. Weight gradients of images with one channel: seven times faster with
 * the channels of dst last, whose reorder costs less than the convolution then. Elsewhere other layouts win nothing. */
static ggcn_form form_of(const ggcn_correlation *c, int which) {
    const bool grey = which == WEIGHT && c->spec.src.channels == 1 && c->spec.kernel[0] * c->spec.kernel[1] > 1;
    return c->spec.form == GGCN_FORM_OURS && grey ? GGCN_FORM_CHANNELS_LAST : c->spec.form;
}

static ggcn_status make_pass(ggcn_correlation *c, int which, dnnl_primitive_desc_t forward) {
    pass_primitive *p = &c->passes[which];
    const ggcn_form form = form_of(c, which);
    onednn_tensor src = NULL, dst = NULL;
    dnnl_status_t status = dnnl_out_of_memory;
    const ggcn_status described = describe_tensors(c, which, GGCN_FORM_OURS, &src, &dst);
    if (described == GGCN_SUCCESS)
        status = describe_pass(c, which, src, dst, forward, &p->description);
    onednn_tensor_destroy(src);
    onednn_tensor_destroy(dst);
    GGCN_TRY(described);
    if (form != GGCN_FORM_OURS)
        GGCN_TRY(use_form(c, which, form, p, &status));
    if (status != dnnl_success || (form != GGCN_FORM_FREE && is_reference(p->description)))
        GGCN_TRY(use_form(c, which, GGCN_FORM_FREE, p, &status));
    DNNL_TRY(status, "convolution");
    DNNL_TRY(dnnl_primitive_create(&p->primitive, p->description), "convolution");
    const dnnl_query_t src_query = which == ADJOINT ? dnnl_query_diff_src_md : dnnl_query_src_md;
    const dnnl_query_t weights_query = which == WEIGHT ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
    const dnnl_query_t dst_query = which >= ADJOINT ? dnnl_query_diff_dst_md : dnnl_query_dst_md;
    p->src = dnnl_primitive_desc_query_md(p->description, src_query, 0);
    p->weights = dnnl_primitive_desc_query_md(p->description, weights_query, 0);
    p->dst = dnnl_primitive_desc_query_md(p->description, dst_query, 0);
    p->scratchpad =
        align(dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(p->description, dnnl_query_scratchpad_md, 0)));
    size_t scratch = p->scratchpad;
    if (!dnnl_memory_desc_equal(p->src, c->src)) {
        GGCN_TRY(which == ADJOINT ? make_reorder(p->src, c->src, &p->reorder_src)
                                  : make_reorder(c->src, p->src, &p->reorder_src));
        scratch += align(dnnl_memory_desc_get_size(p->src));
    }
    if (!dnnl_memory_desc_equal(p->dst, c->dst)) {
        GGCN_TRY(which >= ADJOINT ? make_reorder(c->dst, p->dst, &p->reorder_dst)
                                  : make_reorder(p->dst, c->dst, &p->reorder_dst));
        scratch += align(dnnl_memory_desc_get_size(p->dst));
    }
    if (scratch > c->scratch)
        c->scratch = scratch;
    return GGCN_SUCCESS;
}

static ggcn_status make_passes(ggcn_correlation *c) {
    const ggcn_correlation_spec *s = &c->spec;
    const dnnl_dims_t weight_dims = {s->dst.channels, s->src.channels, s->kernel[0], s->kernel[1]};
    const dnnl_dims_t bias_dims = {s->dst.channels};
    GGCN_TRY(describe(s->src, GGCN_FORM_OURS, dnnl_f32, &c->src));
    GGCN_TRY(describe(s->dst, GGCN_FORM_OURS, dnnl_f32, &c->dst));
    DNNL_TRY(onednn_tensor_create(4, weight_dims, dnnl_f32, dnnl_oihw, &c->plain_weights), "weight description");
    DNNL_TRY(onednn_tensor_create(1, bias_dims, dnnl_f32, dnnl_a, &c->bias), "bias description");
    GGCN_TRY(make_pass(c, FORWARD, NULL));
    GGCN_TRY(make_pass(c, AFFINE, NULL));
    GGCN_TRY(make_pass(c, ADJOINT, c->passes[FORWARD].description));
    if (!s->bf16)
        GGCN_TRY(make_pass(c, WEIGHT, c->passes[FORWARD].description));
    for (int i = AFFINE; i < WEIGHT; i++) {
        if (i == ADJOINT ? s->without_adjoint : s->without_forward)
            continue;
        if (i == FORWARD && dnnl_memory_desc_equal(c->passes[AFFINE].weights, c->passes[FORWARD].weights)) {
            c->packed_offset[i] = c->packed_offset[AFFINE];
            continue;
        }
        GGCN_TRY(make_reorder(c->plain_weights, c->passes[i].weights, &c->pack[i]));
        c->packed_offset[i] = c->packed_bytes;
        c->packed_bytes += align(dnnl_memory_desc_get_size(c->passes[i].weights));
    }
    return s->bf16 ? GGCN_SUCCESS : make_reorder(c->passes[WEIGHT].weights, c->plain_weights, &c->unpack);
}

ggcn_status ggcn_correlation_create(const ggcn_correlation_spec *spec, const char *name,
                                    ggcn_correlation **correlation) {
    *correlation = NULL;
    GGCN_TRY(get_engine());
    ggcn_correlation *c = calloc(1, sizeof *c);
    if (!c)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "layer '%s': no memory", name);
    c->spec = *spec;
    const int before = ggcn_onednn_single_begin();
    ggcn_status status = make_passes(c);
    ggcn_onednn_single_end(before);
    if (status != GGCN_SUCCESS) {
        status = ggcn_raise(status, __FILE__, __LINE__, ggcn_last_error()->hint, "layer '%s': %s", name,
                            ggcn_last_error()->message);
        ggcn_correlation_destroy(&c);
    }
    *correlation = c;
    return status;
}

static void destroy_primitive(dnnl_primitive_t primitive) {
    if (primitive)
        dnnl_primitive_destroy(primitive);
}

void ggcn_correlation_destroy(ggcn_correlation **correlation) {
    ggcn_correlation *c = *correlation;
    if (!c)
        return;
    for (int i = 0; i < PASSES; i++) {
        destroy_primitive(c->passes[i].primitive);
        destroy_primitive(c->passes[i].reorder_src);
        destroy_primitive(c->passes[i].reorder_dst);
        if (c->passes[i].description)
            dnnl_primitive_desc_destroy(c->passes[i].description);
    }
    for (int i = AFFINE; i < WEIGHT; i++)
        destroy_primitive(c->pack[i]);
    destroy_primitive(c->unpack);
    onednn_tensor_destroy(c->src);
    onednn_tensor_destroy(c->dst);
    onednn_tensor_destroy(c->plain_weights);
    onednn_tensor_destroy(c->bias);
    free(c);
    *correlation = NULL;
}

size_t ggcn_correlation_scratch(const ggcn_correlation *c) {
    return c->scratch;
}

const ggcn_correlation_spec *ggcn_correlation_specification(const ggcn_correlation *c) {
    return &c->spec;
}

size_t ggcn_correlation_packed_bytes(const ggcn_correlation *c) {
    return c->packed_bytes;
}

size_t ggcn_correlation_gradient_floats(const ggcn_correlation *c) {
    return dnnl_memory_desc_get_size(c->passes[WEIGHT].weights) / sizeof(float);
}

/* --- execution ---------------------------------------------------------------------------------------------------- */

typedef struct {
    int slot;
    onednn_tensor_view md;
    const void *data;
} argument;

/* Runs a primitive on plain pointers. oneDNN takes inputs by non-const pointer but does not write to them. */
static ggcn_status execute(dnnl_primitive_t primitive, dnnl_stream_t stream, const argument *arguments, int count) {
    dnnl_exec_arg_t list[6] = {{0}};
    dnnl_status_t status = dnnl_success;
    int made = 0;
    for (; made < count && status == dnnl_success; made++) {
        union {
            const void *in;
            void *out;
        } pointer = {.in = arguments[made].data};
        list[made].arg = arguments[made].slot;
        status = dnnl_memory_create(&list[made].memory, arguments[made].md, engine, pointer.out);
        if (status != dnnl_success)
            break;
    }
    if (status == dnnl_success)
        status = dnnl_primitive_execute(primitive, stream, count, list);
    if (status == dnnl_success)
        status = dnnl_stream_wait(stream);
    for (int i = 0; i < made; i++)
        dnnl_memory_destroy(list[i].memory);
    DNNL_TRY(status, "execution");
    return GGCN_SUCCESS;
}

static ggcn_status execute_reorder(dnnl_primitive_t reorder, dnnl_stream_t stream, onednn_tensor_view from_md,
                                   const void *from, onednn_tensor_view to_md, void *to) {
    const argument arguments[] = {{DNNL_ARG_FROM, from_md, from}, {DNNL_ARG_TO, to_md, to}};
    return execute(reorder, stream, arguments, 2);
}

/* Takes the next piece of a thread's scratch memory. */
static void *take(char **scratch, size_t bytes) {
    void *piece = *scratch;
    *scratch += align(bytes);
    return piece;
}

static onednn_tensor_view scratchpad_of(const pass_primitive *p) {
    return dnnl_primitive_desc_query_md(p->description, dnnl_query_scratchpad_md, 0);
}

/* A tensor that a pass reads: itself, or a reordered copy in scratch memory. */
static ggcn_status read_tensor(dnnl_primitive_t reorder, dnnl_stream_t stream, onednn_tensor_view ours,
                               onednn_tensor_view theirs, char **scratch, const float **tensor) {
    if (!reorder)
        return GGCN_SUCCESS;
    float *copy = take(scratch, dnnl_memory_desc_get_size(theirs));
    GGCN_TRY(execute_reorder(reorder, stream, ours, *tensor, theirs, copy));
    *tensor = copy;
    return GGCN_SUCCESS;
}

static const void *packed_weights(const ggcn_correlation *c, int which, const void *packed) {
    return (const char *)packed + c->packed_offset[which];
}

/* Runs a pass's primitive; tensors are in its own layouts. */
static ggcn_status run_primitive(const ggcn_correlation *c, ggcn_onednn_thread *thread, int which, const float *src,
                                 const void *weights, const float *bias, const float *dst, void *scratchpad) {
    static const int slots[PASSES][3] = {
        [AFFINE] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        [FORWARD] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        [ADJOINT] = {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
        [WEIGHT] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
    };
    const pass_primitive *p = &c->passes[which];
    const argument arguments[] = {{slots[which][0], p->src, src},
                                  {slots[which][1], p->weights, weights},
                                  {slots[which][2], p->dst, dst},
                                  {DNNL_ARG_SCRATCHPAD, scratchpad_of(p), scratchpad},
                                  {DNNL_ARG_BIAS, c->bias, bias}};
    return execute(p->primitive, thread->stream, arguments, which == AFFINE && c->spec.bias ? 5 : 4);
}

ggcn_status ggcn_correlation_forward(const ggcn_correlation *c, ggcn_onednn_thread *thread, const void *packed,
                                     bool affine, const float *bias, const float *src, float *dst) {
    const int which = affine ? AFFINE : FORWARD;
    const pass_primitive *p = &c->passes[which];
    char *scratch = thread->scratch;
    void *scratchpad = take(&scratch, p->scratchpad);
    GGCN_TRY(read_tensor(p->reorder_src, thread->stream, c->src, p->src, &scratch, &src));
    float *out = p->reorder_dst ? take(&scratch, dnnl_memory_desc_get_size(p->dst)) : dst;
    GGCN_TRY(run_primitive(c, thread, which, src, packed_weights(c, which, packed), bias, out, scratchpad));
    if (p->reorder_dst)
        GGCN_TRY(execute_reorder(p->reorder_dst, thread->stream, p->dst, out, c->dst, dst));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_correlation_adjoint(const ggcn_correlation *c, ggcn_onednn_thread *thread, const void *packed,
                                     const float *dst, float *src) {
    const pass_primitive *p = &c->passes[ADJOINT];
    char *scratch = thread->scratch;
    void *scratchpad = take(&scratch, p->scratchpad);
    GGCN_TRY(read_tensor(p->reorder_dst, thread->stream, c->dst, p->dst, &scratch, &dst));
    float *out = p->reorder_src ? take(&scratch, dnnl_memory_desc_get_size(p->src)) : src;
    GGCN_TRY(run_primitive(c, thread, ADJOINT, out, packed_weights(c, ADJOINT, packed), NULL, dst, scratchpad));
    if (p->reorder_src)
        GGCN_TRY(execute_reorder(p->reorder_src, thread->stream, p->src, out, c->src, src));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_correlation_weight(const ggcn_correlation *c, ggcn_onednn_thread *thread, const float *src,
                                    const float *dst, float *packed_gradient) {
    const pass_primitive *p = &c->passes[WEIGHT];
    char *scratch = thread->scratch;
    void *scratchpad = take(&scratch, p->scratchpad);
    GGCN_TRY(read_tensor(p->reorder_src, thread->stream, c->src, p->src, &scratch, &src));
    GGCN_TRY(read_tensor(p->reorder_dst, thread->stream, c->dst, p->dst, &scratch, &dst));
    return run_primitive(c, thread, WEIGHT, src, packed_gradient, NULL, dst, scratchpad);
}

static int primitive_of(ggcn_pass pass) {
    return pass == GGCN_PASS_FORWARD ? FORWARD : pass == GGCN_PASS_ADJOINT ? ADJOINT : WEIGHT;
}

ggcn_status ggcn_correlation_primitive(const ggcn_correlation *c, ggcn_onednn_thread *thread, ggcn_pass pass,
                                       float *src, float *weights, float *dst) {
    return run_primitive(c, thread, primitive_of(pass), src, weights, NULL, dst, thread->scratch);
}

static size_t whole_floats(onednn_tensor_view tensor) {
    return (dnnl_memory_desc_get_size(tensor) + sizeof(float) - 1) / sizeof(float);
}

void ggcn_correlation_tensor_floats(const ggcn_correlation *c, ggcn_pass pass, size_t *src, size_t *weights,
                                    size_t *dst) {
    const pass_primitive *p = &c->passes[primitive_of(pass)];
    *src = whole_floats(p->src);
    *weights = whole_floats(p->weights);
    *dst = whole_floats(p->dst);
}

const char *ggcn_correlation_implementation(const ggcn_correlation *c, ggcn_pass pass) {
    return onednn_implementation(c->passes[pass == GGCN_PASS_FORWARD ? AFFINE : primitive_of(pass)].description);
}

bool ggcn_correlation_is_reference(const ggcn_correlation *c, ggcn_pass pass) {
    return is_reference(c->passes[primitive_of(pass)].description);
}

ggcn_status ggcn_correlation_pack(const ggcn_correlation *c, ggcn_onednn_thread *thread, const float *plain,
                                  void *packed) {
    for (int i = AFFINE; i < WEIGHT; i++)
        if (c->pack[i])
            GGCN_TRY(execute_reorder(c->pack[i], thread->stream, c->plain_weights, plain, c->passes[i].weights,
                                     (char *)packed + c->packed_offset[i]));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_correlation_unpack(const ggcn_correlation *c, ggcn_onednn_thread *thread, const float *packed_gradient,
                                    float *plain) {
    return execute_reorder(c->unpack, thread->stream, c->passes[WEIGHT].weights, packed_gradient, c->plain_weights,
                           plain);
}
