#include "schema_pieces.h"

static const hsize_t piece_bytes = (hsize_t)16 << 20;

/* The chunk's shape; single elements where there are no chunks. */
static void take_chunk(hid_t dataset, int rank, hsize_t *chunk) {
    const hid_t list = H5Dget_create_plist(dataset);
    for (int i = 0; i < rank; i++)
        chunk[i] = 1;
    if (rank > 0 && H5Pget_layout(list) == H5D_CHUNKED)
        H5Pget_chunk(list, rank, chunk);
    H5Pclose(list);
}

/* Lengthens a box along one dimension as far as it fits. */
static void lengthen(ggcn_pieces *p, int dimension, size_t element) {
    hsize_t bytes = element;
    for (int i = 0; i < p->rank; i++)
        bytes *= p->box[i];
    const hsize_t dim = p->dims[dimension], times = piece_bytes / bytes;
    if (times < 2)
        return;
    const hsize_t longer = times > dim / p->box[dimension] ? dim : times * p->box[dimension];
    p->box[dimension] = longer < dim ? longer : dim;
}

ggcn_status ggcn_pieces_plan(const char *path, hid_t dataset, size_t element, ggcn_pieces *pieces) {
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_get_extent(path, dataset, &extent));
    *pieces = (ggcn_pieces){.rank = extent.rank, .count = 1};
    take_chunk(dataset, extent.rank, pieces->box);
    for (int i = 0; i < extent.rank; i++) {
        pieces->dims[i] = extent.dims[i];
        if (extent.dims[i] == 0) {
            pieces->count = 0;
            return GGCN_SUCCESS;
        }
        if (pieces->box[i] > extent.dims[i])
            pieces->box[i] = extent.dims[i];
    }
    /* From the inside out, but dimension 0 before 1: a chunk of recorded chains is many chains at one draw. */
    for (int i = extent.rank - 1; i >= 2; i--)
        lengthen(pieces, i, element);
    for (int i = 0; i < extent.rank && i < 2; i++)
        lengthen(pieces, i, element);
    for (int i = 0; i < extent.rank; i++) {
        pieces->boxes[i] = (extent.dims[i] - 1) / pieces->box[i] + 1;
        pieces->count *= (int64_t)pieces->boxes[i];
    }
    return GGCN_SUCCESS;
}

void ggcn_pieces_place(const ggcn_pieces *pieces, int64_t piece, hsize_t *start, hsize_t *size) {
    hsize_t left = (hsize_t)piece;
    start[0] = 0;
    size[0] = 1;
    for (int i = pieces->rank - 1; i >= 0; i--) {
        start[i] = left % pieces->boxes[i] * pieces->box[i];
        left /= pieces->boxes[i];
        const hsize_t rest = pieces->dims[i] - start[i];
        size[i] = rest < pieces->box[i] ? rest : pieces->box[i];
    }
}

size_t ggcn_pieces_elements(const ggcn_pieces *pieces) {
    size_t elements = 1;
    for (int i = 0; i < pieces->rank; i++)
        elements *= (size_t)pieces->box[i];
    return elements;
}
