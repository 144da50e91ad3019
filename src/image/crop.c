#include <inttypes.h>
#include <string.h>

#include "ggcn/image.h"

ggcn_status ggcn_image_crop(const ggcn_picture *in, const ggcn_crop *crop, const char *name, ggcn_picture *out) {
    const int64_t height = in->shape.height, width = in->shape.width;
    if (crop->width > width || crop->height > height)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "crop less, or leave small images out",
                  "%s: an image of %" PRId64 " x %" PRId64 " pixels, from which no box of %" PRId64 " x %" PRId64
                  " can be cut",
                  name, width, height, crop->width, crop->height);
    const int64_t x = crop->centred ? (width - crop->width) / 2 : crop->x;
    const int64_t y = crop->centred ? (height - crop->height) / 2 : crop->y;
    if (x < 0 || y < 0 || x > width - crop->width || y > height - crop->height)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "crop elsewhere, or leave small images out",
                  "%s: an image of %" PRId64 " x %" PRId64 " pixels, which does not contain the box of %" PRId64
                  " x %" PRId64 " at %" PRId64 ", %" PRId64,
                  name, width, height, crop->width, crop->height, x, y);
    GGCN_TRY(ggcn_picture_reshape(out, (ggcn_shape){in->shape.channels, crop->height, crop->width}));
    for (int64_t c = 0; c < in->shape.channels; c++)
        for (int64_t row = 0; row < crop->height; row++)
            memcpy(out->pixels + (c * crop->height + row) * crop->width,
                   in->pixels + (c * height + y + row) * width + x, (size_t)crop->width);
    return GGCN_SUCCESS;
}
