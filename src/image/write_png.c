#include "image/write_png.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>

#include "image/source.h"

/* libpng's last complaint, kept with the errno of that moment. */
typedef struct {
    char text[256];
    int number;
} complaint;

typedef struct {
    FILE *file;
    ggcn_shape shape;
    ggcn_png_row fill;
    const void *context;
    uint8_t *row;
} image;

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
static bool encode(png_structp png, png_infop information, const image *i) {
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_init_io(png, i->file);
    png_set_IHDR(png, information, (png_uint_32)i->shape.width, (png_uint_32)i->shape.height, 8,
                 i->shape.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, information);
    for (int64_t y = 0; y < i->shape.height; y++) {
        i->fill(i->context, y, i->row);
        png_write_row(png, i->row);
    }
    png_write_end(png, information);
    return true;
}

/* Writes the picture to i->file. @param name for messages */
static ggcn_status write_image(const char *name, image *i) {
    complaint kept = {.text = "out of memory"};
    i->row = malloc((size_t)(i->shape.channels * i->shape.width));
    png_structp png = i->row ? png_create_write_struct(PNG_LIBPNG_VER_STRING, &kept, on_error, on_warning) : NULL;
    png_infop information = png ? png_create_info_struct(png) : NULL;
    errno = 0;
    const bool done = information && encode(png, information, i);
    png_destroy_write_struct(&png, &information);
    free(i->row);
    if (!done)
        GGCN_FAIL(kept.number ? GGCN_ERROR_IO : GGCN_ERROR_LIBRARY, NULL, "cannot write %s: libpng: %s%s%s", name,
                  kept.text, kept.number ? ": " : "", kept.number ? strerror(kept.number) : "");
    return GGCN_SUCCESS;
}

static ggcn_status write_file(const char *temporary, const char *path, image *i) {
    i->file = fopen(temporary, "wb");
    if (!i->file)
        GGCN_FAIL(GGCN_ERROR_IO, "the folder must exist and be writable", "cannot create %s: %s", path,
                  strerror(errno));
    ggcn_status status = write_image(path, i);
    if (status == GGCN_SUCCESS && (fflush(i->file) != 0 || fsync(fileno(i->file)) != 0))
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot write %s: %s", path, strerror(errno));
    if (fclose(i->file) != 0 && status == GGCN_SUCCESS)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot write %s: %s", path, strerror(errno));
    if (status == GGCN_SUCCESS && rename(temporary, path) != 0)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "cannot rename %s to %s: %s", temporary, path,
                            strerror(errno));
    if (status != GGCN_SUCCESS)
        (void)unlink(temporary);
    return status;
}

ggcn_status ggcn_png_write_rows(const char *path, ggcn_shape shape, ggcn_png_row fill, const void *context) {
    image i = {.shape = shape, .fill = fill, .context = context};
    char *temporary = ggcn_image_text("%s.part", path);
    if (!temporary)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a file name");
    const ggcn_status status = write_file(temporary, path, &i);
    free(temporary);
    return status;
}

ggcn_status ggcn_png_put_rows(FILE *stream, const char *name, ggcn_shape shape, ggcn_png_row fill,
                              const void *context) {
    image i = {.file = stream, .shape = shape, .fill = fill, .context = context};
    return write_image(name, &i);
}

typedef struct {
    const uint8_t *pixels; /* [C][H][W] */
    ggcn_shape shape;
} planes;

static void interleave(const void *context, int64_t y, uint8_t *row) {
    const planes *p = context;
    const int64_t channels = p->shape.channels, width = p->shape.width;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t x = 0; x < width; x++)
            row[x * channels + c] = p->pixels[(c * p->shape.height + y) * width + x];
}

ggcn_status ggcn_write_png(const char *path, const uint8_t *pixels, ggcn_shape shape) {
    if ((shape.channels != 1 && shape.channels != 3) || shape.height < 1 || shape.width < 1 ||
        shape.height > GGCN_LARGEST_SIDE || shape.width > GGCN_LARGEST_SIDE)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL,
                  "cannot write %s with %" PRId64 " channels and %" PRId64 " x %" PRId64
                  " pixels: there must be 1 or 3 channels and sides of 1 to %d",
                  path, shape.channels, shape.width, shape.height, GGCN_LARGEST_SIDE);
    const planes p = {pixels, shape};
    return ggcn_png_write_rows(path, shape, interleave, &p);
}
