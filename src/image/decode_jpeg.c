#include <stdio.h>
/* jpeglib.h needs stdio.h */
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "image/decode.h"
#include "image/exif.h"

/* libjpeg's state, and where its errors go. libjpeg knows only the first member, by its address. */
typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf back;
    char text[JMSG_LENGTH_MAX];
} error_state;

typedef struct {
    struct jpeg_decompress_struct jpeg;
    error_state errors;
    uint8_t *row;
    ggcn_picture *picture;
} decoder;

static _Noreturn void on_error(j_common_ptr jpeg) {
    error_state *errors = (error_state *)jpeg->err;
    errors->manager.format_message(jpeg, errors->text);
    longjmp(errors->back, 1);
}

/* Negative levels are warnings. Most mean that a part of the image is lost; bytes too many between its parts, as some
 * cameras write them, or an unusual number in a header leave it whole. */
static void on_message(j_common_ptr jpeg, int level) {
    const int code = jpeg->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM)
        on_error(jpeg);
}

static void print_nothing(j_common_ptr jpeg) {
    (void)jpeg;
}

/* In these functions, what is used after a longjmp is in *d. */
static bool read_header(decoder *d, const ggcn_encoded *file) {
    if (setjmp(d->errors.back))
        return false;
    jpeg_create_decompress(&d->jpeg);
    jpeg_mem_src(&d->jpeg, file->bytes, file->size);
    jpeg_save_markers(&d->jpeg, JPEG_APP0 + 1, 0xffff);
    (void)jpeg_read_header(&d->jpeg, TRUE); /* comes back only where there is an image */
    return true;
}

static int multiply(int a, int b) {
    return (a * b + 127) / 255;
}

/* Four inks to RGB, in place. Adobe's files, and only those, hold the paper left white instead of the ink. */
static void cmyk_to_rgb(uint8_t *row, JDIMENSION width, int white) {
    for (JDIMENSION x = 0; x < width; x++) {
        const uint8_t *inks = row + 4 * x;
        const int black = inks[3] ^ white;
        for (JDIMENSION c = 0; c < 3; c++)
            row[3 * x + c] = (uint8_t)multiply(inks[c] ^ white, black);
    }
}

static bool read_rows(decoder *d) {
    if (setjmp(d->errors.back))
        return false;
    jpeg_start_decompress(&d->jpeg);
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        const int64_t y = d->jpeg.output_scanline;
        jpeg_read_scanlines(&d->jpeg, &d->row, 1);
        if (d->jpeg.out_color_space == JCS_CMYK)
            cmyk_to_rgb(d->row, d->jpeg.output_width, d->jpeg.saw_Adobe_marker ? 0 : 255);
        ggcn_decode_store_row(d->picture, y, d->row, (int)d->picture->shape.channels);
    }
    jpeg_finish_decompress(&d->jpeg); /* reads on to the end-of-image marker */
    return true;
}

static int orientation_of(const decoder *d) {
    for (const struct jpeg_marker_struct *m = d->jpeg.marker_list; m; m = m->next)
        if (m->data_length >= 6 && memcmp(m->data, "Exif\0", 6) == 0)
            return ggcn_exif_orientation(m->data, m->data_length);
    return 1;
}

static ggcn_status fail(const decoder *d, const ggcn_encoded *file) {
    if (d->errors.manager.msg_code == JERR_OUT_OF_MEMORY)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to decode it", file->name);
    GGCN_FAIL(GGCN_ERROR_FORMAT, "copy it again from its source, or remove it",
              "%s: damaged or truncated JPEG file, or of a kind that is not read: %s", file->name, d->errors.text);
}

static ggcn_status decode(decoder *d, const ggcn_encoded *file, int *orientation) {
    if (!read_header(d, file))
        return fail(d, file);
    *orientation = orientation_of(d); /* the markers go when the image is finished */
    const int components = d->jpeg.num_components;
    if (components != 1 && components != 3 && components != 4)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "convert it to grey or RGB",
                  "%s: a JPEG file of %d components; 1 (grey), 3 (colour) and 4 (CMYK) are read", file->name,
                  components);
    d->jpeg.out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
    const ggcn_shape shape = {components == 1 ? 1 : 3, d->jpeg.image_height, d->jpeg.image_width};
    GGCN_TRY(ggcn_decode_reshape(file, shape, d->picture));
    d->row = malloc((size_t)components * d->jpeg.image_width);
    if (!d->row)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory to decode it", file->name);
    return read_rows(d) ? GGCN_SUCCESS : fail(d, file);
}

ggcn_status ggcn_decode_jpeg(const ggcn_encoded *file, ggcn_picture *picture, int *orientation) {
    decoder d = {.picture = picture};
    d.jpeg.err = jpeg_std_error(&d.errors.manager);
    d.errors.manager.error_exit = on_error;
    d.errors.manager.emit_message = on_message;
    d.errors.manager.output_message = print_nothing;
    const ggcn_status status = decode(&d, file, orientation);
    jpeg_destroy_decompress(&d.jpeg);
    free(d.row);
    return status;
}
