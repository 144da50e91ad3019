/* ggcn_report: a page about a run, or several. See `ggcn_report --help`. */
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "program.h"
#include "report_names.h"
#include "report_page.h"

static const char help[] =
    "usage: ggcn_report RUN [RUN ...] [--out FILE.html] [--title TEXT] [--pictures N]\n"
    "\n"
    "Writes one HTML file about a run directory, or about several side by side: curves, samples over the iterations,\n"
    "diagnostics of the chains, what differs between the configurations, events, provenance. It needs no network, and\n"
    "also shows runs that still go on. The same runs give the same bytes, on any number of ranks.\n"
    "\n"
    "  --out FILE.html  default report.html; a file that is there is replaced\n"
    "  --title TEXT     default: the names of the runs\n"
    "  --pictures N     at most N pictures of each kind of a run, evenly spread over its iterations; default 12\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 done, 1 error, 2 usage.\n";

typedef struct {
    app_action action;
    const char **paths; /* [count] part of the command line; malloc'ed list */
    size_t count;
    const char *out, *title;
    int64_t pictures;
} report_options;

static ggcn_status take_path(report_options *o, const char *path) {
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->paths[i], path) == 0)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s is named twice", path);
    o->paths[o->count++] = path;
    return GGCN_SUCCESS;
}

static ggcn_status read(int argc, char *const *argv, void *options) {
    report_options *o = options;
    enum { OUT, TITLE, PICTURES, HELP, VERSION, COUNT };
    static const app_option table[COUNT] = {[OUT] = {"out", 'o', true},
                                            [TITLE] = {"title", 0, true},
                                            [PICTURES] = {"pictures", 0, true},
                                            [HELP] = {"help", 'h', false},
                                            [VERSION] = {"version", 0, false}};
    *o = (report_options){.paths = malloc((size_t)argc * sizeof *o->paths), .out = "report.html", .pictures = 12};
    if (!o->paths)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the command line");
    app_reader reader = {argc, argv, 1, false};
    int which;
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, table, COUNT, &which, &value));
        if (which == APP_OPTION_OPERAND)
            GGCN_TRY(take_path(o, value));
        if (which == OUT)
            o->out = value;
        if (which == TITLE)
            o->title = value;
        if (which == PICTURES)
            GGCN_TRY(app_parse_integer("--pictures", value, 1, INT64_C(1) << 30, &o->pictures));
        o->action = which == HELP ? APP_HELP : which == VERSION ? APP_VERSION : APP_WORK;
        if (o->action != APP_WORK)
            return GGCN_SUCCESS;
    } while (which != APP_OPTION_END);
    if (o->count == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "name a run directory, or several");
    return app_check_name("--out", o->out, ".html");
}

static ggcn_status read_runs(const report_options *o, report *r) {
    for (size_t i = 0; i < o->count; i++) {
        r->count++;
        GGCN_TRY(report_run_read(o->paths[i], (size_t)o->pictures, &r->runs[i]));
    }
    return ggcn_agree(report_name_runs(r->runs, r->count));
}

static ggcn_status write(const report_options *o, const report *r) {
    char *text = NULL;
    ggcn_status status = ggcn_agree(ggcn_rank() == 0 ? report_page(r, &text) : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS)
        status = ggcn_write_text(o->out, text);
    free(text);
    if (status == GGCN_SUCCESS)
        app_print("%s\n", o->out);
    return status;
}

static ggcn_status work(int argc, char **argv, const void *options) {
    (void)argc;
    (void)argv;
    const report_options *o = options;
    report r = {.runs = calloc(o->count, sizeof *r.runs), .title = o->title};
    ggcn_status status = ggcn_agree(
        r.runs ? GGCN_SUCCESS
               : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %zu runs", o->count));
    if (status == GGCN_SUCCESS)
        status = read_runs(o, &r);
    if (status == GGCN_SUCCESS)
        status = write(o, &r);
    for (size_t i = 0; i < r.count; i++)
        report_run_clear(&r.runs[i]);
    free(r.runs);
    return status;
}

int main(int argc, char **argv) {
    report_options options = {0};
    const int code = app_main(&(app_program){"ggcn_report", help, &options, &options.action, read, work}, argc, argv);
    free(options.paths);
    return code;
}
