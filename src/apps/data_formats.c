/* ggcn_data formats: the page on all kinds of file. */
#include <stdlib.h>

#include "data_commands.h"
#include "ggcn/hpc.h"
#include "ggcn/schema.h"
#include "options.h"
#include "program.h"

static const char program[] = "ggcn_data";

int data_formats(int argc, char *const *argv) {
    app_operands r = {0};
    if (app_read_operands(argc, argv, 0, "", &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data formats --help");
    if (app_answered(program, r.help, r.version,
                     "usage: ggcn_data formats\n"
                     "Prints what each kind of file holds, as a page in Markdown.\n\noptions:\n"
                     "  --help     this text\n"
                     "  --version  version, compiler and libraries\n"))
        return APP_DONE;
    char *page = NULL;
    const ggcn_status status = ggcn_agree(ggcn_file_formats(&page));
    if (status == GGCN_SUCCESS)
        app_print("%s", page);
    free(page);
    return app_report(program, status);
}
