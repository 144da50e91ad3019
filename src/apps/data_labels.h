/* What the commands of ggcn_data that read data-set files share. */
#ifndef GGCN_APPS_DATA_LABELS_H
#define GGCN_APPS_DATA_LABELS_H

#include <stdint.h>

#include "ggcn/dataset.h"

/* Calls `visit` on rank 0 for each image's number and label, in order. Collective. */
ggcn_status data_visit_labels(ggcn_dataset *dataset, void (*visit)(void *context, int64_t number, uint32_t label),
                              void *context);

#endif
