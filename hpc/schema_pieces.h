/* Walking through a data set in pieces of bounded size. Not collective. */
#ifndef GGCN_HPC_SCHEMA_PIECES_H
#define GGCN_HPC_SCHEMA_PIECES_H

#include "h5_data.h"

/* A data set cut into boxes of whole chunks: at most 16 MiB in memory, or a chunk where that is larger. */
typedef struct {
    int rank;
    hsize_t dims[GGCN_H5_RANKS], box[GGCN_H5_RANKS];
    hsize_t boxes[GGCN_H5_RANKS]; /* along each dimension */
    int64_t count;                /* boxes in all, 0 for a data set without elements */
} ggcn_pieces;

/* @param element bytes of an element in memory  @return GGCN_ERROR_FORMAT as ggcn_h5_get_extent */
ggcn_status ggcn_pieces_plan(const char *path, hid_t dataset, size_t element, ggcn_pieces *pieces);
/* Where a piece is. @param[out] start, size [rank], at least 1 element for a single number */
void ggcn_pieces_place(const ggcn_pieces *pieces, int64_t piece, hsize_t *start, hsize_t *size);
/* Elements of the largest piece. */
size_t ggcn_pieces_elements(const ggcn_pieces *pieces);

#endif
