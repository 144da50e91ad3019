#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/image.h"

/* Gives the picture room for a shape; what it holds is kept. */
static ggcn_status reserve(ggcn_picture *picture, ggcn_shape shape) {
    if ((shape.channels != 1 && shape.channels != 3) || shape.height < 1 || shape.width < 1 ||
        shape.height > GGCN_LARGEST_SIDE || shape.width > GGCN_LARGEST_SIDE ||
        shape.height * shape.width > GGCN_LARGEST_PIXELS)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL,
                  "no image of %" PRId64 " channels and %" PRId64 "x%" PRId64
                  " pixels: there must be 1 or 3 channels, sides of 1 to %d and at most %" PRId64 " pixels in all",
                  shape.channels, shape.height, shape.width, GGCN_LARGEST_SIDE, GGCN_LARGEST_PIXELS);
    const size_t bytes = (size_t)(shape.channels * shape.height * shape.width);
    if (bytes <= picture->capacity)
        return GGCN_SUCCESS;
    uint8_t *grown = realloc(picture->pixels, bytes);
    if (!grown)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for an image of %" PRId64 "x%" PRId64 " pixels", shape.height,
                  shape.width);
    picture->pixels = grown;
    picture->capacity = bytes;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_picture_reshape(ggcn_picture *picture, ggcn_shape shape) {
    GGCN_TRY(reserve(picture, shape));
    picture->shape = shape;
    return GGCN_SUCCESS;
}

void ggcn_picture_clear(ggcn_picture *picture) {
    free(picture->pixels);
    *picture = (ggcn_picture){0};
}

ggcn_status ggcn_image_set_channels(ggcn_picture *picture, int64_t channels) {
    if (picture->shape.channels == channels)
        return GGCN_SUCCESS;
    const ggcn_shape shape = {channels, picture->shape.height, picture->shape.width};
    GGCN_TRY(reserve(picture, shape));
    const size_t plane = (size_t)(shape.height * shape.width);
    uint8_t *first = picture->pixels;
    if (channels == 3) {
        memcpy(first + plane, first, plane);
        memcpy(first + 2 * plane, first, plane);
    } else { /* 0.299, 0.587 and 0.114 in units of 2^-16, as Pillow rounds them */
        for (size_t i = 0; i < plane; i++) {
            const uint32_t luma = 19595u * first[i] + 38470u * first[plane + i] + 7471u * first[2 * plane + i];
            first[i] = (uint8_t)((luma + 32768u) >> 16);
        }
    }
    picture->shape = shape;
    return GGCN_SUCCESS;
}
