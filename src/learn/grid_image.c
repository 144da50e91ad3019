#include "learn/grid_image.h"

void ggcn_reduce_image(const float *in, ggcn_shape shape, int64_t factor, float *out) {
    const int64_t height = shape.height / factor, width = shape.width / factor;
    const float weight = 1.0f / (float)(factor * factor);
    for (int64_t c = 0; c < shape.channels; c++)
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++) {
                float sum = 0;
                for (int64_t i = 0; i < factor; i++)
                    for (int64_t j = 0; j < factor; j++)
                        sum += in[(c * shape.height + y * factor + i) * shape.width + x * factor + j];
                out[(c * height + y) * width + x] = weight * sum;
            }
}

void ggcn_enlarge_image(const float *in, ggcn_shape shape, int64_t factor, float *out) {
    const int64_t height = shape.height * factor, width = shape.width * factor;
    for (int64_t c = 0; c < shape.channels; c++)
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++)
                out[(c * height + y) * width + x] = in[(c * shape.height + y / factor) * shape.width + x / factor];
}
