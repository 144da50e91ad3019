#define _XOPEN_SOURCE 700 /* nftw */
#include "import_case.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char test_folder[256];

void make_test_folder(void) {
    const char *base = getenv("TMPDIR");
    snprintf(test_folder, sizeof test_folder, "%s/ggcn_test_import_XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(test_folder));
    ck_assert_int_eq(chmod(test_folder, 0755), 0);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
    (void)about, (void)kind, (void)place;
    return remove(path);
}

void remove_test_folder(void) {
    ck_assert_int_eq(nftw(test_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *path_of(const char *below) {
    static char paths[16][512];
    static int next;
    char *path = paths[next++ % 16];
    const int length = snprintf(path, sizeof paths[0], "%s%s%s", test_folder, *below ? "/" : "", below);
    ck_assert_int_lt(length, sizeof paths[0]);
    return path;
}

/* Makes the folders that `path` lies in. */
static void make_folders_above(const char *path) {
    char part[512];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = part + strlen(test_folder) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        ck_assert(mkdir(part, 0755) == 0 || errno == EEXIST);
    }
}

const char *make_folder(const char *below) {
    const char *path = path_of(below);
    make_folders_above(path);
    ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
    return path;
}

const char *write_bytes(const char *below, const void *bytes, size_t count) {
    const char *path = path_of(below);
    make_folders_above(path);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

const char *write_text(const char *below, const char *text) {
    return write_bytes(below, text, strlen(text));
}

static const ggcn_shape image_shape = {3, 1, 2};

static void make_pixels(int id, uint8_t pixels[6]) {
    for (int i = 0; i < 6; i++)
        pixels[i] = (uint8_t)(id + 41 * i);
}

const char *write_image(const char *below, int id) {
    uint8_t pixels[6];
    make_pixels(id, pixels);
    const char *path = path_of(below);
    make_folders_above(path);
    assert_success(ggcn_write_png(path, pixels, image_shape));
    return path;
}

size_t read_bytes(const char *path, uint8_t *bytes, size_t most) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t count = fread(bytes, 1, most, file);
    fclose(file);
    return count;
}

void assert_error(ggcn_status status, ggcn_status expected, const char *name, const char *words) {
    const char *message = ggcn_last_error()->message;
    ck_assert_msg(status == expected, "status %s in place of %s: %s", ggcn_status_name(status),
                  ggcn_status_name(expected), message);
    ck_assert_msg(strstr(message, name) != NULL, "no \"%s\" in: %s", name, message);
    ck_assert_msg(strstr(message, words) != NULL, "no \"%s\" in: %s", words, message);
}

void assert_success(ggcn_status status) {
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
}

ggcn_image_source *open_source(importer *import, const char *path, const ggcn_import_options *options) {
    ggcn_image_source *source = NULL;
    assert_success(import(path, options, &source));
    ck_assert_ptr_nonnull(source);
    return source;
}

void assert_import_error(importer *import, const char *path, const ggcn_import_options *options, ggcn_status expected,
                         const char *name, const char *words) {
    ggcn_image_source *source = NULL;
    assert_error(import(path, options, &source), expected, name, words);
    ck_assert_ptr_null(source);
}

void assert_image(ggcn_image_source *source, int64_t number, const char *name, uint32_t label, int id) {
    char text[256];
    uint8_t pixels[6];
    ggcn_picture picture = {0};
    uint32_t found = UINT32_MAX, alone = UINT32_MAX;
    make_pixels(id, pixels);
    source->name(source, number, text, sizeof text);
    ck_assert_str_eq(text, name);
    assert_success(source->read(source, number, &picture, &found));
    assert_success(source->read(source, number, NULL, &alone));
    ck_assert_uint_eq(found, label);
    ck_assert_uint_eq(alone, label);
    ck_assert_int_eq(picture.shape.channels, image_shape.channels);
    ck_assert_int_eq(picture.shape.height, image_shape.height);
    ck_assert_int_eq(picture.shape.width, image_shape.width);
    ck_assert_msg(memcmp(picture.pixels, pixels, sizeof pixels) == 0, "image %s is not image %d", text, id);
    ggcn_picture_clear(&picture);
}

/* What was read, in a few numbers. */
typedef struct {
    uint64_t sum;
    uint32_t label;
    char name[64];
} image_record;

static image_record record_of(ggcn_image_source *source, int64_t number, ggcn_picture *picture) {
    image_record record = {.sum = 1469598103934665603u};
    assert_success(source->read(source, number, picture, &record.label));
    const int64_t bytes = picture->shape.channels * picture->shape.height * picture->shape.width;
    for (int64_t i = 0; i < bytes; i++)
        record.sum = (record.sum ^ picture->pixels[i]) * 1099511628211u;
    source->name(source, number, record.name, sizeof record.name);
    return record;
}

void assert_any_order(ggcn_image_source *source) {
    static image_record ascending[4096];
    ggcn_picture picture = {0};
    uint32_t label;
    ck_assert_int_le(source->count, 4096);
    for (int64_t i = 0; i < source->count; i++)
        ascending[i] = record_of(source, i, &picture);
    uint64_t random = 7;
    for (int64_t i = 0; i < 2 * source->count; i++) { /* descending, then random */
        random = random * 6364136223846793005u + 1442695040888963407u;
        const int64_t number =
            i < source->count ? source->count - 1 - i : (int64_t)((random >> 33) % (uint64_t)source->count);
        const image_record again = record_of(source, number, &picture);
        ck_assert_uint_eq(again.sum, ascending[number].sum);
        ck_assert_uint_eq(again.label, ascending[number].label);
        ck_assert_str_eq(again.name, ascending[number].name);
    }
    assert_error(source->read(source, -1, &picture, &label), GGCN_ERROR_ARGUMENT, "-1", "no image");
    assert_error(source->read(source, source->count, NULL, &label), GGCN_ERROR_ARGUMENT, "among", "no image");
    ggcn_picture_clear(&picture);
}

int run_import_tests(const char *name, const struct TTest *const *tests) {
    Suite *suite = suite_create(name);
    TCase *part = tcase_create(name);
    tcase_add_checked_fixture(part, make_test_folder, remove_test_folder);
    for (; *tests; tests++)
        tcase_add_test(part, *tests);
    suite_add_tcase(suite, part);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
