/* Reading the images of a plan and writing them into a data-set file. */
#ifndef GGCN_APPS_DATA_IMPORT_WRITE_H
#define GGCN_APPS_DATA_IMPORT_WRITE_H

#include "data_import_changes.h"
#include "data_import_plan.h"
#include "ggcn/dataset.h"

/*
 * Makes the data-set file `out`. The ranks go through the images in rounds: each decodes one piece, then all write.
 * If images are bad, the error is that of the first of them, whatever the number of ranks, and no file is left.
 * Collective.
 * @param source_text for the file's source attribute
 * @param[in,out] changes its shape is settled if the images decide it
 * @param[out] seconds of the work
 */
ggcn_status import_write(const char *out, char *source_text, ggcn_image_source *source, const import_plan *plan,
                         import_changes *changes, double *seconds);

#endif
