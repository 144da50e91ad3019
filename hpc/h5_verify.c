/* Reads every data set of a file once. HDF5 compares the Fletcher-32 checksum of each chunk it reads. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ggcn/hpc.h"
#include "h5_data.h"
#include "h5_file.h"

typedef struct {
    const char *path;
    int64_t piece; /* counts pieces over all data sets; piece p is read by rank p mod ranks */
    int rank, ranks;
    ggcn_status status;
} verification;

static const hsize_t piece_bytes = (hsize_t)16 << 20;

/* Reads this rank's pieces of rows of a data set. */
static ggcn_status read_pieces(verification *v, hid_t dataset, hid_t type, const ggcn_h5_extent *extent) {
    const hsize_t rows = extent->rank ? extent->dims[0] : 1;
    const size_t element = H5Tget_size(type);
    hsize_t row = 1;
    for (int i = 1; i < extent->rank; i++)
        row *= extent->dims[i];
    if (rows == 0 || row == 0)
        return GGCN_SUCCESS;
    /* Whole chunks, so that none is read twice. */
    const hsize_t step = extent->chunk_rows, fitting = piece_bytes / (row * element) / step * step;
    const hsize_t part = fitting ? fitting : step;
    void *buffer = malloc((size_t)((part < rows ? part : rows) * row) * element);
    if (!buffer)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to read the file back", v->path);
    ggcn_status status = GGCN_SUCCESS;
    for (hsize_t first = 0; status == GGCN_SUCCESS && first < rows; first += part) {
        if (v->piece++ % v->ranks != v->rank)
            continue;
        hsize_t start[GGCN_H5_RANKS] = {first}, count[GGCN_H5_RANKS];
        for (int i = 0; i < extent->rank; i++)
            count[i] = extent->dims[i];
        count[0] = rows - first < part ? rows - first : part;
        status = ggcn_h5_read(v->path, dataset, type, start, count, buffer);
    }
    free(buffer);
    return status;
}

static ggcn_status verify_dataset(verification *v, hid_t dataset) {
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_get_extent(v->path, dataset, &extent));
    if (extent.is_virtual) /* its parts were verified when they were written */
        return GGCN_SUCCESS;
    const hid_t type = H5Dget_type(dataset);
    ggcn_status status = GGCN_SUCCESS;
    if (H5Tdetect_class(type, H5T_VLEN) == 0 && H5Tis_variable_str(type) == 0)
        status = read_pieces(v, dataset, type, &extent);
    H5Tclose(type);
    return status;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    (void)info;
    verification *v = context;
    const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0)
        v->status = ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, v->path, "cannot open an object of the file");
    else {
        if (H5Iget_type(object) == H5I_DATASET)
            v->status = verify_dataset(v, object);
        H5Oclose(object);
    }
    return v->status == GGCN_SUCCESS ? 0 : -1;
}

ggcn_status ggcn_h5_verify(const ggcn_h5_file *file) {
    verification v = {
        .path = file->path, .rank = file->alone ? 0 : ggcn_rank(), .ranks = file->alone ? 1 : ggcn_ranks()};
    if (H5Lvisit(file->id, H5_INDEX_NAME, H5_ITER_NATIVE, visit, &v) < 0 && v.status == GGCN_SUCCESS)
        v.status = ggcn_h5_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, v.path, "cannot list the data sets");
    return ggcn_h5_agree(file, v.status);
}
