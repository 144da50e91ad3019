/* The report on images that repeat an earlier one. */
#ifndef GGCN_APPS_DATA_IMPORT_REPEATS_H
#define GGCN_APPS_DATA_IMPORT_REPEATS_H

#include "data_import_plan.h"

/*
 * Reads the finished data set `out` again and prints how many images have the same bytes as an earlier one, and the
 * first groups of them by their names in the source: those first that contradict themselves (several classes) or that
 * lie in both the training and the held-out part. Collective.
 */
ggcn_status import_report_repeats(const char *out, ggcn_image_source *source, const import_plan *plan);

#endif
