/* The page of a report, and its parts. They write to a stream whose errors are looked for at the end, and to nothing
 * else; the same runs give the same bytes. */
#ifndef GGCN_APPS_REPORT_PAGE_H
#define GGCN_APPS_REPORT_PAGE_H

#include <stdio.h>

#include "report_run.h"

typedef struct {
    report_run *runs; /* [count] */
    size_t count;
    const char *title; /* NULL: the names of the runs */
} report;

/* The whole page: report/page.html, with what stands there as {{name}} put in: a part below, or the file of report/
 * with this name. Not collective. @param[out] text malloc'ed  @return GGCN_ERROR_MEMORY */
ggcn_status report_page(const report *r, char **text);

/* Each a part of the page. */
void report_put_summary(FILE *page, const report *r);     /* report_summary.c */
void report_put_samples(FILE *page, const report *r);     /* report_samples.c */
void report_put_differences(FILE *page, const report *r); /* report_differences.c */
void report_put_curves(FILE *page, const report *r);      /* report_curves.c: JSON that report/curves.js draws */
void report_put_thinning(FILE *page, const report *r);    /* what the curves leave out */
void report_put_chains(FILE *page, const report *r);      /* report_chains.c */
void report_put_events(FILE *page, const report *r);      /* report_events.c */
void report_put_origins(FILE *page, const report *r);     /* report_origins.c */
void report_put_configurations(FILE *page, const report *r);

/* The name of a run with its colour. */
void report_put_name(FILE *page, const report *r, size_t run);
/* The beginning of a part about one run, under its name; it ends with </section>. */
void report_begin_section(FILE *page, const report *r, size_t run);

#endif
