/* ggcn_data formats: the page on all kinds of file. */
#include <stdlib.h>

#include "data_commands.h"
#include "ggcn/hpc.h"
#include "ggcn/schema.h"
#include "ggcn/version.h"
#include "options.h"

static const char program[] = "ggcn_data";

typedef struct {
    bool help, version;
} request;

static ggcn_status parse(int argc, char *const *argv, request *r) {
    enum { HELP, VERSION };
    static const app_option options[] = {[HELP] = {"help", 0, false}, [VERSION] = {"version", 0, false}};
    app_reader reader = {argc, argv, 1, false};
    int which;
    const char *value;
    GGCN_TRY(app_options_next(&reader, options, 2, &which, &value));
    if (which == APP_OPTION_OPERAND)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
    r->help = which == HELP;
    r->version = which == VERSION;
    return GGCN_SUCCESS;
}

int data_formats(int argc, char *const *argv) {
    request r = {0};
    if (parse(argc, argv, &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data formats --help");
    if (r.help)
        app_print("usage: ggcn_data formats\n"
                  "Prints what each kind of file holds, as a page in Markdown.\n\noptions:\n"
                  "  --help     this text\n"
                  "  --version  version, compiler and libraries\n");
    if (r.version)
        app_print("%s", ggcn_version_text(program));
    if (r.help || r.version)
        return APP_DONE;
    char *page = NULL;
    const ggcn_status status = ggcn_agree(ggcn_file_formats(&page));
    if (status == GGCN_SUCCESS)
        app_print("%s", page);
    free(page);
    return app_report(program, status);
}
