/*
 * HDF5 files as ggcn writes and reads them.
 *
 * Writing: under a temporary name, then flushed, synced, re-opened, read back whole, and renamed. Reading: kind and
 * version are checked first. A file is shared by all ranks (every function is collective and all ranks get the same
 * outcome) or `alone`, which means that only the calling rank has to do with it.
 *
 * Writes are collective: HDF5 asks for it where chunks carry a checksum. One that fails is known when the file is
 * finished (mpi_writes.h). Reads are independent: a damaged chunk is seen by one rank only, and inside a collective
 * read the others would wait for it for ever. The caller agrees afterwards.
 */
#ifndef GGCN_HPC_H5_FILE_H
#define GGCN_HPC_H5_FILE_H

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#include "ggcn/status.h"

typedef struct {
    const char *format;   /* root attribute "format" */
    int version;          /* root attribute "format_version": the newest this program knows */
    const char *name;     /* for messages, e.g. "data set" */
    const char *hint;     /* how to get a file of this kind */
    ggcn_status if_newer; /* the status of a file with a newer version */
} ggcn_h5_kind;

typedef struct {
    hid_t id;
    bool alone;
    bool writing;
    char *path;
    char *temporary;
    uint64_t mark; /* of a shared file that is written: mpi_writes.h */
} ggcn_h5_file;

/* Creates a file with provenance at its root. `bytes`: of the data that will be written; room is made for them now,
 * because a disk that is full inside a collective write leaves ranks waiting for each other.
 * @return GGCN_ERROR_IO if it cannot be written */
ggcn_status ggcn_h5_create(const char *path, const ggcn_h5_kind *kind, bool alone, int64_t bytes, ggcn_h5_file **file);
/* Opens a copy of an existing file to be changed, under its temporary name, for one rank. @return GGCN_ERROR_IO */
ggcn_status ggcn_h5_amend(const char *path, ggcn_h5_file **file);
/* Brings a created or amended file to its final name. Releases the handle and removes the temporary file in any case.
 */
ggcn_status ggcn_h5_finish(ggcn_h5_file **file);
/* Closes a file; one that was created and not finished is removed. NULL is allowed. */
void ggcn_h5_close(ggcn_h5_file **file);

/* Opens a file for reading; its structure is then as the schema of its kind says.
 * @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_FORMAT (not HDF5, another kind, damaged, against its schema),
 * kind->if_newer */
ggcn_status ggcn_h5_open(const char *path, const ggcn_h5_kind *kind, bool alone, ggcn_h5_file **file);

/* The first part of opening, for one rank: finds out with the system's own words why a file cannot be read. `name` is
 * what messages call its contents. @param[out] id to be closed with H5Fclose */
ggcn_status ggcn_h5_open_alone(const char *path, const char *name, const char *hint, hid_t *id);
/* The second part: kind and version. Not collective. @param[out] version of the file's format */
ggcn_status ggcn_h5_check_kind(hid_t id, const char *path, const ggcn_h5_kind *kind, int64_t *version);

/* Reads every data set of an open file once, so that every checksum is verified; the ranks share the work. */
ggcn_status ggcn_h5_verify(const ggcn_h5_file *file);

/* ggcn_agree for shared files, `mine` for a file opened alone. */
ggcn_status ggcn_h5_agree(const ggcn_h5_file *file, ggcn_status mine);

/* Raises an error with HDF5's innermost description of the call that failed just before. */
ggcn_status ggcn_h5_raise(ggcn_status status, const char *source, int line, const char *path, const char *what);
#define GGCN_H5_FAIL(status, path, what) return ggcn_h5_raise((status), __FILE__, __LINE__, (path), (what))

/* Sets what an object is created with. Attributes, and the members of a group, then lie in its header, which has a
 * checksum, however many there are: HDF5 1.10 and 1.12 crash on some damage to the heaps they would otherwise go to. */
void ggcn_h5_prepare_object(hid_t list);
/* The same for a group or file, whose members also keep the order they were made in, as netCDF-4 asks for. */
void ggcn_h5_prepare_group(hid_t list);

/* Attributes. Not agreed on: the caller does that. The text read is malloc'ed. */
ggcn_status ggcn_h5_put_text(hid_t object, const char *path, const char *name, const char *text);
ggcn_status ggcn_h5_put_integer(hid_t object, const char *path, const char *name, int64_t value);
ggcn_status ggcn_h5_put_real(hid_t object, const char *path, const char *name, double value);
ggcn_status ggcn_h5_get_text(hid_t object, const char *path, const char *name, char **text);
ggcn_status ggcn_h5_get_integer(hid_t object, const char *path, const char *name, int64_t *value);

#endif
