#include <inttypes.h>
#include <string.h>

#include "ggcn/image.h"
#include "image/resize.h"

static void pad(const ggcn_picture *in, ggcn_picture *out) {
    const int64_t height = in->shape.height, width = in->shape.width, size = out->shape.width;
    const int64_t top = (size - height) / 2, left = (size - width) / 2;
    memset(out->pixels, 0, (size_t)(in->shape.channels * size * size));
    for (int64_t c = 0; c < in->shape.channels; c++)
        for (int64_t y = 0; y < height; y++)
            memcpy(out->pixels + (c * size + top + y) * size + left, in->pixels + (c * height + y) * width,
                   (size_t)width);
}

ggcn_status ggcn_image_fit(const ggcn_picture *in, ggcn_fit fit, int64_t size, ggcn_picture *out) {
    const int64_t height = in->shape.height, width = in->shape.width;
    if (fit == GGCN_FIT_PAD && (height > size || width > size))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "resize, or choose a larger size",
                  "an image of %" PRId64 " x %" PRId64 " pixels cannot be padded to %" PRId64 " x %" PRId64, width,
                  height, size, size);
    GGCN_TRY(ggcn_picture_reshape(out, (ggcn_shape){in->shape.channels, size, size}));
    if (fit == GGCN_FIT_PAD) {
        pad(in, out);
        return GGCN_SUCCESS;
    }
    ggcn_crop box = {width, height, 0, 0, false};
    if (fit == GGCN_FIT_COVER) {
        box.width = box.height = width < height ? width : height;
        box.x = (width - box.width) / 2;
        box.y = (height - box.height) / 2;
    }
    return ggcn_resize(in, &box, out);
}
