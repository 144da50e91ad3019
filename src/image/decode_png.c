#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image/decode.h"
#include "image/exif.h"

typedef struct {
    const ggcn_encoded *file;
    size_t offset; /* of the byte to be read next */
    png_structp png;
    png_infop information;
    ggcn_picture *picture;
    uint8_t *rows; /* of an interlaced image all, which are completed pass by pass; else one */
    size_t row_bytes;
    int samples, passes;
    char text[256]; /* libpng's complaint */
} decoder;

static _Noreturn void on_error(png_structp png, png_const_charp text) {
    decoder *d = png_get_error_ptr(png);
    snprintf(d->text, sizeof d->text, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text; /* about what does not change the pixels: profiles, texts */
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
    decoder *d = png_get_io_ptr(png);
    if (count > d->file->size - d->offset)
        png_error(png, "the file ends too early");
    memcpy(bytes, d->file->bytes + d->offset, count);
    d->offset += count;
}

/* In these functions, what is used after a longjmp is in *d. */
static bool read_header(decoder *d) {
    if (setjmp(png_jmpbuf(d->png)))
        return false;
    png_set_read_fn(d->png, d, read_bytes);
    png_set_crc_action(d->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are checked, with a message of ours */
    png_read_info(d->png, d->information);
    return true;
}

/* Asks for 8 bits of grey or RGB, with alpha where there is some. */
static bool choose_output(decoder *d) {
    if (setjmp(png_jmpbuf(d->png)))
        return false;
    png_set_expand(d->png);
    png_set_scale_16(d->png);
    d->passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->information);
    d->row_bytes = png_get_rowbytes(d->png, d->information);
    d->samples = png_get_channels(d->png, d->information);
    return true;
}

static bool read_rows(decoder *d) {
    if (setjmp(png_jmpbuf(d->png)))
        return false;
    for (int pass = 1; pass <= d->passes; pass++)
        for (int64_t y = 0; y < d->picture->shape.height; y++) {
            uint8_t *row = d->rows + (d->passes > 1 ? (size_t)y * d->row_bytes : 0);
            png_read_row(d->png, row, NULL);
            if (pass == d->passes)
                ggcn_decode_store_row(d->picture, y, row, d->samples);
        }
    png_read_end(d->png, d->information); /* eXIf may be behind the pixels */
    return true;
}

static ggcn_status fail(const decoder *d) {
    GGCN_FAIL(GGCN_ERROR_FORMAT, "copy it again from its source, or remove it",
              "%s: damaged or truncated PNG file, before offset %zu of %zu: %s", d->file->name, d->offset,
              d->file->size, d->text);
}

static ggcn_status decode(decoder *d, int *orientation) {
    if (!read_header(d))
        return fail(d);
    const bool colour = (png_get_color_type(d->png, d->information) & PNG_COLOR_MASK_COLOR) != 0;
    const ggcn_shape shape = {colour ? 3 : 1, png_get_image_height(d->png, d->information),
                              png_get_image_width(d->png, d->information)};
    GGCN_TRY(ggcn_decode_reshape(d->file, shape, d->picture));
    if (!choose_output(d))
        return fail(d);
    d->rows = malloc(d->row_bytes * (size_t)(d->passes > 1 ? shape.height : 1));
    if (!d->rows)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to decode it", d->file->name);
    if (!read_rows(d))
        return fail(d);
    png_bytep exif = NULL;
    png_uint_32 exif_bytes = 0;
    if (png_get_eXIf_1(d->png, d->information, &exif_bytes, &exif) != 0)
        *orientation = ggcn_exif_orientation(exif, exif_bytes);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_decode_png(const ggcn_encoded *file, ggcn_picture *picture, int *orientation) {
    decoder d = {.file = file, .picture = picture};
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    d.information = d.png ? png_create_info_struct(d.png) : NULL;
    ggcn_status status;
    if (d.information)
        status = decode(&d, orientation);
    else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "%s: no memory to decode it", file->name);
    png_destroy_read_struct(&d.png, &d.information, NULL);
    free(d.rows);
    return status;
}
