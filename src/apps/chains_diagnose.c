#include "chains_diagnose.h"

#include <inttypes.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"

static const struct {
    const char *word, *caveat;
} kinds[] = {
    [GGCN_CHAINS_FIXED] = {"fixed", NULL},
    [GGCN_CHAINS_LEARNING] = {"learning", "the model was being learned: R-hat and sizes are no sign of convergence"},
    [GGCN_CHAINS_SHORT_RUN] = {"short-run", "not stationary: each draw is a new short run; R-hat and sizes are no sign "
                                            "of convergence"},
    [GGCN_CHAINS_REPLAY] = {"replay", "not stationary: draws begin anew or go on from a replay buffer; R-hat and sizes "
                                      "are no sign of convergence"}};

const char *chains_word(ggcn_stationarity stationarity) {
    return kinds[stationarity].word;
}

const char *chains_caveat(ggcn_stationarity stationarity) {
    return kinds[stationarity].caveat;
}

/* Rank r deals with the traces r, r + ranks, ...: HDF5 reads for one thread at a time, then all compute. */
typedef struct {
    const ggcn_chain_file *file;
    int64_t discard, left;
    ggcn_chain_diagnostics *results;
} work;

static ggcn_status read_trace(const work *w, size_t trace, double *values) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(w->file);
    GGCN_TRY(ggcn_chain_file_read(w->file, trace, values));
    for (int64_t c = 0; c < info->chains; c++)
        memmove(values + c * w->left, values + c * info->draws + w->discard, (size_t)w->left * sizeof *values);
    return GGCN_SUCCESS;
}

static ggcn_status diagnose(const work *w, size_t trace, double *values) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(w->file);
    ggcn_status status;
#pragma omp critical(reading)
    status = read_trace(w, trace, values);
    GGCN_TRY(status);
    return ggcn_diagnose_chains(info->chains, w->left, values, &w->results[trace]);
}

static ggcn_status diagnose_mine(const work *w) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(w->file);
    const int64_t ranks = ggcn_ranks(), mine = ((int64_t)info->traces - ggcn_rank() + ranks - 1) / ranks;
    ggcn_error first = {.status = GGCN_SUCCESS};
#pragma omp parallel
    {
        double *values = malloc((size_t)(info->chains * info->draws) * sizeof *values);
#pragma omp for schedule(dynamic, 1)
        for (int64_t i = 0; i < mine; i++) {
            const ggcn_status status =
                values ? diagnose(w, (size_t)(i * ranks + ggcn_rank()), values)
                       : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a trace");
            if (status != GGCN_SUCCESS) {
#pragma omp critical
                if (first.status == GGCN_SUCCESS)
                    first = *ggcn_last_error();
            }
        }
        free(values);
    }
    return first.status == GGCN_SUCCESS ? GGCN_SUCCESS : ggcn_restore_error(&first);
}

static ggcn_status start(work *w) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(w->file);
    if (w->left < GGCN_FEWEST_DRAWS)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "record more draws: output.chain_every",
                  "%s: %" PRId64 " draws, %" PRId64 " of them discarded: at least %d must be left", info->path,
                  info->draws, w->discard < info->draws ? w->discard : info->draws, GGCN_FEWEST_DRAWS);
    w->results = calloc(info->traces, sizeof *w->results);
    if (!w->results)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu traces", info->traces);
    return GGCN_SUCCESS;
}

ggcn_status chains_diagnose(const ggcn_chain_file *file, int64_t discard, ggcn_chain_diagnostics **results) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(file);
    work w = {file, discard, info->draws - discard, NULL};
    *results = NULL;
    ggcn_status status = ggcn_agree(start(&w));
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(diagnose_mine(&w));
    for (size_t i = 0; status == GGCN_SUCCESS && i < info->traces; i++)
        status = ggcn_broadcast(&w.results[i], sizeof w.results[i], (int)(i % (size_t)ggcn_ranks()));
    if (status == GGCN_SUCCESS)
        *results = w.results;
    else
        free(w.results);
    return status;
}
