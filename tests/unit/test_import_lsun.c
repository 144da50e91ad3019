/* The importer of LSUN's LMDB, on data bases made here. */
#include <check.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import_case.h"

static void lsun_error(const char *path, ggcn_status expected, const char *name, const char *words) {
    assert_import_error(ggcn_import_lsun, path, NULL, expected, name, words);
}

static void put(MDB_txn *transaction, MDB_dbi entries, const void *key, size_t key_bytes, void *value,
                size_t value_bytes) {
    char copy[64];
    memcpy(copy, key, key_bytes);
    MDB_val k = {key_bytes, copy}, v = {value_bytes, value};
    ck_assert_int_eq(mdb_put(transaction, entries, &k, &v, 0), 0);
}

/* Entries "00000", "00001", ...; the value of entry i is image i % 16. Those of `bad` hold text. */
static const char *make_lmdb(const char *below, int count, int bad, unsigned flags) {
    uint8_t images[16][256];
    size_t bytes[16];
    for (int i = 0; i < 16; i++) {
        const char *path = write_image("image.png", i);
        bytes[i] = read_bytes(path, images[i], sizeof images[i]);
        ck_assert_uint_gt(bytes[i], 0);
        ck_assert_uint_lt(bytes[i], sizeof images[i]);
    }
    const char *path = make_folder(below);
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi entries;
    ck_assert_int_eq(mdb_env_create(&environment), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(environment, (size_t)1 << 30), 0);
    ck_assert_int_eq(mdb_env_open(environment, path, MDB_NOSYNC, 0644), 0);
    ck_assert_int_eq(mdb_txn_begin(environment, NULL, 0, &transaction), 0);
    ck_assert_int_eq(mdb_dbi_open(transaction, NULL, flags, &entries), 0);
    for (int i = 0; i < count; i++) {
        char key[16], text[] = "no image";
        snprintf(key, sizeof key, "%05d", i);
        if (i == bad)
            put(transaction, entries, key, 5, text, sizeof text);
        else
            put(transaction, entries, key, 5, images[i % 16], bytes[i % 16]);
    }
    if (bad == count) /* one more, with a key that does not print */
        put(transaction, entries, "a\x01 \xff", 4, images[0], bytes[0]);
    ck_assert_int_eq(mdb_txn_commit(transaction), 0);
    mdb_env_close(environment);
    char lock[300];
    snprintf(lock, sizeof lock, "%s/lock.mdb", path);
    ck_assert_int_eq(unlink(lock), 0);
    return path;
}

START_TEST(lsun_any_order) {
    const char *path = make_lmdb("bedroom_train_lmdb", 2500, -1, 0);
    ggcn_image_source *source = open_source(ggcn_import_lsun, path, NULL);
    ck_assert_int_eq(source->count, 2500);
    ck_assert_int_eq(source->held_out, 0);
    ck_assert_int_eq(source->shape.channels, 3);
    ck_assert_int_eq(source->shape.height, 0);
    ck_assert_uint_eq(source->n_classes, 1);
    ck_assert_str_eq(source->classes[0], "bedroom_train");
    ck_assert_ptr_nonnull(strstr(source->description, path));
    ck_assert_ptr_null(source->note);
    /* Before anything was passed: the far end first, then around the keys that are remembered. */
    static const int numbers[] = {2499, 0, 1024, 1023, 2048, 1025, 2047, 1, 2048, 2048, 1500, 700};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char key[16];
        snprintf(key, sizeof key, "%05d", numbers[i]);
        assert_image(source, numbers[i], key, 0, numbers[i] % 16);
    }
    ggcn_image_source_close(&source);
    source = open_source(ggcn_import_lsun, path, NULL);
    assert_any_order(source);
    ggcn_image_source_close(&source);
}
END_TEST

START_TEST(lsun_read_only) {
    const char *path = make_lmdb("room", 3, -1, 0), *file = path_of("room/data.mdb"), *lock = path_of("room/lock.mdb");
    ck_assert_int_eq(chmod(file, 0444), 0);
    ck_assert_int_eq(chmod(path, 0555), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    ggcn_image_source *source = open_source(ggcn_import_lsun, path, NULL);
    ck_assert_str_eq(source->classes[0], "room");
    assert_image(source, 2, "00002", 0, 2);
    ggcn_image_source_close(&source);
    ck_assert_int_ne(access(lock, F_OK), 0);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(file, 0), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    lsun_error(path, GGCN_ERROR_IO, file, "Permission denied");
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(path, 0755), 0);
}
END_TEST

START_TEST(lsun_bad_value_and_strange_key) {
    const char *path = make_lmdb("bad_lmdb", 4, 2, 0);
    ggcn_image_source *source = open_source(ggcn_import_lsun, path, NULL);
    ggcn_picture picture = {0};
    uint32_t label;
    assert_image(source, 1, "00001", 0, 1);
    assert_error(source->read(source, 2, &picture, &label), GGCN_ERROR_FORMAT, "bad_lmdb/data.mdb", "key 00002");
    assert_image(source, 3, "00003", 0, 3);
    ggcn_picture_clear(&picture);
    ggcn_image_source_close(&source);
    source = open_source(ggcn_import_lsun, make_lmdb("strange", 1, 1, 0), NULL);
    ck_assert_int_eq(source->count, 2);
    assert_image(source, 1, "a\\x01\\x20\\xff", 0, 0);
    char text[4];
    source->name(source, 1, text, sizeof text);
    ck_assert_str_eq(text, "a\\x");
    ggcn_image_source_close(&source);
}
END_TEST

START_TEST(lsun_bad_folders) {
    lsun_error("/nonexistent", GGCN_ERROR_IO, "/nonexistent", "No such file");
    lsun_error(make_folder("empty"), GGCN_ERROR_IO, "empty/data.mdb", "No such file");
    const char *file = write_text("other/data.mdb", "");
    lsun_error(file, GGCN_ERROR_FORMAT, file, "not a folder");
    lsun_error(path_of("other"), GGCN_ERROR_FORMAT, file, "the file is empty");
    write_text("other/data.mdb", "a text");
    lsun_error(path_of("other"), GGCN_ERROR_FORMAT, file, "not an LMDB file");
    static char zeros[16384];
    write_bytes("other/data.mdb", zeros, sizeof zeros);
    lsun_error(path_of("other"), GGCN_ERROR_FORMAT, file, "not an LMDB file");
    lsun_error(make_lmdb("none_lmdb", 0, -1, 0), GGCN_ERROR_FORMAT, "none_lmdb/data.mdb", "no entries");
    lsun_error(make_lmdb("several_lmdb", 2, -1, MDB_DUPSORT), GGCN_ERROR_FORMAT, "several_lmdb/data.mdb",
               "several values to a key");
}
END_TEST

START_TEST(lsun_truncated) {
    const char *path = make_lmdb("cut_lmdb", 500, -1, 0), *file = path_of("cut_lmdb/data.mdb");
    struct stat about;
    ck_assert_int_eq(stat(file, &about), 0);
    ck_assert_int_gt(about.st_size, 40000);
    for (off_t size = about.st_size - 1; size > 8192; size -= 5000) {
        ck_assert_int_eq(truncate(file, size), 0);
        lsun_error(path, GGCN_ERROR_FORMAT, file, "truncated");
    }
    ck_assert_int_eq(truncate(file, 100), 0);
    lsun_error(path, GGCN_ERROR_FORMAT, file, "not an LMDB file");
}
END_TEST

START_TEST(lsun_changed_while_read) {
    ggcn_image_source *source = open_source(ggcn_import_lsun, make_lmdb("grown_lmdb", 1500, -1, 0), NULL);
    ggcn_picture picture = {0};
    uint32_t label;
    assert_image(source, 1000, "01000", 0, 1000 % 16);
    make_lmdb("grown_lmdb", 1501, -1, 0);
    for (int i = 0; i < 2; i++) /* and stays so */
        assert_error(source->read(source, 1200, &picture, &label), GGCN_ERROR_FORMAT, "grown_lmdb/data.mdb",
                     "1501 entries in place of 1500");
    ggcn_picture_clear(&picture);
    ggcn_image_source_close(&source);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {lsun_any_order,
                                  lsun_read_only,
                                  lsun_bad_value_and_strange_key,
                                  lsun_bad_folders,
                                  lsun_truncated,
                                  lsun_changed_while_read,
                                  NULL};
    return run_import_tests("import_lsun", tests);
}
