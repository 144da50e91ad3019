/* Rows of a distributed array on rank 0. */
#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ranks.h"

static ggcn_status check(const ggcn_array *array, int64_t wanted, size_t row_bytes) {
    if (array->rank < 1 || wanted < 0 || wanted > array->dims[0])
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%lld rows wanted of array %s", (long long)wanted, array->path);
    if (wanted > INT_MAX || row_bytes > INT_MAX)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "ask for fewer rows", "too many rows of array %s to gather", array->path);
    return GGCN_SUCCESS;
}

/* How many of the first `wanted` rows a rank holds; they are its first ones. */
static int64_t rows_held(const ggcn_array *array, int64_t wanted) {
    const int64_t left = wanted - array->first;
    return left < 0 ? 0 : left < array->count ? left : array->count;
}

ggcn_status ggcn_gather_rows(const ggcn_array *array, int64_t wanted, void *rows) {
    const size_t row_bytes = ggcn_array_row(array) * ggcn_type_bytes(array->type);
    GGCN_TRY(ggcn_agree(check(array, wanted, row_bytes)));
    if (!array->distributed || !ggcn_mpi_running()) {
        if (ggcn_rank() == 0)
            memcpy(rows, array->data, (size_t)wanted * row_bytes);
        return GGCN_SUCCESS;
    }
    const int ranks = ggcn_ranks();
    int *counts = malloc((size_t)ranks * sizeof *counts), *places = malloc((size_t)ranks * sizeof *places);
    ggcn_status status = GGCN_SUCCESS;
    if (!counts || !places)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %d counts", ranks);
    status = ggcn_agree(status);
    MPI_Datatype row = MPI_DATATYPE_NULL; /* counts of rows stay small where counts of bytes would overflow an int */
    if (status == GGCN_SUCCESS &&
        (MPI_Type_contiguous((int)row_bytes, MPI_BYTE, &row) != MPI_SUCCESS || MPI_Type_commit(&row) != MPI_SUCCESS))
        status = ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, NULL, "MPI: cannot describe a row");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS) {
        const int held = (int)rows_held(array, wanted);
        MPI_Gather(&held, 1, MPI_INT, counts, 1, MPI_INT, 0, MPI_COMM_WORLD);
        for (int r = 0, place = 0; ggcn_rank() == 0 && r < ranks; place += counts[r++])
            places[r] = place;
        if (MPI_Gatherv(array->data, held, row, rows, counts, places, row, 0, MPI_COMM_WORLD) != MPI_SUCCESS)
            status =
                ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, NULL, "MPI: gather of array %s failed", array->path);
    }
    if (row != MPI_DATATYPE_NULL)
        MPI_Type_free(&row);
    free(counts);
    free(places);
    return status;
}
