/* Potential, gradient norm and layer responses of a trained model's chains. */
#include "ggcn/trained_trace.h"

#include <math.h>
#include <stdlib.h>

#include "learn/responses.h"
#include "learn/squares.h"
#include "run/trained.h"

struct ggcn_trained_trace {
    ggcn_trained *model;
    int64_t count;
    double *potential, *lp, *gradient; /* [count] */
    ggcn_responses responses;          /* of whole batches: the last one's images beyond `count` are nobody's */
};

static ggcn_status create(ggcn_trained_trace *t) {
    const ggcn_trained *m = t->model;
    const int64_t batches = (t->count + m->batch - 1) / m->batch;
    const size_t room = (size_t)t->count + 1;
    t->potential = calloc(room, sizeof *t->potential);
    t->lp = calloc(room, sizeof *t->lp);
    t->gradient = calloc(room, sizeof *t->gradient);
    if (!t->potential || !t->lp || !t->gradient)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer chains", "no memory for the numbers of chains");
    return ggcn_responses_create(m->grids[m->info.grids - 1].potential.graph, batches > 0 ? batches * m->batch : 1,
                                 m->batch, m->threads, &t->responses);
}

ggcn_status ggcn_trained_trace_create(ggcn_trained *model, int64_t count, ggcn_trained_trace **trace) {
    *trace = calloc(1, sizeof **trace);
    if (!*trace)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the numbers of chains");
    (*trace)->model = model;
    (*trace)->count = count;
    const ggcn_status status = create(*trace);
    if (status != GGCN_SUCCESS)
        ggcn_trained_trace_destroy(trace);
    return status;
}

void ggcn_trained_trace_destroy(ggcn_trained_trace **trace) {
    ggcn_trained_trace *t = *trace;
    if (!t)
        return;
    ggcn_responses_destroy(&t->responses);
    free(t->potential);
    free(t->lp);
    free(t->gradient);
    free(t);
    *trace = NULL;
}

typedef struct {
    ggcn_trained_trace *trace;
    const float *x;
    const uint32_t *labels;
} measuring;

static ggcn_status measure(ggcn_trained *m, ggcn_trained_worker *w, int64_t first, int64_t count, void *context) {
    const measuring *c = context;
    ggcn_trained_trace *t = c->trace;
    const int finest = m->info.grids - 1;
    const size_t elements = m->grids[finest].elements;
    const double sigma = m->config->potential.reference_sigma;
    GGCN_TRY(ggcn_trained_gradient(m, w, finest, first, count, c->x, c->labels));
    ggcn_responses_measure(&t->responses, ggcn_evaluator_workspace(w->evaluators[finest]), (int)(w - m->workers),
                           first);
    for (int64_t n = 0; n < count; n++) {
        const double square = ggcn_sum_of_squares(w->x + (size_t)n * elements, elements);
        t->potential[first + n] = w->phi[n];
        t->lp[first + n] = w->phi[n] - square / (2 * sigma * sigma);
        t->gradient[first + n] = sqrt(ggcn_sum_of_squares(w->g + (size_t)n * elements, elements));
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trained_trace_measure(ggcn_trained_trace *t, const float *x, const uint32_t *labels) {
    GGCN_TRY(ggcn_trained_check(t->model, t->model->info.grids - 1, t->count, labels));
    measuring c = {t, x, labels};
    return ggcn_trained_for_batches(t->model, t->count, measure, &c);
}

ggcn_trained_numbers ggcn_trained_trace_read(const ggcn_trained_trace *t) {
    return (ggcn_trained_numbers){.potential = t->potential,
                                  .lp = t->lp,
                                  .gradient = t->gradient,
                                  .layers = t->responses.layers,
                                  .layer_names = t->responses.names,
                                  .response = t->responses.of};
}
