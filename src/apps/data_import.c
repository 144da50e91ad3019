/* ggcn_data import: plans which images to take, finds bad ones if asked to, and writes the data set. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data_commands.h"
#include "data_import_check.h"
#include "data_import_options.h"
#include "data_import_repeats.h"
#include "data_import_write.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "options.h"

static const char program[] = "ggcn_data";

typedef struct {
    ggcn_image_source *source;
    import_plan plan;
    import_skipped skipped;
    double seconds;
} work;

static ggcn_status check_out(const import_request *r) {
    struct stat about;
    if (ggcn_rank() == 0 && !r->overwrite && lstat(r->out, &about) == 0)
        GGCN_FAIL(GGCN_ERROR_IO, "give another name, or --overwrite to replace it", "%s exists already", r->out);
    return GGCN_SUCCESS;
}

/* Each rank has read the source by itself. */
static ggcn_status check_same(const import_request *r, const import_plan *plan) {
    const char hint[] = "all ranks must see the same files: use a shared file system, and wait until copying has ended";
    for (int p = 0; p < IMPORT_PARTS; p++) {
        const import_part *part = &plan->parts[p];
        GGCN_TRY(ggcn_same_on_all_ranks(r->path, hint, &part->count, sizeof part->count));
        GGCN_TRY(ggcn_same_on_all_ranks(r->path, hint, part->numbers, (size_t)part->count * sizeof *part->numbers));
        GGCN_TRY(ggcn_same_on_all_ranks(r->path, hint, part->labels, (size_t)part->count * sizeof *part->labels));
    }
    return GGCN_SUCCESS;
}

/* The source in words, and what was left out of it. @param[out] text malloc'ed */
static ggcn_status describe(const work *w, char **text) {
    const size_t size = strlen(w->source->description) + 64;
    *text = malloc(size);
    if (!*text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a text");
    const int length = snprintf(*text, size, "%s", w->source->description);
    if (w->skipped.count > 0)
        snprintf(*text + length, size - (size_t)length, "; bad images left out: %" PRId64, w->skipped.count);
    return GGCN_SUCCESS;
}

static ggcn_status import(import_request *r, work *w) {
    GGCN_TRY(ggcn_agree(check_out(r)));
    GGCN_TRY(ggcn_agree(r->format->open(r->path, &r->source, &w->source)));
    if (w->source->note)
        app_print("note: %s\n", w->source->note);
    import_skipped *skipped = r->skip_bad ? &w->skipped : NULL;
    GGCN_TRY(ggcn_agree(import_plan_create(r->path, w->source, &r->selection, skipped, &w->plan)));
    GGCN_TRY(check_same(r, &w->plan));
    GGCN_TRY(ggcn_agree(import_changes_settle(r->path, w->source, &r->changes)));
    if (r->skip_bad) {
        GGCN_TRY(import_check(w->source, &r->changes, &w->plan, &w->skipped));
        import_skipped_print(&w->skipped);
    }
    GGCN_TRY(ggcn_agree(import_plan_finish(r->path, &r->selection, &w->plan)));
    char *text = NULL;
    ggcn_status status = ggcn_agree(describe(w, &text));
    if (status == GGCN_SUCCESS)
        status = import_write(r->out, text, w->source, &w->plan, &r->changes, &w->seconds);
    free(text);
    return status;
}

static void print_summary(const import_request *r, const work *w) {
    const ggcn_shape shape = r->changes.shape;
    const int64_t count = import_plan_count(&w->plan), held_out = w->plan.parts[IMPORT_HELD_OUT].count;
    app_print("%s: %" PRId64 " images of %" PRId64 "x%" PRId64 "x%" PRId64 " (channels, height, width), %" PRIu32
              " class%s, %" PRId64 " held out",
              r->out, count, shape.channels, shape.height, shape.width, w->plan.n_classes,
              w->plan.n_classes == 1 ? "" : "es", held_out);
    if (w->skipped.count > 0)
        app_print(", %" PRId64 " bad left out", w->skipped.count);
    app_print("; %.1f s, %.0f images/s\n", w->seconds, (double)count / w->seconds);
}

int data_import(int argc, char *const *argv) {
    import_request r = {0};
    if (import_options_parse(argc, argv, &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data import --help");
    if (r.help)
        import_options_help();
    if (r.version)
        app_print("%s", ggcn_version_text(program));
    if (r.help || r.version)
        return APP_DONE;

    work w = {0};
    ggcn_status status = import(&r, &w);
    if (status == GGCN_SUCCESS)
        print_summary(&r, &w);
    if (status == GGCN_SUCCESS && r.duplicates)
        status = import_report_repeats(r.out, w.source, &w.plan);
    import_plan_clear(&w.plan);
    import_skipped_clear(&w.skipped);
    ggcn_image_source_close(&w.source);
    return app_report(program, status);
}
