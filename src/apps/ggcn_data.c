/* ggcn_data: makes data-set files and shows what is in them. */
#include <stdio.h>
#include <string.h>

#include "data_commands.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "options.h"

static const char program[] = "ggcn_data";

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char *const *argv);
} commands[] = {
    {"import", "makes a data-set file from images in another format", data_import},
    {"info", "prints what a data-set file holds and verifies its checksum", data_info},
    {"grid", "draws the first images of a data-set file into a PNG file", data_grid},
    {"merge", "puts the images of several data-set files into one", data_merge},
    {"export", "writes the images of a data-set file as PNG files", data_export},
    {"check", "checks files of any kind against their schemas", data_check},
    {"formats", "prints what each kind of file holds", data_formats},
};
enum { command_count = sizeof commands / sizeof *commands };

static int help(void) {
    app_print("usage: ggcn_data COMMAND ...\n"
              "Makes data-set files for ggcn_train and shows what is in them. Runs under mpirun, too.\n\ncommands:\n");
    for (int i = 0; i < command_count; i++)
        app_print("  %-8s%s\n", commands[i].name, commands[i].summary);
    app_print("\noptions:\n"
              "  --help     this text; ggcn_data COMMAND --help explains a command\n"
              "  --version  version, compiler and libraries\n"
              "\nexit codes: 0 done, 1 error, 2 usage\n");
    return APP_DONE;
}

static int run(int argc, char *const *argv) {
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0)
        return help();
    if (strcmp(name, "--version") == 0) {
        app_print("%s", ggcn_version_text(program));
        return APP_DONE;
    }
    for (int i = 0; i < command_count; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    char names[256] = "the commands are ";
    for (int i = 0; i < command_count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", commands[i].name);
    ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, names, name[0] ? "unknown command %s" : "no command%s", name);
    return app_report_usage(program, "ggcn_data --help");
}

int main(int argc, char **argv) {
    ggcn_status status = ggcn_hpc_start(&argc, &argv);
    if (status != GGCN_SUCCESS)
        return app_report(program, status);
    status = ggcn_agree(ggcn_provenance_set(argc, argv, "", 1));
    if (status != GGCN_SUCCESS)
        return app_finish(app_report(program, status));
    return app_finish(run(argc, argv));
}
