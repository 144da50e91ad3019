/* Numbers and names of a file beside its schema. Collective; every rank has the file open for itself, and all get the
 * same findings. */
#ifndef GGCN_HPC_SCHEMA_VALUES_H
#define GGCN_HPC_SCHEMA_VALUES_H

#include "schema_check.h"

/* Reads every data set once, which compares the checksums of its chunks, and looks at the numbers. The structure must
 * have been checked: it finds the sizes. @return GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY */
ggcn_status ggcn_check_values(const ggcn_examined *examined, ggcn_findings *findings);

/* Compares the digests that the file stores with those of its numbers. Same errors. */
ggcn_status ggcn_check_digests(const ggcn_examined *examined, ggcn_findings *findings);

/* Repeated and empty names of a list of texts. For one rank; memory for 24 bytes a name. */
typedef struct {
    int64_t empty, first_empty;
    int64_t repeated, first, again; /* numbers of two equal names */
    char name[64];
} ggcn_name_tally;
ggcn_status ggcn_tally_names(const char *path, hid_t dataset, ggcn_name_tally *tally);

#endif
