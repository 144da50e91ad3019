/* Diagnostics of the recorded chains. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "chains_diagnose.h"
#include "report_page.h"
#include "report_text.h"

static void put_cell(FILE *page, const char *label, const char *text) {
    fprintf(page, "<td data-label=\"%s\">%s</td>", label, text);
}

/* A number with so many decimals. */
static void put_fixed(FILE *page, const char *label, double value, int decimals, const char *unit) {
    char text[64] = "&ndash;";
    if (isfinite(value))
        snprintf(text, sizeof text, "%.*f%s", decimals, value, unit);
    put_cell(page, label, text);
}

/* As ggcn_chains prints it. */
static void put_trace(FILE *page, const char *name, const ggcn_chain_diagnostics *d) {
    char mean[32], deviation[32];
    snprintf(mean, sizeof mean, "%.6g", d->mean);
    snprintf(deviation, sizeof deviation, "%.4g", d->deviation);
    fputs("<tr><th scope=\"row\"><code>", page);
    report_put_html(page, name);
    fputs("</code></th>", page);
    put_cell(page, "mean", mean);
    put_cell(page, "deviation", d->constant ? "constant" : deviation);
    put_fixed(page, "split R-hat", d->constant ? NAN : d->r_hat, 4, "");
    put_fixed(page, "bulk ESS", d->constant ? NAN : d->ess_bulk, 1, "");
    put_fixed(page, "tail ESS", d->constant ? NAN : d->ess_tail, 1, "");
    put_fixed(page, "autocorrelation", d->constant ? NAN : d->autocorrelation_time, 2, " draws");
    fputs("</tr>\n", page);
}

static void put_table(FILE *page, const report_chains *chains, size_t first, size_t last) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(chains->file);
    fputs("<table class=\"cards\"><thead><tr><th>trace</th><th>mean</th><th>deviation</th><th>split R-hat</th><th>bulk "
          "ESS</th>"
          "<th>tail ESS</th><th>integrated autocorrelation</th></tr></thead><tbody>\n",
          page);
    for (size_t i = first; i < last; i++)
        put_trace(page, info->names[i], &chains->results[i]);
    fputs("</tbody></table>\n", page);
}

/* The layers' responses come last, and are many. */
static void put_tables(FILE *page, const report_chains *chains) {
    const ggcn_chain_file_info *info = ggcn_chain_file_describe(chains->file);
    size_t scalars = 0;
    while (scalars < info->traces && strncmp(info->names[scalars], "layer_response", strlen("layer_response")) != 0)
        scalars++;
    fprintf(page, "<p>%" PRId64 " chains, %" PRId64 " draws, iterations %" PRIu64 " to %" PRIu64 ", %s</p>\n",
            info->chains, info->draws, info->iterations[0], info->iterations[info->draws - 1],
            chains_word(info->stationarity));
    if (chains_caveat(info->stationarity)) {
        fputs("<p class=\"caveat\">", page);
        report_put_html(page, chains_caveat(info->stationarity));
        fputs("</p>\n", page);
    }
    put_table(page, chains, 0, scalars);
    if (scalars == info->traces)
        return;
    fprintf(page, "<details><summary>responses of %zu layers</summary>\n", info->traces - scalars);
    put_table(page, chains, scalars, info->traces);
    fputs("</details>\n", page);
}

void report_put_chains(FILE *page, const report *r) {
    for (size_t i = 0; i < r->count; i++) {
        const report_chains *chains = &r->runs[i].chains;
        report_begin_section(page, r, i);
        if (*chains->problem) {
            fputs("<p class=\"problem\">", page);
            report_put_html(page, chains->problem);
            fputs("</p>\n", page);
        } else if (chains->file)
            put_tables(page, chains);
        else
            fputs("<p class=\"note\">No chains were recorded; <code>output.chain_every</code> does so.</p>\n", page);
        fputs("</section>\n", page);
    }
}
