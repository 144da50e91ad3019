#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "image/write_png.h"

enum { border = 2, border_grey = 128 };
static const int64_t largest_side = 1000000; /* libpng's own limit */

typedef struct {
    const float *images; /* [count][C][H][W] */
    int64_t count;
    ggcn_shape shape;
    int64_t columns, rows, zoom;
    double lowest, highest;
    int64_t width, height; /* of the picture, in pixels */
} grid;

uint8_t ggcn_pixel_byte(float value, double lowest, double highest) {
    const double scaled = 255.0 * ((double)value - lowest) / (highest - lowest);
    return scaled > 0.0 ? scaled < 255.0 ? (uint8_t)(scaled + 0.5) : 255 : 0;
}

/* Colour of pixel (y, x) of an image; the bytes of `rgb` are red, green, blue. */
static void colour(const grid *g, int64_t number, int64_t y, int64_t x, uint8_t *rgb) {
    const int64_t plane = g->shape.height * g->shape.width;
    const float *first = g->images + number * g->shape.channels * plane + y * g->shape.width + x;
    bool missing = false;
    for (int64_t c = 0; c < 3; c++) {
        const float value = first[g->shape.channels == 3 ? c * plane : 0];
        missing = missing || isnan(value);
        rgb[c] = missing ? 0 : ggcn_pixel_byte(value, g->lowest, g->highest);
    }
    if (missing) {
        rgb[0] = rgb[2] = 255;
        rgb[1] = 0;
    }
}

/* Row y of the picture, 3 bytes a pixel. */
static void fill_row(const void *context, int64_t y, uint8_t *row) {
    const grid *g = context;
    memset(row, border_grey, (size_t)(3 * g->width));
    const int64_t cell_height = g->shape.height * g->zoom + border, cell_width = g->shape.width * g->zoom + border;
    const int64_t image_y = y % cell_height / g->zoom;
    if (image_y >= g->shape.height)
        return;
    for (int64_t column = 0; column < g->columns; column++) {
        const int64_t number = y / cell_height * g->columns + column;
        for (int64_t x = 0; number < g->count && x < g->shape.width * g->zoom; x++)
            colour(g, number, image_y, x / g->zoom, row + 3 * (column * cell_width + x));
    }
}

/* Lays images out. @param name of the picture, for messages */
static ggcn_status lay_out(const char *name, const float *images, int64_t count, ggcn_shape shape, int64_t columns,
                           float lowest, float highest, int64_t zoom, grid *g) {
    if (count < 1 || columns < 1 || zoom < 1 || (shape.channels != 1 && shape.channels != 3) || shape.height < 1 ||
        shape.width < 1 || !(lowest < highest))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL,
                  "cannot make the grid %s of %" PRId64 " images with %" PRId64 " channels, %" PRId64 "x%" PRId64
                  " pixels in %" PRId64 " columns, zoom %" PRId64 ", levels %g to %g",
                  name, count, shape.channels, shape.height, shape.width, columns, zoom, (double)lowest,
                  (double)highest);
    *g =
        (grid){images, count, shape, columns < count ? columns : count, 0, zoom, (double)lowest, (double)highest, 0, 0};
    g->rows = (count - 1) / g->columns + 1;
    const double width = (double)g->columns * ((double)shape.width * (double)zoom + border);
    const double height = (double)g->rows * ((double)shape.height * (double)zoom + border);
    if (width > (double)largest_side || height > (double)largest_side)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "show fewer images, or choose another number of columns",
                  "the grid %s would be %.0f x %.0f pixels; PNG files have at most %" PRId64 " a side", name, width,
                  height, largest_side);
    g->width = (int64_t)width - border;
    g->height = (int64_t)height - border;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_write_grid(const char *path, const float *images, int64_t count, ggcn_shape shape, int64_t columns,
                            float lowest, float highest, int64_t zoom) {
    grid g;
    GGCN_TRY(lay_out(path, images, count, shape, columns, lowest, highest, zoom, &g));
    return ggcn_png_write_rows(path, (ggcn_shape){3, g.height, g.width}, fill_row, &g);
}

ggcn_status ggcn_put_grid(FILE *stream, const char *name, const float *images, int64_t count, ggcn_shape shape,
                          int64_t columns, float lowest, float highest, int64_t zoom) {
    grid g;
    GGCN_TRY(lay_out(name, images, count, shape, columns, lowest, highest, zoom, &g));
    return ggcn_png_put_rows(stream, name, (ggcn_shape){3, g.height, g.width}, fill_row, &g);
}
