/**
 * @file
 * Resizing with a Lanczos filter.
 */
#ifndef GGCN_IMAGE_RESIZE_H
#define GGCN_IMAGE_RESIZE_H

#include "ggcn/image.h"

/**
 * Resizes a box of `in` to the whole of `out`, whose shape the caller has set; pixels outside the box do not count.
 * The filter is Lanczos-3, w(t) = sinc(t) sinc(t/3) for |t| < 3, at t = (i + 1/2 - (o + 1/2) s) / max(s, 1) for input
 * pixel i, output pixel o and s = input size / output size. Rows are resized first, then columns, each rounded to 8
 * bits; an axis that keeps its size is copied. Weights are rounded to 22 binary places. The same bits as Pillow's
 * Image.crop(box).resize(size, LANCZOS).
 * @param box within `in`; its `centred` is not looked at
 * @return GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_resize(const ggcn_picture *in, const ggcn_crop *box, ggcn_picture *out);

#endif
