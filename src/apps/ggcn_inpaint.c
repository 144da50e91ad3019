/* ggcn_inpaint: completes images of which pixels are hidden. See `ggcn_inpaint --help`. */
#include "inpaint_options.h"
#include "inpaint_run.h"

static ggcn_status read(int argc, char *const *argv, void *options) {
    return inpaint_options_read(argc, argv, options);
}

static ggcn_status inpaint(ggcn_trained *model, const void *options) {
    const char *features = ((const inpaint_options *)options)->features;
    if (!features)
        return inpaint_run(options, NULL, model);
    eval_network network;
    ggcn_status status = eval_network_load(features, &network);
    if (status == GGCN_SUCCESS)
        status = inpaint_run(options, &network, model);
    eval_network_clear(&network);
    return status;
}

static ggcn_status work(int argc, char **argv, const void *options) {
    return model_use(&((const inpaint_options *)options)->model, argc, argv, inpaint, options);
}

int main(int argc, char **argv) {
    inpaint_options options;
    return app_main(&(app_program){"ggcn_inpaint", inpaint_help, &options, &options.model.action, read, work}, argc,
                    argv);
}
