/* ggcn_train: learns a model from a data set. See `ggcn_train --help`. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/model_networks.h"
#include "ggcn/plan.h"
#include "ggcn/run_control.h"
#include "ggcn/version.h"
#include "options.h"
#include "train_options.h"
#include "train_plan.h"
#include "train_run.h"

static const char program[] = "ggcn_train";

/* Rank 0 reads the files; the others get the merged text. */
static ggcn_status load_config(const train_options *options, ggcn_config **config, char **text) {
    ggcn_status status = GGCN_SUCCESS;
    char file[4096];
    snprintf(file, sizeof file, "%s/config.yaml", options->restart ? options->restart : "");
    if (ggcn_rank() == 0) {
        const ggcn_config_source source = {.preset = options->preset,
                                           .file = options->restart ? file : options->file,
                                           .settings = (const char *const *)options->settings,
                                           .n_settings = options->n_settings};
        status = ggcn_config_load(&source, config);
        if (status == GGCN_SUCCESS && options->restart) {
            free((*config)->run.directory); /* the directory may have been moved */
            (*config)->run.directory = strdup(options->restart);
            if (!(*config)->run.directory)
                status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the configuration");
        }
        if (status == GGCN_SUCCESS)
            status = ggcn_config_text(*config, text);
    }
    GGCN_TRY(ggcn_agree(status));
    GGCN_TRY(ggcn_broadcast_text(text));
    if (ggcn_rank() != 0)
        status = ggcn_config_parse(*text, strlen(*text), config);
    return ggcn_agree(status);
}

/* Threads that would idle, or share cores because the launcher has tied the rank to few of them: say so, once. */
static void advise_threads(const ggcn_blocks *blocks, const ggcn_config *config) {
    const int threads = omp_get_max_threads(), cores = omp_get_num_procs();
    if (ggcn_rank() != 0)
        return;
    if (threads > blocks->owned)
        fprintf(
            stderr,
            "%s: %d threads for %lld blocks a rank: %lld stay idle; lower run.block (now %u), raise learning.chains "
            "or set OMP_NUM_THREADS\n",
            program, threads, (long long)blocks->owned, (long long)(threads - blocks->owned), config->run.block);
    if (threads > cores && cores < sysconf(_SC_NPROCESSORS_ONLN))
        fprintf(stderr,
                "%s: %d threads a rank on %d of the machine's cores: they wait for each other; mpirun --map-by "
                "slot:PE=%d --bind-to core gives each a core of its own, --bind-to none all cores to all\n",
                program, threads, cores, threads);
}

static void advise_precision(const ggcn_config *config) {
    if (ggcn_plan_is_slow(config->sampler.precision) && ggcn_rank() == 0)
        fprintf(stderr, "%s: sampler.precision: bf16 is slower than f32 on this processor, which has no AMX\n",
                program);
}

static uint32_t kept_classes(const ggcn_config *config, const ggcn_dataset_info *data) {
    return config->data.classes_count > 0 ? config->data.classes_count : data->n_classes;
}

static ggcn_status train_on(const ggcn_config *config, const char *text, const train_options *options,
                            ggcn_dataset *dataset, bool *stopped) {
    const ggcn_dataset_info *data = ggcn_dataset_describe(dataset);
    ggcn_blocks blocks;
    ggcn_model_networks networks = {0};
    ggcn_observed *observed = NULL;
    if (options->action == TRAIN_RUN)
        GGCN_TRY(ggcn_run_directory_check(config->run.directory, train_mode(options)));
    GGCN_TRY(ggcn_agree(ggcn_blocks_distribute((int64_t)(config->learning.chains / config->run.block), &blocks)));
    ggcn_status status = ggcn_model_networks_load(config, data->shape, kept_classes(config, data), &networks);
    if (status == GGCN_SUCCESS && options->action == TRAIN_DRY_RUN) {
        status = ggcn_observed_select(dataset, &config->data, &blocks, &observed);
        if (status == GGCN_SUCCESS)
            status = ggcn_agree(train_print_plan(config, observed, &networks, &blocks));
        if (status == GGCN_SUCCESS)
            status = train_print_time(config, observed, &networks, &blocks);
    } else if (status == GGCN_SUCCESS) {
        advise_threads(&blocks, config);
        advise_precision(config);
        status = ggcn_observed_load(dataset, &config->data, &blocks, &observed);
        if (status == GGCN_SUCCESS)
            status = train_run(config, text, options, &networks, observed, &blocks, stopped);
    }
    ggcn_observed_destroy(&observed);
    ggcn_model_networks_clear(&networks);
    return status;
}

static ggcn_status train(const train_options *options, int argc, char **argv, bool *stopped) {
    ggcn_config *config = NULL;
    ggcn_dataset *dataset = NULL;
    char *text = NULL;
    ggcn_status status = load_config(options, &config, &text);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(ggcn_provenance_set(argc, argv, text, omp_get_max_threads()));
    if (status == GGCN_SUCCESS)
        status = app_check_instruction_set();
    if (status == GGCN_SUCCESS)
        status = ggcn_dataset_open(config->data.file, &dataset);
    if (status == GGCN_SUCCESS)
        status = train_on(config, text, options, dataset, stopped);
    ggcn_dataset_close(&dataset);
    ggcn_config_destroy(&config);
    free(text);
    return status;
}

/* The program's exit code. */
static int run_or_plan(const train_options *options, int argc, char **argv) {
    bool stopped = false;
    const int code = app_report(program, train(options, argc, argv, &stopped));
    return code == APP_DONE && stopped ? APP_STOPPED : code;
}

static int act(const train_options *options, int argc, char **argv) {
    switch (options->action) {
    case TRAIN_HELP:
        app_print("%s", train_help);
        return APP_DONE;
    case TRAIN_VERSION:
        app_print("%s", ggcn_version_text(program));
        return APP_DONE;
    case TRAIN_LIST:
        train_print_list();
        return APP_DONE;
    case TRAIN_PRINT_DEFAULTS:
        app_print("%s", ggcn_config_defaults());
        return APP_DONE;
    default:
        return run_or_plan(options, argc, argv);
    }
}

int main(int argc, char **argv) {
    ggcn_run_control_listen();
    const ggcn_status started = ggcn_hpc_start(&argc, &argv);
    if (started != GGCN_SUCCESS)
        return app_report(program, started);
    train_options options = {.action = TRAIN_RUN, .newest = UINT64_MAX};
    int code = APP_USAGE;
    if (train_options_read(argc, argv, &options) == GGCN_SUCCESS)
        code = act(&options, argc, argv);
    else
        app_report_usage(program, "ggcn_train --help");
    train_options_clear(&options);
    return app_finish(code);
}
