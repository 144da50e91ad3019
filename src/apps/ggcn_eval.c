/* ggcn_eval: measures samples. See `ggcn_eval --help`. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval_options.h"
#include "eval_report.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "options.h"

static ggcn_status check_record(const eval_options *options, const ggcn_image_set *samples) {
    if (options->record && !ggcn_image_set_describe(samples)->samples)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use --json FILE", "%s: only a file of samples records its evaluation",
                  options->samples);
    return GGCN_SUCCESS;
}

static const char *part_of(const ggcn_image_set *set, ggcn_set_part part) {
    static const char *const names[] = {"all", "training", "held-out"};
    return strcmp(ggcn_image_set_describe(set)->kind, "data set") == 0 ? names[part] : NULL;
}

static ggcn_status write_json(const eval_options *options, const eval_network *network, const eval_model *model,
                              const eval_scores *scores) {
    char *text = NULL;
    ggcn_status status = ggcn_agree(eval_json(network, model, scores, &text));
    if (status == GGCN_SUCCESS && options->json)
        status = ggcn_write_text(options->json, text);
    if (status == GGCN_SUCCESS && options->record)
        status = ggcn_file_set_attribute(options->samples, "evaluation", text);
    free(text);
    return status;
}

static ggcn_status evaluate(const eval_options *options, const eval_network *network, eval_model *model,
                            ggcn_image_set **samples, ggcn_image_set **reference) {
    eval_scores scores = {0};
    GGCN_TRY(ggcn_image_set_open(options->samples, options->samples_part, samples));
    GGCN_TRY(ggcn_agree(check_record(options, *samples)));
    scores.samples.part = part_of(*samples, options->samples_part);
    if (options->reference) {
        GGCN_TRY(ggcn_image_set_open(options->reference, options->reference_part, reference));
        scores.reference.part = part_of(*reference, options->reference_part);
    }
    GGCN_TRY(eval_measure(options, network, model, *samples, *reference, &scores));
    eval_print(options, network, model, &scores);
    return options->json || options->record ? write_json(options, network, model, &scores) : GGCN_SUCCESS;
}

static ggcn_status run(const eval_options *options) {
    eval_network network = {0};
    eval_model model = {0};
    ggcn_image_set *samples = NULL, *reference = NULL;
    ggcn_status status = app_check_instruction_set();
    if (status == GGCN_SUCCESS && options->features)
        status = eval_network_load(options->features, &network);
    if (status == GGCN_SUCCESS && options->model)
        status = eval_model_load(options->model, &model);
    if (status == GGCN_SUCCESS)
        status = evaluate(options, options->features ? &network : NULL, options->model ? &model : NULL, &samples,
                          &reference);
    ggcn_image_set_close(&samples);
    ggcn_image_set_close(&reference);
    eval_network_clear(&network);
    eval_model_clear(&model);
    return status;
}

static ggcn_status read(int argc, char *const *argv, void *options) {
    return eval_options_read(argc, argv, options);
}

static ggcn_status work(int argc, char **argv, const void *options) {
    GGCN_TRY(ggcn_agree(ggcn_provenance_set(argc, argv, "", omp_get_max_threads())));
    return run(options);
}

int main(int argc, char **argv) {
    eval_options options;
    return app_main(&(app_program){"ggcn_eval", eval_help, &options, &options.action, read, work}, argc, argv);
}
