/* The checksum of HDF5's metadata: "HDF5 File Format Specification", where it says "checksum" of version 2 and later.
 */
#ifndef GGCN_HPC_H5_CHECKSUM_H
#define GGCN_HPC_H5_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Bob Jenkins' lookup3 (2006, public domain), from 0. */
uint32_t ggcn_h5_checksum(const uint8_t *bytes, size_t count);

#endif
