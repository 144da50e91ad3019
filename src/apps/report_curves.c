/* The numbers of the curves, as JSON:
 *   {"runs": [{"name": TEXT, "x": [iteration, ...], "marks": [{"iteration": N, "event": "roll-back"}, ...]}, ...],
 *    "charts": [{"name": TEXT, "title": TEXT, "unit": TEXT, "about": TEXT, "group": TEXT,
 *                "curves": [{"run": I, "x": [iteration, ...], "y": [number or null, ...]}, ...]}, ...],
 *    "constants": [{"name": TEXT, "value": number}, ...]}
 * A curve without "x" has the run's. null is what is not finite. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_page.h"
#include "report_text.h"
#include "report_thin.h"

static const char headline[] = "headline", convergence[] = "Convergence", gradients[] = "Gradients and parameters",
                  speed[] = "Time and speed", others[] = "Others";

/* The order of the charts, and what they are called; others follow by their own names. */
static const struct {
    const char *name, *title, *group;
} known[] = {{"response_distance", "response distance R", headline}, /* these two stand in the summary */
             {"energy_gap", "energy gap", headline},
             {"potential_data", "mean \xCE\xA6 of the images", convergence},
             {"potential_chains", "mean \xCE\xA6 of the chains", convergence},
             {"generator_distance", "chains to generator", convergence},
             {"gradient_x", "|grad \xCE\xA6| of the chains", gradients},
             {"flow", "JKO term", gradients},
             {"gradient_norm", "parameter gradient", gradients},
             {"parameter_norm", "norm of the parameters", gradients},
             {"generator_gradient_norm", "generator's gradient", gradients},
             {"latent_norm", "norm of the latents", gradients},
             {"rate", "learning rate", gradients},
             {"gamma", "\xCE\xB3 of the JKO term", gradients},
             {"image_steps_per_second", "sampling speed", speed},
             {"seconds", "time of an iteration", speed},
             {"seconds_sampling", "sampling", speed},
             {"seconds_learning", "learning", speed},
             {"seconds_generator", "generator", speed},
             {"seconds_reduction", "sum over ranks", speed},
             {"seconds_io", "files", speed}};
enum { known_count = sizeof known / sizeof *known };

/* One column over all runs. */
typedef struct {
    const char *name, *title, *unit, *about, *group;
} chart;

static bool is_known(const char *name) {
    for (size_t i = 0; i < known_count; i++)
        if (strcmp(known[i].name, name) == 0)
            return true;
    return false;
}

/* Unit and description from the first run that has the column. Whether any has. */
static bool describe(const report *r, chart *c) {
    for (size_t i = 0; i < r->count; i++)
        for (size_t column = 0; column < r->runs[i].metrics.columns; column++)
            if (strcmp(r->runs[i].metrics.names[column], c->name) == 0) {
                c->unit = r->runs[i].metrics.units[column];
                c->about = r->runs[i].metrics.descriptions[column];
                return true;
            }
    return false;
}

/* Whether all runs have this column, with one and the same number everywhere. */
static bool is_constant(const report *r, const char *name, double *value) {
    bool first = true;
    for (size_t i = 0; i < r->count; i++) {
        const double *values = report_run_column(&r->runs[i], name);
        for (size_t row = 0; values && row < r->runs[i].metrics.rows; row++) {
            if (first)
                *value = values[row];
            first = false;
            if (!(values[row] == *value))
                return false;
        }
    }
    return !first;
}

static void put_field(FILE *page, const char *name, const char *text) {
    fprintf(page, "\"%s\":", name);
    report_put_json(page, text);
    fputc(',', page);
}

static void put_iterations(FILE *page, const ggcn_metrics_table *metrics, const size_t *taken, size_t count) {
    fputs("\"x\":[", page);
    for (size_t i = 0; i < count; i++)
        fprintf(page, "%s%" PRIu64, i > 0 ? "," : "", metrics->iterations[taken ? taken[i] : i]);
    fputs("],", page);
}

static void put_curve(FILE *page, const report_run *run, size_t number, const double *values, size_t *taken) {
    const size_t count = report_thin(values, run->metrics.rows, taken);
    fprintf(page, "{\"run\":%zu,", number);
    if (report_is_thinned(run->metrics.rows))
        put_iterations(page, &run->metrics, taken, count);
    fputs("\"y\":[", page);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? "," : "", page);
        report_put_number(page, values[taken[i]]);
    }
    fputs("]}", page);
}

static void put_chart(FILE *page, const report *r, const chart *c) {
    static size_t taken[2 * REPORT_STRETCHES + 2];
    fputs("{", page);
    put_field(page, "name", c->name);
    put_field(page, "title", c->title);
    put_field(page, "unit", c->unit);
    put_field(page, "about", c->about);
    put_field(page, "group", c->group);
    fputs("\"curves\":[", page);
    const char *between = "";
    for (size_t i = 0; i < r->count; i++) {
        const double *values = report_run_column(&r->runs[i], c->name);
        if (!values)
            continue;
        fputs(between, page);
        put_curve(page, &r->runs[i], i, values, taken);
        between = ",\n";
    }
    fputs("]}", page);
}

/* Calls `use` for each column of any run: the known ones, then the rest. */
static void for_each_chart(FILE *page, const report *r, void (*use)(FILE *page, const report *r, const chart *c)) {
    for (size_t k = 0; k < known_count; k++) {
        chart c = {.name = known[k].name, .title = known[k].title, .group = known[k].group};
        if (describe(r, &c))
            use(page, r, &c);
    }
    for (size_t i = 0; i < r->count; i++)
        for (size_t column = 0; column < r->runs[i].metrics.columns; column++) {
            const char *name = r->runs[i].metrics.names[column];
            bool earlier = is_known(name);
            for (size_t before = 0; before < i && !earlier; before++)
                earlier = report_run_column(&r->runs[before], name) != NULL;
            static const char coarser[] = "response_distance_"; /* of a multi-grid model: then the height */
            char title[80];
            const bool grid = strncmp(name, coarser, strlen(coarser)) == 0;
            if (grid)
                snprintf(title, sizeof title, "R on the grid of height %.20s", name + strlen(coarser));
            chart c = {.name = name, .title = grid ? title : name, .group = grid ? convergence : others};
            if (!earlier && describe(r, &c))
                use(page, r, &c);
        }
}

static void put_varying(FILE *page, const report *r, const chart *c) {
    double value;
    if (is_constant(r, c->name, &value))
        return;
    put_chart(page, r, c);
    fputs(",\n", page);
}

static void put_constant(FILE *page, const report *r, const chart *c) {
    double value;
    if (!is_constant(r, c->name, &value))
        return;
    fputs("{", page);
    put_field(page, "name", c->title);
    fputs("\"value\":", page);
    report_put_number(page, value);
    fputs("},", page);
}

static void put_run(FILE *page, const report_run *run) {
    fputs("{", page);
    put_field(page, "name", run->name);
    put_iterations(page, &run->metrics, NULL, report_is_thinned(run->metrics.rows) ? 0 : run->metrics.rows);
    fputs("\"marks\":[", page);
    const char *between = "";
    for (size_t i = 0; i < run->log.count; i++) {
        const report_event *event = &run->log.events[i];
        if (event->kind != REPORT_RESTART && event->kind != REPORT_ROLL_BACK)
            continue;
        fprintf(page, "%s{\"iteration\":%" PRIu64 ",\"event\":\"%s\"}", between, event->iteration,
                report_event_word(event->kind));
        between = ",";
    }
    fputs("]}", page);
}

/* A null ends the lists whose length is not known before: JSON has no comma there. */
void report_put_curves(FILE *page, const report *r) {
    fputs("{\"runs\":[", page);
    for (size_t i = 0; i < r->count; i++) {
        fputs(i > 0 ? ",\n" : "", page);
        put_run(page, &r->runs[i]);
    }
    fputs("],\n\"charts\":[", page);
    for_each_chart(page, r, put_varying);
    fputs("null],\n\"constants\":[", page);
    for_each_chart(page, r, put_constant);
    fputs("null]}", page);
}

void report_put_thinning(FILE *page, const report *r) {
    for (size_t i = 0; i < r->count; i++) {
        const size_t rows = r->runs[i].metrics.rows;
        if (!report_is_thinned(rows))
            continue;
        fputs("<p class=\"note thinned\">", page);
        report_put_name(page, r, i);
        fprintf(page,
                " has %zu iterations: each of its curves shows the lowest and the highest value of %d equal "
                "stretches.</p>\n",
                rows, REPORT_STRETCHES);
    }
}
