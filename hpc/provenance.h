/* Where a file comes from, as attributes of its root. */
#ifndef GGCN_HPC_PROVENANCE_H
#define GGCN_HPC_PROVENANCE_H

#include <hdf5.h>
#include <stdbool.h>

#include "ggcn/status.h"

/* Collective unless `alone`; all ranks get the same outcome. `path` is for messages. */
ggcn_status ggcn_provenance_write(hid_t file, const char *path, const char *format, int version, bool alone);

#endif
