/* Texts of HDF5 files lie in "global heaps", the one part of a file that has no checksum, and which HDF5 before 1.14
 * trusts: a wrong length there makes it read or write outside its memory. */
#ifndef GGCN_HPC_H5_HEAP_H
#define GGCN_HPC_H5_HEAP_H

#include <hdf5.h>

#include "ggcn/status.h"

/* Checks the heaps that the attributes and virtual data sets of an open file refer to, before HDF5 reads them: from the
 * file's bytes, by way of the object headers, which HDF5 has checked. Objects in a format older than HDF5 1.8's are
 * passed over. Not collective. @return GGCN_ERROR_FORMAT, GGCN_ERROR_IO, GGCN_ERROR_MEMORY */
ggcn_status ggcn_h5_check_heaps(const char *path, hid_t file);

#endif
