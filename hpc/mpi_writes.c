/* MPI's profiling interface: a function defined here takes the place of MPI's, which is still there under the name
 * PMPI_... */
#include "mpi_writes.h"

#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

static int watched; /* shared files */
static uint64_t failures;
static char last_failure[MPI_MAX_ERROR_STRING];

uint64_t ggcn_mpi_writes_begin(void) {
    watched++;
    return failures;
}

void ggcn_mpi_writes_end(void) {
    watched--;
}

ggcn_status ggcn_mpi_writes_status(uint64_t mark, const char *path) {
    if (failures == mark)
        return GGCN_SUCCESS;
    GGCN_FAIL(GGCN_ERROR_IO, "is the disk full, or the quota used up?", "%s: cannot write: %s", path, last_failure);
}

/* What HDF5 is told in place of `code`. errno was 0 before the call. */
static int noted(int code) {
    if (code == MPI_SUCCESS || watched == 0)
        return code;
    int length;
    if (errno != 0)
        snprintf(last_failure, sizeof last_failure, "%s", strerror(errno));
    else if (MPI_Error_string(code, last_failure, &length) != MPI_SUCCESS)
        snprintf(last_failure, sizeof last_failure, "MPI error %d", code);
    failures++;
    return MPI_SUCCESS;
}

/* HDF5 compares the status with what it asked for: a write that did less is found out here, and the status mended. */
static int noted_write(int code, int count, MPI_Datatype type, MPI_Status *status) {
    int size, bytes = 0;
    if (watched == 0 || status == MPI_STATUS_IGNORE || PMPI_Type_size(type, &size) != MPI_SUCCESS)
        return noted(code);
    if (code == MPI_SUCCESS && PMPI_Get_elements(status, type, &bytes) == MPI_SUCCESS && bytes == count * size)
        return code;
    if (code == MPI_SUCCESS) {
        failures++;
        snprintf(last_failure, sizeof last_failure, "%d bytes were written in place of %d", bytes, count * size);
    }
    PMPI_Status_set_elements(status, type, count * size);
    return noted(code);
}

int MPI_File_write_at(MPI_File file, MPI_Offset offset, const void *data, int count, MPI_Datatype type,
                      MPI_Status *status) {
    errno = 0;
    return noted_write(PMPI_File_write_at(file, offset, data, count, type, status), count, type, status);
}

int MPI_File_write_at_all(MPI_File file, MPI_Offset offset, const void *data, int count, MPI_Datatype type,
                          MPI_Status *status) {
    errno = 0;
    return noted_write(PMPI_File_write_at_all(file, offset, data, count, type, status), count, type, status);
}

int MPI_File_set_size(MPI_File file, MPI_Offset size) {
    errno = 0;
    return noted(PMPI_File_set_size(file, size));
}

int MPI_File_sync(MPI_File file) {
    errno = 0;
    return noted(PMPI_File_sync(file));
}

int MPI_File_close(MPI_File *file) {
    errno = 0;
    return noted(PMPI_File_close(file));
}
