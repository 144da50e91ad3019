/* An open file beside its schema, and what is wrong with it. Not collective. */
#ifndef GGCN_HPC_SCHEMA_CHECK_H
#define GGCN_HPC_SCHEMA_CHECK_H

#include <hdf5.h>

#include "ggcn/schema.h"
#include "schema.h"

/* A growing list. Memory that runs out is remembered in `status`, so that not every line has to look. */
typedef struct {
    ggcn_finding *list;
    size_t count, capacity;
    ggcn_status status;
} ggcn_findings;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void ggcn_findings_add(ggcn_findings *findings, const char *hint, const char *format, ...);
/* Adds the last error. */
void ggcn_findings_add_error(ggcn_findings *findings);
void ggcn_findings_clear(ggcn_findings *findings);

typedef struct {
    char *path; /* without a slash in front */
    H5O_type_t type;
    const ggcn_schema_dataset *dataset; /* the entry that it falls under; NULL: none */
    const ggcn_schema_group *group;
} ggcn_h5_object;

/* A file that is being examined. */
typedef struct {
    hid_t id;
    const char *path;
    const ggcn_schema *schema;
    int64_t version;         /* of the format, as the file says */
    ggcn_h5_object *objects; /* all groups and data sets, by name */
    size_t objects_count;
    hsize_t *sizes;         /* of each dimension of the schema; 0: no data set has it */
    const char **size_from; /* the data set that each size was seen in */
} ggcn_examined;

/* Lists the objects. Release with ggcn_examined_clear in any case. @return GGCN_ERROR_FORMAT, GGCN_ERROR_MEMORY */
ggcn_status ggcn_examine(hid_t id, const char *path, const ggcn_schema *schema, int64_t version,
                         ggcn_examined *examined);
void ggcn_examined_clear(ggcn_examined *examined);

/* Compares structure with the schema and finds the sizes. `strict`: objects that the schema does not list are findings
 * where the kind is closed; a reader takes no notice of them. */
void ggcn_check_structure(ggcn_examined *examined, bool strict, ggcn_findings *findings);
/* The attributes of an object: of the root for an empty `path`, otherwise of a data set. */
void ggcn_check_attributes(const ggcn_examined *examined, hid_t object, const char *path, bool strict,
                           ggcn_findings *findings);

/* Whether an entry is in files of the examined file's version. */
bool ggcn_in_version(const ggcn_examined *examined, uint32_t since);
/* Which of its two shapes a data set has: names of dimensions, or NULL if it has neither number of dimensions. */
char *const *ggcn_shape_of(const ggcn_schema_dataset *dataset, int rank);
/* The HDF5 type of numbers in a file. */
hid_t ggcn_schema_file_type(ggcn_schema_type type);

#endif
