/* Writing of PNG files: single images and grids. */
#include <check.h>
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ggcn/image.h"

/* --- a folder for each test, which must be left with nothing but the files made through make_path ----------------- */

static char folder[256];
static char paths[32][400];
static int n_paths;

static const char *make_path(const char *name) {
    for (int i = 0; i < n_paths; i++)
        if (strcmp(paths[i] + strlen(folder) + 1, name) == 0)
            return paths[i];
    ck_assert_int_lt(n_paths, 32);
    snprintf(paths[n_paths], sizeof paths[0], "%s/%s", folder, name);
    return paths[n_paths++];
}

static void set_up(void) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/ggcn_test_image_XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    n_paths = 0;
}

static void tear_down(void) {
    for (int i = n_paths - 1; i >= 0; i--)
        remove(paths[i]);
    ck_assert_msg(rmdir(folder) == 0, "%s holds a file that no test made", folder);
}

static const char *write_bytes(const char *name, const void *bytes, size_t count) {
    const char *path = make_path(name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static void assert_error(ggcn_status status, ggcn_status expected, const char *name, const char *words) {
    ck_assert_msg(status == expected, "status %s in place of %s: %s", ggcn_status_name(status),
                  ggcn_status_name(expected), ggcn_last_error()->message);
    ck_assert_msg(strstr(ggcn_last_error()->message, name) != NULL, "no \"%s\" in: %s", name,
                  ggcn_last_error()->message);
    ck_assert_msg(strstr(ggcn_last_error()->message, words) != NULL, "no \"%s\" in: %s", words,
                  ggcn_last_error()->message);
}

/* --- PNG grid ----------------------------------------------------------------------------------------------------- */

static png_bytep read_png(const char *path, unsigned width, unsigned height) {
    png_image picture = {.version = PNG_IMAGE_VERSION};
    ck_assert_msg(png_image_begin_read_from_file(&picture, path), "%s", picture.message);
    ck_assert_uint_eq(picture.width, width);
    ck_assert_uint_eq(picture.height, height);
    picture.format = PNG_FORMAT_RGB;
    png_bytep pixels = malloc(PNG_IMAGE_SIZE(picture));
    ck_assert_ptr_nonnull(pixels);
    ck_assert_msg(png_image_finish_read(&picture, NULL, pixels, 0, NULL), "%s", picture.message);
    return pixels;
}

static void assert_pixel(const png_byte *pixel, int red, int green, int blue) {
    ck_assert_msg(pixel[0] == red && pixel[1] == green && pixel[2] == blue, "pixel %d %d %d in place of %d %d %d",
                  pixel[0], pixel[1], pixel[2], red, green, blue);
}

START_TEST(grid_of_grey_images) {
    /* Three 2x3 images in two columns, zoom 2: cells of 4x6 pixels, 2 between them. */
    enum { width = 6 + 2 + 6, height = 4 + 2 + 4 };
    float images[3][2][3];
    int levels[3][2][3];
    for (int i = 0; i < 18; i++) {
        (&levels[0][0][0])[i] = 14 * i;
        (&images[0][0][0])[i] = (float)(2.0 * 14 * i / 255.0 - 1.0);
    }
    images[1][0][0] = -7.0f, levels[1][0][0] = 0;
    images[1][0][1] = INFINITY, levels[1][0][1] = 255;
    images[1][1][2] = NAN;
    const char *path = make_path("grid.png");
    write_bytes("grid.png", "old", 3);
    const ggcn_status status = ggcn_write_grid(path, &images[0][0][0], 3, (ggcn_shape){1, 2, 3}, 2, -1.0f, 1.0f, 2);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    png_bytep pixels = read_png(path, width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const png_byte *pixel = pixels + 3 * (y * width + x);
            const int i = (y >= 6 ? 2 : 0) + (x >= 8 ? 1 : 0), iy = y % 6 / 2, ix = x % 8 / 2;
            if (y % 6 >= 4 || x % 8 >= 6 || i == 3)
                assert_pixel(pixel, 128, 128, 128);
            else if (i == 1 && iy == 1 && ix == 2)
                assert_pixel(pixel, 255, 0, 255);
            else
                assert_pixel(pixel, levels[i][iy][ix], levels[i][iy][ix], levels[i][iy][ix]);
        }
    free(pixels);
}
END_TEST

START_TEST(grid_of_colour_images) {
    const float image[3][1][3] = {{{0, 1, 0.2f}}, {{0.5f, 0, NAN}}, {{1, 0, 0.4f}}};
    const char *path = make_path("grid.png");
    ck_assert_int_eq(ggcn_write_grid(path, &image[0][0][0], 1, (ggcn_shape){3, 1, 3}, 8, 0.0f, 1.0f, 1), GGCN_SUCCESS);
    png_bytep pixels = read_png(path, 3, 1);
    assert_pixel(pixels, 0, 128, 255);
    assert_pixel(pixels + 3, 255, 0, 0);
    assert_pixel(pixels + 6, 255, 0, 255);
    free(pixels);
}
END_TEST

START_TEST(grid_errors) {
    const float image[4] = {0};
    const ggcn_shape shape = {1, 2, 2};
    char missing[400];
    snprintf(missing, sizeof missing, "%s/missing/grid.png", folder);
    assert_error(ggcn_write_grid(missing, image, 1, shape, 1, 0, 1, 1), GGCN_ERROR_IO, missing, "No such file");
    const char *taken = make_path("taken.png"); /* a folder under the final name: the rename must fail */
    ck_assert_int_eq(mkdir(taken, 0700), 0);
    assert_error(ggcn_write_grid(taken, image, 1, shape, 1, 0, 1, 1), GGCN_ERROR_IO, taken, "directory");
    const char *path = make_path("grid.png");
    assert_error(ggcn_write_grid(path, image, 0, shape, 1, 0, 1, 1), GGCN_ERROR_ARGUMENT, path, "0 images");
    assert_error(ggcn_write_grid(path, image, 1, (ggcn_shape){2, 1, 1}, 1, 0, 1, 1), GGCN_ERROR_ARGUMENT, path,
                 "2 channels");
    assert_error(ggcn_write_grid(path, image, 1, shape, 1, 1, 1, 1), GGCN_ERROR_ARGUMENT, path, "1 to 1");
    assert_error(ggcn_write_grid(path, image, 1, shape, 1, 0, 1, INT64_MAX), GGCN_ERROR_ARGUMENT, path, "1000000");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(grid_on_a_full_device) {
    if (access("/dev/full", W_OK) != 0)
        return;
    /* The temporary file is a link to /dev/full, where every write fails. */
    const float image[4] = {0};
    const char *path = make_path("grid.png");
    char temporary[420];
    snprintf(temporary, sizeof temporary, "%s.part", path);
    ck_assert_int_eq(symlink("/dev/full", temporary), 0);
    assert_error(ggcn_write_grid(path, image, 1, (ggcn_shape){1, 2, 2}, 1, 0, 1, 1), GGCN_ERROR_IO, path, "No space");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* --- single images ------------------------------------------------------------------------------------------------ */

START_TEST(single_images) {
    uint8_t pixels[3 * 5 * 7];
    for (int i = 0; i < 3 * 5 * 7; i++)
        pixels[i] = (uint8_t)(i * i + 3 * i);
    const char *path = make_path("one.png");
    ggcn_picture picture = {0};
    for (int64_t channels = 1; channels <= 3; channels += 2) {
        const ggcn_status status = ggcn_write_png(path, pixels, (ggcn_shape){channels, 5, 7});
        ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
        ck_assert_int_eq(ggcn_decode_file(path, &picture), GGCN_SUCCESS);
        ck_assert_int_eq(picture.shape.channels, channels);
        ck_assert_int_eq(picture.shape.height, 5);
        ck_assert_int_eq(picture.shape.width, 7);
        ck_assert_mem_eq(picture.pixels, pixels, (size_t)(channels * 5 * 7));
    }
    ggcn_picture_clear(&picture);
    png_bytep rgb = read_png(path, 7, 5); /* by libpng itself */
    assert_pixel(rgb + 3 * (2 * 7 + 4), pixels[18], pixels[35 + 18], pixels[70 + 18]);
    free(rgb);
}
END_TEST

START_TEST(single_image_errors) {
    const uint8_t pixels[8] = {0};
    const char *path = make_path("one.png");
    assert_error(ggcn_write_png(path, pixels, (ggcn_shape){2, 2, 2}), GGCN_ERROR_ARGUMENT, path, "2 channels");
    assert_error(ggcn_write_png(path, pixels, (ggcn_shape){1, 0, 2}), GGCN_ERROR_ARGUMENT, path, "2 x 0 pixels");
    assert_error(ggcn_write_png(path, pixels, (ggcn_shape){1, 1, INT64_MAX}), GGCN_ERROR_ARGUMENT, path, "sides of 1");
    ck_assert_int_ne(access(path, F_OK), 0);
    char missing[400];
    snprintf(missing, sizeof missing, "%s/missing/one.png", folder);
    assert_error(ggcn_write_png(missing, pixels, (ggcn_shape){1, 2, 2}), GGCN_ERROR_IO, missing, "No such file");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("image");
    TCase *part = tcase_create("png");
    tcase_add_checked_fixture(part, set_up, tear_down);
    tcase_add_test(part, grid_of_grey_images);
    tcase_add_test(part, grid_of_colour_images);
    tcase_add_test(part, grid_errors);
    tcase_add_test(part, grid_on_a_full_device);
    tcase_add_test(part, single_images);
    tcase_add_test(part, single_image_errors);
    suite_add_tcase(suite, part);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
