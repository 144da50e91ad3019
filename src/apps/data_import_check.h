/* Finding bad images before anything is written. */
#ifndef GGCN_APPS_DATA_IMPORT_CHECK_H
#define GGCN_APPS_DATA_IMPORT_CHECK_H

#include "data_import_changes.h"
#include "data_import_plan.h"
#include "data_import_skipped.h"

/*
 * Reads and changes the images of a plan, until as many good ones are found as it will keep, takes the bad ones out of
 * the plan and puts them on the list. The ranks share the work and get the same plan and list, for any number of ranks.
 * Collective.
 */
ggcn_status import_check(ggcn_image_source *source, const import_changes *changes, import_plan *plan,
                         import_skipped *skipped);

#endif
