#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "image/decode.h"
#include "image/exif.h"

static ggcn_status fail(const ggcn_encoded *file, VP8StatusCode code) {
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to decode it", file->name);
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        GGCN_FAIL(GGCN_ERROR_FORMAT, "copy it again from its source, or remove it",
                  "%s: truncated WebP file: it ends after %zu bytes", file->name, file->size);
    default:
        GGCN_FAIL(GGCN_ERROR_FORMAT, "copy it again from its source, or remove it",
                  "%s: damaged WebP file: libwebp's status %d", file->name, (int)code);
    }
}

/* Looks through the chunks of the RIFF file: four letters, size (little-endian), content, padded to even size. */
static int orientation_of(const ggcn_encoded *file) {
    size_t at = 12;
    while (file->size - at >= 8) {
        const uint8_t *chunk = file->bytes + at;
        const size_t size = chunk[4] | (size_t)chunk[5] << 8 | (size_t)chunk[6] << 16 | (size_t)chunk[7] << 24;
        const size_t left = file->size - at - 8;
        if (size > left)
            return 1;
        if (memcmp(chunk, "EXIF", 4) == 0)
            return ggcn_exif_orientation(chunk + 8, size);
        if (size + (size & 1) > left)
            return 1;
        at += 8 + size + (size & 1);
    }
    return 1;
}

ggcn_status ggcn_decode_webp(const ggcn_encoded *file, ggcn_picture *picture, int *orientation) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        GGCN_FAIL(GGCN_ERROR_LIBRARY, "install one libwebp only", "libwebp is not of the version of its header");
    VP8StatusCode code = WebPGetFeatures(file->bytes, file->size, &config.input);
    if (code != VP8_STATUS_OK)
        return fail(file, code);
    if (config.input.has_animation)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "save one of its images as a file of its own",
                  "%s: an animated WebP file; only still images are read", file->name);
    const ggcn_shape shape = {3, config.input.height, config.input.width};
    GGCN_TRY(ggcn_decode_reshape(file, shape, picture));
    const int samples = config.input.has_alpha ? 4 : 3;
    const size_t row_bytes = (size_t)samples * (size_t)shape.width, bytes = row_bytes * (size_t)shape.height;
    uint8_t *pixels = malloc(bytes);
    if (!pixels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to decode it", file->name);
    config.output.colorspace = samples == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = (int)row_bytes;
    config.output.u.RGBA.size = bytes;
    code = WebPDecode(file->bytes, file->size, &config);
    for (int64_t y = 0; code == VP8_STATUS_OK && y < shape.height; y++)
        ggcn_decode_store_row(picture, y, pixels + (size_t)y * row_bytes, samples);
    WebPFreeDecBuffer(&config.output);
    free(pixels);
    if (code != VP8_STATUS_OK)
        return fail(file, code);
    *orientation = orientation_of(file);
    return GGCN_SUCCESS;
}
