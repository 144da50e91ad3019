/* Importers of images in records of fixed size, on small files made here: IDX and CIFAR-10's binary format. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "import_case.h"

/* --- IDX ---------------------------------------------------------------------------------------------------------- */

static const char *write_gzip(const char *name, const void *bytes, unsigned count) {
    const char *path = path_of(name);
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, bytes, count), (int)count);
    ck_assert_int_eq(gzclose(file), Z_OK);
    return path;
}

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
    ggcn_image_source *source = open_source(ggcn_import_idx, images, &(ggcn_import_options){.labels = labels});
    ggcn_picture picture = {0};
    char name[256], expected[600];
    ck_assert_int_eq(source->count, idx_count);
    ck_assert_int_eq(source->held_out, 0);
    ck_assert_int_eq(source->shape.channels, 1);
    ck_assert_int_eq(source->shape.height, idx_height);
    ck_assert_int_eq(source->shape.width, idx_width);
    ck_assert_uint_eq(source->n_classes, n_classes);
    ck_assert_str_eq(source->classes[7], class_7);
    ck_assert_ptr_nonnull(strstr(source->description, images));
    ck_assert_ptr_null(source->note);
    for (int64_t i = 0; i < idx_count; i++) {
        uint32_t label = 99, alone = 99;
        assert_success(source->read(source, i, &picture, &label));
        assert_success(source->read(source, i, NULL, &alone));
        ck_assert_uint_eq(label, idx_labels[i]);
        ck_assert_uint_eq(alone, idx_labels[i]);
        ck_assert_int_eq(picture.shape.channels, 1);
        ck_assert_int_eq(picture.shape.height, idx_height);
        ck_assert_int_eq(picture.shape.width, idx_width);
        for (int p = 0; p < idx_pixels; p++)
            ck_assert_uint_eq(picture.pixels[p], idx_pixel(i, p));
        source->name(source, i, name, sizeof name);
        snprintf(expected, sizeof expected, "image %d of %s", (int)i, strrchr(images, '/') + 1);
        ck_assert_str_eq(name, expected);
    }
    assert_any_order(source);
    ggcn_picture_clear(&picture);
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
    assert_import_error(ggcn_import_idx, images, &(ggcn_import_options){.labels = labels}, expected, name, words);
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
    assert_idx_error(test_folder, path, GGCN_ERROR_IO, test_folder, "directory");
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
        assert_idx_error(path_of(images_name), NULL, GGCN_ERROR_FORMAT, labels_name, "truncated");
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
        {3, 1, "offset 0: magic number 0x00000801"},
        {2, 9, "offset 0: magic number 0x00000903"},
        {7, 0, "holds no images (offset 4"},
        {7, idx_count - 1, "goes on after offset 64"},
        {11, 0, "offset 8: height 0 is outside"},
        {14, 0x20, "offset 12: width 8196 is outside 1 to 4096"},
        {4, 0xff, "51338281020 bytes of images"},
        {10, 1, "truncated"},
        {6, 0x40, "196668 bytes of images by its header, but the file has only 76"},
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

/* --- CIFAR-10 ----------------------------------------------------------------------------------------------------- */

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
    ggcn_image_source *source = open_source(ggcn_import_cifar10, path, NULL);
    ggcn_picture picture = {0};
    ck_assert_int_eq(source->count, count);
    ck_assert_int_eq(source->shape.channels, 3);
    ck_assert_int_eq(source->shape.height, 32);
    ck_assert_int_eq(source->shape.width, 32);
    ck_assert_uint_eq(source->n_classes, 10);
    ck_assert_str_eq(source->classes[0], class_0);
    ck_assert_str_eq(source->classes[9], "truck");
    for (int i = 0; i < count; i++) {
        uint32_t label = 99, alone = 99;
        assert_success(source->read(source, i, &picture, &label));
        assert_success(source->read(source, i, NULL, &alone));
        ck_assert_uint_eq(label, cifar_byte(i, 0));
        ck_assert_uint_eq(alone, label);
        ck_assert_int_eq(picture.shape.channels, 3);
        ck_assert_int_eq(picture.shape.height, 32);
        ck_assert_int_eq(picture.shape.width, 32);
        for (int p = 0; p < record - 1; p++)
            ck_assert_uint_eq(picture.pixels[p], cifar_byte(i, p + 1));
    }
    char name[64];
    source->name(source, 1, name, sizeof name);
    ck_assert_str_eq(name, "record 1 of c.bin");
    assert_any_order(source);
    ggcn_picture_clear(&picture);
    ggcn_image_source_close(&source);
}

START_TEST(cifar_file_and_folder) {
    assert_cifar(write_cifar("c.bin", 0, 2, 0), 2, "airplane");
    write_cifar("b.bin", 0, 0, 0); /* an empty file among others is no error */
    write_cifar("d.bin", 2, 3, 0);
    write_bytes("readme.html", "x", 1);
    assert_cifar(test_folder, 5, "airplane");
    const char names[] = "plane\n1\n2\n3\n4\n5\n6\n7\n8\r\ntruck\n\n";
    write_bytes("batches.meta.txt", names, sizeof names - 1);
    assert_cifar(test_folder, 5, "plane");
    assert_cifar(path_of("c.bin"), 2, "plane");
}
END_TEST

static void assert_cifar_error(const char *path, ggcn_status expected, const char *name, const char *words) {
    assert_import_error(ggcn_import_cifar10, path, NULL, expected, name, words);
}

START_TEST(cifar_bad_files) {
    assert_cifar_error("/nonexistent/a.bin", GGCN_ERROR_IO, "/nonexistent/a.bin", "No such file");
    assert_cifar_error(test_folder, GGCN_ERROR_FORMAT, test_folder, "no file *.bin");
    assert_cifar_error(write_cifar("a.bin", 0, 0, 0), GGCN_ERROR_FORMAT, "a.bin", "no images");
    static const size_t cuts[] = {1, 1000, record - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        assert_cifar_error(write_cifar("a.bin", 0, 2, cuts[i]), GGCN_ERROR_FORMAT, "a.bin", "1 whole ones");
        assert_cifar_error(test_folder, GGCN_ERROR_FORMAT, "a.bin", "1 whole ones");
    }
    write_cifar("a.bin", 0, 2, 0);
    write_text("batches.meta.txt", "one\ntwo\n");
    assert_cifar_error(test_folder, GGCN_ERROR_FORMAT, "batches.meta.txt", "2 class names");
    write_text("batches.meta.txt", "a\nb\nc\nd\nb\nf\ng\nh\ni\nj\n");
    assert_cifar_error(test_folder, GGCN_ERROR_FORMAT, "classes 1 and 4", "the same name \"b\"");
}
END_TEST

START_TEST(cifar_bad_label_and_shrunk_file) {
    uint8_t bytes[2 * record] = {0};
    bytes[record] = 10;
    const char *path = write_bytes("a.bin", bytes, sizeof bytes);
    ggcn_image_source *source = open_source(ggcn_import_cifar10, path, NULL);
    ggcn_picture picture = {0};
    uint32_t label;
    assert_success(source->read(source, 0, &picture, &label));
    assert_error(source->read(source, 1, &picture, &label), GGCN_ERROR_FORMAT, "a.bin", "offset 3073: label 10");
    ck_assert_int_eq(truncate(path, 100), 0);
    assert_error(source->read(source, 0, &picture, &label), GGCN_ERROR_FORMAT, "a.bin", "offset 100");
    ggcn_picture_clear(&picture);
    ggcn_image_source_close(&source);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {idx_plain_gzip_and_names,
                                  idx_missing_files,
                                  idx_truncated_everywhere,
                                  idx_truncated_and_damaged_gzip,
                                  idx_bad_headers,
                                  cifar_file_and_folder,
                                  cifar_bad_files,
                                  cifar_bad_label_and_shrunk_file,
                                  NULL};
    return run_import_tests("import_records", tests);
}
