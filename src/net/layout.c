#include "net/layout.h"

#include <string.h>

#include "net/onednn.h"

ggcn_layout ggcn_layout_of(int64_t batch, ggcn_shape shape) {
    const int64_t lanes = ggcn_onednn_lanes();
    return (ggcn_layout){batch, shape.channels, shape.height, shape.width, shape.channels >= lanes ? lanes : 1};
}

void ggcn_layout_from_plain(ggcn_layout l, const float *plain, float *tensor) {
    if (l.lanes == 1) {
        memcpy(tensor, plain, ggcn_layout_floats(l) * sizeof *tensor);
        return;
    }
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t n = 0; n < l.batch; n++)
        for (int64_t g = 0; g < groups; g++) {
            float *to = tensor + (n * groups + g) * positions * l.lanes;
            for (int64_t k = 0; k < l.lanes; k++) {
                const int64_t c = g * l.lanes + k;
                const float *from = c < l.channels ? plain + (n * l.channels + c) * positions : NULL;
                for (int64_t p = 0; p < positions; p++)
                    to[p * l.lanes + k] = from ? from[p] : 0.0f;
            }
        }
}

void ggcn_layout_to_plain(ggcn_layout l, const float *tensor, float *plain) {
    if (l.lanes == 1) {
        memcpy(plain, tensor, ggcn_layout_floats(l) * sizeof *plain);
        return;
    }
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t n = 0; n < l.batch; n++)
        for (int64_t c = 0; c < l.channels; c++) {
            const float *from = tensor + (n * groups + c / l.lanes) * positions * l.lanes + c % l.lanes;
            float *to = plain + (n * l.channels + c) * positions;
            for (int64_t p = 0; p < positions; p++)
                to[p] = from[p * l.lanes];
        }
}
