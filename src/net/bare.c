#include "net/bare.h"

#include <omp.h>
#include <stdlib.h>

#include "base/aligned.h"

/* Ways to run a pass of a correlation: oneDNN's in several layouts, and our own. */
enum { FORMS = 5, WINOGRAD = FORMS, FEW_CHANNELS, WAYS, SWEPT = 1 << 21 /* floats */ };
static const struct {
    const char *name;
    ggcn_form form;
    bool bf16;
} ways[WAYS] = {
    {"ours", GGCN_FORM_OURS, false},
    {"free", GGCN_FORM_FREE, false},
    {"channels-last", GGCN_FORM_CHANNELS_LAST, false},
    {"bf16", GGCN_FORM_OURS, true},
    {"bf16-free", GGCN_FORM_FREE, true},
    [WINOGRAD] = {"winograd", GGCN_FORM_OURS, false},
    [FEW_CHANNELS] = {"few-channels", GGCN_FORM_OURS, false},
};

struct ggcn_bare {
    const ggcn_plan *plan;
    ggcn_correlation *(*made)[FORMS];             /* [nodes] */
    ggcn_winograd *(*winograd)[GGCN_PASS_WEIGHT]; /* [nodes], NULL where impossible */
    ggcn_winograd_weight **winograd_weight;       /* [nodes], likewise */
    int (*kept)[GGCN_PASSES];                     /* [nodes] number of a way */
    double (*seconds)[GGCN_PASSES][WAYS];         /* [nodes] 0 where a way is impossible */
    size_t scratch;
};

struct ggcn_bare_worker {
    const ggcn_bare *bare;
    ggcn_onednn_thread *thread;
    float *(*src)[GGCN_PASSES], *(*weights)[GGCN_PASSES], *(*dst)[GGCN_PASSES]; /* [nodes] */
};

static float *filled(size_t floats) {
    float *numbers = ggcn_allocate_aligned((floats + 16) * sizeof *numbers);
    /* neither zeros nor denormals, which some processors treat in their own time */
    for (size_t i = 0; numbers && i < floats; i++)
        numbers[i] = (float)(i % 31) * 0.0625f - 0.9f;
    return numbers;
}

typedef struct {
    size_t src, weights, dst;
} floats;

static floats floats_of(const ggcn_bare *bare, int node, ggcn_pass pass, int way) {
    floats f;
    if (way < FORMS) {
        ggcn_correlation_tensor_floats(bare->made[node][way], pass, &f.src, &f.weights, &f.dst);
        return f;
    }
    const ggcn_correlation_spec *spec = ggcn_correlation_specification(bare->made[node][0]);
    size_t weights;
    if (way == FEW_CHANNELS)
        weights = ggcn_few_channels_packed_bytes(spec) / sizeof(float);
    else if (pass == GGCN_PASS_WEIGHT)
        weights = ggcn_winograd_weight_floats(bare->winograd_weight[node]);
    else
        weights = ggcn_winograd_packed_bytes(bare->winograd[node][pass]) / sizeof(float);
    return (floats){ggcn_layout_floats(spec->src), weights, ggcn_layout_floats(spec->dst)};
}

static ggcn_status run_way(const ggcn_bare *bare, int node, ggcn_pass pass, int way, ggcn_onednn_thread *thread,
                           float *src, float *weights, float *dst) {
    if (way < FORMS)
        return ggcn_correlation_primitive(bare->made[node][way], thread, pass, src, weights, dst);
    const bool adjoint = pass == GGCN_PASS_ADJOINT;
    if (way == FEW_CHANNELS)
        ggcn_few_channels_adjoint(ggcn_correlation_specification(bare->made[node][0]), weights, dst, src);
    else if (pass == GGCN_PASS_WEIGHT)
        ggcn_winograd_weight_add(bare->winograd_weight[node], src, dst, 1, weights, ggcn_onednn_thread_scratch(thread));
    else
        ggcn_winograd_run(bare->winograd[node][pass], weights, false, NULL, adjoint ? dst : src, adjoint ? src : dst,
                          ggcn_onednn_thread_scratch(thread));
    return GGCN_SUCCESS;
}

static bool has_way(const ggcn_bare *bare, int node, ggcn_pass pass, int way) {
    if (way == WINOGRAD)
        return pass == GGCN_PASS_WEIGHT ? bare->winograd_weight[node] != NULL : bare->winograd[node][pass] != NULL;
    if (way == FEW_CHANNELS)
        return pass == GGCN_PASS_ADJOINT &&
               ggcn_few_channels_possible(ggcn_correlation_specification(bare->made[node][0]));
    if (ways[way].bf16 && (bare->plan->precision != GGCN_PRECISION_BF16 || pass == GGCN_PASS_WEIGHT))
        return false;
    return way == 0 || !ggcn_correlation_is_reference(bare->made[node][way], pass);
}

/* Drives everything else out of the second-level cache, as the other layers of a network do. */
static float sweep(const float *cold) {
    float sum = 0;
    for (size_t i = 0; i < SWEPT; i += 16)
        sum += cold[i];
    return sum;
}

/* Shortest of several runs, in seconds. */
static ggcn_status time_way(const ggcn_bare *bare, int node, ggcn_pass pass, int way, double *seconds) {
    enum { runs = 5 };
    const floats f = floats_of(bare, node, pass, way);
    ggcn_onednn_thread *thread;
    GGCN_TRY(ggcn_onednn_thread_create(bare->scratch, &thread));
    float *tensors[4] = {filled(f.src), filled(f.weights), filled(f.dst), filled(SWEPT)};
    volatile float swept = 0;
    ggcn_status status = GGCN_SUCCESS;
    if (!tensors[0] || !tensors[1] || !tensors[2] || !tensors[3])
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to time a convolution");
    *seconds = 1e30;
    for (int i = 0; i < runs && status == GGCN_SUCCESS; i++) {
        swept += sweep(tensors[3]);
        const double start = omp_get_wtime();
        status = run_way(bare, node, pass, way, thread, tensors[0], tensors[1], tensors[2]);
        const double spent = omp_get_wtime() - start;
        *seconds = spent < *seconds ? spent : *seconds;
    }
    for (int i = 0; i < 4; i++)
        free(tensors[i]);
    ggcn_onednn_thread_destroy(&thread);
    return status;
}

static ggcn_status choose(ggcn_bare *bare, int node) {
    for (int pass = 0; pass < GGCN_PASSES; pass++) {
        double best = 1e30;
        for (int way = 0; way < WAYS; way++) {
            double *seconds = &bare->seconds[node][pass][way];
            if (!has_way(bare, node, (ggcn_pass)pass, way))
                continue;
            GGCN_TRY(time_way(bare, node, (ggcn_pass)pass, way, seconds));
            if (*seconds < best) {
                best = *seconds;
                bare->kept[node][pass] = way;
            }
        }
    }
    return GGCN_SUCCESS;
}

static void reserve_scratch(ggcn_bare *bare, size_t bytes) {
    bare->scratch = bytes > bare->scratch ? bytes : bare->scratch;
}

static ggcn_status make_winograd(ggcn_bare *bare, int node, const ggcn_correlation_spec *spec) {
    for (int pass = 0; pass < GGCN_PASS_WEIGHT; pass++) {
        GGCN_TRY(ggcn_winograd_create(spec, pass == GGCN_PASS_ADJOINT, &bare->winograd[node][pass]));
        reserve_scratch(bare, ggcn_winograd_scratch(bare->winograd[node][pass]));
    }
    GGCN_TRY(ggcn_winograd_weight_create(spec, &bare->winograd_weight[node]));
    reserve_scratch(bare, ggcn_winograd_weight_scratch(bare->winograd_weight[node]));
    return GGCN_SUCCESS;
}

static ggcn_status make_ways(ggcn_bare *bare, int node) {
    const ggcn_step *step = &bare->plan->steps[node];
    ggcn_correlation_spec spec = *ggcn_correlation_specification(step->correlation);
    for (int way = 0; way < FORMS; way++) {
        if (ways[way].bf16 && bare->plan->precision != GGCN_PRECISION_BF16)
            continue;
        spec.form = ways[way].form;
        spec.bf16 = ways[way].bf16;
        GGCN_TRY(ggcn_correlation_create(&spec, step->node->layer.name, &bare->made[node][way]));
        reserve_scratch(bare, ggcn_correlation_scratch(bare->made[node][way]));
    }
    spec.bf16 = false;
    if (ggcn_winograd_possible(&spec))
        GGCN_TRY(make_winograd(bare, node, &spec));
    return choose(bare, node);
}

static ggcn_status make(ggcn_bare *bare) {
    for (int node = 1; node < bare->plan->count; node++)
        if (bare->plan->steps[node].correlation)
            GGCN_TRY(make_ways(bare, node));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_bare_create(const ggcn_plan *plan, ggcn_bare **bare) {
    ggcn_bare *made = calloc(1, sizeof *made);
    *bare = made;
    if (made) {
        made->plan = plan;
        made->made = calloc((size_t)plan->count, sizeof *made->made);
        made->winograd = calloc((size_t)plan->count, sizeof *made->winograd);
        made->winograd_weight = calloc((size_t)plan->count, sizeof *made->winograd_weight);
        made->kept = calloc((size_t)plan->count, sizeof *made->kept);
        made->seconds = calloc((size_t)plan->count, sizeof *made->seconds);
    }
    if (!made || !made->made || !made->winograd || !made->winograd_weight || !made->kept || !made->seconds) {
        ggcn_bare_destroy(bare);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the bare convolutions");
    }
    const int before = ggcn_onednn_single_begin();
    const ggcn_status status = make(made);
    ggcn_onednn_single_end(before);
    if (status != GGCN_SUCCESS)
        ggcn_bare_destroy(bare);
    return status;
}

void ggcn_bare_destroy(ggcn_bare **bare) {
    if (!*bare)
        return;
    const bool complete = (*bare)->made && (*bare)->winograd && (*bare)->winograd_weight;
    for (int node = 0; complete && node < (*bare)->plan->count; node++) {
        for (int way = 0; way < FORMS; way++)
            ggcn_correlation_destroy(&(*bare)->made[node][way]);
        for (int pass = 0; pass < GGCN_PASS_WEIGHT; pass++)
            ggcn_winograd_destroy(&(*bare)->winograd[node][pass]);
        ggcn_winograd_weight_destroy(&(*bare)->winograd_weight[node]);
    }
    free((*bare)->made);
    free((*bare)->winograd);
    free((*bare)->winograd_weight);
    free((*bare)->kept);
    free((*bare)->seconds);
    free(*bare);
    *bare = NULL;
}

const char *ggcn_bare_way(const ggcn_bare *bare, int node, ggcn_pass pass) {
    return bare->made[node][0] ? ways[bare->kept[node][pass]].name : "";
}

const char *ggcn_bare_ways(int way) {
    return way < WAYS ? ways[way].name : NULL;
}

double ggcn_bare_seconds(const ggcn_bare *bare, int node, ggcn_pass pass, int way) {
    return bare->seconds[node][pass][way];
}

ggcn_status ggcn_bare_worker_create(const ggcn_bare *bare, ggcn_bare_worker **worker) {
    const size_t count = (size_t)bare->plan->count;
    ggcn_bare_worker *made = calloc(1, sizeof *made);
    *worker = made;
    if (!made)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the bare convolutions");
    made->bare = bare;
    made->src = calloc(count, sizeof *made->src);
    made->weights = calloc(count, sizeof *made->weights);
    made->dst = calloc(count, sizeof *made->dst);
    bool complete = made->src && made->weights && made->dst;
    for (size_t node = 0; node < count && complete; node++)
        for (int pass = 0; pass < GGCN_PASSES && complete && bare->made[node][0]; pass++) {
            const floats f = floats_of(bare, (int)node, (ggcn_pass)pass, bare->kept[node][pass]);
            made->src[node][pass] = filled(f.src);
            made->weights[node][pass] = filled(f.weights);
            made->dst[node][pass] = filled(f.dst);
            complete = made->src[node][pass] && made->weights[node][pass] && made->dst[node][pass];
        }
    ggcn_status status = GGCN_SUCCESS;
    if (!complete)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the bare convolutions");
    if (status == GGCN_SUCCESS)
        status = ggcn_onednn_thread_create(bare->scratch, &made->thread);
    if (status != GGCN_SUCCESS)
        ggcn_bare_worker_destroy(worker);
    return status;
}

void ggcn_bare_worker_destroy(ggcn_bare_worker **worker) {
    ggcn_bare_worker *w = *worker;
    if (!w)
        return;
    if (w->src && w->weights && w->dst)
        for (int node = 0; node < w->bare->plan->count; node++)
            for (int pass = 0; pass < GGCN_PASSES; pass++) {
                free(w->src[node][pass]);
                free(w->weights[node][pass]);
                free(w->dst[node][pass]);
            }
    free(w->src);
    free(w->weights);
    free(w->dst);
    ggcn_onednn_thread_destroy(&w->thread);
    free(w);
    *worker = NULL;
}

static ggcn_status run_node(ggcn_bare_worker *w, int node, ggcn_pass pass) {
    const ggcn_bare *bare = w->bare;
    if (!bare->made[node][0])
        return GGCN_SUCCESS;
    if (bare->plan->steps[node].node->layer.op == GGCN_TRANSPOSED_CONVOLUTION && pass != GGCN_PASS_WEIGHT)
        pass = pass == GGCN_PASS_FORWARD ? GGCN_PASS_ADJOINT : GGCN_PASS_FORWARD;
    return run_way(bare, node, pass, bare->kept[node][pass], w->thread, w->src[node][pass], w->weights[node][pass],
                   w->dst[node][pass]);
}

ggcn_status ggcn_bare_run(ggcn_bare_worker *w, ggcn_pass pass, bool input) {
    const ggcn_plan *plan = w->bare->plan;
    const int before = ggcn_onednn_single_begin();
    ggcn_status status = GGCN_SUCCESS;
    for (int i = 1; i < plan->count && status == GGCN_SUCCESS; i++) {
        const int node = pass == GGCN_PASS_ADJOINT ? plan->count - i : i;
        if (pass != GGCN_PASS_ADJOINT || input || plan->steps[node].node->layer.inputs[0] > 0)
            status = run_node(w, node, pass);
    }
    ggcn_onednn_single_end(before);
    return status;
}
