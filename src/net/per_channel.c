#include "net/plan.h"

void ggcn_add_per_channel(ggcn_layout l, const float *array, float *tensor) {
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t n = 0; n < l.batch; n++)
        for (int64_t g = 0; g < groups; g++) {
            float *t = tensor + (n * groups + g) * positions * l.lanes;
            for (int64_t p = 0; p < positions; p++)
                for (int64_t k = 0; k < l.lanes; k++)
                    t[p * l.lanes + k] += array[g * l.lanes + k];
        }
}

void ggcn_sum_per_channel(ggcn_layout l, const float *tensor, float scale, float *sums) {
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t g = 0; g < groups; g++) {
        double lane[16] = {0};
        for (int64_t n = 0; n < l.batch; n++) {
            const float *t = tensor + (n * groups + g) * positions * l.lanes;
            for (int64_t p = 0; p < positions; p++)
                for (int64_t k = 0; k < l.lanes; k++)
                    lane[k] += t[p * l.lanes + k];
        }
        for (int64_t k = 0; k < l.lanes && g * l.lanes + k < l.channels; k++)
            sums[g * l.lanes + k] += scale * (float)lane[k];
    }
}

void ggcn_clear_padding(ggcn_layout l, float *tensor) {
    const int64_t used = l.channels % l.lanes;
    if (used == 0)
        return;
    const int64_t groups = ggcn_layout_groups(l), positions = l.height * l.width;
    for (int64_t n = 0; n < l.batch; n++) {
        float *t = tensor + (n * groups + groups - 1) * positions * l.lanes;
        for (int64_t p = 0; p < positions; p++)
            for (int64_t k = used; k < l.lanes; k++)
                t[p * l.lanes + k] = 0.0f;
    }
}
