#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>

#include "ggcn/image.h"
#include "image/source.h"

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

static uint8_t level(const grid *g, float value) {
    const double scaled = 255.0 * ((double)value - g->lowest) / (g->highest - g->lowest);
    return scaled <= 0.0 ? 0 : scaled >= 255.0 ? 255 : (uint8_t)(scaled + 0.5);
}

/* Colour of pixel (y, x) of an image; the bytes of `rgb` are red, green, blue. */
static void colour(const grid *g, int64_t number, int64_t y, int64_t x, uint8_t *rgb) {
    const int64_t plane = g->shape.height * g->shape.width;
    const float *first = g->images + number * g->shape.channels * plane + y * g->shape.width + x;
    bool missing = false;
    for (int64_t c = 0; c < 3; c++) {
        const float value = first[g->shape.channels == 3 ? c * plane : 0];
        missing = missing || isnan(value);
        rgb[c] = missing ? 0 : level(g, value);
    }
    if (missing) {
        rgb[0] = rgb[2] = 255;
        rgb[1] = 0;
    }
}

/* Row y of the picture, 3 bytes a pixel. */
static void fill_row(const grid *g, int64_t y, uint8_t *row) {
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

/* libpng's last complaint, kept with the errno of that moment. */
typedef struct {
    char text[256];
    int number;
} complaint;

static _Noreturn void on_error(png_structp png, png_const_charp text) {
    complaint *kept = png_get_error_ptr(png);
    kept->number = errno;
    snprintf(kept->text, sizeof kept->text, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text; /* a warning means the file is still right */
}

/* Everything between setjmp and a longjmp is either set before setjmp or not used after it. */
static bool encode(png_structp png, png_infop information, FILE *file, const grid *g, uint8_t *row) {
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_init_io(png, file);
    png_set_IHDR(png, information, (png_uint_32)g->width, (png_uint_32)g->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, information);
    for (int64_t y = 0; y < g->height; y++) {
        fill_row(g, y, row);
        png_write_row(png, row);
    }
    png_write_end(png, information);
    return true;
}

static ggcn_status write_picture(FILE *file, const char *path, const grid *g) {
    complaint kept = {.text = "out of memory"};
    uint8_t *row = malloc((size_t)(3 * g->width));
    png_structp png = row ? png_create_write_struct(PNG_LIBPNG_VER_STRING, &kept, on_error, on_warning) : NULL;
    png_infop information = png ? png_create_info_struct(png) : NULL;
    errno = 0;
    const bool done = information && encode(png, information, file, g, row);
    png_destroy_write_struct(&png, &information);
    free(row);
    if (!done)
        GGCN_FAIL(kept.number ? GGCN_ERROR_IO : GGCN_ERROR_LIBRARY, NULL, "cannot write %s: libpng: %s%s%s", path,
                  kept.text, kept.number ? ": " : "", kept.number ? strerror(kept.number) : "");
    return GGCN_SUCCESS;
}

static ggcn_status write_file(const char *temporary, const char *path, const grid *g) {
    FILE *file = fopen(temporary, "wb");
    if (!file)
        GGCN_FAIL(GGCN_ERROR_IO, "the folder must exist and be writable", "cannot create %s: %s", path,
                  strerror(errno));
    ggcn_status status = write_picture(file, path, g);
    if (status == GGCN_SUCCESS && (fflush(file) != 0 || fsync(fileno(file)) != 0))
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot write %s: %s", path, strerror(errno));
    if (fclose(file) != 0 && status == GGCN_SUCCESS)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot write %s: %s", path, strerror(errno));
    if (status == GGCN_SUCCESS && rename(temporary, path) != 0)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot rename %s to %s: %s", temporary, path,
                            strerror(errno));
    if (status != GGCN_SUCCESS)
        (void)unlink(temporary);
    return status;
}

ggcn_status ggcn_write_grid(const char *path, const float *images, int64_t count, ggcn_shape shape, int64_t columns,
                            float lowest, float highest, int64_t zoom) {
    if (count < 1 || columns < 1 || zoom < 1 || (shape.channels != 1 && shape.channels != 3) || shape.height < 1 ||
        shape.width < 1 || !(lowest < highest))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL,
                  "cannot make the grid %s of %" PRId64 " images with %" PRId64 " channels, %" PRId64 "x%" PRId64
                  " pixels in %" PRId64 " columns, zoom %" PRId64 ", levels %g to %g",
                  path, count, shape.channels, shape.height, shape.width, columns, zoom, (double)lowest,
                  (double)highest);
    grid g = {images, count, shape, columns < count ? columns : count, 0, zoom, (double)lowest, (double)highest, 0, 0};
    g.rows = (count - 1) / g.columns + 1;
    const double width = (double)g.columns * ((double)shape.width * (double)zoom + border);
    const double height = (double)g.rows * ((double)shape.height * (double)zoom + border);
    if (width > (double)largest_side || height > (double)largest_side)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "show fewer images, or choose another number of columns",
                  "the grid %s would be %.0f x %.0f pixels; PNG files have at most %" PRId64 " a side", path, width,
                  height, largest_side);
    g.width = (int64_t)width - border;
    g.height = (int64_t)height - border;
    char *temporary = ggcn_image_text("%s.part", path);
    if (!temporary)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a file name");
    const ggcn_status status = write_file(temporary, path, &g);
    free(temporary);
    return status;
}
