/* Lists of names in HDF5 files. */
#ifndef GGCN_HPC_H5_NAMES_H
#define GGCN_HPC_H5_NAMES_H

#include "h5_file.h"

/* Writes names as a data set [n] of UTF-8 texts of one fixed length, padded with zeros. Collective.
 * @param names the same on all ranks */
ggcn_status ggcn_h5_put_names(const ggcn_h5_file *file, const char *path, const char *description, uint32_t n,
                              char *const *names);

#endif
