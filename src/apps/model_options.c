#include "model_options.h"

#include <omp.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"

model_options model_options_default(const char *out) {
    return (model_options){.iteration = UINT64_MAX, .seed = -1, .out = out};
}

ggcn_status model_options_take(int which, const char *value, model_options *o) {
    int64_t iteration;
    switch (which) {
    case APP_OPTION_OPERAND:
        if (o->run)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
        o->run = value;
        break;
    case MODEL_HELP:
        o->action = APP_HELP;
        break;
    case MODEL_VERSION:
        o->action = APP_VERSION;
        break;
    case MODEL_ITERATION:
        GGCN_TRY(app_parse_integer("--iteration", value, 0, INT64_MAX, &iteration));
        o->iteration = (uint64_t)iteration;
        break;
    case MODEL_SEED:
        return app_parse_integer("--seed", value, 0, INT64_MAX, &o->seed);
    case MODEL_OUT:
        o->out = value;
        break;
    case MODEL_GRID:
        o->grid = value;
        break;
    default:
        break;
    }
    return GGCN_SUCCESS;
}

ggcn_status model_options_check(const model_options *o) {
    if (!o->run)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "name the run directory, or a checkpoint");
    GGCN_TRY(app_check_name("--grid", o->grid, ".png"));
    return app_check_name("--out", o->out, ".h5");
}

uint64_t model_seed(const model_options *o, const ggcn_trained_info *info) {
    return o->seed >= 0 ? (uint64_t)o->seed : info->config->run.seed;
}

ggcn_status model_sampler(const model_options *o, const ggcn_trained *model, double step_size, bool metropolis,
                          ggcn_chain_steps *steps) {
    *steps = (ggcn_chain_steps){.langevin = ggcn_trained_langevin(model),
                                .metropolis = metropolis,
                                .seed = model_seed(o, ggcn_trained_describe(model))};
    if (step_size > 0)
        steps->langevin.step_size = step_size;
    const double d = steps->langevin.step_size, s = steps->langevin.reference_sigma;
    if (!metropolis && d * d / (2 * s * s) >= 2)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "choose a smaller --step-size",
                  "--step-size %g: step_size^2/(2 reference_sigma^2) is %g; from 2 on no chain survives", d,
                  d * d / (2 * s * s));
    return GGCN_SUCCESS;
}

ggcn_status model_use(const model_options *o, int argc, char **argv,
                      ggcn_status (*use)(ggcn_trained *model, const void *context), const void *context) {
    ggcn_trained *model = NULL;
    GGCN_TRY(app_check_instruction_set());
    ggcn_status status = ggcn_trained_load(o->run, o->iteration, &model);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(
            ggcn_provenance_set(argc, argv, ggcn_trained_describe(model)->configuration, omp_get_max_threads()));
    if (status == GGCN_SUCCESS)
        status = use(model, context);
    ggcn_trained_destroy(&model);
    return status;
}
