#include "ggcn/chain_diagnostics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metric/effective_size.h"
#include "metric/rank_scores.h"

/* The split chains, the numbers that are made of them, and a sorted copy of all draws. */
typedef struct {
    int64_t chains, draws;
    const double *trace;
    ggcn_rows split;
    ggcn_rows derived;
    double *sorted;
} work;

static size_t count_of(const ggcn_rows *rows) {
    return (size_t)(rows->chains * rows->draws);
}

/* First halves, then second halves. */
static void split(const work *w, ggcn_rows *rows) {
    const int64_t half = rows->draws;
    for (int64_t c = 0; c < w->chains; c++) {
        const double *x = w->trace + c * w->draws;
        memcpy(rows->values + c * half, x, (size_t)half * sizeof *x);
        memcpy(rows->values + (w->chains + c) * half, x + w->draws - half, (size_t)half * sizeof *x);
    }
}

/* The effective size of the indicators of x <= quantile. */
static ggcn_status size_of_quantile(work *w, double p, double *size) {
    const double bound = ggcn_sorted_quantile(w->sorted, (size_t)(w->chains * w->draws), p);
    for (size_t i = 0; i < count_of(&w->split); i++)
        w->derived.values[i] = w->split.values[i] <= bound;
    return ggcn_effective_size(&w->derived, size);
}

static ggcn_status diagnose_ranks(work *w, ggcn_chain_diagnostics *d) {
    double *sorted;
    const size_t count = count_of(&w->split);
    GGCN_TRY(ggcn_rank_scores(w->split.values, count, w->derived.values));
    GGCN_TRY(ggcn_effective_size(&w->derived, &d->ess_bulk));
    const double bulk = ggcn_potential_scale_reduction(&w->derived);
    GGCN_TRY(ggcn_sorted_copy(w->split.values, count, &sorted));
    const double median = ggcn_sorted_quantile(sorted, count, 0.5);
    for (size_t i = 0; i < count; i++)
        sorted[i] = fabs(w->split.values[i] - median);
    const ggcn_status status = ggcn_rank_scores(sorted, count, w->derived.values); /* folded: sees other spreads */
    free(sorted);
    GGCN_TRY(status);
    const double folded = ggcn_potential_scale_reduction(&w->derived);
    d->r_hat = w->chains < 2 ? NAN : folded > bulk ? folded : bulk;
    return GGCN_SUCCESS;
}

static ggcn_status diagnose(work *w, ggcn_chain_diagnostics *d) {
    double low, high, size;
    GGCN_TRY(ggcn_sorted_copy(w->trace, (size_t)(w->chains * w->draws), &w->sorted));
    split(w, &w->split);
    GGCN_TRY(ggcn_effective_size(&w->split, &size));
    d->autocorrelation_time = (double)(w->chains * w->draws) / size;
    GGCN_TRY(size_of_quantile(w, 0.05, &low));
    GGCN_TRY(size_of_quantile(w, 0.95, &high));
    d->ess_tail = low < high ? low : high;
    return diagnose_ranks(w, d);
}

static void summarize(const work *w, ggcn_chain_diagnostics *d) {
    const int64_t count = w->chains * w->draws;
    double square = 0;
    d->constant = true;
    for (int64_t i = 0; i < count; i++) {
        d->mean += w->trace[i] / (double)count;
        d->constant = d->constant && w->trace[i] == w->trace[0];
    }
    for (int64_t i = 0; i < count; i++)
        square += (w->trace[i] - d->mean) * (w->trace[i] - d->mean);
    d->deviation = sqrt(square / (double)(count - 1));
}

ggcn_status ggcn_diagnose_chains(int64_t chains, int64_t draws, const double *trace,
                                 ggcn_chain_diagnostics *diagnostics) {
    if (chains < 1 || draws < GGCN_FEWEST_DRAWS)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%lld draws of %lld chains; at least %d draws are needed",
                  (long long)draws, (long long)chains, GGCN_FEWEST_DRAWS);
    work w = {chains, draws, trace, {2 * chains, draws / 2, NULL}, {2 * chains, draws / 2, NULL}, NULL};
    *diagnostics = (ggcn_chain_diagnostics){0};
    summarize(&w, diagnostics);
    if (diagnostics->constant) {
        diagnostics->deviation = 0;
        diagnostics->r_hat = diagnostics->ess_bulk = diagnostics->ess_tail = diagnostics->autocorrelation_time = NAN;
        return GGCN_SUCCESS;
    }
    ggcn_status status = GGCN_SUCCESS;
    w.split.values = malloc(count_of(&w.split) * sizeof *trace);
    w.derived.values = malloc(count_of(&w.derived) * sizeof *trace);
    if (w.split.values && w.derived.values)
        status = diagnose(&w, diagnostics);
    else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a trace");
    free(w.split.values);
    free(w.derived.values);
    free(w.sorted);
    return status;
}
