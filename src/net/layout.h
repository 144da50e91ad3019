/* Memory layout of a tensor inside a plan: channels in groups of `lanes`.
 *
 * Element (n, c, y, x) lies at (((n G + c / lanes) height + y) width + x) lanes + c % lanes, G = ceil(channels /
 * lanes). lanes = 1 is plain C order. Lanes beyond the channels (padding) are zero at all times: every pass keeps them
 * so. */
#ifndef GGCN_NET_LAYOUT_H
#define GGCN_NET_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "ggcn/graph.h"

typedef struct {
    int64_t batch, channels, height, width, lanes;
} ggcn_layout;

static inline int64_t ggcn_layout_groups(ggcn_layout l) {
    return (l.channels + l.lanes - 1) / l.lanes;
}

/* Elements of one image, and of the whole tensor, padding lanes included. */
static inline size_t ggcn_layout_image(ggcn_layout l) {
    return (size_t)(ggcn_layout_groups(l) * l.lanes * l.height * l.width);
}

static inline size_t ggcn_layout_floats(ggcn_layout l) {
    return (size_t)l.batch * ggcn_layout_image(l);
}

static inline size_t ggcn_layout_index(ggcn_layout l, int64_t n, int64_t c, int64_t y, int64_t x) {
    return (size_t)((((n * ggcn_layout_groups(l) + c / l.lanes) * l.height + y) * l.width + x) * l.lanes + c % l.lanes);
}

/* The layout of every tensor of a shape: in groups once there are enough channels to fill one. */
ggcn_layout ggcn_layout_of(int64_t batch, ggcn_shape shape);

/* Plain C order -> layout (padding lanes set to zero), and back. */
void ggcn_layout_from_plain(ggcn_layout layout, const float *plain, float *tensor);
void ggcn_layout_to_plain(ggcn_layout layout, const float *tensor, float *plain);

#endif
