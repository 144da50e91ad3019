/* Data sets of HDF5 files: chunked, with a Fletcher-32 checksum on each chunk, a description and units. */
#ifndef GGCN_HPC_H5_DATA_H
#define GGCN_HPC_H5_DATA_H

#include "ggcn/state.h"
#include "h5_file.h"

enum { GGCN_H5_RANKS = 5 }; /* most dimensions of a data set */

typedef struct {
    const char *path; /* groups on the way are created */
    const char *description;
    const char *unit;
    hid_t type; /* in the file */
    int rank;
    hsize_t dims[GGCN_H5_RANKS], chunk[GGCN_H5_RANKS];
    bool piecewise; /* several calls may write parts of one chunk */
    hid_t mapping;  /* of a virtual data set: creation list with its sources; otherwise 0 */
} ggcn_h5_layout;

/* Shape of an existing data set. */
typedef struct {
    int rank;
    hsize_t dims[GGCN_H5_RANKS];
    hsize_t chunk_rows; /* rows of a chunk along dimension 0; 1 if not chunked */
    bool is_virtual;
} ggcn_h5_extent;

/* Creates an empty data set. Collective unless the file is alone. */
ggcn_status ggcn_h5_create_dataset(const ggcn_h5_file *file, const ggcn_h5_layout *layout, hid_t *dataset);

/* Writes a rectangle of a data set, each rank its own; count[0] may be 0. Collective unless the file is alone.
 * `start` and `count` have one entry per dimension; for a scalar count[0] says whether this rank writes it. */
ggcn_status ggcn_h5_write(const ggcn_h5_file *file, hid_t dataset, hid_t memory_type, const hsize_t *start,
                          const hsize_t *count, const void *data);

/* Reads a rectangle. Not collective. `path` is for messages. @return GGCN_ERROR_FORMAT if the file is damaged */
ggcn_status ggcn_h5_read(const char *path, hid_t dataset, hid_t memory_type, const hsize_t *start, const hsize_t *count,
                         void *data);

/* Whether a file has an object of this path; false as well if its groups are missing. */
bool ggcn_h5_has(const ggcn_h5_file *file, const char *path);
/* Opens a data set by name. Not collective. @return GGCN_ERROR_FORMAT if there is none */
ggcn_status ggcn_h5_open_dataset(const ggcn_h5_file *file, const char *name, hid_t *dataset);
/* @return GGCN_ERROR_FORMAT if it has more dimensions than ggcn ever writes */
ggcn_status ggcn_h5_get_extent(const char *path, hid_t dataset, ggcn_h5_extent *extent);

/* Whether all numbers of a data set are stored; what was never written would be read as zeros. True for virtual and
 * compressed data sets, of which this cannot be told. Not collective. */
bool ggcn_h5_is_whole(hid_t dataset);

/* Creates a group that remembers in which order its members are made, as netCDF-4 asks for. Collective unless the file
 * is alone. */
ggcn_status ggcn_h5_create_group(const ggcn_h5_file *file, const char *path);

/* Creates a data set for an array, chunk = block, and writes it. Collective unless the file is alone. `dataset` is left
 * open for attributes, or may be NULL. */
ggcn_status ggcn_h5_put_array(const ggcn_h5_file *file, const ggcn_array *array, hid_t *dataset);

/* Rows of a chunk of at most `bytes` bytes, so that `rows` rows fill their chunks evenly. */
hsize_t ggcn_h5_chunk_rows(hsize_t rows, hsize_t row_bytes, hsize_t bytes);

hid_t ggcn_h5_file_type(ggcn_type type); /* little-endian, whatever the machine */
hid_t ggcn_h5_memory_type(ggcn_type type);

#endif
