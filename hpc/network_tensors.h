/* The kind of network files, their data sets, and the numbers in memory that each holds. */
#ifndef GGCN_HPC_NETWORK_TENSORS_H
#define GGCN_HPC_NETWORK_TENSORS_H

#include "ggcn/graph.h"
#include "h5_file.h"

extern const ggcn_h5_kind ggcn_network_kind;

typedef struct {
    char path[96]; /* "weights/LAYER/weight" */
    const char *description;
    int rank;
    int64_t dims[4];
    size_t count;
    bool statistics; /* of the vector of statistics, not of parameters */
    size_t offset;   /* in that vector */
} ggcn_network_tensor;

/* The data sets that a graph needs, in the order of parameters, then statistics. `tensors` is malloc'ed. */
ggcn_status ggcn_network_tensors(const ggcn_graph *graph, ggcn_network_tensor **tensors, size_t *count);

/* Checks a data set's numbers. `path` is that of the file. @return `status` with the place of the first bad number */
ggcn_status ggcn_network_check_numbers(const char *path, const ggcn_network_tensor *tensor, const float *numbers,
                                       ggcn_status status);

/* Checks that a file has exactly these data sets under "weights", and of these shapes. Not collective. */
ggcn_status ggcn_network_check_tensors(const ggcn_h5_file *file, const ggcn_network_tensor *tensors, size_t count);

#endif
