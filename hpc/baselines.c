#include "ggcn/baselines.h"

#include <limits.h>
#include <mpi.h>

ggcn_status ggcn_baseline_sum(float *values, size_t count) {
    if (count > INT_MAX)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a sum of 2^31 or more elements");
    if (MPI_Allreduce(MPI_IN_PLACE, values, (int)count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD) != MPI_SUCCESS)
        GGCN_FAIL(GGCN_ERROR_LIBRARY, "look at the messages of MPI above", "MPI: reduction failed");
    return GGCN_SUCCESS;
}
