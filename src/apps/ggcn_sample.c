/* ggcn_sample: draws samples from a trained model. See `ggcn_sample --help`. */
#include <omp.h>

#include "options.h"
#include "sample_options.h"
#include "sample_plan.h"
#include "sample_run.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"

static const char program[] = "ggcn_sample";

static ggcn_status sample(const sample_options *options, int argc, char **argv) {
    ggcn_trained *model = NULL;
    sample_plan plan = {0};
    GGCN_TRY(app_check_instruction_set());
    ggcn_status status = ggcn_trained_load(options->run, options->iteration, &model);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(ggcn_provenance_set(argc, argv, ggcn_trained_describe(model)->configuration,
                                                omp_get_max_threads()));
    if (status == GGCN_SUCCESS)
        status = sample_plan_make(options, model, &plan);
    if (status == GGCN_SUCCESS)
        status = sample_run(&plan);
    sample_plan_clear(&plan);
    ggcn_trained_destroy(&model);
    return status;
}

static int act(const sample_options *options, int argc, char **argv) {
    if (options->help)
        app_print("%s", sample_help);
    if (options->version)
        app_print("%s", ggcn_version_text(program));
    return options->help || options->version ? APP_DONE : app_report(program, sample(options, argc, argv));
}

int main(int argc, char **argv) {
    const ggcn_status started = ggcn_hpc_start(&argc, &argv);
    if (started != GGCN_SUCCESS)
        return app_report(program, started);
    sample_options options;
    const int code = sample_options_read(argc, argv, &options) == GGCN_SUCCESS
                         ? act(&options, argc, argv)
                         : app_report_usage(program, "ggcn_sample --help");
    return app_finish(code);
}
