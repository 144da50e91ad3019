#include "data_import_repeats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "options.h"

enum { groups_shown = 20, names_shown = 5, name_bytes = 512 };

/* What is odd about a group of equal images beside their number. */
enum { SEVERAL_CLASSES = 1, BOTH_PARTS = 2 };

typedef struct {
    ggcn_image_source *source;
    const import_plan *plan;
    const int64_t *first; /* [count] number of the first equal image */
    int64_t *next;        /* [count] the next equal image, or -1 */
    uint8_t *odd;         /* [count] of the group that begins with an image */
    int64_t count;
} repeats;

static bool is_held_out(const repeats *r, int64_t i) {
    return i >= r->plan->parts[IMPORT_TRAINING].count;
}

/* Whether image i begins a group of two or more. */
static bool begins_group(const repeats *r, int64_t i) {
    return r->first[i] == i && r->next[i] >= 0;
}

/* From the last image to the first, so that each can point at the one behind it: after the pass over the others,
 * next[i] of a group's first image is the second one. */
static void link_groups(repeats *r) {
    for (int64_t i = 0; i < r->count; i++)
        r->next[i] = -1;
    for (int64_t i = r->count - 1; i >= 0; i--) {
        const int64_t head = r->first[i];
        if (head == i)
            continue;
        r->next[i] = r->next[head];
        r->next[head] = i;
        if (import_plan_label(r->plan, i) != import_plan_label(r->plan, head))
            r->odd[head] |= SEVERAL_CLASSES;
        if (is_held_out(r, i) != is_held_out(r, head))
            r->odd[head] |= BOTH_PARTS;
    }
}

static void print_group(const repeats *r, int64_t head) {
    app_print("  the same image%s%s:\n", r->odd[head] & SEVERAL_CLASSES ? ", in SEVERAL CLASSES" : "",
              r->odd[head] & BOTH_PARTS ? ", in BOTH PARTS" : "");
    int64_t shown = 0, more = 0;
    for (int64_t i = head; i >= 0; i = r->next[i]) {
        if (shown == names_shown) {
            more++;
            continue;
        }
        char name[name_bytes];
        r->source->name(r->source, import_plan_number(r->plan, i), name, sizeof name);
        app_print("    %7" PRId64 "  %s (%s%s)\n", i, name, r->plan->classes[import_plan_label(r->plan, i)],
                  is_held_out(r, i) ? ", held out" : "");
        shown++;
    }
    if (more > 0)
        app_print("    and %" PRId64 " more\n", more);
}

static void print_report(const repeats *r) {
    int64_t images = 0, groups = 0, classes = 0, parts = 0, shown = 0;
    for (int64_t i = 0; i < r->count; i++) {
        images += r->first[i] != i;
        groups += begins_group(r, i);
        classes += (r->odd[i] & SEVERAL_CLASSES) != 0;
        parts += (r->odd[i] & BOTH_PARTS) != 0;
    }
    app_print("duplicates: %" PRId64 " (images that repeat an earlier one); groups: %" PRId64
              ", of which in several classes: "
              "%" PRId64 ", in both parts: %" PRId64 "\n",
              images, groups, classes, parts);
    for (int odd = 1; odd >= 0; odd--)
        for (int64_t i = 0; i < r->count && shown < groups_shown; i++)
            if (begins_group(r, i) && (r->odd[i] != 0) == odd) {
                print_group(r, i);
                shown++;
            }
    if (groups > shown)
        app_print("  more groups: %" PRId64 "\n", groups - shown);
}

ggcn_status import_report_repeats(const char *out, ggcn_image_source *source, const import_plan *plan) {
    ggcn_dataset *dataset;
    int64_t *first = NULL;
    GGCN_TRY(ggcn_agree(ggcn_dataset_open(out, &dataset)));
    ggcn_status status = ggcn_dataset_find_repeats(dataset, &first);
    ggcn_dataset_close(&dataset);
    if (status == GGCN_SUCCESS && ggcn_rank() == 0) {
        const int64_t count = import_plan_count(plan);
        repeats r = {.source = source,
                     .plan = plan,
                     .first = first,
                     .next = malloc((size_t)count * sizeof *r.next),
                     .odd = calloc((size_t)count, sizeof *r.odd),
                     .count = count};
        if (r.next && r.odd) {
            link_groups(&r);
            print_report(&r);
        } else
            status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to report duplicates");
        free(r.next);
        free(r.odd);
    }
    free(first);
    return ggcn_agree(status);
}
