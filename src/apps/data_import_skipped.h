/* The images that ggcn_data import --skip-bad leaves out, and why. The same list on every rank. */
#ifndef GGCN_APPS_DATA_IMPORT_SKIPPED_H
#define GGCN_APPS_DATA_IMPORT_SKIPPED_H

#include <stdbool.h>
#include <stdint.h>

#include "ggcn/status.h"

enum { IMPORT_SKIPPED_LISTED = 100, IMPORT_REASON_BYTES = 512 };

typedef struct {
    int64_t count;
    char *reasons[IMPORT_SKIPPED_LISTED]; /* of the first ones; each names its image */
} import_skipped;

/* Whether an error means that one image is bad, and others may be good. */
bool import_is_bad_image(ggcn_status status);
/* The reason is copied, at most IMPORT_REASON_BYTES of it. */
ggcn_status import_skipped_add(import_skipped *skipped, const char *reason);
/* Prints the list to standard error, on rank 0. */
void import_skipped_print(const import_skipped *skipped);
void import_skipped_clear(import_skipped *skipped);

#endif
