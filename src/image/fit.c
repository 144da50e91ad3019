#include <inttypes.h>
#include <string.h>

#include "ggcn/image.h"

/* Where an output pixel of one axis takes its value from: input pixels first .. last with whole-number weights that add
 * up to `total`. Whole numbers make the result exact and the same everywhere. */
typedef struct {
    int64_t first, last, total;
    int64_t in, out, position;
} span;

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static span find_span(int64_t in, int64_t out, int64_t position) {
    span s = {.in = in, .out = out, .position = position};
    if (out <= in) { /* the input pixels that [position in/out, (position + 1) in/out) overlaps */
        s.first = position * in / out;
        s.last = ((position + 1) * in - 1) / out;
        s.total = in;
    } else { /* the two neighbours of the output pixel's centre, (position + 1/2) in/out - 1/2 */
        const int64_t centre = larger((2 * position + 1) * in - out, 0); /* in units of 1/(2 out) */
        s.first = centre / (2 * out);
        s.last = smaller(s.first + 1, in - 1);
        s.total = 2 * out;
    }
    return s;
}

static int64_t weight(const span *s, int64_t i) {
    if (s->out <= s->in) /* length of the overlap, in units of 1/out */
        return smaller((s->position + 1) * s->in, (i + 1) * s->out) - larger(s->position * s->in, i * s->out);
    if (s->first == s->last)
        return s->total;
    const int64_t fraction = larger((2 * s->position + 1) * s->in - s->out, 0) % (2 * s->out);
    return i == s->first ? s->total - fraction : fraction;
}

static void resize_channel(const uint8_t *in, int64_t height, int64_t width, int64_t size, uint8_t *out) {
    for (int64_t y = 0; y < size; y++) {
        const span rows = find_span(height, size, y);
        for (int64_t x = 0; x < size; x++) {
            const span columns = find_span(width, size, x);
            int64_t sum = 0;
            for (int64_t i = rows.first; i <= rows.last; i++) {
                int64_t row_sum = 0;
                for (int64_t j = columns.first; j <= columns.last; j++)
                    row_sum += weight(&columns, j) * in[i * width + j];
                sum += weight(&rows, i) * row_sum;
            }
            const int64_t total = rows.total * columns.total;
            out[y * size + x] = (uint8_t)((2 * sum + total) / (2 * total)); /* to nearest */
        }
    }
}

static void pad_channel(const uint8_t *in, int64_t height, int64_t width, int64_t size, uint8_t *out) {
    memset(out, 0, (size_t)(size * size));
    const int64_t top = (size - height) / 2, left = (size - width) / 2;
    for (int64_t y = 0; y < height; y++)
        memcpy(out + (top + y) * size + left, in + y * width, (size_t)width);
}

ggcn_status ggcn_image_fit(const uint8_t *in, ggcn_shape shape, ggcn_fit fit, int64_t size, uint8_t *out) {
    const int64_t largest = 1 << 15; /* keeps every product of a resize below 2^63 */
    if (shape.channels < 1 || shape.height < 1 || shape.width < 1 || size < 1 || shape.height > largest ||
        shape.width > largest || size > largest)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL,
                  "cannot bring images of %" PRId64 "x%" PRId64 " pixels to %" PRId64 "x%" PRId64
                  ": sides must be 1 to %" PRId64,
                  shape.height, shape.width, size, size, largest);
    if (fit == GGCN_FIT_PAD && (shape.height > size || shape.width > size))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "resize, or choose a larger size",
                  "images of %" PRId64 "x%" PRId64 " pixels cannot be padded to %" PRId64 "x%" PRId64, shape.height,
                  shape.width, size, size);
    for (int64_t c = 0; c < shape.channels; c++) {
        const uint8_t *from = in + c * shape.height * shape.width;
        if (fit == GGCN_FIT_PAD)
            pad_channel(from, shape.height, shape.width, size, out + c * size * size);
        else
            resize_channel(from, shape.height, shape.width, size, out + c * size * size);
    }
    return GGCN_SUCCESS;
}

void ggcn_image_grey(const uint8_t *in, int64_t height, int64_t width, uint8_t *out) {
    const int64_t plane = height * width;
    for (int64_t i = 0; i < plane; i++)
        out[i] = (uint8_t)((299 * in[i] + 587 * in[plane + i] + 114 * in[2 * plane + i] + 500) / 1000);
}
