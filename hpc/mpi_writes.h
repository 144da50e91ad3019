/* Writes of shared files that fail. HDF5 leaves a collective call early on a rank whose write fails, while the others
 * wait for it inside, for ever. While shared files are watched, MPI's writes therefore succeed as far as HDF5 can see,
 * and what failed is counted here, to be asked for when all ranks have left HDF5. Opening is another matter, in which
 * MPI itself waits for a rank that cannot: hpc/h5_file.c tries it before. */
#ifndef GGCN_HPC_MPI_WRITES_H
#define GGCN_HPC_MPI_WRITES_H

#include <stdint.h>

#include "ggcn/status.h"

/* Until ggcn_mpi_writes_end: one more shared file is written. @return a mark for ggcn_mpi_writes_status */
uint64_t ggcn_mpi_writes_begin(void);
void ggcn_mpi_writes_end(void);

/* Whether everything since the mark was written, as far as this rank did it. @return GGCN_ERROR_IO with the path and
 * the system's words of the last failure */
ggcn_status ggcn_mpi_writes_status(uint64_t mark, const char *path);

#endif
