/* How Winograd's ways of a correlation (winograd.h, winograd_weight.h) cut tensors in phases into tiles. */
#ifndef GGCN_NET_WINOGRAD_TILES_H
#define GGCN_NET_WINOGRAD_TILES_H

#include <stdbool.h>
#include <stddef.h>

#include "net/onednn.h"
#include "net/winograd_transform.h"

enum { GGCN_TILES_APART = 16 /* floats between rows in scratch memory, so that they share no cache set */ };

/* One side of the correlation of stride 1: a tensor in phases. Row `u` of phase f is row stride u + f - offset. */
typedef struct {
    ggcn_layout layout;
    int64_t stride[2], offset[2];
    int64_t channels; /* of all phases: [phase][group][lane] */
} ggcn_tiles_side;

typedef struct {
    ggcn_correlation_spec spec;
    bool adjoint;
    ggcn_tiles_side in, out;
    int64_t edge, points;         /* rows and columns of a tile of data, and elements */
    int64_t r[2], m[2], tiles[2]; /* kernel, results of a tile, tiles of an image */
    int64_t count;                /* tiles of all images */
} ggcn_tiles;

/* The tiles of the forward pass, or of the adjoint, with the fewer multiplications. */
ggcn_tiles ggcn_tiles_plan(const ggcn_correlation_spec *spec, bool adjoint);

/* The plain weights' element that element (q0, q1) of the kernel from split channel `split` (all phases of src) to
 * dst's channel o is, or -1 beyond the channels and beyond the kernel. Of the forward pass's tiles; the adjoint's
 * kernels are flipped. */
int64_t ggcn_tiles_weight(const ggcn_tiles *t, int64_t split, int64_t o, int64_t q0, int64_t q1);

static inline int64_t ggcn_tiles_phases(const ggcn_tiles_side *side) {
    return side->stride[0] * side->stride[1];
}

/* Offsets of one tile's rows and columns inside a plane, in floats; -1 outside. */
typedef struct {
    int64_t image, rows[GGCN_WINOGRAD_SIDE], columns[GGCN_WINOGRAD_SIDE];
} ggcn_tiles_place;

/* Where the first count[0] rows and count[1] columns of a tile lie in one phase of a side. */
ggcn_tiles_place ggcn_tiles_find(const ggcn_tiles *t, const ggcn_tiles_side *side, int64_t tile, int64_t phase,
                                 const int64_t count[2]);

/* The transformed data of one tile of the side `in`: element k of point j at v[j points + k]. */
void ggcn_tiles_read(const ggcn_tiles *t, const float *in, int64_t tile, float *v, size_t points);

/* Rounded up. */
static inline int64_t ggcn_tiles_parts(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

#endif
