#include "program.h"

#include <stdio.h>

#include "ggcn/hpc.h"
#include "ggcn/version.h"

bool app_answered(const char *program, bool help_asked, bool version_asked, const char *help) {
    if (help_asked)
        app_print("%s", help);
    else if (version_asked)
        app_print("%s", ggcn_version_text(program));
    return help_asked || version_asked;
}

static int act(const app_program *program, int argc, char **argv) {
    const app_action action = *program->action;
    if (app_answered(program->name, action == APP_HELP, action == APP_VERSION, program->help))
        return APP_DONE;
    return app_report(program->name, program->work(argc, argv, program->options));
}

int app_main(const app_program *program, int argc, char **argv) {
    const ggcn_status started = ggcn_hpc_start(&argc, &argv);
    if (started != GGCN_SUCCESS)
        return app_report(program->name, started);
    if (program->read(argc, argv, program->options) == GGCN_SUCCESS)
        return app_finish(act(program, argc, argv));
    char command[64];
    snprintf(command, sizeof command, "%s --help", program->name);
    return app_finish(app_report_usage(program->name, command));
}
