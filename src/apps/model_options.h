/* What the programs that use a trained model are told alike. */
#ifndef GGCN_APPS_MODEL_OPTIONS_H
#define GGCN_APPS_MODEL_OPTIONS_H

#include "ggcn/trained.h"
#include "program.h"

typedef struct {
    app_action action;
    const char *run;        /* run directory or checkpoint; NULL: not given */
    uint64_t iteration;     /* UINT64_MAX: the newest */
    int64_t seed;           /* -1: the run's */
    const char *out, *grid; /* file of samples; picture, NULL: beside it */
} model_options;

/* The first options of each such program, in its own list as in its table. */
enum { MODEL_HELP, MODEL_VERSION, MODEL_ITERATION, MODEL_SEED, MODEL_OUT, MODEL_GRID, MODEL_OPTIONS };
#define MODEL_OPTION_TABLE                                                                                             \
    [MODEL_HELP] = {"help", 'h', false}, [MODEL_VERSION] = {"version", 0, false},                                      \
    [MODEL_ITERATION] = {"iteration", 0, true}, [MODEL_SEED] = {"seed", 0, true}, [MODEL_OUT] = {"out", 'o', true},    \
    [MODEL_GRID] = {"grid", 0, true}

/* The defaults. @param out name of the file of samples */
model_options model_options_default(const char *out);
/* Takes one of these options, or the run as an operand. @return GGCN_ERROR_ARGUMENT: bad value, a second operand */
ggcn_status model_options_take(int which, const char *value, model_options *options);
/* What can be said of them at the end. @return GGCN_ERROR_ARGUMENT: no run, a file of another ending */
ggcn_status model_options_check(const model_options *options);

/* The seed that was given, or the run's. */
uint64_t model_seed(const model_options *options, const ggcn_trained_info *info);
/* The model's sampler with that seed. @param step_size 0: the configuration's
 * @return GGCN_ERROR_ARGUMENT: a step size that no chain survives */
ggcn_status model_sampler(const model_options *options, const ggcn_trained *model, double step_size, bool metropolis,
                          ggcn_chain_steps *steps);

/* Loads the model, notes provenance, calls `use` and releases the model. Collective. */
ggcn_status model_use(const model_options *options, int argc, char **argv,
                      ggcn_status (*use)(ggcn_trained *model, const void *context), const void *context);

#endif
