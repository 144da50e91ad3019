/* JPEG, PNG and WebP: images of a folder, values of an LMDB, masks. */
#include "fuzz.h"
#include "ggcn/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ggcn_picture picture = {0};
    ggcn_decode_image(data, size, "image", &picture);
    ggcn_picture_clear(&picture);
    return 0;
}
