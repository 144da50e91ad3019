/*
 * Which images of a source go into a data set, and in which order. Every rank makes the same plan.
 *
 * The training part comes first, then the held-out part. Both begin as the source's own parts; classes that are not
 * wanted are left out, the rest is put in order (the source's, or a random one), shortened to the limit, and a share of
 * each class may then go from the training part to the held-out part.
 */
#ifndef GGCN_APPS_DATA_IMPORT_PLAN_H
#define GGCN_APPS_DATA_IMPORT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "data_import_skipped.h"
#include "ggcn/image.h"

/* What is asked for. */
typedef struct {
    const char *classes; /* names or numbers, separated by commas; NULL: all */
    int64_t limit;       /* 0: all */
    bool shuffle;
    int64_t seed;
    double split; /* share of each class to hold out; 0: none */
} import_selection;

typedef struct {
    uint32_t *numbers; /* [count] image of the source */
    uint32_t *labels;  /* [count] its label in the data set */
    int64_t count;
    int64_t most; /* how many will be kept, from the first on */
} import_part;

enum { IMPORT_TRAINING, IMPORT_HELD_OUT, IMPORT_PARTS };

typedef struct {
    import_part parts[IMPORT_PARTS];
    char **classes; /* [n_classes]; the names are the source's */
    uint32_t n_classes;
} import_plan;

/*
 * Chooses and orders the images; none is cut off yet, so that bad ones can still be taken out of the parts.
 * `skipped`: where images whose label cannot be read go; NULL: they are errors. `path` is for messages.
 * @return GGCN_ERROR_ARGUMENT: no such class, no images of these classes, --split of a source with a held-out part
 */
ggcn_status import_plan_create(const char *path, ggcn_image_source *source, const import_selection *selection,
                               import_skipped *skipped, import_plan *plan);
/* Cuts the parts to their limits, and splits.
 * @return GGCN_ERROR_ARGUMENT: nothing is left to train on; nothing would be held out */
ggcn_status import_plan_finish(const char *path, const import_selection *selection, import_plan *plan);
void import_plan_clear(import_plan *plan);

int64_t import_plan_count(const import_plan *plan);
/* Image of the source, and label, of image i of the data set. */
int64_t import_plan_number(const import_plan *plan, int64_t i);
uint32_t import_plan_label(const import_plan *plan, int64_t i);

#endif
