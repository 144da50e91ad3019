/* The table a researcher looks at first: how far the runs came, and whether they converged. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "median.h"
#include "report_page.h"
#include "report_text.h"

/* Mean of the last tenth of a column, of what is finite in it; NaN without any. */
static double late_mean(const report_run *run, const char *name) {
    const double *values = report_run_column(run, name);
    const size_t rows = run->metrics.rows, first = rows - (rows + 9) / 10;
    double sum = 0;
    size_t n = 0;
    for (size_t i = first; values && i < rows; i++)
        if (isfinite(values[i])) {
            sum += values[i];
            n++;
        }
    return n > 0 ? sum / (double)n : NAN;
}

/* The median of the iterations' seconds, and their sum; NaN without any. */
static void time_of(const report_run *run, double *median, double *sum) {
    const double *seconds = report_run_column(run, "seconds");
    double *sorted = malloc((run->metrics.rows + 1) * sizeof *sorted);
    size_t n = 0;
    *median = *sum = NAN;
    for (size_t i = 0; sorted && seconds && i < run->metrics.rows; i++)
        if (isfinite(seconds[i])) {
            *sum = n > 0 ? *sum + seconds[i] : seconds[i];
            sorted[n++] = seconds[i];
        }
    if (n > 0)
        *median = app_median(sorted, (int64_t)n);
    free(sorted);
}

static void put_real(FILE *page, double value) {
    if (isfinite(value))
        fprintf(page, "%.4g", value);
    else
        fputs("&ndash;", page);
}

static void begin_cell(FILE *page, const char *label) {
    fprintf(page, "<td class=\"number\" data-label=\"%s\">", label);
}

static uint64_t reached(const report_run *run) {
    return run->metrics.rows > 0 ? run->metrics.iterations[run->metrics.rows - 1] : 0;
}

static void put_state(FILE *page, const report_run *run) {
    const report_event *outcome = report_log_outcome(&run->log);
    const uint64_t planned = report_run_planned(run);
    const char *word = "not finished", *class = "warn";
    if (outcome && outcome->kind == REPORT_ERROR) {
        word = "failed";
        class = "bad";
    } else if (planned > 0 && reached(run) >= planned) {
        word = "finished";
        class = "good";
    } else if (outcome && outcome->kind == REPORT_STOP)
        word = "stopped";
    fprintf(page, "<span class=\"state %s\">%s</span>", class, word);
    static const report_event_kind told[] = {REPORT_ROLL_BACK, REPORT_RESTART, REPORT_WARNING};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const size_t n = report_log_count(&run->log, told[i]);
        if (n > 0)
            fprintf(page, " <a href=\"#events\">%zu %s%s</a>", n, report_event_word(told[i]), n > 1 ? "s" : "");
    }
}

/* From the first to the late ones, and the lowest on the way. */
static void put_response(FILE *page, const report_run *run) {
    const double *values = report_run_column(run, "response_distance");
    size_t lowest = 0;
    for (size_t i = 1; values && i < run->metrics.rows; i++)
        if (values[i] < values[lowest] || isnan(values[lowest]))
            lowest = i;
    put_real(page, values && run->metrics.rows > 0 ? values[0] : NAN);
    fputs(" &rarr; <b>", page);
    put_real(page, late_mean(run, "response_distance"));
    fputs("</b>", page);
    if (values && run->metrics.rows > 0 && isfinite(values[lowest])) {
        fputs(" <small>lowest ", page);
        put_real(page, values[lowest]);
        fprintf(page, " at %" PRIu64 "</small>", run->metrics.iterations[lowest]);
    }
}

static void put_duration(FILE *page, double seconds) {
    if (!isfinite(seconds)) {
        fputs("&ndash;", page);
        return;
    }
    const long long whole = (long long)(seconds + 0.5);
    fprintf(page, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
}

static void put_digests(FILE *page, const report_checkpoint *checkpoint) {
    if (checkpoint->info.path)
        fprintf(page,
                "<code>parameters=<wbr>%016" PRIx64 "</code> <code>chains=<wbr>%016" PRIx64
                "</code> <small>at iteration %" PRIu64 "</small>",
                checkpoint->info.digest_parameters, checkpoint->info.digest_chains, checkpoint->info.iteration);
    else
        fputs("&ndash;", page);
    if (*checkpoint->problem) {
        fputs(" <small class=\"problem\">", page);
        report_put_html(page, checkpoint->problem);
        fputs("</small>", page);
    }
}

static void put_row(FILE *page, const report *r, size_t i) {
    const report_run *run = &r->runs[i];
    const char *model = report_settings_find(&run->settings, "model");
    double median, sum;
    time_of(run, &median, &sum);
    fprintf(page, "<tr><th scope=\"row\">");
    report_put_name(page, r, i);
    fputs("</th>", page);
    begin_cell(page, "model");
    report_put_html(page, model ? model : "");
    fputs("</td>", page);
    fputs("<td data-label=\"state\">", page);
    put_state(page, run);
    fputs("</td>", page);
    begin_cell(page, "iterations");
    fprintf(page, "%" PRIu64 " of %" PRIu64 "</td>", reached(run), report_run_planned(run));
    begin_cell(page, "R");
    put_response(page, run);
    fputs("</td>", page);
    begin_cell(page, "energy gap");
    put_real(page, late_mean(run, "energy_gap"));
    fputs("</td>", page);
    begin_cell(page, "s/iteration");
    put_real(page, median);
    fputs("</td>", page);
    begin_cell(page, "time");
    put_duration(page, sum);
    fputs("</td>", page);
    fputs("<td data-label=\"digest\">", page);
    put_digests(page, &run->checkpoint);
    fputs("</td></tr>\n", page);
}

void report_put_summary(FILE *page, const report *r) {
    fputs("<table class=\"cards\"><thead><tr><th>run</th><th>model</th><th>state</th><th>iterations</th><th>R</th>"
          "<th>gap</th><th>s/iteration</th><th>time</th><th>digest</th></tr></thead><tbody>\n",
          page);
    for (size_t i = 0; i < r->count; i++)
        put_row(page, r, i);
    fputs("</tbody></table>\n", page);
}
