/* ggcn_sample: draws samples from a trained model. See `ggcn_sample --help`. */
#include "sample_options.h"
#include "sample_plan.h"
#include "sample_run.h"

static ggcn_status read(int argc, char *const *argv, void *options) {
    return sample_options_read(argc, argv, options);
}

static ggcn_status sample(ggcn_trained *model, const void *options) {
    sample_plan plan;
    ggcn_status status = sample_plan_make(options, model, &plan);
    if (status == GGCN_SUCCESS)
        status = sample_run(&plan);
    sample_plan_clear(&plan);
    return status;
}

static ggcn_status work(int argc, char **argv, const void *options) {
    return model_use(&((const sample_options *)options)->model, argc, argv, sample, options);
}

int main(int argc, char **argv) {
    sample_options options;
    return app_main(&(app_program){"ggcn_sample", sample_help, &options, &options.model.action, read, work}, argc,
                    argv);
}
