#include "sample_record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/trained_trace.h"
#include "program.h"

enum { draws_wanted = 1000 };              /* at most, where --record-every is not given */
static const int64_t most_bytes = 1 << 28; /* of all ranks' draws in memory */

struct sample_record {
    const sample_plan *plan;
    ggcn_chain_recorder *recorder;
    ggcn_trained_trace *trace;
    int64_t before, every, images; /* steps on other grids; between draws; draws between those with images, 0: none */
    int64_t draws;                 /* taken */
    int64_t *accepted;             /* [local] at the last draw */
    double *acceptance;            /* [local] since then */
};

static ggcn_status allocate(sample_record *r) {
    const sample_plan *p = r->plan;
    r->accepted = calloc((size_t)p->local + 1, sizeof *r->accepted);
    r->acceptance = calloc((size_t)p->local + 1, sizeof *r->acceptance);
    if (!r->accepted || !r->acceptance)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer chains", "no memory for %" PRId64 " chains", p->local);
    return ggcn_trained_trace_create(p->model, p->local, &r->trace);
}

static ggcn_status open_files(sample_record *r) {
    const sample_plan *p = r->plan;
    const ggcn_trained_numbers numbers = ggcn_trained_trace_read(r->trace);
    const ggcn_chain_record record = {.chains = p->chains,
                                      .first = p->local > 0 ? p->first : 0,
                                      .local = p->local,
                                      .block = p->info->config->run.block,
                                      .shape = p->info->image,
                                      .stationarity = GGCN_CHAINS_FIXED,
                                      .layers = numbers.layers,
                                      .layer_names = numbers.layer_names};
    GGCN_TRY(ggcn_chain_directory(p->options->record));
    return ggcn_chain_recorder_create(p->options->record, &record, &r->recorder);
}

ggcn_status sample_record_create(const sample_plan *plan, sample_record **record) {
    *record = NULL;
    if (!plan->options->record)
        return GGCN_SUCCESS;
    sample_record *r = calloc(1, sizeof *r);
    ggcn_status status = GGCN_SUCCESS;
    if (r) {
        r->plan = plan;
        r->before = plan->steps * (plan->info->grids - 1 - plan->first_grid);
        const int64_t steps = plan->total - r->before;
        r->every =
            plan->options->record_every > 0 ? plan->options->record_every : (steps + draws_wanted - 1) / draws_wanted;
        r->images = plan->options->record_images;
        status = allocate(r);
    } else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to record chains");
    *record = r;
    GGCN_TRY(ggcn_agree(status));
    return open_files(r);
}

void sample_record_destroy(sample_record **record) {
    sample_record *r = *record;
    if (!r)
        return;
    ggcn_chain_recorder_destroy(&r->recorder);
    ggcn_trained_trace_destroy(&r->trace);
    free(r->accepted);
    free(r->acceptance);
    free(r);
    *record = NULL;
}

int64_t sample_record_due(const sample_record *r) {
    return r ? r->before + (r->draws + 1) * r->every : INT64_MAX;
}

ggcn_status sample_record_take(sample_record *r, int64_t steps, const float *x, const uint32_t *labels,
                               const int64_t *accepted) {
    if (steps != sample_record_due(r))
        return GGCN_SUCCESS;
    const sample_plan *p = r->plan;
    GGCN_TRY(ggcn_agree(ggcn_trained_trace_measure(r->trace, x, labels)));
    for (int64_t n = 0; n < p->local; n++)
        r->acceptance[n] = (double)(accepted[n] - r->accepted[n]) / (double)r->every;
    memcpy(r->accepted, accepted, (size_t)p->local * sizeof *accepted);
    const ggcn_trained_numbers numbers = ggcn_trained_trace_read(r->trace);
    r->draws++;
    const ggcn_draw draw = {.x = x,
                            .images = r->images > 0 && r->draws % r->images == 0,
                            .lp = numbers.lp,
                            .potential = numbers.potential,
                            .gradient = numbers.gradient,
                            .step_size = p->how.langevin.step_size,
                            .acceptance = p->how.metropolis ? r->acceptance : NULL,
                            .response = numbers.response};
    GGCN_TRY(ggcn_chain_recorder_add(r->recorder, (uint64_t)steps, &draw));
    return ggcn_chain_recorder_held(r->recorder) < most_bytes ? GGCN_SUCCESS : ggcn_chain_recorder_flush(r->recorder);
}

ggcn_status sample_record_finish(sample_record *r) {
    return r ? ggcn_chain_recorder_flush(r->recorder) : GGCN_SUCCESS;
}

void sample_record_print(const sample_record *r) {
    if (r)
        app_print("traces        %s/chains/chains.h5: %" PRId64 " chains, %" PRId64 " draws, one each %" PRId64
                  " steps\n",
                  r->plan->options->record, r->plan->chains, r->draws, r->every);
}
