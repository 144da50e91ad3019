/* Start, end and agreement of the ranks. MPI's own errors end all ranks: its default handler stays in place, because
 * after a lost message the ranks could not agree on anything. The returned codes are checked for programs that changed
 * it. */
#include "ggcn/hpc.h"

#include <hdf5.h>
#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ranks.h"

#define MPI_TRY(call, what)                                                                                            \
    do {                                                                                                               \
        if ((call) != MPI_SUCCESS)                                                                                     \
            GGCN_FAIL(GGCN_ERROR_LIBRARY, "look at the messages of MPI above", "MPI: %s failed", what);                \
    } while (0)

static bool started_here;

bool ggcn_mpi_running(void) {
    int initialized = 0, finalized = 0;
    MPI_Initialized(&initialized);
    if (initialized)
        MPI_Finalized(&finalized);
    return initialized && !finalized;
}

/* A file that could not be closed stays among HDF5's identifiers, with memory that was given back, and HDF5 closes all
 * of them when it ends: at exit, or with MPI if it began after MPI. So it begins before, and does not end. */
static void start_hdf5(void) {
    H5dont_atexit();
    H5open();
}

ggcn_status ggcn_hpc_start(int *argc, char ***argv) {
    if (ggcn_mpi_running())
        return GGCN_SUCCESS;
    start_hdf5();
    int provided = MPI_THREAD_SINGLE;
    MPI_TRY(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided), "start");
    started_here = true;
    if (provided < MPI_THREAD_FUNNELED)
        GGCN_FAIL(GGCN_ERROR_LIBRARY, "use an MPI library built with thread support",
                  "MPI does not allow threads beside the one that communicates");
    return GGCN_SUCCESS;
}

void ggcn_hpc_finish(void) {
    if (started_here && ggcn_mpi_running())
        MPI_Finalize();
    started_here = false;
}

int ggcn_rank(void) {
    int rank = 0;
    if (ggcn_mpi_running())
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

int ggcn_ranks(void) {
    int ranks = 1;
    if (ggcn_mpi_running())
        MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    return ranks;
}

ggcn_status ggcn_agree(ggcn_status mine) {
    if (!ggcn_mpi_running())
        return mine;
    const int rank = ggcn_rank(), ranks = ggcn_ranks();
    /* The rank to report is the lowest one with a description of its own; ELSEWHERE comes from an agreement before. */
    int key = mine == GGCN_SUCCESS ? 2 * ranks : mine == GGCN_ERROR_ELSEWHERE ? ranks + rank : rank, lowest = key;
    MPI_TRY(MPI_Allreduce(&key, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD), "agreement");
    if (lowest == 2 * ranks)
        return GGCN_SUCCESS;
    if (lowest == key)
        return mine;
    GGCN_FAIL(GGCN_ERROR_ELSEWHERE, NULL, "rank %d failed", lowest % ranks);
}

ggcn_status ggcn_share_failure(ggcn_status mine, char *message, size_t size) {
    if (size > 0)
        snprintf(message, size, "%s", ggcn_last_error()->message);
    if (!ggcn_mpi_running())
        return mine;
    const int rank = ggcn_rank(), ranks = ggcn_ranks();
    int key = mine == GGCN_ERROR_ELSEWHERE ? ranks : rank, root = key;
    MPI_TRY(MPI_Allreduce(&key, &root, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD), "agreement");
    if (root == ranks)
        root = 0;
    int status = (int)mine;
    GGCN_TRY(ggcn_broadcast(&status, sizeof status, root));
    GGCN_TRY(ggcn_broadcast(message, size, root));
    return (ggcn_status)status;
}

ggcn_status ggcn_same_on_all_ranks(const char *what, const char *hint, const void *data, size_t bytes) {
    char *first = malloc(bytes + 1);
    GGCN_TRY(ggcn_agree(first ? GGCN_SUCCESS
                              : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to compare ranks")));
    memcpy(first, data, bytes);
    ggcn_status status = ggcn_broadcast(first, bytes, 0);
    if (status == GGCN_SUCCESS && memcmp(first, data, bytes) != 0)
        status = ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__, hint, "rank %d: %s differs from rank 0's",
                            ggcn_rank(), what);
    free(first);
    return ggcn_agree(status);
}

ggcn_status ggcn_broadcast(void *data, size_t bytes, int root) {
    if (!ggcn_mpi_running())
        return GGCN_SUCCESS;
    const size_t largest = (size_t)1 << 30; /* MPI counts are int */
    for (size_t done = 0; done < bytes;) {
        const size_t part = bytes - done < largest ? bytes - done : largest;
        MPI_TRY(MPI_Bcast((char *)data + done, (int)part, MPI_BYTE, root, MPI_COMM_WORLD), "broadcast");
        done += part;
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_broadcast_text(char **text) {
    const bool root = ggcn_rank() == 0;
    uint64_t bytes = root ? strlen(*text) + 1 : 0;
    GGCN_TRY(ggcn_broadcast(&bytes, sizeof bytes, 0));
    char *copy = root ? *text : malloc(bytes);
    ggcn_status status = GGCN_SUCCESS;
    if (!copy)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a text of %llu bytes",
                            (unsigned long long)bytes);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_broadcast(copy, bytes, 0);
    if (status == GGCN_SUCCESS)
        *text = copy;
    else if (!root)
        free(copy);
    return status;
}

void ggcn_barrier(void) {
    if (ggcn_mpi_running())
        MPI_Barrier(MPI_COMM_WORLD);
}

ggcn_status ggcn_max_over_ranks(double *values, size_t count) {
    if (count > INT_MAX)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%zu values in one reduction", count);
    if (ggcn_mpi_running())
        MPI_TRY(MPI_Allreduce(MPI_IN_PLACE, values, (int)count, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD), "reduction");
    return GGCN_SUCCESS;
}

ggcn_status ggcn_max_int64(int64_t *value) {
    if (ggcn_mpi_running())
        MPI_TRY(MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD), "reduction");
    return GGCN_SUCCESS;
}

ggcn_status ggcn_join_bits(unsigned *bits) {
    if (ggcn_mpi_running())
        MPI_TRY(MPI_Allreduce(MPI_IN_PLACE, bits, 1, MPI_UNSIGNED, MPI_BOR, MPI_COMM_WORLD), "reduction");
    return GGCN_SUCCESS;
}

/* On rank 0: how many values come from each rank, and where they go. counts and places: [ranks] */
static ggcn_status plan_gather(int64_t count, int *counts, int *places, int ranks, int64_t *total) {
    *total = 0;
    int mine = count <= INT_MAX ? (int)count : -1;
    MPI_TRY(MPI_Gather(&mine, 1, MPI_INT, counts, 1, MPI_INT, 0, MPI_COMM_WORLD), "gather");
    if (ggcn_rank() != 0)
        return GGCN_SUCCESS;
    for (int r = 0; r < ranks; r++) {
        if (counts[r] < 0 || *total + counts[r] > INT_MAX)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "more than %d values to gather", INT_MAX);
        places[r] = (int)*total;
        *total += counts[r];
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_gather_u64(const uint64_t *mine, int64_t count, uint64_t **all, int64_t *total) {
    const bool root = ggcn_rank() == 0;
    const int ranks = ggcn_ranks();
    *all = NULL;
    *total = count;
    int *counts = malloc((size_t)ranks * sizeof *counts), *places = malloc((size_t)ranks * sizeof *places);
    ggcn_status status = GGCN_SUCCESS;
    if (!counts || !places)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %d counts", ranks);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS && ggcn_mpi_running())
        status = ggcn_agree(plan_gather(count, counts, places, ranks, total));
    if (status == GGCN_SUCCESS) {
        if (root && !(*all = malloc((size_t)(*total ? *total : 1) * sizeof **all)))
            status =
                ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld values", (long long)*total);
        status = ggcn_agree(status);
    }
    if (status == GGCN_SUCCESS) {
        if (!ggcn_mpi_running())
            memcpy(*all, mine, (size_t)count * sizeof *mine);
        else if (MPI_Gatherv(mine, (int)count, MPI_UINT64_T, *all, counts, places, MPI_UINT64_T, 0, MPI_COMM_WORLD) !=
                 MPI_SUCCESS)
            status = ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, NULL, "MPI: gather failed");
    }
    free(counts);
    free(places);
    if (status != GGCN_SUCCESS) {
        free(*all);
        *all = NULL;
    }
    return status;
}

void ggcn_hpc_abort(int code) {
    if (ggcn_mpi_running())
        MPI_Abort(MPI_COMM_WORLD, code);
    _Exit(code);
}
