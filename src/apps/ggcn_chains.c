/* ggcn_chains: have the recorded chains converged? See `ggcn_chains --help`. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chains_diagnose.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "program.h"

static const char help[] = "usage: ggcn_chains RUN|FILE.h5 [--discard N] [--json FILE]\n"
                           "\n"
                           "Diagnoses the traces of recorded chains, those of a run directory or of one file: "
                           "rank-normalised split R-hat, bulk\n"
                           "and tail effective sample size, integrated autocorrelation time, acceptance. Run it under "
                           "mpirun for several ranks;\n"
                           "OMP_NUM_THREADS sets the threads of each.\n"
                           "\n"
                           "  --discard N   leave out the first N draws\n"
                           "  --json FILE   write all numbers as JSON\n"
                           "  --help, --version\n"
                           "\n"
                           "Exit codes: 0 done, 1 error, 2 usage.\n";

typedef struct {
    app_action action;
    const char *path, *json;
    int64_t discard;
} chains_options;

static ggcn_status read(int argc, char *const *argv, void *options) {
    chains_options *o = options;
    enum { DISCARD, JSON, HELP, VERSION, COUNT };
    static const app_option table[COUNT] = {[DISCARD] = {"discard", 0, true},
                                            [JSON] = {"json", 0, true},
                                            [HELP] = {"help", 'h', false},
                                            [VERSION] = {"version", 0, false}};
    *o = (chains_options){0};
    app_reader reader = {argc, argv, 1, false};
    int which;
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, table, COUNT, &which, &value));
        if (which == APP_OPTION_OPERAND && o->path)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
        if (which == APP_OPTION_OPERAND)
            o->path = value;
        if (which == DISCARD)
            GGCN_TRY(app_parse_integer("--discard", value, 0, INT64_C(1) << 40, &o->discard));
        if (which == JSON)
            o->json = value;
        o->action = which == HELP ? APP_HELP : which == VERSION ? APP_VERSION : APP_WORK;
        if (o->action != APP_WORK)
            return GGCN_SUCCESS;
    } while (which != APP_OPTION_END);
    if (!o->path)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a run directory or a file of chains is needed");
    return app_check_name("--json", o->json, ".json");
}

static void print_table(const chains_options *o, const ggcn_chain_file_info *info,
                        const ggcn_chain_diagnostics *results) {
    app_print("chains  %s: %" PRId64 " chains, %" PRId64 " draws (%" PRIu64 " to %" PRIu64 ")", info->path,
              info->chains, info->draws - o->discard, info->iterations[o->discard], info->iterations[info->draws - 1]);
    if (o->discard > 0)
        app_print(", %" PRId64 " discarded", o->discard);
    const char *caveat = chains_caveat(info->stationarity);
    if (caveat)
        app_print("\nnote    %s", caveat);
    app_print("\n\n%-28s %12s %12s %8s %10s %10s %16s\n", "trace", "mean", "deviation", "R-hat", "bulk ESS", "tail ESS",
              "autocorrelation");
    for (size_t i = 0; i < info->traces; i++) {
        const ggcn_chain_diagnostics *d = &results[i];
        if (d->constant)
            app_print("%-28s %12.6g   constant\n", info->names[i], d->mean);
        else
            app_print("%-28s %12.6g %12.4g %8.4f %10.1f %10.1f %10.2f draws\n", info->names[i], d->mean, d->deviation,
                      d->r_hat, d->ess_bulk, d->ess_tail, d->autocorrelation_time);
    }
}

/* JSON has no NaN; null stands for it. */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static ggcn_status make_json(const chains_options *o, const ggcn_chain_file_info *info,
                             const ggcn_chain_diagnostics *results, char **text) {
    json_t *traces = json_object();
    for (size_t i = 0; i < info->traces; i++) {
        const ggcn_chain_diagnostics *d = &results[i];
        json_object_set_new(traces, info->names[i],
                            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "mean", number(d->mean), "deviation",
                                      number(d->deviation), "r_hat", number(d->r_hat), "ess_bulk", number(d->ess_bulk),
                                      "ess_tail", number(d->ess_tail), "autocorrelation_time",
                                      number(d->autocorrelation_time), "constant", d->constant));
    }
    json_t *root = json_pack("{s:s, s:I, s:I, s:I, s:s, s:o}", "file", info->path, "chains", (json_int_t)info->chains,
                             "draws", (json_int_t)(info->draws - o->discard), "discarded", (json_int_t)o->discard,
                             "stationarity", chains_word(info->stationarity), "traces", traces);
    *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    if (!*text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the diagnostics as JSON");
    return GGCN_SUCCESS;
}

static ggcn_status report(const chains_options *o, const ggcn_chain_file *file) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(file);
    ggcn_chain_diagnostics *results;
    char *text = NULL;
    GGCN_TRY(chains_diagnose(file, o->discard, &results));
    print_table(o, info, results);
    ggcn_status status = GGCN_SUCCESS;
    if (o->json) {
        status = ggcn_agree(make_json(o, info, results, &text));
        if (status == GGCN_SUCCESS)
            status = ggcn_write_text(o->json, text);
    }
    free(text);
    free(results);
    return status;
}

static ggcn_status run(const chains_options *o) {
    struct stat entry;
    char path[4096];
    bool folder = ggcn_rank() == 0 && stat(o->path, &entry) == 0 && S_ISDIR(entry.st_mode);
    GGCN_TRY(ggcn_broadcast(&folder, sizeof folder, 0));
    snprintf(path, sizeof path, "%s%s", o->path, folder ? "/chains/chains.h5" : "");
    ggcn_chain_file *file;
    ggcn_status status = ggcn_chain_file_open(path, &file);
    if (status == GGCN_SUCCESS)
        status = report(o, file);
    ggcn_chain_file_close(&file);
    return status;
}

static ggcn_status work(int argc, char **argv, const void *options) {
    GGCN_TRY(ggcn_agree(ggcn_provenance_set(argc, argv, "", omp_get_max_threads())));
    return run(options);
}

int main(int argc, char **argv) {
    chains_options options;
    return app_main(&(app_program){"ggcn_chains", help, &options, &options.action, read, work}, argc, argv);
}
