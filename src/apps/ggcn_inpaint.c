/* ggcn_inpaint: completes images of which pixels are hidden. See `ggcn_inpaint --help`. */
#include <omp.h>

#include "inpaint_options.h"
#include "inpaint_run.h"
#include "options.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"

static const char program[] = "ggcn_inpaint";

static ggcn_status inpaint(const inpaint_options *options, int argc, char **argv) {
    ggcn_trained *model = NULL;
    GGCN_TRY(app_check_instruction_set());
    ggcn_status status = ggcn_trained_load(options->run, options->iteration, &model);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(ggcn_provenance_set(argc, argv, ggcn_trained_describe(model)->configuration,
                                                omp_get_max_threads()));
    if (status == GGCN_SUCCESS)
        status = inpaint_run(options, model);
    ggcn_trained_destroy(&model);
    return status;
}

static int act(const inpaint_options *options, int argc, char **argv) {
    if (options->help)
        app_print("%s", inpaint_help);
    if (options->version)
        app_print("%s", ggcn_version_text(program));
    return options->help || options->version ? APP_DONE : app_report(program, inpaint(options, argc, argv));
}

int main(int argc, char **argv) {
    const ggcn_status started = ggcn_hpc_start(&argc, &argv);
    if (started != GGCN_SUCCESS)
        return app_report(program, started);
    inpaint_options options;
    const int code = inpaint_options_read(argc, argv, &options) == GGCN_SUCCESS
                         ? act(&options, argc, argv)
                         : app_report_usage(program, "ggcn_inpaint --help");
    return app_finish(code);
}
