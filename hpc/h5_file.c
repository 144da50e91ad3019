#include "h5_file.h"

#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "ggcn/hpc.h"
#include "h5_heap.h"
#include "mpi_writes.h"
#include "provenance.h"
#include "ranks.h"
#include "schema_check.h"

static herr_t take_first(unsigned depth, const H5E_error2_t *error, void *text) {
    if (depth == 0 && error->desc)
        snprintf(text, 512, "%s", error->desc);
    return 0;
}

ggcn_status ggcn_h5_raise(ggcn_status status, const char *source, int line, const char *path, const char *what) {
    char description[512] = "no description";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, description);
    return ggcn_raise(status, source, line, status == GGCN_ERROR_IO ? "is the disk full, or the quota used up?" : NULL,
                      "%s: %s: HDF5: %s", path, what, description);
}

ggcn_status ggcn_h5_agree(const ggcn_h5_file *file, ggcn_status mine) {
    return file->alone ? mine : ggcn_agree(mine);
}

/* The rank that deals with the file system by itself. */
static bool leads(bool alone) {
    return alone || ggcn_rank() == 0;
}

static hid_t access_list(bool alone) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* errors travel in ggcn_status, not to standard error */
    const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    bool good = list >= 0 && H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) >= 0;
    /* HDF5's older formats have no checksums of what describes the data: headers, indices. Any HDF5 from 1.10 on reads
     * it. */
    good = good && H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0;
    if (!alone && ggcn_mpi_running())
        good = good && H5Pset_fapl_mpio(list, MPI_COMM_WORLD, MPI_INFO_NULL) >= 0;
    else /* many parallel file systems have no locks; files change only by renaming, so none are needed */
        good = good && H5Pset_file_locking(list, false, true) >= 0;
    if (good)
        return list;
    if (list >= 0)
        H5Pclose(list);
    return -1;
}

static bool watched(const ggcn_h5_file *file) {
    return file->writing && !file->alone;
}

static void release(ggcn_h5_file **file) {
    if (watched(*file))
        ggcn_mpi_writes_end();
    free((*file)->path);
    free((*file)->temporary);
    free(*file);
    *file = NULL;
}

static ggcn_status allocate(const char *path, bool alone, bool writing, ggcn_h5_file **file) {
    *file = calloc(1, sizeof **file);
    if (!*file)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for an open file");
    (*file)->id = -1;
    (*file)->alone = alone;
    (*file)->writing = writing;
    if (watched(*file))
        (*file)->mark = ggcn_mpi_writes_begin();
    ggcn_status status = ggcn_format(&(*file)->path, "%s", path);
    if (status == GGCN_SUCCESS && writing)
        status = ggcn_format(&(*file)->temporary, "%s" GGCN_INCOMPLETE, path);
    if (status != GGCN_SUCCESS)
        release(file);
    return status;
}

void ggcn_h5_prepare_object(hid_t list) {
    H5Pset_attr_phase_change(list, 1024, 0);
}

void ggcn_h5_prepare_group(hid_t list) {
    ggcn_h5_prepare_object(list);
    H5Pset_link_phase_change(list, 4096, 0);
    H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
}

static ggcn_status create_file(ggcn_h5_file *file) {
    const hid_t access = access_list(file->alone), creation = H5Pcreate(H5P_FILE_CREATE);
    ggcn_h5_prepare_group(creation);
    file->id = H5Fcreate(file->temporary, H5F_ACC_TRUNC, creation, access);
    ggcn_status status = GGCN_SUCCESS;
    if (file->id < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->temporary, "cannot create the file");
    H5Pclose(creation);
    H5Pclose(access);
    return status;
}

/* Whether this rank can open a file, before all ranks do so together: MPI waits for one that cannot. */
static ggcn_status try_to_open(const char *path, int flags) {
    const int descriptor = open(path, flags);
    if (descriptor < 0)
        GGCN_FAIL(GGCN_ERROR_IO, "check the folder's permissions, on all hosts", "%s: rank %d cannot open the file: %s",
                  path, ggcn_rank(), strerror(errno));
    close(descriptor); /* nothing was written through it */
    return GGCN_SUCCESS;
}

ggcn_status ggcn_h5_create(const char *path, const ggcn_h5_kind *kind, bool alone, int64_t bytes, ggcn_h5_file **file) {
    const int64_t room = bytes + bytes / 4 + (256 << 10); /* indices, attributes; closing the file trims it */
    ggcn_status status = allocate(path, alone, true, file);
    /* A file of that name is of a program that was killed, whose other ranks may still be writing to it. */
    if (status == GGCN_SUCCESS && leads(alone))
        status = ggcn_remove_file((*file)->temporary);
    if (status == GGCN_SUCCESS && leads(alone))
        status = ggcn_reserve_file((*file)->temporary, room);
    if (!alone)
        status = ggcn_agree(status);
    if (status == GGCN_SUCCESS && !alone)
        status = ggcn_agree(try_to_open((*file)->temporary, O_RDWR));
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_agree(*file, create_file(*file));
    if (status == GGCN_SUCCESS && !alone) /* again: creating has emptied it */
        status = ggcn_agree(ggcn_rank() == 0 ? ggcn_reserve_file((*file)->temporary, room) : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS)
        status = ggcn_provenance_write((*file)->id, path, kind->format, kind->version, alone);
    if (status != GGCN_SUCCESS)
        ggcn_h5_close(file);
    return status;
}

void ggcn_h5_close(ggcn_h5_file **file) {
    if (!*file)
        return;
    if ((*file)->id >= 0)
        H5Fclose((*file)->id);
    if ((*file)->temporary && leads((*file)->alone))
        unlink((*file)->temporary);
    release(file);
}

static ggcn_status open_file(const char *path, bool alone, hid_t *id) {
    if (!alone)
        GGCN_TRY(ggcn_agree(try_to_open(path, O_RDONLY)));
    const hid_t list = access_list(alone);
    *id = H5Fopen(path, H5F_ACC_RDONLY, list);
    ggcn_status status = GGCN_SUCCESS;
    if (*id < 0)
        status = ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, path, "cannot open the file");
    H5Pclose(list);
    return status;
}

ggcn_status ggcn_h5_amend(const char *path, ggcn_h5_file **file) {
    GGCN_TRY(allocate(path, true, true, file));
    ggcn_status status = ggcn_copy_file(path, (*file)->temporary);
    const hid_t list = access_list(true);
    if (status == GGCN_SUCCESS && ((*file)->id = H5Fopen((*file)->temporary, H5F_ACC_RDWR, list)) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, (*file)->temporary, "cannot open the file");
    H5Pclose(list);
    if (status != GGCN_SUCCESS)
        ggcn_h5_close(file);
    return status;
}

ggcn_status ggcn_h5_finish(ggcn_h5_file **file) {
    ggcn_h5_file *f = *file;
    ggcn_status status = GGCN_SUCCESS;
    if (H5Fflush(f->id, H5F_SCOPE_GLOBAL) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, f->temporary, "cannot flush the file");
    if (H5Fclose(f->id) < 0 && status == GGCN_SUCCESS)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, f->temporary, "cannot close the file");
    f->id = -1;
    if (status == GGCN_SUCCESS && watched(f))
        status = ggcn_mpi_writes_status(f->mark, f->temporary);
    if (status == GGCN_SUCCESS && leads(f->alone))
        status = ggcn_sync_file(f->temporary);
    status = ggcn_h5_agree(f, status);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_agree(f, open_file(f->temporary, f->alone, &f->id));
    if (status == GGCN_SUCCESS) {
        status = ggcn_h5_verify(f);
        H5Fclose(f->id);
        f->id = -1;
    }
    if (status == GGCN_SUCCESS && leads(f->alone))
        status = ggcn_publish_file(f->temporary, f->path);
    status = ggcn_h5_agree(f, status);
    ggcn_h5_close(file); /* after the renaming there is no temporary file any more */
    return status;
}

ggcn_status ggcn_h5_check_kind(hid_t id, const char *path, const ggcn_h5_kind *kind, int64_t *version) {
    char *format;
    const htri_t marked = H5Aexists(id, "format");
    if (marked == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, kind->hint,
                  "%s: an HDF5 file, but not a %s of ggcn (it has no attribute \"format\")", path, kind->name);
    GGCN_TRY(ggcn_h5_get_text(id, path, "format", &format));
    ggcn_status status = GGCN_SUCCESS;
    if (strcmp(format, kind->format) != 0)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, kind->hint,
                            "%s: expected a %s (format \"%s\"), found format \"%s\"", path, kind->name, kind->format,
                            format);
    free(format);
    GGCN_TRY(status);
    GGCN_TRY(ggcn_h5_get_integer(id, path, "format_version", version));
    if (*version > kind->version)
        GGCN_FAIL(kind->if_newer, "use a newer ggcn", "%s: %s of version %lld, this program knows versions up to %d",
                  path, kind->name, (long long)*version, kind->version);
    if (*version < 1)
        GGCN_FAIL(GGCN_ERROR_FORMAT, kind->hint, "%s: attribute \"format_version\": expected 1 to %d, found %lld", path,
                  kind->version, (long long)*version);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_h5_open_alone(const char *path, const char *name, const char *hint, hid_t *id) {
    struct stat entry;
    *id = -1;
    if (stat(path, &entry) != 0 || access(path, R_OK) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, hint, "%s: cannot open the %s: %s", path, name, strerror(errno));
    if (!S_ISREG(entry.st_mode))
        GGCN_FAIL(GGCN_ERROR_IO, hint, "%s: expected a file with a %s, found a folder or device", path, name);
    const hid_t list = access_list(true);
    ggcn_status status = GGCN_SUCCESS;
    if (H5Fis_hdf5(path) <= 0)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, hint,
                            "%s: expected a %s, found a file that is not HDF5 (%lld bytes)", path, name,
                            (long long)entry.st_size);
    else if ((*id = H5Fopen(path, H5F_ACC_RDONLY, list)) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, path, "damaged or incomplete HDF5 file");
    H5Pclose(list);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_check_heaps(path, *id);
    if (status != GGCN_SUCCESS && *id >= 0) {
        H5Fclose(*id);
        *id = -1;
    }
    return status;
}

/* The first thing that is against the schema, with the way to the others. */
static ggcn_status refuse(const ggcn_findings *findings, const ggcn_h5_kind *kind) {
    const ggcn_finding *first = &findings->list[0];
    const char *hint = kind->hint ? kind->hint : first->hint;
    char more[512];
    snprintf(more, sizeof more, "%s; ggcn_data check lists all %zu findings", hint, findings->count);
    GGCN_FAIL(GGCN_ERROR_FORMAT, findings->count > 1 ? more : hint, "%s", first->message);
}

static ggcn_status check_structure(hid_t id, const char *path, const ggcn_h5_kind *kind, int64_t version) {
    const ggcn_schema *schema;
    ggcn_examined examined;
    ggcn_findings findings = {0};
    GGCN_TRY(ggcn_schema_find(kind->format, &schema));
    ggcn_status status = ggcn_examine(id, path, schema, version, &examined);
    if (status == GGCN_SUCCESS) {
        ggcn_check_structure(&examined, false, &findings);
        status = findings.count > 0 ? refuse(&findings, kind) : findings.status;
    }
    ggcn_findings_clear(&findings);
    ggcn_examined_clear(&examined);
    return status;
}

/* What can be wrong with a file, found by one rank. */
static ggcn_status inspect(const char *path, const ggcn_h5_kind *kind) {
    hid_t id;
    int64_t version;
    GGCN_TRY(ggcn_h5_open_alone(path, kind->name, kind->hint, &id));
    ggcn_status status = ggcn_h5_check_kind(id, path, kind, &version);
    if (status == GGCN_SUCCESS)
        status = check_structure(id, path, kind, version);
    H5Fclose(id);
    return status;
}

ggcn_status ggcn_h5_open(const char *path, const ggcn_h5_kind *kind, bool alone, ggcn_h5_file **file) {
    ggcn_status status = allocate(path, alone, false, file);
    if (status == GGCN_SUCCESS && leads(alone))
        status = inspect(path, kind);
    if (!alone)
        status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_agree(*file, open_file(path, alone, &(*file)->id));
    if (status != GGCN_SUCCESS)
        ggcn_h5_close(file);
    return status;
}
