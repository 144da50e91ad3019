/* Files told by their content, limits, orientation. */
#include "image/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { magic_bytes = 16 };
static const int64_t largest_file = INT64_C(1) << 31; /* holds the largest image even if nothing could be compressed */

static bool is_jpeg(const uint8_t *bytes, size_t size) {
    return size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

static bool is_png(const uint8_t *bytes, size_t size) {
    return size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static bool is_webp(const uint8_t *bytes, size_t size) {
    return size >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

bool ggcn_is_image(const uint8_t *bytes, size_t size) {
    return is_jpeg(bytes, size) || is_png(bytes, size) || is_webp(bytes, size);
}

static ggcn_status refuse(const uint8_t *bytes, size_t size, const char *name) {
    if (size == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "remove the file, or copy it again from its source", "%s: empty, no image in it",
                  name);
    char text[3 * magic_bytes + 1] = "";
    for (size_t i = 0; i < size && i < magic_bytes; i++)
        snprintf(text + 3 * i, 4, " %02x", bytes[i]);
    GGCN_FAIL(GGCN_ERROR_FORMAT, "convert it to PNG, or remove it",
              "%s: not a JPEG, PNG or WebP file: it begins with the bytes%s", name, text);
}

/* An image of one colour can have any size in a few bytes, of which decoding would make minutes and gigabytes. */
static bool is_bomb(const ggcn_encoded *file, int64_t pixels) {
    return (uint64_t)pixels > GGCN_FREE_PIXELS &&
           ((uint64_t)pixels - GGCN_FREE_PIXELS) / GGCN_PIXELS_PER_BYTE > file->size;
}

ggcn_status ggcn_decode_reshape(const ggcn_encoded *file, ggcn_shape shape, ggcn_picture *picture) {
    if (shape.height > GGCN_LARGEST_SIDE || shape.width > GGCN_LARGEST_SIDE ||
        shape.height * shape.width > GGCN_LARGEST_PIXELS)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "if that is what it holds and not damage, make the image smaller first",
                  "%s: its header says %" PRId64 " x %" PRId64 " pixels; at most %d a side and %" PRId64
                  " in all are read",
                  file->name, shape.width, shape.height, GGCN_LARGEST_SIDE, GGCN_LARGEST_PIXELS);
    if (is_bomb(file, shape.height * shape.width))
        GGCN_FAIL(GGCN_ERROR_FORMAT,
                  "if it is no damage, the image is as good as empty: make it smaller first, or remove it",
                  "%s: its header says %" PRId64 " x %" PRId64 " pixels, but the file has only %zu bytes", file->name,
                  shape.width, shape.height, file->size);
    return ggcn_picture_reshape(picture, shape);
}

static uint8_t on_white(unsigned value, unsigned alpha) {
    return (uint8_t)((value * alpha + 255u * (255u - alpha) + 127u) / 255u);
}

void ggcn_decode_store_row(ggcn_picture *picture, int64_t y, const uint8_t *row, int samples) {
    const int64_t width = picture->shape.width, channels = picture->shape.channels;
    for (int64_t c = 0; c < channels; c++) {
        uint8_t *restrict to = picture->pixels + (c * picture->shape.height + y) * width;
        const uint8_t *restrict from = row + c;
        switch (samples) { /* constant strides are faster */
        case 1:
            memcpy(to, from, (size_t)width);
            break;
        case 3:
            for (int64_t x = 0; x < width; x++)
                to[x] = from[3 * x];
            break;
        default: /* 2 or 4 */
            for (int64_t x = 0; x < width; x++)
                to[x] = on_white(from[x * samples], from[x * samples + channels - c]);
        }
    }
}

/* Turns an image as EXIF's orientation says: pixel (y, x) of the result is pixel origin + y rows + x columns of the
 * stored image. From 5 on the image lies on its side. */
static ggcn_status turn(ggcn_picture *picture, int orientation) {
    const int64_t height = picture->shape.height, width = picture->shape.width, plane = height * width;
    const int64_t steps[8][3] = {
        {0, width, 1}, {width - 1, width, -1},     {plane - 1, -width, -1}, {plane - width, -width, 1},
        {0, 1, width}, {plane - width, 1, -width}, {plane - 1, -1, -width}, {width - 1, -1, width},
    };
    const int64_t origin = steps[orientation - 1][0], rows = steps[orientation - 1][1];
    const int64_t columns = steps[orientation - 1][2];
    ggcn_picture turned = {0};
    ggcn_shape shape = picture->shape;
    if (orientation >= 5) {
        shape.height = width;
        shape.width = height;
    }
    GGCN_TRY(ggcn_picture_reshape(&turned, shape));
    for (int64_t c = 0; c < shape.channels; c++)
        for (int64_t y = 0; y < shape.height; y++) {
            const uint8_t *from = picture->pixels + c * plane;
            uint8_t *to = turned.pixels + c * plane + y * shape.width;
            for (int64_t x = 0; x < shape.width; x++)
                to[x] = from[origin + y * rows + x * columns];
        }
    ggcn_picture_clear(picture);
    *picture = turned;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_decode_image(const uint8_t *bytes, size_t size, const char *name, ggcn_picture *picture) {
    const ggcn_encoded file = {bytes, size, name};
    int orientation = 1;
    if (is_jpeg(bytes, size))
        GGCN_TRY(ggcn_decode_jpeg(&file, picture, &orientation));
    else if (is_png(bytes, size))
        GGCN_TRY(ggcn_decode_png(&file, picture, &orientation));
    else if (is_webp(bytes, size))
        GGCN_TRY(ggcn_decode_webp(&file, picture, &orientation));
    else
        return refuse(bytes, size, name);
    return orientation == 1 ? GGCN_SUCCESS : turn(picture, orientation);
}

static ggcn_status read_all(int descriptor, const char *path, uint8_t *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t got = read(descriptor, bytes + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s: %s", path, strerror(errno));
        if (got == 0)
            GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: became shorter while it was read", path);
        done += (size_t)got;
    }
    return GGCN_SUCCESS;
}

/* Looks at the first bytes before it asks for memory for all of them. */
static ggcn_status decode_open(int descriptor, const char *path, ggcn_picture *picture) {
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s: not a regular file", path);
    const size_t size = (size_t)about.st_size, first = size < magic_bytes ? size : magic_bytes;
    uint8_t magic[magic_bytes];
    GGCN_TRY(read_all(descriptor, path, magic, first));
    if (!ggcn_is_image(magic, first))
        return refuse(magic, first, path);
    if (about.st_size > largest_file)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: %" PRId64 " bytes; image files of at most %" PRId64 " bytes are read",
                  path, (int64_t)about.st_size, largest_file);
    uint8_t *bytes = malloc(size);
    if (!bytes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the %zu bytes of %s", size, path);
    memcpy(bytes, magic, first);
    ggcn_status status = read_all(descriptor, path, bytes + first, size - first);
    if (status == GGCN_SUCCESS)
        status = ggcn_decode_image(bytes, size, path, picture);
    free(bytes);
    return status;
}

ggcn_status ggcn_decode_file(const char *path, ggcn_picture *picture) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not make us wait */
    if (descriptor < 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open %s: %s", path, strerror(errno));
    const ggcn_status status = decode_open(descriptor, path, picture);
    (void)close(descriptor); /* only read from */
    return status;
}
