/* What happened to the runs. */
#include <inttypes.h>
#include <string.h>

#include "report_page.h"
#include "report_text.h"

enum { most_events = 200 }; /* of a run */

static void put_event(FILE *page, const report_event *event) {
    const char *word = report_event_word(event->kind);
    fprintf(page,
            "<tr class=\"event-%s\"><th scope=\"row\">%s</th><td data-label=\"iteration\">%" PRIu64
            "</td><td data-label=\"time\">",
            word, word, event->iteration);
    report_put_html(page, event->time);
    fputs("</td><td data-label=\"log\">", page);
    report_put_html(page, event->text);
    fputs("</td></tr>\n", page);
}

static void put_table(FILE *page, const report_log *log) {
    const size_t first = log->count > most_events ? log->count - most_events : 0;
    if (first > 0)
        fprintf(page, "<p class=\"note\">the last %d of %zu events; all are in the log</p>\n", most_events, log->count);
    fputs("<table class=\"cards "
          "events\"><thead><tr><th>event</th><th>iteration</th><th>time</th><th>log</th></tr></thead><tbody>\n",
          page);
    for (size_t i = first; i < log->count; i++)
        put_event(page, &log->events[i]);
    fputs("</tbody></table>\n", page);
}

void report_put_events(FILE *page, const report *r) {
    for (size_t i = 0; i < r->count; i++) {
        const report_log *log = &r->runs[i].log;
        report_begin_section(page, r, i);
        if (log->count > 0)
            put_table(page, log);
        else
            fputs(log->last ? "<p class=\"note\">nothing but progress</p>\n" : "<p class=\"note\">no log</p>\n", page);
        fputs("</section>\n", page);
    }
}
