/* Decoding of JPEG, PNG and WebP files made here: every kind, every orientation, damage everywhere. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ggcn/image.h"
#include "image/exif.h"
#include "unit/image_files.h"

enum { width = 21, height = 13 };

/* Bytes without order. */
static uint8_t noise(uint32_t i) {
    i = (i + 1) * 0x9e3779b1u;
    i ^= i >> 15;
    i *= 0x85ebca77u;
    return (uint8_t)(i >> 24);
}

/* A slope that compression keeps, different in each channel. */
static uint8_t smooth(int y, int x, int channel) {
    static const int steps[3][2] = {{5, 4}, {4, 5}, {-3, 3}};
    return (uint8_t)(90 + steps[channel % 3][0] * y + steps[channel % 3][1] * x - 10 * channel);
}

static void fill_smooth(uint8_t *rows, int channels) {
    for (int i = 0; i < width * height * channels; i++)
        rows[i] = channels == 4 && i % 4 == 3 ? 255 : smooth(i / channels / width, i / channels % width, i % channels);
}

static uint8_t pixel(const ggcn_picture *p, int c, int y, int x) {
    return p->pixels[((int64_t)c * p->shape.height + y) * p->shape.width + x];
}

static void assert_shape(const ggcn_picture *p, int channels, int rows, int columns) {
    ck_assert_int_eq(p->shape.channels, channels);
    ck_assert_int_eq(p->shape.height, rows);
    ck_assert_int_eq(p->shape.width, columns);
}

/* Decodes a file and releases it. */
static void decode(image_file file, ggcn_picture *picture) {
    const ggcn_status status = ggcn_decode_image(file.bytes, file.size, "a file", picture);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    free(file.bytes);
}

static void assert_refused(const void *bytes, size_t size, const char *words) {
    ggcn_picture picture = {0};
    uint8_t *exact = malloc(size); /* whoever reads behind its end is found by the sanitizer */
    ck_assert(exact != NULL || size == 0);
    if (size > 0)
        memcpy(exact, bytes, size);
    const ggcn_status status = ggcn_decode_image(exact, size, "pictures/one", &picture);
    const char *message = ggcn_last_error()->message;
    ck_assert_msg(status == GGCN_ERROR_FORMAT, "%zu bytes: %s in place of %s: %s", size, ggcn_status_name(status),
                  ggcn_status_name(GGCN_ERROR_FORMAT), message);
    ck_assert_msg(strstr(message, "pictures/one") && strstr(message, words), "%zu bytes: no \"%s\" in: %s", size, words,
                  message);
    free(exact);
    ggcn_picture_clear(&picture);
}

/* --- kinds of files ----------------------------------------------------------------------------------------------- */

static void assert_near(const ggcn_picture *p, int channels, int bound) {
    assert_shape(p, channels, height, width);
    for (int c = 0; c < channels; c++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                ck_assert_msg(abs(pixel(p, c, y, x) - smooth(y, x, c)) <= bound, "%d in place of %d at %d, %d, %d",
                              pixel(p, c, y, x), smooth(y, x, c), c, y, x);
}

START_TEST(jpeg_grey_and_colour) {
    static const struct {
        jpeg_kind kind;
        int channels, bound; /* colour planes have half the size */
    } cases[] = {
        {{.rows = JCS_GRAYSCALE, .stored = JCS_GRAYSCALE}, 1, 1},
        {{.rows = JCS_RGB, .stored = JCS_RGB}, 3, 1},
        {{.rows = JCS_RGB, .stored = JCS_YCbCr}, 3, 6},
        {{.rows = JCS_RGB, .stored = JCS_YCbCr, .progressive = true}, 3, 6},
    };
    uint8_t rows[width * height * 3];
    ggcn_picture picture = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fill_smooth(rows, cases[i].channels);
        decode(make_jpeg(rows, width, height, &cases[i].kind), &picture);
        assert_near(&picture, cases[i].channels, cases[i].bound);
    }
    ggcn_picture_clear(&picture);
}
END_TEST

START_TEST(jpeg_cmyk) {
    /* inks in 255ths, and the colour they make: (255 - c)(255 - k)/255 */
    static const struct {
        uint8_t inks[4];
        int rgb[3];
    } colours[] = {
        {{0, 0, 0, 0}, {255, 255, 255}},     {{0, 0, 0, 255}, {0, 0, 0}},          {{255, 0, 0, 0}, {0, 255, 255}},
        {{0, 255, 0, 0}, {255, 0, 255}},     {{0, 0, 255, 0}, {255, 255, 0}},      {{255, 255, 0, 0}, {0, 0, 255}},
        {{51, 102, 204, 0}, {204, 153, 51}}, {{51, 102, 204, 85}, {136, 102, 34}},
    };
    static const jpeg_kind kinds[] = {{.rows = JCS_CMYK, .stored = JCS_CMYK, .without_adobe = true},
                                      {.rows = JCS_CMYK, .stored = JCS_CMYK},
                                      {.rows = JCS_CMYK, .stored = JCS_YCCK}};
    ggcn_picture picture = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
            uint8_t rows[16 * 16 * 4];
            for (int j = 0; j < 16 * 16 * 4; j++) /* Adobe's files hold 255 - ink */
                rows[j] = colours[i].inks[j % 4] ^ (kinds[k].without_adobe ? 0 : 255);
            decode(make_jpeg(rows, 16, 16, &kinds[k]), &picture);
            assert_shape(&picture, 3, 16, 16);
            for (int c = 0; c < 3; c++)
                ck_assert_msg(abs(pixel(&picture, c, 7, 9) - colours[i].rgb[c]) <= 2,
                              "kind %zu, colour %zu, channel %d: %d in place of %d", k, i, c, pixel(&picture, c, 7, 9),
                              colours[i].rgb[c]);
        }
    ggcn_picture_clear(&picture);
}
END_TEST

static int blend(int value, int alpha) { /* on white, to nearest */
    return (2 * (value * alpha + 255 * (255 - alpha)) + 255) / 510;
}

static png_color palette[256];
static png_byte palette_alpha[256];

/* Sample s of a pixel, as a whole number below 2^bits. */
static int png_sample(const uint8_t *row, int bits, int samples, int x, int s) {
    const int at = x * samples + s;
    if (bits == 16)
        return row[2 * at] << 8 | row[2 * at + 1];
    return row[at * bits / 8] >> (8 - bits - at * bits % 8) & ((1 << bits) - 1);
}

static int to_8_bits(int sample, int bits) {
    return bits == 16 ? (sample + 128) / 257 : sample * 255 / ((1 << bits) - 1);
}

/* What a viewer shows of channel c of a pixel. */
static int png_shown(const uint8_t *row, const png_kind *kind, int x, int c) {
    const int colours = kind->colour_type & PNG_COLOR_MASK_COLOR ? 3 : 1;
    const int samples = colours + (kind->colour_type & PNG_COLOR_MASK_ALPHA ? 1 : 0);
    if (kind->colour_type == PNG_COLOR_TYPE_PALETTE) {
        const int number = png_sample(row, kind->bits, 1, x, 0);
        const int value = c == 0 ? palette[number].red : c == 1 ? palette[number].green : palette[number].blue;
        return blend(value, number < kind->n_alpha ? palette_alpha[number] : 255);
    }
    const int value = to_8_bits(png_sample(row, kind->bits, samples, x, c), kind->bits);
    if (samples > colours)
        return blend(value, to_8_bits(png_sample(row, kind->bits, samples, x, colours), kind->bits));
    if (kind->transparent) {
        const png_color_16 *t = kind->transparent;
        const int key[3] = {colours == 1 ? t->gray : t->red, t->green, t->blue};
        bool same = true;
        for (int s = 0; s < colours; s++)
            same = same && png_sample(row, kind->bits, samples, x, s) == key[s];
        return same ? 255 : value;
    }
    return value;
}

static void check_png(png_kind kind, ggcn_picture *picture) {
    static uint8_t rows[height * width * 8];
    for (uint32_t i = 0; i < sizeof rows; i++)
        rows[i] = noise(i);
    const int colours = kind.colour_type & PNG_COLOR_MASK_COLOR ? 3 : 1;
    const int samples =
        kind.colour_type == PNG_COLOR_TYPE_PALETTE ? 1 : colours + (kind.colour_type & PNG_COLOR_MASK_ALPHA ? 1 : 0);
    const int row_bytes = (width * samples * kind.bits + 7) / 8;
    png_color_16 key = {0};
    if (kind.transparent) { /* the colour of the pixel in the middle */
        const uint8_t *row = rows + height / 2 * row_bytes;
        key.gray = key.red = (png_uint_16)png_sample(row, kind.bits, samples, width / 2, 0);
        key.green = (png_uint_16)png_sample(row, kind.bits, samples, width / 2, colours / 2);
        key.blue = (png_uint_16)png_sample(row, kind.bits, samples, width / 2, colours - 1);
        kind.transparent = &key;
    }
    decode(make_png(rows, width, height, &kind), picture);
    assert_shape(picture, colours, height, width);
    for (int c = 0; c < colours; c++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                const int expected = png_shown(rows + y * row_bytes, &kind, x, c);
                ck_assert_msg(pixel(picture, c, y, x) == expected,
                              "colour type %d, %d bits, interlaced %d, transparent %d: %d in place of %d at %d, %d, %d",
                              kind.colour_type, kind.bits, kind.interlaced, kind.transparent != NULL,
                              pixel(picture, c, y, x), expected, c, y, x);
            }
}

START_TEST(png_every_kind) {
    static const struct {
        int colour_type;
        int bits[5];
    } kinds[] = {
        {PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}}, {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},   {PNG_COLOR_TYPE_RGB, {8, 16}},
        {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}},     {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
    };
    for (uint32_t i = 0; i < 256; i++) {
        palette[i] = (png_color){noise(3 * i), noise(3 * i + 1), noise(3 * i + 2)};
        palette_alpha[i] = noise(1000 + i);
    }
    static const png_color_16 some;
    ggcn_picture picture = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t j = 0; j < 5 && kinds[i].bits[j]; j++)
            for (int interlaced = 0; interlaced < 2; interlaced++)
                for (int transparent = 0; transparent < 2; transparent++) {
                    png_kind kind = {
                        .colour_type = kinds[i].colour_type, .bits = kinds[i].bits[j], .interlaced = interlaced == 1};
                    if (kind.colour_type == PNG_COLOR_TYPE_PALETTE) {
                        kind.palette = palette;
                        kind.alpha = transparent ? palette_alpha : NULL;
                        kind.n_alpha = transparent ? (1 << kind.bits) - 1 : 0; /* the last colour is opaque */
                    } else if (!(kind.colour_type & PNG_COLOR_MASK_ALPHA)) {
                        kind.transparent = transparent ? &some : NULL;
                    }
                    check_png(kind, &picture);
                }
    ggcn_picture_clear(&picture);
}
END_TEST

START_TEST(webp_lossless_and_lossy) {
    uint8_t rows[width * height * 4];
    ggcn_picture picture = {0};
    for (int opaque = 0; opaque < 2; opaque++) {
        for (uint32_t i = 0; i < sizeof rows; i++)
            rows[i] = i % 4 == 3 && opaque ? 255 : noise(i);
        decode(make_webp(rows, width, height, true, NULL), &picture);
        assert_shape(&picture, 3, height, width);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                    ck_assert_int_eq(pixel(&picture, c, y, x),
                                     blend(rows[(y * width + x) * 4 + c], rows[(y * width + x) * 4 + 3]));
    }
    fill_smooth(rows, 4);
    decode(make_webp(rows, width, height, false, NULL), &picture);
    assert_near(&picture, 3, 8);
    ggcn_picture_clear(&picture);
    const image_file animated = make_webp_header(2, width, height);
    assert_refused(animated.bytes, animated.size, "animated WebP");
    free(animated.bytes);
}
END_TEST

/* --- orientation -------------------------------------------------------------------------------------------------- */

/* EXIF says what the stored row 0 and column 0 are of the image shown: top and left, top and right, bottom and right,
 * bottom and left, left and top, right and top, right and bottom, left and bottom. */
static void stored_place(int orientation, int y, int x, int *row, int *column) {
    static const struct {
        char row_0, column_0;
    } sides[8] = {{'t', 'l'}, {'t', 'r'}, {'b', 'r'}, {'b', 'l'}, {'l', 't'}, {'r', 't'}, {'r', 'b'}, {'l', 'b'}};
    const char side_of[2] = {sides[orientation - 1].row_0, sides[orientation - 1].column_0};
    const int shown_height = orientation < 5 ? height : width, shown_width = orientation < 5 ? width : height;
    int distance[2];
    for (int i = 0; i < 2; i++)
        distance[i] = side_of[i] == 't'   ? y
                      : side_of[i] == 'b' ? shown_height - 1 - y
                      : side_of[i] == 'l' ? x
                                          : shown_width - 1 - x;
    *row = distance[0];
    *column = distance[1];
}

enum { in_jpeg, in_png, in_png_behind, in_webp, n_ways };

static image_file make_oriented(int way, const exif_block *exif) {
    uint8_t rows[width * height * 4];
    const int channels = way == in_webp ? 4 : 3;
    for (uint32_t i = 0; i < sizeof rows; i++)
        rows[i] = channels == 4 && i % 4 == 3 ? 255 : noise(i);
    switch (way) {
    case in_jpeg:
        return make_jpeg(rows, width, height, &(jpeg_kind){.rows = JCS_RGB, .stored = JCS_YCbCr, .exif = exif});
    case in_webp:
        return make_webp(rows, width, height, true, exif);
    default:
        return make_png(
            rows, width, height,
            &(png_kind){
                .colour_type = PNG_COLOR_TYPE_RGB, .bits = 8, .exif = exif, .exif_behind = way == in_png_behind});
    }
}

START_TEST(orientations) {
    ggcn_picture stored = {0}, shown = {0};
    for (int way = 0; way < n_ways; way++) {
        decode(make_oriented(way, NULL), &stored);
        assert_shape(&stored, 3, height, width);
        for (int orientation = 1; orientation <= 8; orientation++) {
            const exif_block exif = make_exif(orientation, orientation % 2 == way % 2);
            decode(make_oriented(way, &exif), &shown);
            const int rows = orientation < 5 ? height : width, columns = orientation < 5 ? width : height;
            assert_shape(&shown, 3, rows, columns);
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < rows; y++)
                    for (int x = 0; x < columns; x++) {
                        int row, column;
                        stored_place(orientation, y, x, &row, &column);
                        ck_assert_msg(pixel(&shown, c, y, x) == pixel(&stored, c, row, column),
                                      "way %d, orientation %d, pixel %d, %d", way, orientation, y, x);
                    }
        }
    }
    ggcn_picture_clear(&stored);
    ggcn_picture_clear(&shown);
}
END_TEST

/* In a buffer of its own size, so that the sanitizer sees its end. */
static int orientation_of(const uint8_t *bytes, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes, size);
    const int orientation = ggcn_exif_orientation(exact, size);
    free(exact);
    return orientation;
}

START_TEST(broken_exif_is_ignored) {
    for (int big = 0; big < 2; big++) {
        exif_block exif = make_exif(6, big == 1);
        ck_assert_int_eq(orientation_of(exif.bytes, exif.size), 6);
        for (size_t size = 0; size < exif.size; size++)
            ck_assert_int_eq(orientation_of(exif.bytes, size), 1);
        for (size_t i = 0; i < exif.size; i++) /* every byte, every value */
            for (int value = 0; value < 256; value++) {
                const uint8_t kept = exif.bytes[i];
                exif.bytes[i] = (uint8_t)value;
                const int orientation = orientation_of(exif.bytes, exif.size);
                ck_assert(orientation >= 1 && orientation <= 8);
                exif.bytes[i] = kept;
            }
        for (uint32_t offset = 0; offset < 64; offset++) { /* of the directory, up to 2^32 - 1 */
            exif_block moved = exif;
            for (int i = 0; i < 4; i++)
                moved.bytes[4 + i] = (uint8_t)((0u - offset) >> 8 * (big ? 3 - i : i));
            ck_assert_int_eq(orientation_of(moved.bytes, moved.size), 1);
        }
    }
    ck_assert_int_eq(ggcn_exif_orientation(NULL, 0), 1);
    static const int none[] = {0, 9, 255, 65535};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const exif_block exif = make_exif(none[i], false);
        ck_assert_int_eq(orientation_of(exif.bytes, exif.size), 1);
    }
    /* Images with a broken block are shown as they are stored. */
    ggcn_picture stored = {0}, shown = {0};
    for (int way = 0; way < n_ways; way++) {
        exif_block exif = make_exif(6, false);
        exif.bytes[4] = 200;
        decode(make_oriented(way, NULL), &stored);
        decode(make_oriented(way, &exif), &shown);
        assert_shape(&shown, 3, height, width);
        ck_assert_mem_eq(stored.pixels, shown.pixels, 3 * height * width);
    }
    /* A last chunk of odd size, whose padding is missing. */
    exif_block odd = make_exif(6, false);
    odd.size--;
    image_file file = make_oriented(in_webp, &odd);
    memcpy(file.bytes + file.size - odd.size - 8, "NONE", 4);
    decode(make_oriented(in_webp, NULL), &stored);
    decode(file, &shown);
    ck_assert_mem_eq(stored.pixels, shown.pixels, 3 * height * width);
    ggcn_picture_clear(&stored);
    ggcn_picture_clear(&shown);
}
END_TEST

/* --- damage ------------------------------------------------------------------------------------------------------- */

enum { n_samples = 8 };

static image_file make_sample(int number) {
    uint8_t rows[width * height * 4];
    const exif_block exif = make_exif(6, true);
    fill_smooth(rows, number < 5 ? 3 : 4);
    for (uint32_t i = 0; number == 7 && i < sizeof rows; i++)
        rows[i] = noise(i); /* alpha too */
    switch (number) {
    case 0:
    case 1:
        return make_jpeg(rows, width, height,
                         &(jpeg_kind){.rows = JCS_RGB, .stored = JCS_YCbCr, .progressive = number == 1, .exif = &exif});
    case 2:
        return make_jpeg(rows, width, height / 4 * 3, &(jpeg_kind){.rows = JCS_CMYK, .stored = JCS_YCCK});
    case 3:
    case 4:
        return make_png(rows, width, height,
                        &(png_kind){.colour_type = PNG_COLOR_TYPE_RGB,
                                    .bits = 8,
                                    .interlaced = number == 4,
                                    .exif = &exif,
                                    .exif_behind = number == 4});
    default:
        return make_webp(rows, width, height, number > 5, number == 6 ? &exif : NULL);
    }
}

START_TEST(truncated_everywhere) {
    const image_file whole = make_sample(_i);
    ggcn_picture picture = {0};
    ck_assert_int_eq(ggcn_decode_image(whole.bytes, whole.size, "whole", &picture), GGCN_SUCCESS);
    ggcn_picture_clear(&picture);
    for (size_t size = 0; size < whole.size; size++)
        assert_refused(whole.bytes, size, size == 0 ? "empty" : size < 12 ? "" : "truncated");
    free(whole.bytes);
}
END_TEST

START_TEST(flipped_bytes_everywhere) {
    image_file file = make_sample(_i);
    const bool png = file.bytes[1] == 'P';
    for (size_t i = 0; i < file.size; i++)
        for (int mask = 1; mask < 256; mask = mask == 128 ? 255 : 2 * mask) {
            ggcn_picture picture = {0};
            file.bytes[i] ^= (uint8_t)mask;
            const ggcn_status status = ggcn_decode_image(file.bytes, file.size, "flipped", &picture);
            if (png) /* checksums over everything */
                ck_assert_msg(status == GGCN_ERROR_FORMAT, "byte %zu, mask %d: %s", i, mask, ggcn_status_name(status));
            else
                ck_assert(status == GGCN_SUCCESS || status == GGCN_ERROR_FORMAT || status == GGCN_ERROR_MEMORY);
            file.bytes[i] ^= (uint8_t)mask;
            ggcn_picture_clear(&picture);
        }
    free(file.bytes);
}
END_TEST

START_TEST(libraries_print_nothing) {
    FILE *caught = tmpfile();
    ck_assert_ptr_nonnull(caught);
    const int kept[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    fflush(stdout);
    ck_assert_int_ge(dup2(fileno(caught), STDOUT_FILENO), 0);
    ck_assert_int_ge(dup2(fileno(caught), STDERR_FILENO), 0);
    for (int number = 0; number < n_samples; number++) {
        image_file file = make_sample(number);
        for (size_t i = 12; i < file.size; i += 5) {
            ggcn_picture picture = {0};
            (void)ggcn_decode_image(file.bytes, i, "cut", &picture);
            file.bytes[i] ^= 0xff;
            (void)ggcn_decode_image(file.bytes, file.size, "flipped", &picture);
            file.bytes[i] ^= 0xff;
            ggcn_picture_clear(&picture);
        }
        free(file.bytes);
    }
    fflush(stdout);
    dup2(kept[0], STDOUT_FILENO);
    dup2(kept[1], STDERR_FILENO);
    close(kept[0]);
    close(kept[1]);
    ck_assert_int_eq(fseek(caught, 0, SEEK_END), 0);
    ck_assert_int_eq(ftell(caught), 0);
    fclose(caught);
}
END_TEST

START_TEST(png_wrong_checksum) {
    image_file file = make_sample(3);
    for (size_t i = 8; i + 12 <= file.size;) { /* the checksum of each chunk in turn */
        const size_t size = (size_t)file.bytes[i + 2] << 8 | file.bytes[i + 3];
        uint8_t *checksum = file.bytes + i + 8 + size;
        checksum[2] ^= 0x10;
        assert_refused(file.bytes, file.size, "CRC error");
        checksum[2] ^= 0x10;
        i += 12 + size;
    }
    free(file.bytes);
}
END_TEST

START_TEST(jpeg_bytes_too_many) {
    /* Some cameras fill up before the end-of-image marker; nothing is lost. In the header's place they are damage. */
    image_file file = make_sample(0);
    ggcn_picture picture = {0}, expected = {0};
    ck_assert_int_eq(ggcn_decode_image(file.bytes, file.size, "file", &expected), GGCN_SUCCESS);
    uint8_t *longer = calloc(1, file.size + 5);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, file.bytes, file.size - 2);
    memcpy(longer + file.size + 3, "\xff\xd9", 2);
    ck_assert_int_eq(ggcn_decode_image(longer, file.size + 5, "longer", &picture), GGCN_SUCCESS);
    ck_assert_mem_eq(picture.pixels, expected.pixels, 3 * width * height);
    free(longer);
    free(file.bytes);
    ggcn_picture_clear(&picture);
    ggcn_picture_clear(&expected);
}
END_TEST

START_TEST(no_images) {
    assert_refused(NULL, 0, "empty");
    static const char text[] = "Just some words, more than sixteen bytes of them.";
    assert_refused(text, sizeof text - 1, "begins with the bytes 4a 75 73 74");
    assert_refused("GIF89a", 6, "not a JPEG, PNG or WebP file");
    assert_refused("\xff\xd8\xff", 3, "JPEG");
    assert_refused("\x89PNG\r\n\x1a\n", 8, "PNG");
    assert_refused("RIFF\x04\0\0\0WEBP", 12, "WebP");
    ck_assert(ggcn_is_image((const uint8_t *)"\xff\xd8\xff\xe0", 4));
    ck_assert(ggcn_is_image((const uint8_t *)"\x89PNG\r\n\x1a\n", 8));
    ck_assert(ggcn_is_image((const uint8_t *)"RIFF....WEBP", 12));
    ck_assert(!ggcn_is_image((const uint8_t *)"RIFF....WEBP", 11));
    ck_assert(!ggcn_is_image((const uint8_t *)"RIFF....WAVE", 12));
    ck_assert(!ggcn_is_image((const uint8_t *)text, 16));
    ck_assert(!ggcn_is_image(NULL, 0));
}
END_TEST

START_TEST(larger_than_the_limits) {
    static const struct {
        uint32_t width, height;
        const char *words;
    } sizes[] = {{100000, 100000, "100000 x 100000"},
                 {0x7fffffff, 1, "2147483647 x 1"},
                 {1, GGCN_LARGEST_SIDE + 1, "1 x 32769"},
                 {GGCN_LARGEST_SIDE, 4097, "32768 x 4097"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const image_file file = make_png_header(sizes[i].width, sizes[i].height);
        assert_refused(file.bytes, file.size, sizes[i].words);
        free(file.bytes);
    }
    const image_file within = make_png_header(GGCN_LARGEST_SIDE, 1);
    assert_refused(within.bytes, within.size, "truncated");
    free(within.bytes);
    image_file jpeg = make_sample(0); /* SOF0: length, precision, height, width */
    uint8_t *frame = NULL;
    for (size_t i = 0; !frame && i + 9 < jpeg.size; i++)
        if (memcmp(jpeg.bytes + i, "\xff\xc0\0\x11\x08", 5) == 0)
            frame = jpeg.bytes + i + 5;
    ck_assert_ptr_nonnull(frame);
    memcpy(frame, "\x80\x01\x80\x02", 4);
    assert_refused(jpeg.bytes, jpeg.size, "32770 x 32769");
    memcpy(frame, "\xff\xff\xff\xff", 4);
    assert_refused(jpeg.bytes, jpeg.size, "65500");
    free(jpeg.bytes);
    const image_file webp = make_webp_header(0, 100000, 10000);
    assert_refused(webp.bytes, webp.size, "100000 x 10000");
    free(webp.bytes);
}
END_TEST

/* One colour takes few bytes in any size: refused when there is no other reason for it. */
START_TEST(almost_empty_images) {
    enum { side = 1600 };
    uint8_t *rows = calloc((size_t)side * side, 4);
    ck_assert_ptr_nonnull(rows);
    image_file file = make_webp(rows, side, side, true, NULL);
    ck_assert_uint_lt(file.size, 200);
    char words[64];
    snprintf(words, sizeof words, "1600 x 1600 pixels, but the file has only %zu bytes", file.size);
    assert_refused(file.bytes, file.size, words);
    free(file.bytes);
    const png_kind bits = {.colour_type = PNG_COLOR_TYPE_GRAY, .bits = 1},
                   bytes = {.colour_type = PNG_COLOR_TYPE_GRAY, .bits = 8};
    file = make_png(rows, 2 * side, 2 * side, &bits);
    assert_refused(file.bytes, file.size, "3200 x 3200 pixels, but");
    free(file.bytes);

    /* A megapixel may be empty, and so may any PNG of whole bytes; a byte more makes room for 2048 pixels. */
    ggcn_picture picture = {0};
    file = make_webp(rows, 1024, 1024, true, NULL);
    ck_assert_int_eq(ggcn_decode_image(file.bytes, file.size, "", &picture), GGCN_SUCCESS);
    free(file.bytes);
    file = make_png(rows, 2 * side, 2 * side, &bytes);
    ck_assert_int_eq(ggcn_decode_image(file.bytes, file.size, "", &picture), GGCN_SUCCESS);
    free(file.bytes);
    file = make_png_header(1024, 1024 + 2 * 45); /* of 45 bytes */
    ck_assert_uint_eq(file.size, 45);
    assert_refused(file.bytes, file.size, "truncated");
    free(file.bytes);
    file = make_png_header(1024, 1024 + 2 * 45 + 2);
    assert_refused(file.bytes, file.size, "1024 x 1116 pixels, but the file has only 45 bytes");
    free(file.bytes);
    ggcn_picture_clear(&picture);
    free(rows);
}
END_TEST

/* --- files -------------------------------------------------------------------------------------------------------- */

static void assert_file_error(const char *path, ggcn_status expected, const char *words) {
    ggcn_picture picture = {0};
    const ggcn_status status = ggcn_decode_file(path, &picture);
    const char *message = ggcn_last_error()->message;
    ck_assert_msg(status == expected, "%s in place of %s: %s", ggcn_status_name(status), ggcn_status_name(expected),
                  message);
    ck_assert_msg(strstr(message, path) && strstr(message, words), "no \"%s\" in: %s", words, message);
    ggcn_picture_clear(&picture);
}

START_TEST(files) {
    char folder[200], path[240];
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/ggcn_test_decode_XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/picture", folder);
    assert_file_error(path, GGCN_ERROR_IO, "No such file");
    assert_file_error(folder, GGCN_ERROR_IO, "not a regular file");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    assert_file_error(path, GGCN_ERROR_IO, "not a regular file");
    ck_assert_int_eq(unlink(path), 0);

    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    assert_file_error(path, GGCN_ERROR_FORMAT, "empty");
    const image_file file = make_sample(3);
    ck_assert_uint_eq(fwrite(file.bytes, 1, file.size, stream), file.size);
    ck_assert_int_eq(fclose(stream), 0);
    ggcn_picture read = {0}, expected = {0};
    ck_assert_int_eq(ggcn_decode_file(path, &read), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_decode_image(file.bytes, file.size, path, &expected), GGCN_SUCCESS);
    assert_shape(&read, 3, width, height); /* it lies on its side */
    ck_assert_mem_eq(read.pixels, expected.pixels, 3 * width * height);
    if (geteuid() != 0) { /* root may read everything */
        ck_assert_int_eq(chmod(path, 0), 0);
        assert_file_error(path, GGCN_ERROR_IO, "Permission denied");
    }
    /* As large as it says only in its size: refused before memory is asked for. */
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(truncate(path, (off_t)1 << 33), 0);
    assert_file_error(path, GGCN_ERROR_FORMAT, "8589934592 bytes");
    free(file.bytes);
    ggcn_picture_clear(&read);
    ggcn_picture_clear(&expected);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("decode");
    TCase *kinds = tcase_create("kinds"), *damage = tcase_create("damage");
    tcase_add_test(kinds, jpeg_grey_and_colour);
    tcase_add_test(kinds, jpeg_cmyk);
    tcase_add_test(kinds, png_every_kind);
    tcase_add_test(kinds, webp_lossless_and_lossy);
    tcase_add_test(kinds, orientations);
    tcase_add_test(kinds, broken_exif_is_ignored);
    tcase_add_loop_test(damage, truncated_everywhere, 0, n_samples);
    tcase_add_loop_test(damage, flipped_bytes_everywhere, 0, n_samples);
    tcase_add_test(damage, libraries_print_nothing);
    tcase_add_test(damage, png_wrong_checksum);
    tcase_add_test(damage, jpeg_bytes_too_many);
    tcase_add_test(damage, no_images);
    tcase_add_test(damage, larger_than_the_limits);
    tcase_add_test(damage, almost_empty_images);
    tcase_add_test(damage, files);
    tcase_set_timeout(damage, 120);
    suite_add_tcase(suite, kinds);
    suite_add_tcase(suite, damage);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
