#include "data_import_skipped.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ggcn/hpc.h"

bool import_is_bad_image(ggcn_status status) {
    return status == GGCN_ERROR_FORMAT || status == GGCN_ERROR_IO;
}

ggcn_status import_skipped_add(import_skipped *skipped, const char *reason) {
    const int64_t place = skipped->count++;
    if (place >= IMPORT_SKIPPED_LISTED)
        return GGCN_SUCCESS;
    skipped->reasons[place] = malloc(IMPORT_REASON_BYTES);
    if (!skipped->reasons[place])
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the list of bad images");
    snprintf(skipped->reasons[place], IMPORT_REASON_BYTES, "%s", reason);
    return GGCN_SUCCESS;
}

void import_skipped_print(const import_skipped *skipped) {
    if (ggcn_rank() != 0 || skipped->count == 0)
        return;
    fflush(stdout);
    for (int64_t i = 0; i < skipped->count && i < IMPORT_SKIPPED_LISTED; i++)
        fprintf(stderr, "left out: %s\n", skipped->reasons[i]);
    if (skipped->count > IMPORT_SKIPPED_LISTED)
        fprintf(stderr, "left out: %" PRId64 " more\n", skipped->count - IMPORT_SKIPPED_LISTED);
}

void import_skipped_clear(import_skipped *skipped) {
    for (int i = 0; i < IMPORT_SKIPPED_LISTED; i++)
        free(skipped->reasons[i]);
    *skipped = (import_skipped){0};
}
