#include "image_files.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>
#include <zlib.h>

static void append(image_file *file, const void *bytes, size_t size) {
    uint8_t *grown = realloc(file->bytes, file->size + size);
    ck_assert_ptr_nonnull(grown);
    memcpy(grown + file->size, bytes, size);
    file->bytes = grown;
    file->size += size;
}

/* A number of `count` bytes. */
static void append_number(image_file *file, uint32_t value, int count, bool big_endian) {
    for (int i = 0; i < count; i++) {
        const uint8_t byte = (uint8_t)(value >> 8 * (big_endian ? count - 1 - i : i));
        append(file, &byte, 1);
    }
}

exif_block make_exif(int orientation, bool big_endian) {
    image_file tiff = {0};
    append(&tiff, big_endian ? "MM" : "II", 2);
    append_number(&tiff, 42, 2, big_endian);
    append_number(&tiff, 8, 4, big_endian); /* where the directory is */
    append_number(&tiff, 2, 2, big_endian); /* entries: tag, type, count, value */
    static const uint32_t entries[2][3] = {{0x0100, 3, 1}, {0x0112, 3, 1}};
    for (int i = 0; i < 2; i++) {
        append_number(&tiff, entries[i][0], 2, big_endian);
        append_number(&tiff, entries[i][1], 2, big_endian);
        append_number(&tiff, entries[i][2], 4, big_endian);
        append_number(&tiff, i == 0 ? 7 : (uint32_t)orientation, 2, big_endian);
        append_number(&tiff, 0, 2, big_endian);
    }
    exif_block block = {.size = tiff.size};
    ck_assert_uint_le(tiff.size, sizeof block.bytes);
    memcpy(block.bytes, tiff.bytes, tiff.size);
    free(tiff.bytes);
    return block;
}

image_file make_jpeg(const uint8_t *rows, int width, int height, const jpeg_kind *kind) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors; /* libjpeg's own: prints and exits */
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = (JDIMENSION)width;
    jpeg.image_height = (JDIMENSION)height;
    jpeg.in_color_space = kind->rows;
    jpeg.input_components = kind->rows == JCS_GRAYSCALE ? 1 : kind->rows == JCS_RGB ? 3 : 4;
    jpeg_set_defaults(&jpeg);
    jpeg_set_colorspace(&jpeg, kind->stored);
    jpeg_set_quality(&jpeg, 100, TRUE);
    if (kind->without_adobe)
        jpeg.write_Adobe_marker = FALSE;
    if (kind->progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    if (kind->exif) {
        uint8_t block[6 + sizeof kind->exif->bytes] = "Exif\0";
        memcpy(block + 6, kind->exif->bytes, kind->exif->size);
        jpeg_write_marker(&jpeg, JPEG_APP0 + 1, block, 6 + (unsigned)kind->exif->size);
    }
    uint8_t *row = malloc((size_t)(width * jpeg.input_components));
    ck_assert_ptr_nonnull(row);
    for (int y = 0; y < height; y++) {
        memcpy(row, rows + y * width * jpeg.input_components, (size_t)(width * jpeg.input_components));
        ck_assert_uint_eq(jpeg_write_scanlines(&jpeg, &row, 1), 1);
    }
    free(row);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    image_file file = {0};
    append(&file, bytes, size); /* so that its buffer ends where the file ends */
    free(bytes);
    return file;
}

static void png_append(png_structp png, png_bytep bytes, size_t size) {
    append(png_get_io_ptr(png), bytes, size);
}

static void png_flush_nothing(png_structp png) {
    (void)png;
}

image_file make_png(const uint8_t *rows, int width, int height, const png_kind *kind) {
    image_file file = {0};
    exif_block exif = kind->exif ? *kind->exif : (exif_block){.size = 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL); /* errors abort */
    png_infop information = png_create_info_struct(png);
    ck_assert_ptr_nonnull(information);
    png_set_write_fn(png, &file, png_append, png_flush_nothing);
    png_set_IHDR(png, information, (png_uint_32)width, (png_uint_32)height, kind->bits, kind->colour_type,
                 kind->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (kind->palette)
        png_set_PLTE(png, information, kind->palette, 1 << kind->bits);
    if (kind->alpha || kind->transparent)
        png_set_tRNS(png, information, kind->alpha, kind->n_alpha, kind->transparent);
    if (kind->exif && !kind->exif_behind)
        png_set_eXIf_1(png, information, (png_uint_32)exif.size, exif.bytes);
    png_write_info(png, information);
    if (kind->exif && kind->exif_behind)
        png_set_eXIf_1(png, information, (png_uint_32)exif.size, exif.bytes);
    const size_t row_bytes = png_get_rowbytes(png, information);
    const int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++)
            png_write_row(png, rows + (size_t)y * row_bytes);
    png_write_end(png, information);
    png_destroy_write_struct(&png, &information);
    return file;
}

static image_file riff(const image_file *chunks) {
    image_file file = {0};
    append(&file, "RIFF", 4);
    append_number(&file, (uint32_t)chunks->size + 4, 4, false);
    append(&file, "WEBP", 4);
    append(&file, chunks->bytes, chunks->size);
    return file;
}

static void append_vp8x(image_file *chunks, int flags, uint32_t width, uint32_t height) {
    append(chunks, "VP8X", 4);
    append_number(chunks, 10, 4, false);
    append_number(chunks, (uint32_t)flags, 4, false);
    append_number(chunks, width - 1, 3, false);
    append_number(chunks, height - 1, 3, false);
}

image_file make_webp(const uint8_t *rows, int width, int height, bool lossless, const exif_block *exif) {
    uint8_t *bytes = NULL;
    const size_t size = lossless ? WebPEncodeLosslessRGBA(rows, width, height, 4 * width, &bytes)
                                 : WebPEncodeRGBA(rows, width, height, 4 * width, 95.0f, &bytes);
    ck_assert_uint_gt(size, 0);
    image_file file = {0}, chunks = {0};
    if (!exif) {
        append(&file, bytes, size);
    } else { /* the extended form: what the file is made of, the image's chunk, EXIF */
        ck_assert(memcmp(bytes + 12, "VP8L", 4) == 0);
        append_vp8x(&chunks, 8, (uint32_t)width, (uint32_t)height);
        append(&chunks, bytes + 12, size - 12);
        append(&chunks, "EXIF", 4);
        append_number(&chunks, (uint32_t)exif->size, 4, false);
        append(&chunks, exif->bytes, exif->size);
        file = riff(&chunks);
        free(chunks.bytes);
    }
    WebPFree(bytes);
    return file;
}

image_file make_webp_header(int flags, uint32_t width, uint32_t height) {
    image_file chunks = {0};
    append_vp8x(&chunks, flags, width, height);
    const image_file file = riff(&chunks);
    free(chunks.bytes);
    return file;
}

image_file make_png_header(uint32_t width, uint32_t height) {
    image_file file = {0};
    append(&file, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
    append_number(&file, width, 4, true);
    append_number(&file, height, 4, true);
    append(&file, "\x08\x02\0\0\0", 5);
    append_number(&file, (uint32_t)crc32(0, file.bytes + 12, 17), 4, true);
    append(&file, "\0\0\0\0IDAT\x35\xaf\x06\x1e", 12);
    return file;
}
