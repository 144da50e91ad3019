/* Batch statistics, stage by stage: the norm nodes cut the plan where sums over the whole batch are due. */
#include "net/passes.h"
#include "net/plan.h"

#include <math.h>

size_t ggcn_plan_norms(const ggcn_plan *plan) {
    return plan->n_norms;
}

int64_t ggcn_plan_norm_channels(const ggcn_plan *plan, size_t norm) {
    return plan->steps[plan->norms[norm]].layout.channels;
}

static ggcn_status check_stage(const ggcn_plan *plan, size_t stage) {
    if (stage > plan->n_norms)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "there is no stage %zu of a network with %zu norm layers", stage,
                  plan->n_norms);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_forward_stage(ggcn_workspace *w, const ggcn_weights *weights, const float *x, size_t stage) {
    const ggcn_plan *plan = w->plan;
    GGCN_TRY(check_stage(plan, stage));
    if (stage > 0 && weights->batch && !weights->arrays[plan->norms[stage - 1]].batch)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "call ggcn_weights_set_statistics before",
                  "layer '%s': the layers before it have batch statistics, it has none",
                  plan->steps[plan->norms[stage - 1]].node->layer.name);
    if (stage == 0)
        ggcn_set_input(w, x);
    const int first = stage == 0 ? 1 : plan->norms[stage - 1];
    const int end = stage == plan->n_norms ? plan->count : plan->norms[stage];
    return ggcn_forward_nodes(w, weights, first, end);
}

/* All users of a node have larger numbers. So once every node above a norm has sent its signals, the signal at the
 * norm's result is complete, whatever branches lead there: stage s ends right above norm s-1 and begins with norm s. */
ggcn_status ggcn_backward_stage(ggcn_workspace *w, const ggcn_weights *weights, float *g, size_t stage) {
    const ggcn_plan *plan = w->plan;
    GGCN_TRY(check_stage(plan, stage));
    const int last = stage == plan->n_norms ? plan->count - 1 : plan->norms[stage];
    const int end = stage == 0 ? 0 : plan->norms[stage - 1];
    const ggcn_channel_arrays *a = &weights->arrays[last];
    if (stage < plan->n_norms && a->batch && !a->signals_known)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "call ggcn_weights_set_signal_sums before",
                  "layer '%s': the backward pass needs the sums of its signal over the whole batch",
                  plan->steps[last].node->layer.name);
    return ggcn_backward_nodes(w, weights, last, end, g);
}

/* sums += [sum a | sum a b] per channel over the first images and all positions; with `of_b` b is normalised before. */
static void add_sums(ggcn_layout l, int64_t images, const float *a, const float *b, const ggcn_channel_arrays *of_b,
                     double *sums) {
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t g = 0; g < groups; g++) {
        const int64_t first = g * l.lanes, lanes = l.channels - first < l.lanes ? l.channels - first : l.lanes;
        double sum[16] = {0}, product[16] = {0};
        float mean[16] = {0}, factor[16];
        for (int64_t k = 0; k < l.lanes; k++) {
            sum[k] = k < lanes ? sums[first + k] : 0;
            product[k] = k < lanes ? sums[l.channels + first + k] : 0;
            mean[k] = of_b ? of_b->mean[first + k] : 0;
            factor[k] = of_b ? of_b->rstd[first + k] : 1;
        }
        for (int64_t n = 0; n < images; n++) {
            const int64_t at = (n * groups + g) * positions * l.lanes;
            for (int64_t p = 0; p < positions; p++)
                for (int64_t k = 0; k < l.lanes; k++) {
                    const int64_t i = at + p * l.lanes + k;
                    sum[k] += (double)a[i];
                    product[k] += (double)a[i] * (double)((b[i] - mean[k]) * factor[k]);
                }
        }
        for (int64_t k = 0; k < lanes; k++) {
            sums[first + k] = sum[k];
            sums[l.channels + first + k] = product[k];
        }
    }
}

void ggcn_norm_input_sums(const ggcn_workspace *w, size_t norm, int64_t images, double *sums) {
    const ggcn_step *step = &w->plan->steps[w->plan->norms[norm]];
    const float *x = w->value[step->node->layer.inputs[0]];
    add_sums(step->layout, images, x, x, NULL, sums);
}

void ggcn_norm_sums(const ggcn_workspace *w, int64_t images, double *sums) {
    const ggcn_plan *plan = w->plan;
    for (size_t i = 0; i < plan->n_norms; i++) {
        const ggcn_node *node = plan->steps[plan->norms[i]].node;
        ggcn_norm_input_sums(w, i, images, sums + plan->graph->statistics.tensors[node->statistics].offset);
    }
}

void ggcn_norm_signal_sums(ggcn_workspace *w, const ggcn_weights *weights, size_t norm, int64_t images, double *sums) {
    const int number = w->plan->norms[norm];
    const ggcn_step *step = &w->plan->steps[number];
    w->images = images;
    const float *x = w->value[step->node->layer.inputs[0]];
    add_sums(step->layout, images, w->signal[number], x, &weights->arrays[number], sums);
}

void ggcn_weights_set_statistics(ggcn_weights *weights, size_t norm, const double *sums, double count) {
    const int number = weights->plan->norms[norm];
    const ggcn_node *node = weights->plan->steps[number].node;
    const int64_t channels = node->shape.channels;
    ggcn_channel_arrays *a = &weights->arrays[number];
    for (int64_t c = 0; c < channels; c++) {
        const double mean = sums[c] / count, square = sums[channels + c] / count;
        const double variance = square > mean * mean ? square - mean * mean : 0; /* not negative by rounding */
        const double rstd = 1 / sqrt(variance + node->layer.epsilon);
        a->mean[c] = (float)mean;
        a->variance[c] = (float)variance;
        a->rstd[c] = (float)rstd;
        a->scale[c] = (float)((double)a->gamma[c] * rstd);
        a->shift[c] = (float)((double)a->beta[c] - mean * (double)a->gamma[c] * rstd);
    }
    a->batch = weights->batch = true;
    a->signals_known = false;
}

void ggcn_weights_set_signal_sums(ggcn_weights *weights, size_t norm, const double *sums, double count) {
    const int number = weights->plan->norms[norm];
    const int64_t channels = weights->plan->steps[number].layout.channels;
    ggcn_channel_arrays *a = &weights->arrays[number];
    for (int64_t c = 0; c < channels; c++) {
        a->signal_mean[c] = (float)(sums[c] / count);
        a->signal_product[c] = (float)(sums[channels + c] / count);
    }
    a->signals_known = true;
}

void ggcn_weights_read_statistics(const ggcn_weights *weights, float *statistics) {
    const ggcn_plan *plan = weights->plan;
    for (size_t i = 0; i < plan->n_norms; i++) {
        const ggcn_node *node = plan->steps[plan->norms[i]].node;
        const ggcn_channel_arrays *a = &weights->arrays[plan->norms[i]];
        const int64_t channels = node->shape.channels;
        float *mean = statistics + plan->graph->statistics.tensors[node->statistics].offset;
        float *variance = mean + channels;
        for (int64_t c = 0; c < channels; c++) {
            mean[c] = a->mean[c];
            variance[c] = a->variance[c];
        }
    }
}
