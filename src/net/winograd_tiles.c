#include "net/winograd_tiles.h"

typedef ggcn_simd vector;
enum { SIDE = GGCN_WINOGRAD_SIDE, POINTS = GGCN_WINOGRAD_POINTS };

/* The tensor as it is. */
static ggcn_tiles_side whole(ggcn_layout layout) {
    return (ggcn_tiles_side){.layout = layout, .stride = {1, 1}, .channels = ggcn_layout_groups(layout) * layout.lanes};
}

/* The sides, and the rows and columns of results, of the forward pass or of the adjoint. */
static void take_apart(ggcn_tiles *t, int64_t rows[2]) {
    const ggcn_correlation_spec *s = &t->spec;
    ggcn_tiles_side split = whole(s->src), plain = whole(s->dst);
    const int64_t sizes[2] = {s->src.height, s->src.width}, results[2] = {s->dst.height, s->dst.width};
    for (int i = 0; i < 2; i++) {
        const int64_t stride = s->stride[i], pad = s->pad[i];
        const int64_t first = pad / stride, last = (sizes[i] - 1 + pad) / stride; /* rows of the phases that exist */
        t->r[i] = ggcn_tiles_parts(s->kernel[i], stride);
        split.stride[i] = stride;
        split.offset[i] = t->adjoint ? pad - stride * first : pad;
        plain.offset[i] = t->adjoint ? t->r[i] - 1 - first : 0;
        rows[i] = t->adjoint ? last - first + 1 : results[i];
    }
    split.channels *= ggcn_tiles_phases(&split);
    t->in = t->adjoint ? plain : split;
    t->out = t->adjoint ? split : plain;
}

/* Cuts an image's rows and columns of results into tiles. */
static void cut(ggcn_tiles *t, const int64_t rows[2], int64_t edge) {
    t->edge = edge;
    t->points = edge * edge;
    for (int i = 0; i < 2; i++) {
        t->m[i] = edge + 1 - t->r[i];
        t->tiles[i] = ggcn_tiles_parts(rows[i], t->m[i]);
    }
}

static int64_t multiplications(const ggcn_tiles *t) {
    return t->tiles[0] * t->tiles[1] * t->points;
}

ggcn_tiles ggcn_tiles_plan(const ggcn_correlation_spec *spec, bool adjoint) {
    int64_t rows[2];
    ggcn_tiles t = {.spec = *spec, .adjoint = adjoint};
    take_apart(&t, rows);
    cut(&t, rows, SIDE);
    if (t.r[0] == 2 && t.r[1] == 2) {
        const int64_t before = multiplications(&t);
        cut(&t, rows, SIDE - 1);
        if (multiplications(&t) >= before)
            cut(&t, rows, SIDE);
    }
    t.count = spec->src.batch * t.tiles[0] * t.tiles[1];
    return t;
}

int64_t ggcn_tiles_weight(const ggcn_tiles *t, int64_t split, int64_t o, int64_t q0, int64_t q1) {
    const ggcn_correlation_spec *s = &t->spec;
    const int64_t padded = ggcn_layout_groups(s->src) * s->src.lanes, phase = split / padded, c = split % padded;
    const int64_t y = s->stride[0] * (t->adjoint ? t->r[0] - 1 - q0 : q0) + phase / s->stride[1];
    const int64_t x = s->stride[1] * (t->adjoint ? t->r[1] - 1 - q1 : q1) + phase % s->stride[1];
    if (c >= s->src.channels || o >= s->dst.channels || y >= s->kernel[0] || x >= s->kernel[1])
        return -1;
    return ((o * s->src.channels + c) * s->kernel[0] + y) * s->kernel[1] + x;
}

static void positions(const ggcn_tiles_side *s, int axis, int64_t phase, int64_t first, int64_t count, int64_t scale,
                      int64_t *at) {
    const int64_t size = axis == 0 ? s->layout.height : s->layout.width;
    for (int64_t i = 0; i < count; i++) {
        const int64_t position = s->stride[axis] * (first + i) + phase - s->offset[axis];
        at[i] = position >= 0 && position < size ? position * scale : -1;
    }
}

ggcn_tiles_place ggcn_tiles_find(const ggcn_tiles *t, const ggcn_tiles_side *s, int64_t tile, int64_t phase,
                                 const int64_t count[2]) {
    const int64_t each = t->tiles[0] * t->tiles[1], inside = tile % each;
    ggcn_tiles_place place = {.image = tile / each};
    positions(s, 0, phase / s->stride[1], inside / t->tiles[1] * t->m[0], count[0], s->layout.width * s->layout.lanes,
              place.rows);
    positions(s, 1, phase % s->stride[1], inside % t->tiles[1] * t->m[1], count[1], s->layout.lanes, place.columns);
    return place;
}

static void load_tile(int64_t edge, const float *plane, const ggcn_tiles_place *p, vector *d) {
    for (int64_t i = 0; i < edge; i++)
        for (int64_t j = 0; j < edge; j++)
            d[edge * i + j] = p->rows[i] >= 0 && p->columns[j] >= 0
                                  ? *(const vector *)(plane + p->rows[i] + p->columns[j])
                                  : (vector){0};
}

void ggcn_tiles_read(const ggcn_tiles *t, const float *in, int64_t tile, float *v, size_t points) {
    const ggcn_layout l = t->in.layout;
    const int64_t groups = ggcn_layout_groups(l), plane = l.height * l.width * l.lanes;
    for (int64_t phase = 0; phase < ggcn_tiles_phases(&t->in); phase++) {
        const ggcn_tiles_place p = ggcn_tiles_find(t, &t->in, tile, phase, (const int64_t[2]){t->edge, t->edge});
        for (int64_t g = 0; g < groups; g++)
            for (int64_t lane = 0; lane < l.lanes; lane += GGCN_SIMD, v += GGCN_SIMD) {
                vector d[POINTS], transformed[POINTS];
                load_tile(t->edge, in + (p.image * groups + g) * plane + lane, &p, d);
                ggcn_winograd_data(t->edge, d, transformed);
                for (size_t j = 0; j < (size_t)t->points; j++)
                    *(vector *)(v + j * points) = transformed[j];
            }
    }
}
