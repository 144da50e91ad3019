/* Pictures, cutting, fitting and grey. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/image.h"

static ggcn_picture in, out;

static void clear(void) {
    ggcn_picture_clear(&in);
    ggcn_picture_clear(&out);
}

static void set_shape(ggcn_picture *picture, int64_t channels, int64_t height, int64_t width) {
    const ggcn_status status = ggcn_picture_reshape(picture, (ggcn_shape){channels, height, width});
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
}

static uint8_t *at(const ggcn_picture *p, int64_t c, int64_t y, int64_t x) {
    return p->pixels + (c * p->shape.height + y) * p->shape.width + x;
}

static void assert_shape(const ggcn_picture *p, int64_t channels, int64_t height, int64_t width) {
    ck_assert_int_eq(p->shape.channels, channels);
    ck_assert_int_eq(p->shape.height, height);
    ck_assert_int_eq(p->shape.width, width);
}

/* Pixels without order, different in each channel. */
static void make_input(int64_t channels, int64_t height, int64_t width) {
    set_shape(&in, channels, height, width);
    for (int64_t c = 0; c < channels; c++)
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++)
                *at(&in, c, y, x) = (uint8_t)(37 * x * x + 91 * y + 13 * x * y + 50 * c);
}

static void fit(ggcn_fit how, int64_t size) {
    const ggcn_status status = ggcn_image_fit(&in, how, size, &out);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    assert_shape(&out, in.shape.channels, size, size);
}

static void assert_error(ggcn_status status, ggcn_status expected, const char *words) {
    ck_assert_msg(status == expected, "%s in place of %s", ggcn_status_name(status), ggcn_status_name(expected));
    ck_assert_msg(strstr(ggcn_last_error()->message, words) != NULL, "no \"%s\" in: %s", words,
                  ggcn_last_error()->message);
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

START_TEST(a_picture_only_grows) {
    set_shape(&in, 3, 20, 10);
    ck_assert_uint_ge(in.capacity, 600);
    const uint8_t *pixels = in.pixels;
    const size_t capacity = in.capacity;
    set_shape(&in, 1, 4, 5);
    assert_shape(&in, 1, 4, 5);
    ck_assert_ptr_eq(in.pixels, pixels);
    ck_assert_uint_eq(in.capacity, capacity);
    static const ggcn_shape wrong[] = {{2, 4, 4},
                                       {0, 4, 4},
                                       {3, 0, 4},
                                       {3, 4, -1},
                                       {1, GGCN_LARGEST_SIDE + 1, 1},
                                       {1, 1, INT64_MAX},
                                       {1, GGCN_LARGEST_SIDE, 4097}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_error(ggcn_picture_reshape(&in, wrong[i]), GGCN_ERROR_ARGUMENT, "no image of");
    assert_shape(&in, 1, 4, 5);
    ggcn_picture_clear(&in);
    ck_assert_ptr_null(in.pixels);
    ck_assert_uint_eq(in.capacity, 0);
}
END_TEST

START_TEST(grey_and_back) {
    /* red, green, blue, white, black and a mixture: 0.299 red + 0.587 green + 0.114 blue */
    static const uint8_t colours[6][3] = {{255, 0, 0},     {0, 255, 0}, {0, 0, 255},
                                          {255, 255, 255}, {0, 0, 0},   {10, 20, 30}};
    static const uint8_t grey[6] = {76, 150, 29, 255, 0, 18};
    set_shape(&in, 3, 2, 3);
    for (int i = 0; i < 6; i++)
        for (int c = 0; c < 3; c++)
            *at(&in, c, i / 3, i % 3) = colours[i][c];
    ck_assert_int_eq(ggcn_image_set_channels(&in, 3), GGCN_SUCCESS);
    ck_assert_uint_eq(*at(&in, 2, 1, 2), 30);
    ck_assert_int_eq(ggcn_image_set_channels(&in, 1), GGCN_SUCCESS);
    assert_shape(&in, 1, 2, 3);
    ck_assert_mem_eq(in.pixels, grey, 6);
    set_shape(&out, 1, 2, 3); /* a picture that has to grow */
    memcpy(out.pixels, grey, 6);
    ck_assert_int_eq(ggcn_image_set_channels(&out, 3), GGCN_SUCCESS);
    assert_shape(&out, 3, 2, 3);
    for (int c = 0; c < 3; c++)
        ck_assert_mem_eq(out.pixels + 6 * c, grey, 6);
    assert_error(ggcn_image_set_channels(&out, 2), GGCN_ERROR_ARGUMENT, "2 channels");
}
END_TEST

/* --- cutting ------------------------------------------------------------------------------------------------------ */

static void assert_cut(ggcn_crop crop, int64_t y0, int64_t x0) {
    const ggcn_status status = ggcn_image_crop(&in, &crop, "one.png", &out);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    assert_shape(&out, in.shape.channels, crop.height, crop.width);
    for (int64_t c = 0; c < in.shape.channels; c++)
        for (int64_t y = 0; y < crop.height; y++)
            for (int64_t x = 0; x < crop.width; x++)
                ck_assert_uint_eq(*at(&out, c, y, x), *at(&in, c, y0 + y, x0 + x));
}

START_TEST(crop_cuts_a_box) {
    make_input(3, 11, 8);
    assert_cut((ggcn_crop){.width = 3, .height = 5, .x = 5, .y = 6}, 6, 5);
    assert_cut((ggcn_crop){.width = 8, .height = 11}, 0, 0);
    assert_cut((ggcn_crop){.width = 4, .height = 5, .centred = true, .x = 100, .y = -7}, 3, 2);
    assert_cut((ggcn_crop){.width = 3, .height = 4, .centred = true}, 3, 2); /* 7 rows and 5 columns are left */
    make_input(1, 3, 3);
    assert_cut((ggcn_crop){.width = 1, .height = 1, .centred = true}, 1, 1);
}
END_TEST

START_TEST(crop_refuses_a_box_outside) {
    make_input(1, 11, 8);
    static const ggcn_crop outside[] = {
        {.width = 9, .height = 4, .centred = true}, {.width = 4, .height = 12, .centred = true},
        {.width = 4, .height = 4, .x = 5},          {.width = 4, .height = 4, .y = 8},
        {.width = 4, .height = 4, .x = -1},         {.width = 4, .height = 4, .y = -1},
        {.width = 4, .height = 4, .x = INT64_MAX},  {.width = INT64_MAX, .height = 4, .x = 1},
    };
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        assert_error(ggcn_image_crop(&in, &outside[i], "album/one.png", &out), GGCN_ERROR_FORMAT, "album/one.png");
        ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "8 x 11 pixels"));
    }
    assert_error(ggcn_image_crop(&in, &(ggcn_crop){.width = 0, .height = 4}, "", &out), GGCN_ERROR_ARGUMENT, "4x0");
    ck_assert_ptr_null(out.pixels);
}
END_TEST

/* --- fitting ------------------------------------------------------------------------------------------------------ */

START_TEST(pad_centres_on_black) {
    make_input(3, 2, 3);
    set_shape(&out, 3, 9, 9);
    memset(out.pixels, 99, out.capacity);
    fit(GGCN_FIT_PAD, 6);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < 6; y++)
            for (int x = 0; x < 6; x++) {
                const bool inside = y >= 2 && y < 4 && x >= 1 && x < 4;
                ck_assert_uint_eq(*at(&out, c, y, x), inside ? *at(&in, c, y - 2, x - 1) : 0);
            }
    assert_error(ggcn_image_fit(&in, GGCN_FIT_PAD, 2, &out), GGCN_ERROR_ARGUMENT, "3 x 2 pixels");
    make_input(1, 5, 5);
    fit(GGCN_FIT_PAD, 5);
    ck_assert_mem_eq(out.pixels, in.pixels, 25);
}
END_TEST

/* The input of make_input(1, 5, 7) as Pillow 9.4 resizes it: Image.resize((size, size), Image.LANCZOS). */
static const uint8_t pillow_4[] = {21, 105, 124, 103, 170, 99, 152, 168, 118, 192, 183, 114, 114, 149, 122, 108};
static const uint8_t pillow_5[] = {0,   107, 88, 115, 90,  120, 58, 186, 151, 157, 211, 184, 70,
                                   161, 167, 24, 181, 245, 195, 52, 143, 146, 100, 75,  146};
static const uint8_t pillow_7[] = {0,   31,  162, 63,  66,  169, 36,  35,  77,  64,  163, 172, 85,  149, 140, 195, 9,
                                   183, 203, 89,  231, 182, 245, 126, 81,  110, 213, 134, 52,  123, 243, 186, 223, 165,
                                   37,  40,  123, 188, 169, 218, 52,  119, 119, 209, 90,  72,  127, 7,   232};
static const uint8_t pillow_9[] = {0,   0,   107, 161, 57,  37,  147, 135, 18,  15,  37,  81,  110, 123, 129, 125, 111,
                                   103, 68,  121, 64,  39,  203, 245, 103, 92,  220, 157, 226, 129, 27,  154, 188, 130,
                                   149, 228, 176, 234, 207, 104, 81,  91,  183, 195, 127, 82,  119, 205, 217, 156, 176,
                                   217, 139, 39,  13,  50,  170, 236, 208, 255, 174, 65,  62,  64,  126, 169, 138, 130,
                                   190, 85,  61,  177, 116, 196, 173, 61,  66,  130, 29,  74,  255};

START_TEST(resize_is_pillows) {
    static const struct {
        int64_t size;
        const uint8_t *pixels;
    } cases[] = {{4, pillow_4}, {5, pillow_5}, {7, pillow_7}, {9, pillow_9}}; /* 5 and 7 keep one of the axes */
    make_input(1, 5, 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fit(GGCN_FIT_RESIZE, cases[i].size);
        for (int64_t p = 0; p < cases[i].size * cases[i].size; p++)
            ck_assert_msg(out.pixels[p] == cases[i].pixels[p], "size %d, pixel %d: %d in place of %d",
                          (int)cases[i].size, (int)p, out.pixels[p], cases[i].pixels[p]);
    }
}
END_TEST

static const double pi = 3.14159265358979323846;

static double sinc(double t) {
    return t == 0 ? 1 : sin(pi * t) / (pi * t);
}

/* Pixel o of a line of `size` pixels, after resizing it from n. */
static double resized(const uint8_t *line, int64_t n, int64_t stride, int64_t size, int64_t o) {
    const double scale = (double)n / (double)size, widening = fmax(scale, 1);
    double sum = 0, weights = 0;
    for (int64_t i = 0; i < n; i++) {
        const double t = ((double)i + 0.5 - ((double)o + 0.5) * scale) / widening;
        const double weight = fabs(t) < 3 ? sinc(t) * sinc(t / 3) : 0;
        sum += weight * line[i * stride];
        weights += weight;
    }
    return fmin(fmax(sum / weights, 0), 255);
}

START_TEST(resize_is_lanczos_3) {
    static const int64_t sizes[][3] = {{40, 67, 16}, {67, 40, 48}, {9, 130, 33}, {1, 1, 8}, {100, 3, 5}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t height = sizes[i][0], width = sizes[i][1], size = sizes[i][2];
        make_input(3, height, width);
        fit(GGCN_FIT_RESIZE, size);
        uint8_t *between = malloc((size_t)(height * size));
        ck_assert_ptr_nonnull(between);
        int64_t different = 0;
        for (int64_t c = 0; c < 3; c++) {
            for (int64_t y = 0; y < height; y++)
                for (int64_t x = 0; x < size; x++)
                    between[y * size + x] = (uint8_t)lround(resized(at(&in, c, y, 0), width, 1, size, x));
            for (int64_t y = 0; y < size; y++)
                for (int64_t x = 0; x < size; x++) {
                    const double expected = resized(between + x, height, size, size, y);
                    ck_assert_double_le(fabs(*at(&out, c, y, x) - expected), 0.6);
                    different += *at(&out, c, y, x) != lround(expected);
                }
        }
        ck_assert_int_le(different, 3 * size * size / 100); /* ties that the rounded weights decide otherwise */
        free(between);
    }
}
END_TEST

START_TEST(resize_keeps_constants_and_sizes) {
    set_shape(&in, 3, 300, 211);
    memset(in.pixels, 201, in.capacity);
    static const int64_t sizes[] = {1, 7, 64, 211, 300, 420};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fit(GGCN_FIT_RESIZE, sizes[i]);
        for (int64_t p = 0; p < 3 * sizes[i] * sizes[i]; p++)
            if (out.pixels[p] != 201)
                ck_abort_msg("%d in place of 201 at size %d", out.pixels[p], (int)sizes[i]);
    }
    make_input(3, 50, 50);
    fit(GGCN_FIT_RESIZE, 50);
    ck_assert_mem_eq(out.pixels, in.pixels, 3 * 50 * 50);
    assert_error(ggcn_image_fit(&in, GGCN_FIT_RESIZE, 0, &out), GGCN_ERROR_ARGUMENT, "0x0");
    assert_error(ggcn_image_fit(&in, GGCN_FIT_RESIZE, 20000, &out), GGCN_ERROR_ARGUMENT, "20000x20000");
}
END_TEST

START_TEST(cover_resizes_the_centred_square) {
    static const int64_t shapes[][2] = {{30, 45}, {46, 31}, {29, 29}};
    ggcn_picture square = {0}, expected = {0};
    for (size_t i = 0; i < 3; i++)
        for (int64_t size = 13; size <= 46; size += 16) {
            make_input(3, shapes[i][0], shapes[i][1]);
            const int64_t side = shapes[i][0] < shapes[i][1] ? shapes[i][0] : shapes[i][1];
            const ggcn_crop crop = {.width = side, .height = side, .centred = true};
            ck_assert_int_eq(ggcn_image_crop(&in, &crop, "", &square), GGCN_SUCCESS);
            ck_assert_int_eq(ggcn_image_fit(&square, GGCN_FIT_RESIZE, size, &expected), GGCN_SUCCESS);
            fit(GGCN_FIT_COVER, size);
            ck_assert_mem_eq(out.pixels, expected.pixels, (size_t)(3 * size * size));
        }
    ggcn_picture_clear(&square);
    ggcn_picture_clear(&expected);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("resize");
    TCase *part = tcase_create("resize");
    tcase_add_checked_fixture(part, NULL, clear);
    tcase_add_test(part, a_picture_only_grows);
    tcase_add_test(part, grey_and_back);
    tcase_add_test(part, crop_cuts_a_box);
    tcase_add_test(part, crop_refuses_a_box_outside);
    tcase_add_test(part, pad_centres_on_black);
    tcase_add_test(part, resize_is_pillows);
    tcase_add_test(part, resize_is_lanczos_3);
    tcase_add_test(part, resize_keeps_constants_and_sizes);
    tcase_add_test(part, cover_resizes_the_centred_square);
    suite_add_tcase(suite, part);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
