#include "h5_data.h"

#include <stdio.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "ranks.h"

/* MPI-IO fails on some file systems when one call moves more than 2 GiB. */
static const hsize_t transfer_bytes = (hsize_t)512 << 20;

hid_t ggcn_h5_file_type(ggcn_type type) {
    switch (type) {
    case GGCN_F32:
        return H5T_IEEE_F32LE;
    case GGCN_F64:
        return H5T_IEEE_F64LE;
    case GGCN_U32:
        return H5T_STD_U32LE;
    case GGCN_U64:
        return H5T_STD_U64LE;
    }
    return -1;
}

hid_t ggcn_h5_memory_type(ggcn_type type) {
    switch (type) {
    case GGCN_F32:
        return H5T_NATIVE_FLOAT;
    case GGCN_F64:
        return H5T_NATIVE_DOUBLE;
    case GGCN_U32:
        return H5T_NATIVE_UINT32;
    case GGCN_U64:
        return H5T_NATIVE_UINT64;
    }
    return -1;
}

/* Chunks, checksum, and no times, so that two equal runs differ in provenance only. */
static hid_t creation_list(const ggcn_h5_layout *layout) {
    const hid_t list = layout->mapping > 0 ? H5Pcopy(layout->mapping) : H5Pcreate(H5P_DATASET_CREATE);
    if (list < 0)
        return -1;
    bool good = H5Pset_obj_track_times(list, false) >= 0;
    ggcn_h5_prepare_object(list);
    if (good && layout->mapping <= 0 && layout->rank > 0)
        good = H5Pset_chunk(list, layout->rank, layout->chunk) >= 0 && H5Pset_fletcher32(list) >= 0;
    if (good && layout->mapping <= 0)
        /* A partly written chunk is read back by HDF5, with its checksum, before the next part is put into it. */
        good = H5Pset_fill_time(list, layout->piecewise ? H5D_FILL_TIME_ALLOC : H5D_FILL_TIME_NEVER) >= 0;
    if (good)
        return list;
    H5Pclose(list);
    return -1;
}

static ggcn_status create_dataset(const ggcn_h5_file *file, const ggcn_h5_layout *layout, hid_t *dataset) {
    char what[256];
    snprintf(what, sizeof what, "cannot create the data set \"%s\"", layout->path);
    const hid_t creation = creation_list(layout), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t space = layout->rank ? H5Screate_simple(layout->rank, layout->dims, NULL) : H5Screate(H5S_SCALAR);
    *dataset = creation < 0 || space < 0
                   ? -1
                   : H5Dcreate2(file->id, layout->path, layout->type, space, links, creation, H5P_DEFAULT);
    ggcn_status status = GGCN_SUCCESS;
    if (*dataset < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, what);
    if (space >= 0)
        H5Sclose(space);
    if (creation >= 0)
        H5Pclose(creation);
    H5Pclose(links);
    GGCN_TRY(status);
    GGCN_TRY(ggcn_h5_put_text(*dataset, file->path, "description", layout->description));
    return ggcn_h5_put_text(*dataset, file->path, "units", layout->unit);
}

ggcn_status ggcn_h5_create_dataset(const ggcn_h5_file *file, const ggcn_h5_layout *layout, hid_t *dataset) {
    *dataset = -1;
    const ggcn_status status = ggcn_h5_agree(file, create_dataset(file, layout, dataset));
    if (status != GGCN_SUCCESS && *dataset >= 0)
        H5Dclose(*dataset);
    return status;
}

ggcn_status ggcn_h5_get_extent(const char *path, hid_t dataset, ggcn_h5_extent *extent) {
    const hid_t space = H5Dget_space(dataset), list = H5Dget_create_plist(dataset);
    *extent = (ggcn_h5_extent){.rank = H5Sget_simple_extent_ndims(space), .chunk_rows = 1};
    const bool fits = extent->rank >= 0 && extent->rank <= GGCN_H5_RANKS;
    if (fits) {
        hsize_t chunk[GGCN_H5_RANKS];
        const H5D_layout_t layout = H5Pget_layout(list);
        H5Sget_simple_extent_dims(space, extent->dims, NULL);
        extent->is_virtual = layout == H5D_VIRTUAL;
        if (layout == H5D_CHUNKED && extent->rank > 0 && H5Pget_chunk(list, GGCN_H5_RANKS, chunk) > 0)
            extent->chunk_rows = chunk[0];
    }
    H5Pclose(list);
    H5Sclose(space);
    if (!fits)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: a data set has %d dimensions, at most %d are known", path, extent->rank,
                  GGCN_H5_RANKS);
    return GGCN_SUCCESS;
}

/* How many rows of a rectangle go into one transfer: whole chunks, so that a chunk is written by one transfer only. */
static hsize_t rows_at_once(const ggcn_h5_extent *extent, hsize_t row_bytes) {
    const hsize_t chunks = transfer_bytes / (row_bytes ? row_bytes : 1) / extent->chunk_rows;
    return (chunks ? chunks : 1) * extent->chunk_rows;
}

static hsize_t bytes_of_row(const ggcn_h5_extent *extent, const hsize_t *count, hid_t type) {
    hsize_t bytes = H5Tget_size(type);
    for (int i = 1; i < extent->rank; i++)
        bytes *= count[i];
    return bytes;
}

/* Selects rows first .. first+rows-1 of the rectangle in the file, and makes the memory's space for them. */
static hid_t select_rows(const ggcn_h5_extent *extent, hid_t file_space, const hsize_t *start, const hsize_t *count,
                         hsize_t first, hsize_t rows) {
    hsize_t place[GGCN_H5_RANKS] = {0}, size[GGCN_H5_RANKS] = {1};
    for (int i = 0; i < extent->rank; i++) {
        place[i] = start[i] + (i == 0 ? first : 0);
        size[i] = i == 0 ? (rows ? rows : 1) : count[i];
    }
    const hid_t memory_space = extent->rank ? H5Screate_simple(extent->rank, size, NULL) : H5Screate(H5S_SCALAR);
    const bool good = rows == 0 ? H5Sselect_none(file_space) >= 0 && H5Sselect_none(memory_space) >= 0
                      : extent->rank == 0
                          ? H5Sselect_all(file_space) >= 0
                          : H5Sselect_hyperslab(file_space, H5S_SELECT_SET, place, NULL, size, NULL) >= 0;
    if (good || memory_space < 0)
        return memory_space;
    H5Sclose(memory_space);
    return -1;
}

ggcn_status ggcn_h5_write(const ggcn_h5_file *file, hid_t dataset, hid_t memory_type, const hsize_t *start,
                          const hsize_t *count, const void *data) {
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_agree(file, ggcn_h5_get_extent(file->path, dataset, &extent)));
    const hsize_t bytes = bytes_of_row(&extent, count, memory_type), step = rows_at_once(&extent, bytes);
    int64_t transfers = (int64_t)((count[0] + step - 1) / step);
    if (!file->alone)
        GGCN_TRY(ggcn_max_int64(&transfers));
    const hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    if (!file->alone && ggcn_mpi_running())
        H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
    const hid_t space = H5Dget_space(dataset);
    ggcn_status status = GGCN_SUCCESS;
    /* After a failure this rank goes on taking part: the others wait in the collective calls. */
    for (int64_t i = 0; i < transfers; i++) {
        const hsize_t first = (hsize_t)i * step, left = first < count[0] ? count[0] - first : 0;
        const hsize_t rows = left < step ? left : step;
        const hid_t memory = select_rows(&extent, space, start, count, first, rows);
        const char *source = rows ? (const char *)data + first * bytes : "";
        if (memory < 0 || H5Dwrite(dataset, memory_type, memory, space, transfer, source) < 0)
            status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot write a data set");
        if (memory >= 0)
            H5Sclose(memory);
    }
    H5Sclose(space);
    H5Pclose(transfer);
    return ggcn_h5_agree(file, status);
}

ggcn_status ggcn_h5_read(const char *path, hid_t dataset, hid_t memory_type, const hsize_t *start, const hsize_t *count,
                         void *data) {
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_get_extent(path, dataset, &extent));
    const hsize_t bytes = bytes_of_row(&extent, count, memory_type), step = rows_at_once(&extent, bytes);
    const hid_t space = H5Dget_space(dataset);
    ggcn_status status = GGCN_SUCCESS;
    for (hsize_t first = 0; status == GGCN_SUCCESS && first < count[0]; first += step) {
        const hsize_t rows = count[0] - first < step ? count[0] - first : step;
        const hid_t memory = select_rows(&extent, space, start, count, first, rows);
        if (memory < 0 || H5Dread(dataset, memory_type, memory, space, H5P_DEFAULT, (char *)data + first * bytes) < 0)
            status = ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, path, "damaged data");
        if (memory >= 0)
            H5Sclose(memory);
    }
    H5Sclose(space);
    return status;
}

bool ggcn_h5_has(const ggcn_h5_file *file, const char *path) {
    char prefix[256];
    for (const char *end = path;; end++) { /* HDF5 fails, rather than says no, where a group on the way is missing */
        end += strcspn(end, "/");
        if (snprintf(prefix, sizeof prefix, "%.*s", (int)(end - path), path) >= (int)sizeof prefix ||
            H5Lexists(file->id, prefix, H5P_DEFAULT) <= 0)
            return false;
        if (!*end)
            return true;
    }
}

ggcn_status ggcn_h5_open_dataset(const ggcn_h5_file *file, const char *name, hid_t *dataset) {
    char what[256];
    snprintf(what, sizeof what, "data set \"%s\" is missing", name);
    *dataset = H5Dopen2(file->id, name, H5P_DEFAULT);
    if (*dataset < 0)
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, file->path, what);
    return GGCN_SUCCESS;
}

bool ggcn_h5_is_whole(hid_t dataset) {
    const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset), list = H5Dget_create_plist(dataset);
    const hssize_t elements = H5Sget_simple_extent_npoints(space);
    unsigned flags, settings;
    size_t values = 0;
    const H5D_layout_t layout = H5Pget_layout(list);
    const int filters = H5Pget_nfilters(list);
    const bool plain = filters == 0 || (filters == 1 && H5Pget_filter2(list, 0, &flags, &values, NULL, 0, NULL,
                                                                       &settings) == H5Z_FILTER_FLETCHER32);
    const bool whole = layout == H5D_VIRTUAL || !plain ||
                       (elements >= 0 && H5Dget_storage_size(dataset) / H5Tget_size(type) >= (hsize_t)elements);
    H5Pclose(list);
    H5Tclose(type);
    H5Sclose(space);
    return whole;
}

ggcn_status ggcn_h5_create_group(const ggcn_h5_file *file, const char *path) {
    const hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    ggcn_h5_prepare_group(creation);
    const hid_t group = H5Gcreate2(file->id, path, H5P_DEFAULT, creation, H5P_DEFAULT);
    ggcn_status status = GGCN_SUCCESS;
    if (group < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot create a group");
    else
        H5Gclose(group);
    H5Pclose(creation);
    return ggcn_h5_agree(file, status);
}

hsize_t ggcn_h5_chunk_rows(hsize_t rows, hsize_t row_bytes, hsize_t bytes) {
    const hsize_t fitting = bytes / row_bytes ? bytes / row_bytes : 1, chunks = (rows + fitting - 1) / fitting;
    return (rows + chunks - 1) / chunks;
}

static ggcn_status array_layout(const ggcn_array *array, ggcn_h5_layout *layout) {
    *layout = (ggcn_h5_layout){.path = array->path,
                               .description = array->description,
                               .unit = array->unit,
                               .type = ggcn_h5_file_type(array->type),
                               .rank = array->rank};
    if (array->rank < 0 || array->rank > GGCN_H5_RANKS ||
        (array->distributed && (array->rank == 0 || array->chunk < 1)))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "array %s: impossible shape", array->path);
    for (int i = 0; i < array->rank; i++) {
        if (array->dims[i] < 1)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "array %s: dimension %d is %lld", array->path, i,
                      (long long)array->dims[i]);
        layout->dims[i] = layout->chunk[i] = (hsize_t)array->dims[i];
    }
    if (array->rank == 0)
        return GGCN_SUCCESS;
    const hsize_t row = ggcn_array_row(array) * ggcn_type_bytes(array->type);
    if (!array->distributed) /* 1 MiB fits HDF5's chunk cache */
        layout->chunk[0] = ggcn_h5_chunk_rows(layout->dims[0], row, 1 << 20);
    else if ((hsize_t)array->chunk < layout->dims[0])
        layout->chunk[0] = (hsize_t)array->chunk;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_h5_put_array(const ggcn_h5_file *file, const ggcn_array *array, hid_t *dataset) {
    ggcn_h5_layout layout;
    GGCN_TRY(ggcn_h5_agree(file, array_layout(array, &layout)));
    hid_t id;
    GGCN_TRY(ggcn_h5_create_dataset(file, &layout, &id));
    hsize_t start[GGCN_H5_RANKS] = {0}, count[GGCN_H5_RANKS] = {1};
    memcpy(count, layout.dims, (size_t)layout.rank * sizeof *count);
    if (array->distributed) {
        start[0] = (hsize_t)array->first;
        count[0] = (hsize_t)array->count;
    } else if (!file->alone && ggcn_rank() != 0)
        count[0] = 0; /* rank 0 writes what all hold */
    const ggcn_status status = ggcn_h5_write(file, id, ggcn_h5_memory_type(array->type), start, count, array->data);
    if (status != GGCN_SUCCESS || !dataset)
        H5Dclose(id);
    else
        *dataset = id;
    return status;
}
