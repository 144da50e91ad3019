#include "data_labels.h"

#include <stdlib.h>

#include "ggcn/hpc.h"

enum { labels_at_once = 1 << 20 };

ggcn_status data_visit_labels(ggcn_dataset *dataset, void (*visit)(void *context, int64_t number, uint32_t label),
                              void *context) {
    const int64_t total = ggcn_dataset_describe(dataset)->count;
    uint32_t *labels = malloc(labels_at_once * sizeof *labels);
    ggcn_status status = GGCN_SUCCESS;
    if (!labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %d labels", labels_at_once);
    status = ggcn_agree(status);
    for (int64_t first = 0; status == GGCN_SUCCESS && first < total; first += labels_at_once) {
        int64_t count = total - first < labels_at_once ? total - first : labels_at_once;
        if (ggcn_rank() != 0)
            count = 0;
        status = ggcn_dataset_read(dataset, first, count, NULL, labels);
        for (int64_t i = 0; status == GGCN_SUCCESS && i < count; i++)
            visit(context, first + i, labels[i]);
    }
    free(labels);
    return status;
}
