/* Bilinear resizing of images of bytes to float32, for feature networks. */
#ifndef GGCN_METRIC_RESAMPLE_H
#define GGCN_METRIC_RESAMPLE_H

#include "ggcn/graph.h"

typedef enum {
    GGCN_RESAMPLE_PILLOW,    /* triangle filter about (o + 1/2) s - 1/2, widened by s where s > 1: Pillow's BILINEAR on
                                float images (mode F); enlarging, also PyTorch's with align_corners=False */
    GGCN_RESAMPLE_TENSORFLOW /* the two pixels beside o s: TensorFlow 1's resize_bilinear with align_corners=False */
} ggcn_resample_rule;        /* s = input size / output size, o = number of the output pixel */

typedef struct ggcn_resampler ggcn_resampler;

/* For images of `in` to the height and width of `out`. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_resampler_create(ggcn_shape in, ggcn_shape out, ggcn_resample_rule rule, ggcn_resampler **resampler);
void ggcn_resampler_destroy(ggcn_resampler **resampler);
/* Floats of scratch that one call needs. */
size_t ggcn_resampler_scratch(const ggcn_resampler *resampler);
/* One channel: columns first, then rows. Thread-safe. @param in [height][width]  @param[out] out [height][width], of
 * the same scale as the bytes, not rounded */
void ggcn_resample(const ggcn_resampler *resampler, const uint8_t *in, float *scratch, float *out);

#endif
