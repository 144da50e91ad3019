/* What writing and reading of metrics share. */
#ifndef GGCN_HPC_METRICS_KIND_H
#define GGCN_HPC_METRICS_KIND_H

#include "h5_file.h"

extern const ggcn_h5_kind ggcn_metrics_kind;

/* Reads `rows` numbers of a data set of one dimension. Not collective. */
ggcn_status ggcn_metrics_read_column(const ggcn_h5_file *file, const char *name, hsize_t rows, hid_t type,
                                     void *values);
/* How many rows a file has; its schema says that all columns have as many. Not collective. */
ggcn_status ggcn_metrics_count_rows(const ggcn_h5_file *file, hsize_t *rows);

#endif
