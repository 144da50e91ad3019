/* Where the runs come from, and their whole configurations. */
#include <inttypes.h>

#include "report_page.h"
#include "report_text.h"

static void put_line(FILE *page, const char *label, const char *text) {
    fprintf(page, "<dt>%s</dt><dd>", label);
    report_put_html(page, text);
    fputs("</dd>\n", page);
}

static void put_list(FILE *page, const report_run *run) {
    const ggcn_origin *o = &run->metrics.origin;
    fputs("<dl>\n", page);
    put_line(page, "directory", run->path);
    put_line(page, "ggcn", o->version);
    put_line(page, "commit", o->commit);
    put_line(page, "command", o->command_line);
    put_line(page, "host", o->host);
    fprintf(page, "<dt>ranks &times; threads</dt><dd>%" PRId64 " &times; %" PRId64 "</dd>\n", o->ranks, o->threads);
    put_line(page, "instruction set", o->instruction_set);
    put_line(page, "compiler", o->compiler);
    put_line(page, "libraries", o->libraries);
    put_line(page, "metrics written", o->created);
    if (run->log.first)
        put_line(page, "log begins", run->log.first);
    fputs("</dl>\n", page);
}

void report_put_origins(FILE *page, const report *r) {
    for (size_t i = 0; i < r->count; i++) {
        report_begin_section(page, r, i);
        if (r->runs[i].metrics.rows > 0)
            put_list(page, &r->runs[i]);
        else
            fputs("<p class=\"note\">no metrics yet: they are written with the first checkpoint after the start</p>\n",
                  page);
        fputs("</section>\n", page);
    }
}

void report_put_configurations(FILE *page, const report *r) {
    for (size_t i = 0; i < r->count; i++) {
        fprintf(page, "<details class=\"configuration\" data-run=\"%zu\"><summary>", i);
        report_put_name(page, r, i);
        fputs(" <code>config.yaml</code></summary><pre>", page);
        report_put_html(page, r->runs[i].configuration);
        fputs("</pre></details>\n", page);
    }
}
