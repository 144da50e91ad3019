/* Pictures over the iterations. All are in the page, the latest are shown; report/pictures.js changes which. */
#include <inttypes.h>
#include <string.h>

#include "report_page.h"
#include "report_text.h"

/* Whether this is the latest picture of the run's first series. */
static bool is_first_shown(const report_pictures *pictures, size_t i) {
    return strcmp(pictures->list[i].series, pictures->list[0].series) == 0 &&
           (i + 1 == pictures->count || strcmp(pictures->list[i + 1].series, pictures->list[i].series) != 0);
}

static void put_picture(FILE *page, const report_run *run, const report_picture *picture, bool shown) {
    fprintf(page, "<img data-iteration=\"%" PRIu64 "\" data-series=\"", picture->iteration);
    report_put_html(page, picture->series);
    fprintf(page, "\" width=\"%" PRIu32 "\" height=\"%" PRIu32 "\"%s alt=\"", picture->width, picture->height,
            shown ? "" : " hidden");
    report_put_html(page, run->name);
    fprintf(page, ", iteration %" PRIu64 ", ", picture->iteration);
    report_put_html(page, picture->series);
    fputs("\" data-name=\"", page);
    report_put_html(page, picture->name);
    fputs("\" src=\"data:image/png;base64,", page);
    report_put_base64(page, picture->bytes, picture->size);
    fputs("\">\n", page);
}

/* What is left out, and what is shown in place of pictures. */
static void put_notes(FILE *page, const report_run *run) {
    const report_pictures *p = &run->pictures;
    if (p->count == 0)
        fputs("<p class=\"note\">no pictures, and no checkpoint to make one from</p>\n", page);
    if (p->from_checkpoint)
        fputs("<p class=\"note\">The run wrote no pictures: these are the chains of its newest checkpoint, as they "
              "are.</p>\n",
              page);
    if (p->count < p->found)
        fprintf(page, "<p class=\"note\">%zu of %zu pictures, evenly spread; <code>--pictures</code> shows more</p>\n",
                p->count, p->found);
}

static void put_figure(FILE *page, const report *r, size_t i) {
    const report_run *run = &r->runs[i];
    fprintf(page, "<figure class=\"wall\" data-run=\"%zu\"><figcaption>", i);
    report_put_name(page, r, i);
    fputs(" <output></output></figcaption>\n", page);
    for (size_t p = 0; p < run->pictures.count; p++)
        put_picture(page, run, &run->pictures.list[p], is_first_shown(&run->pictures, p));
    put_notes(page, run);
    fputs("</figure>\n", page);
}

void report_put_samples(FILE *page, const report *r) {
    fputs("<div class=\"walls\">\n", page);
    for (size_t i = 0; i < r->count; i++)
        put_figure(page, r, i);
    fputs("</div>\n", page);
}
