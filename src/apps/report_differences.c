/* What differs between runs; of one run, what differs from the defaults. */
#include <string.h>

#include "ggcn/config.h"
#include "report_page.h"
#include "report_text.h"

/* A run's own place is no difference worth showing. */
static const char place[] = "run.directory";

static bool differs(const report *r, const char *key) {
    const char *first = report_settings_find(&r->runs[0].settings, key);
    for (size_t i = 1; i < r->count; i++)
        if (!report_settings_equal(first, report_settings_find(&r->runs[i].settings, key)))
            return strcmp(key, place) != 0;
    return false;
}

/* Whether an earlier run has the key: its row is there already. */
static bool is_known(const report *r, size_t runs, const char *key) {
    for (size_t i = 0; i < runs; i++)
        if (report_settings_find(&r->runs[i].settings, key))
            return true;
    return false;
}

static void put_value(FILE *page, const char *value) {
    fputs("<code>", page);
    report_put_html(page, value ? value : "");
    fputs(value ? "</code>" : "&ndash;</code>", page);
}

static void put_row(FILE *page, const report *r, const char *key) {
    fputs("<tr><th scope=\"row\"><code>", page);
    report_put_html(page, key);
    fputs("</code></th>", page);
    for (size_t i = 0; i < r->count; i++) {
        fputs("<td data-label=\"", page);
        report_put_html(page, r->runs[i].name);
        fputs("\">", page);
        put_value(page, report_settings_find(&r->runs[i].settings, key));
        fputs("</td>", page);
    }
    fputs("</tr>\n", page);
}

static void compare_runs(FILE *page, const report *r) {
    fputs("<h2>What differs between the runs</h2>\n", page);
    size_t rows = 0;
    for (size_t i = 0; i < r->count; i++)
        for (size_t s = 0; s < r->runs[i].settings.count; s++) {
            const char *key = r->runs[i].settings.list[s].key;
            if (is_known(r, i, key) || !differs(r, key))
                continue;
            if (rows++ == 0) {
                fputs("<table class=\"cards\"><thead><tr><th>setting</th>", page);
                for (size_t run = 0; run < r->count; run++) {
                    fputs("<th>", page);
                    report_put_name(page, r, run);
                    fputs("</th>", page);
                }
                fputs("</tr></thead><tbody>\n", page);
            }
            put_row(page, r, key);
        }
    fputs(rows > 0 ? "</tbody></table>\n"
                   : "<p>Nothing: the configurations are the same, but for their directories.</p>\n",
          page);
}

/* `defaults` is empty if memory ran out, and then every setting is a row. */
static void compare_with_defaults(FILE *page, const report *r, const report_settings *defaults) {
    const report_settings *settings = &r->runs[0].settings;
    fputs("<h2>Settings that are not the defaults</h2>\n<table class=\"cards\"><thead><tr><th>setting</th><th>run</th>"
          "<th>default</th></tr></thead><tbody>\n",
          page);
    for (size_t s = 0; s < settings->count; s++) {
        const char *otherwise = report_settings_find(defaults, settings->list[s].key);
        if (report_settings_equal(settings->list[s].value, otherwise))
            continue;
        fputs("<tr><th scope=\"row\"><code>", page);
        report_put_html(page, settings->list[s].key);
        fputs("</code></th><td data-label=\"run\">", page);
        put_value(page, settings->list[s].value);
        fputs("</td><td data-label=\"default\">", page);
        put_value(page, otherwise);
        fputs("</td></tr>\n", page);
    }
    fputs("</tbody></table>\n", page);
}

void report_put_differences(FILE *page, const report *r) {
    if (r->count > 1) {
        compare_runs(page, r);
        return;
    }
    report_settings defaults;
    report_settings_read("built-in defaults", ggcn_config_defaults(), &defaults);
    compare_with_defaults(page, r, &defaults);
    report_settings_clear(&defaults);
}
