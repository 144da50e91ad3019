/* ggcn_data check: whether files are as the schema of their kind says. */
#include <inttypes.h>
#include <stdlib.h>

#include "data_commands.h"
#include "ggcn/hpc.h"
#include "ggcn/schema.h"
#include "options.h"
#include "program.h"

static const char program[] = "ggcn_data";

typedef struct {
    const char **files; /* part of the command line */
    int count;
    bool structure, help, version;
} request;

static ggcn_status parse(int argc, char *const *argv, request *r) {
    enum { HELP, VERSION, STRUCTURE };
    static const app_option options[] = {
        [HELP] = {"help", 0, false}, [VERSION] = {"version", 0, false}, [STRUCTURE] = {"structure", 0, false}};
    app_reader reader = {argc, argv, 1, false};
    for (;;) {
        int which;
        const char *value;
        GGCN_TRY(app_options_next(&reader, options, 3, &which, &value));
        switch (which) {
        case HELP:
            r->help = true;
            return GGCN_SUCCESS;
        case VERSION:
            r->version = true;
            return GGCN_SUCCESS;
        case STRUCTURE:
            r->structure = true;
            break;
        case APP_OPTION_OPERAND:
            r->files[r->count++] = value;
            break;
        default:
            if (r->count == 0)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a FILE is needed");
            return GGCN_SUCCESS;
        }
    }
}

/* Prints one file's report. `*bad` counts files with findings. */
static ggcn_status check_file(const char *path, bool full, int *bad) {
    ggcn_file_report report;
    GGCN_TRY(ggcn_file_check(path, full, &report));
    if (report.count == 0)
        app_print("%s: ok (%s)\n", path, report.summary);
    else
        ++*bad;
    for (size_t i = 0; i < report.count; i++) {
        app_print("%s\n", report.findings[i].message);
        if (*report.findings[i].hint)
            app_print("  hint: %s\n", report.findings[i].hint);
    }
    ggcn_file_report_clear(&report);
    return GGCN_SUCCESS;
}

static ggcn_status check_files(const request *r) {
    int bad = 0;
    for (int i = 0; i < r->count; i++)
        GGCN_TRY(check_file(r->files[i], !r->structure, &bad));
    ggcn_status status = GGCN_SUCCESS;
    if (bad > 0 && ggcn_rank() == 0)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, NULL, "%d of %d files are not as they should be",
                            bad, r->count);
    return ggcn_agree(status);
}

static int check(int argc, char *const *argv, request *r) {
    if (parse(argc, argv, r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data check --help");
    if (app_answered(
            program, r->help, r->version,
            "usage: ggcn_data check FILE... [options]\n"
            "Checks data sets, checkpoints, files of chains, metrics and samples, and feature networks: what must be\n"
            "in them, types, shapes, units, ranges of all numbers, checksums and digests. Says all that is wrong.\n"
            "\noptions:\n"
            "  --structure  leaves out what needs the numbers to be read\n"
            "  --help       this text\n"
            "  --version    version, compiler and libraries\n"
            "\nexit codes: 0 all files are as they should be, 1 some are not, 2 usage\n"))
        return APP_DONE;
    return app_report(program, check_files(r));
}

int data_check(int argc, char *const *argv) {
    request r = {.files = calloc((size_t)argc, sizeof *r.files)};
    ggcn_status status = GGCN_SUCCESS;
    if (!r.files)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the names of %d files", argc);
    status = ggcn_agree(status);
    const int code = status == GGCN_SUCCESS ? check(argc, argv, &r) : app_report(program, status);
    free(r.files);
    return code;
}
