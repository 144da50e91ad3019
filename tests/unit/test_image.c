/* Importers on small files made here, fitting, grey and the PNG grid. */
#include <check.h>
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "ggcn/image.h"

/* --- a folder for each test, which must be left with nothing but the files made through make_path -------------------
 */

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

static const char *write_gzip(const char *name, const void *bytes, unsigned count) {
    const char *path = make_path(name);
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, bytes, count), (int)count);
    ck_assert_int_eq(gzclose(file), Z_OK);
    return path;
}

static size_t read_bytes(const char *path, uint8_t *bytes, size_t most) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t count = fread(bytes, 1, most, file);
    fclose(file);
    return count;
}

static void assert_error(ggcn_status status, ggcn_status expected, const char *name, const char *words) {
    ck_assert_msg(status == expected, "status %s in place of %s: %s", ggcn_status_name(status),
                  ggcn_status_name(expected), ggcn_last_error()->message);
    ck_assert_msg(strstr(ggcn_last_error()->message, name) != NULL, "no \"%s\" in: %s", name,
                  ggcn_last_error()->message);
    ck_assert_msg(strstr(ggcn_last_error()->message, words) != NULL, "no \"%s\" in: %s", words,
                  ggcn_last_error()->message);
}

/* --- IDX ------------------------------------------------------------------------------------------------------------
 */

enum { idx_count = 5, idx_height = 3, idx_width = 4, idx_pixels = idx_height * idx_width };
enum { idx_bytes = 16 + idx_count * idx_pixels, label_bytes = 8 + idx_count };
static const uint8_t idx_labels[idx_count] = {3, 0, 7, 7, 1};
static const char images_name[] = "t-images-idx3-ubyte", labels_name[] = "t-labels-idx1-ubyte";
static const char images_gz[] = "t-images-idx3-ubyte.gz", labels_gz[] = "t-labels-idx1-ubyte.gz";

static uint8_t idx_pixel(int64_t image, int pixel) {
    return (uint8_t)(37 * image + 11 * pixel + 1);
}

static void make_idx(uint8_t images[idx_bytes], uint8_t labels[label_bytes]) {
    const uint8_t image_header[16] = {0, 0, 8, 3, 0, 0, 0, idx_count, 0, 0, 0, idx_height, 0, 0, 0, idx_width};
    const uint8_t label_header[8] = {0, 0, 8, 1, 0, 0, 0, idx_count};
    memcpy(images, image_header, sizeof image_header);
    for (int i = 0; i < idx_count * idx_pixels; i++)
        images[16 + i] = idx_pixel(i / idx_pixels, i % idx_pixels);
    memcpy(labels, label_header, sizeof label_header);
    memcpy(labels + 8, idx_labels, idx_count);
}

static void assert_idx(const char *images, const char *labels, uint32_t n_classes, const char *class_7) {
    ggcn_image_source *source = NULL;
    const ggcn_status status = ggcn_import_idx(images, labels, &source);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    ck_assert_int_eq(source->count, idx_count);
    ck_assert_int_eq(source->shape.channels, 1);
    ck_assert_int_eq(source->shape.height, idx_height);
    ck_assert_int_eq(source->shape.width, idx_width);
    ck_assert_uint_eq(source->n_classes, n_classes);
    ck_assert_str_eq(source->classes[7], class_7);
    ck_assert_ptr_nonnull(strstr(source->description, images));
    for (int64_t i = idx_count - 1; i >= 0; i--) { /* any order */
        uint8_t image[idx_pixels];
        uint32_t label = 99, alone = 99;
        ck_assert_int_eq(source->read(source, i, image, &label), GGCN_SUCCESS);
        ck_assert_int_eq(source->read(source, i, NULL, &alone), GGCN_SUCCESS);
        ck_assert_uint_eq(label, idx_labels[i]);
        ck_assert_uint_eq(alone, idx_labels[i]);
        for (int p = 0; p < idx_pixels; p++)
            ck_assert_uint_eq(image[p], idx_pixel(i, p));
    }
    uint32_t label;
    ck_assert_int_eq(source->read(source, idx_count, NULL, &label), GGCN_ERROR_ARGUMENT);
    ck_assert_int_eq(source->read(source, -1, NULL, &label), GGCN_ERROR_ARGUMENT);
    ggcn_image_source_close(&source);
    ck_assert_ptr_null(source);
}

START_TEST(idx_plain_gzip_and_names) {
    uint8_t images[idx_bytes], labels[label_bytes];
    make_idx(images, labels);
    write_bytes(labels_name, labels, sizeof labels);
    assert_idx(write_bytes(images_name, images, sizeof images), NULL, 8, "7");
    write_gzip(labels_gz, labels, sizeof labels);
    assert_idx(write_gzip(images_gz, images, sizeof images), NULL, 8, "7");
    /* Labels of a name of their own; Fashion-MNIST known by its path. */
    const char *other = write_bytes("other", labels, sizeof labels);
    assert_idx(write_bytes("Fashion-pictures", images, sizeof images), other, 10, "Sneaker");
    /* A dot in place of the dash. */
    write_bytes("u-labels.idx1-ubyte", labels, sizeof labels);
    assert_idx(write_bytes("u-images.idx3-ubyte", images, sizeof images), NULL, 8, "7");
}
END_TEST

static void assert_idx_error(const char *images, const char *labels, ggcn_status expected, const char *name,
                             const char *words) {
    ggcn_image_source *source = NULL;
    assert_error(ggcn_import_idx(images, labels, &source), expected, name, words);
    ck_assert_ptr_null(source);
}

START_TEST(idx_missing_files) {
    uint8_t images[idx_bytes], labels[label_bytes];
    make_idx(images, labels);
    assert_idx_error("/nonexistent/a-images-idx3-ubyte", NULL, GGCN_ERROR_IO, "/nonexistent/a-images-idx3-ubyte",
                     "No such file");
    const char *path = write_bytes(images_name, images, sizeof images);
    assert_idx_error(path, NULL, GGCN_ERROR_IO, labels_name, "No such file");
    path = write_bytes("pictures", images, sizeof images);
    assert_idx_error(path, NULL, GGCN_ERROR_ARGUMENT, "pictures", "name of the file of labels");
    assert_idx_error(folder, path, GGCN_ERROR_IO, folder, "directory");
}
END_TEST

START_TEST(idx_truncated_everywhere) {
    uint8_t images[idx_bytes], labels[label_bytes];
    make_idx(images, labels);
    write_bytes(labels_name, labels, sizeof labels);
    for (size_t size = 0; size < sizeof images; size++)
        assert_idx_error(write_bytes(images_name, images, size), NULL, GGCN_ERROR_FORMAT, images_name, "truncated");
    write_bytes(images_name, images, sizeof images);
    for (size_t size = 0; size < sizeof labels; size++) {
        write_bytes(labels_name, labels, size);
        assert_idx_error(make_path(images_name), NULL, GGCN_ERROR_FORMAT, labels_name, "truncated");
    }
}
END_TEST

START_TEST(idx_truncated_and_damaged_gzip) {
    uint8_t images[idx_bytes], labels[label_bytes], packed[512];
    make_idx(images, labels);
    write_gzip(labels_gz, labels, sizeof labels);
    const char *path = write_gzip(images_gz, images, sizeof images);
    const size_t size = read_bytes(path, packed, sizeof packed);
    for (size_t kept = 0; kept < size; kept++) /* every truncation, the checksum at the end included */
        assert_idx_error(write_bytes(images_gz, packed, kept), NULL, GGCN_ERROR_FORMAT, images_gz, "");
    packed[size - 8] ^= 1; /* the checksum */
    assert_idx_error(write_bytes(images_gz, packed, size), NULL, GGCN_ERROR_FORMAT, images_gz, "damaged gzip");
    packed[size - 8] ^= 1;
    memset(packed + 10, 0xff, size - 18);
    assert_idx_error(write_bytes(images_gz, packed, size), NULL, GGCN_ERROR_FORMAT, images_gz, "damaged gzip");
}
END_TEST

START_TEST(idx_bad_headers) {
    static const struct {
        int at;
        uint8_t byte;
        const char *words;
    } changes[] = {
        {3, 1, "offset 0: magic number 0x00000801"}, {2, 9, "offset 0: magic number 0x00000903"},
        {7, 0, "holds no images (offset 4"},         {7, idx_count - 1, "goes on after offset 64"},
        {11, 0, "offset 8: height 0 is outside"},    {14, 0x20, "offset 12: width 8196 is outside 1 to 4096"},
        {4, 0xff, "51338281020 bytes of images"},    {10, 1, "truncated"},
    };
    uint8_t images[idx_bytes], labels[label_bytes];
    make_idx(images, labels);
    write_bytes(labels_name, labels, sizeof labels);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const uint8_t kept = images[changes[i].at];
        images[changes[i].at] = changes[i].byte;
        assert_idx_error(write_bytes(images_name, images, sizeof images), NULL, GGCN_ERROR_FORMAT, images_name,
                         changes[i].words);
        images[changes[i].at] = kept;
    }
    const char *path = write_bytes(images_name, images, sizeof images);
    assert_idx_error(path, path, GGCN_ERROR_FORMAT, images_name, "IDX labels have 0x00000801");
    uint8_t longer[label_bytes + 1];
    memcpy(longer, labels, sizeof labels);
    longer[label_bytes] = 0;
    write_bytes(labels_name, longer, sizeof longer);
    assert_idx_error(path, NULL, GGCN_ERROR_FORMAT, labels_name, "goes on after offset 13");
    labels[7] = idx_count - 1;
    write_bytes(labels_name, labels, sizeof labels - 1);
    assert_idx_error(path, NULL, GGCN_ERROR_FORMAT, images_name, "5 images but");
    labels[7] = idx_count;
    labels[8 + 2] = 10;
    const char *other = write_bytes("other", labels, sizeof labels);
    assert_idx_error(write_bytes("fashion", images, sizeof images), other, GGCN_ERROR_FORMAT, "other",
                     "offset 10: label 10 is outside 0 to 9");
}
END_TEST

/* --- CIFAR-10 -------------------------------------------------------------------------------------------------------
 */

enum { record = 3073 };

static uint8_t cifar_byte(int image, int i) {
    return (uint8_t)(i == 0 ? (image + 4) % 10 : 13 * image + 7 * i + i / 1024);
}

static const char *write_cifar(const char *name, int first, int count, size_t cut) {
    uint8_t bytes[4 * record] = {0};
    for (int i = 0; i < count * record; i++)
        bytes[i] = cifar_byte(first + i / record, i % record);
    return write_bytes(name, bytes, (size_t)(count * record) - cut);
}

static void assert_cifar(const char *path, int count, const char *class_0) {
    ggcn_image_source *source = NULL;
    const ggcn_status status = ggcn_import_cifar10(path, &source);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    ck_assert_int_eq(source->count, count);
    ck_assert_int_eq(source->shape.channels, 3);
    ck_assert_int_eq(source->shape.height, 32);
    ck_assert_int_eq(source->shape.width, 32);
    ck_assert_uint_eq(source->n_classes, 10);
    ck_assert_str_eq(source->classes[0], class_0);
    ck_assert_str_eq(source->classes[9], "truck");
    for (int i = count - 1; i >= 0; i--) {
        uint8_t image[record - 1];
        uint32_t label = 99, alone = 99;
        ck_assert_int_eq(source->read(source, i, image, &label), GGCN_SUCCESS);
        ck_assert_int_eq(source->read(source, i, NULL, &alone), GGCN_SUCCESS);
        ck_assert_uint_eq(label, cifar_byte(i, 0));
        ck_assert_uint_eq(alone, label);
        for (int p = 0; p < record - 1; p++)
            ck_assert_uint_eq(image[p], cifar_byte(i, p + 1));
    }
    uint32_t label;
    ck_assert_int_eq(source->read(source, count, NULL, &label), GGCN_ERROR_ARGUMENT);
    ggcn_image_source_close(&source);
}

START_TEST(cifar_file_and_folder) {
    assert_cifar(write_cifar("c.bin", 0, 2, 0), 2, "airplane");
    write_cifar("b.bin", 0, 0, 0); /* an empty file among others is no error */
    write_cifar("d.bin", 2, 3, 0);
    write_bytes("readme.html", "x", 1);
    assert_cifar(folder, 5, "airplane");
    const char names[] = "plane\n1\n2\n3\n4\n5\n6\n7\n8\r\ntruck\n\n";
    write_bytes("batches.meta.txt", names, sizeof names - 1);
    assert_cifar(folder, 5, "plane");
    assert_cifar(make_path("c.bin"), 2, "plane");
}
END_TEST

static void assert_cifar_error(const char *path, ggcn_status expected, const char *name, const char *words) {
    ggcn_image_source *source = NULL;
    assert_error(ggcn_import_cifar10(path, &source), expected, name, words);
    ck_assert_ptr_null(source);
}

START_TEST(cifar_bad_files) {
    assert_cifar_error("/nonexistent/a.bin", GGCN_ERROR_IO, "/nonexistent/a.bin", "No such file");
    assert_cifar_error(folder, GGCN_ERROR_FORMAT, folder, "no file *.bin");
    assert_cifar_error(write_cifar("a.bin", 0, 0, 0), GGCN_ERROR_FORMAT, "a.bin", "no images");
    static const size_t cuts[] = {1, 1000, record - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        assert_cifar_error(write_cifar("a.bin", 0, 2, cuts[i]), GGCN_ERROR_FORMAT, "a.bin", "1 whole ones");
        assert_cifar_error(folder, GGCN_ERROR_FORMAT, "a.bin", "1 whole ones");
    }
    write_cifar("a.bin", 0, 2, 0);
    write_bytes("batches.meta.txt", "one\ntwo\n", 8);
    assert_cifar_error(folder, GGCN_ERROR_FORMAT, "batches.meta.txt", "2 class names");
}
END_TEST

START_TEST(cifar_bad_label_and_shrunk_file) {
    uint8_t bytes[2 * record] = {0};
    bytes[record] = 10;
    const char *path = write_bytes("a.bin", bytes, sizeof bytes);
    ggcn_image_source *source = NULL;
    ck_assert_int_eq(ggcn_import_cifar10(path, &source), GGCN_SUCCESS);
    uint8_t image[record - 1];
    uint32_t label;
    ck_assert_int_eq(source->read(source, 0, image, &label), GGCN_SUCCESS);
    assert_error(source->read(source, 1, image, &label), GGCN_ERROR_FORMAT, "a.bin", "offset 3073: label 10");
    ck_assert_int_eq(truncate(path, 100), 0);
    assert_error(source->read(source, 0, image, &label), GGCN_ERROR_FORMAT, "a.bin", "offset 100");
    ggcn_image_source_close(&source);
}
END_TEST

/* --- fitting and grey -----------------------------------------------------------------------------------------------
 */

START_TEST(pad_centres_on_black) {
    const uint8_t in[2][2][3] = {{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {10, 11, 12}}};
    uint8_t out[2][5][5];
    memset(out, 99, sizeof out);
    ck_assert_int_eq(ggcn_image_fit(&in[0][0][0], (ggcn_shape){2, 2, 3}, GGCN_FIT_PAD, 5, &out[0][0][0]), GGCN_SUCCESS);
    for (int c = 0; c < 2; c++)
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 5; x++) {
                const bool inside = y >= 1 && y < 3 && x >= 1 && x < 4;
                ck_assert_uint_eq(out[c][y][x], inside ? in[c][y - 1][x - 1] : 0);
            }
    assert_error(ggcn_image_fit(&in[0][0][0], (ggcn_shape){2, 2, 3}, GGCN_FIT_PAD, 2, &out[0][0][0]),
                 GGCN_ERROR_ARGUMENT, "2x3", "2x2");
}
END_TEST

START_TEST(resize_down_is_the_area_average) {
    uint8_t in[2][8][8], out[2][4][4];
    for (int i = 0; i < 128; i++)
        (&in[0][0][0])[i] = (uint8_t)(5 * i * i + i / 3);
    ck_assert_int_eq(ggcn_image_fit(&in[0][0][0], (ggcn_shape){2, 8, 8}, GGCN_FIT_RESIZE, 4, &out[0][0][0]),
                     GGCN_SUCCESS);
    for (int c = 0; c < 2; c++)
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 4; x++) {
                const int sum = in[c][2 * y][2 * x] + in[c][2 * y][2 * x + 1] + in[c][2 * y + 1][2 * x] +
                                in[c][2 * y + 1][2 * x + 1];
                ck_assert_uint_eq(out[c][y][x], (sum + 2) / 4);
            }
    /* 3 -> 2: each output covers one and a half inputs: (2 a + b)/3, (b + 2 c)/3; one row of each is alike. */
    const uint8_t row[3][3] = {{30, 60, 240}, {30, 60, 240}, {30, 60, 240}};
    uint8_t two[2][2];
    ck_assert_int_eq(ggcn_image_fit(&row[0][0], (ggcn_shape){1, 3, 3}, GGCN_FIT_RESIZE, 2, &two[0][0]), GGCN_SUCCESS);
    for (int y = 0; y < 2; y++) {
        ck_assert_uint_eq(two[y][0], 40);
        ck_assert_uint_eq(two[y][1], 180);
    }
}
END_TEST

START_TEST(resize_up_is_bilinear) {
    uint8_t constant[5][7], out[16][16];
    memset(constant, 201, sizeof constant);
    ck_assert_int_eq(ggcn_image_fit(&constant[0][0], (ggcn_shape){1, 5, 7}, GGCN_FIT_RESIZE, 16, &out[0][0]),
                     GGCN_SUCCESS);
    for (int i = 0; i < 256; i++)
        ck_assert_uint_eq((&out[0][0])[i], 201);
    /* 2 -> 4 with pixel centres aligned: a, (3a + b)/4, (a + 3b)/4, b. */
    const uint8_t in[2][2] = {{0, 100}, {40, 220}};
    static const int part[4] = {0, 1, 3, 4};
    uint8_t four[4][4];
    ck_assert_int_eq(ggcn_image_fit(&in[0][0], (ggcn_shape){1, 2, 2}, GGCN_FIT_RESIZE, 4, &four[0][0]), GGCN_SUCCESS);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++) {
            const int top = (4 - part[x]) * in[0][0] + part[x] * in[0][1];
            const int bottom = (4 - part[x]) * in[1][0] + part[x] * in[1][1];
            ck_assert_uint_eq(four[y][x], ((4 - part[y]) * top + part[y] * bottom + 8) / 16);
        }
    uint8_t same[2][2];
    ck_assert_int_eq(ggcn_image_fit(&in[0][0], (ggcn_shape){1, 2, 2}, GGCN_FIT_RESIZE, 2, &same[0][0]), GGCN_SUCCESS);
    ck_assert_mem_eq(in, same, sizeof in);
}
END_TEST

START_TEST(resize_each_axis_its_own_way) {
    const uint8_t in[4][1] = {{0}, {10}, {100}, {200}};
    uint8_t out[2][2];
    ck_assert_int_eq(ggcn_image_fit(&in[0][0], (ggcn_shape){1, 4, 1}, GGCN_FIT_RESIZE, 2, &out[0][0]), GGCN_SUCCESS);
    for (int x = 0; x < 2; x++) {
        ck_assert_uint_eq(out[0][x], 5);
        ck_assert_uint_eq(out[1][x], 150);
    }
    assert_error(ggcn_image_fit(&in[0][0], (ggcn_shape){1, 4, 1}, GGCN_FIT_RESIZE, 0, &out[0][0]), GGCN_ERROR_ARGUMENT,
                 "0x0", "sides must be");
}
END_TEST

START_TEST(grey_is_rec601_luma) {
    /* red, green, blue, white, black and a mixture */
    const uint8_t in[3][2][3] = {{{255, 0, 0}, {255, 0, 10}}, {{0, 255, 0}, {255, 0, 20}}, {{0, 0, 255}, {255, 0, 30}}};
    static const uint8_t expected[6] = {76, 150, 29, 255, 0, 18};
    uint8_t out[6];
    ggcn_image_grey(&in[0][0][0], 2, 3, out);
    ck_assert_mem_eq(out, expected, sizeof out);
}
END_TEST

/* --- PNG grid -------------------------------------------------------------------------------------------------------
 */

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

int main(void) {
    Suite *suite = suite_create("image");
    const struct {
        const char *name;
        const TTest *tests[6];
    } cases[] = {
        {"idx",
         {idx_plain_gzip_and_names, idx_missing_files, idx_truncated_everywhere, idx_truncated_and_damaged_gzip,
          idx_bad_headers}},
        {"cifar10", {cifar_file_and_folder, cifar_bad_files, cifar_bad_label_and_shrunk_file}},
        {"fit",
         {pad_centres_on_black, resize_down_is_the_area_average, resize_up_is_bilinear, resize_each_axis_its_own_way,
          grey_is_rec601_luma}},
        {"grid", {grid_of_grey_images, grid_of_colour_images, grid_errors, grid_on_a_full_device}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TCase *part = tcase_create(cases[i].name);
        tcase_add_checked_fixture(part, set_up, tear_down);
        for (size_t j = 0; j < 6 && cases[i].tests[j]; j++)
            tcase_add_test(part, cases[i].tests[j]);
        suite_add_tcase(suite, part);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
