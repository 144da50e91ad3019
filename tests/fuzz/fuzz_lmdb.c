/* LMDB: the bytes are a value of a sound data base, or, behind a zero byte, its key. */
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ggcn/image.h"

/* LMDB's own keys have at most 511 bytes and at least 1. */
enum { longest_key = 511 };

static void check(int code) {
    if (code != 0)
        abort(); /* of the test's own making */
}

/* The data base stays open for the next entry: LMDB makes megabytes of lists for who may write, each time it opens one.
 */
static void write_database(const char *folder, MDB_val key, MDB_val value) {
    static MDB_env *environment;
    static MDB_dbi entries;
    MDB_txn *transaction;
    if (!environment) {
        check(mdb_env_create(&environment));
        check(mdb_env_set_mapsize(environment, (size_t)1 << 24));
        check(mdb_env_open(environment, folder, MDB_NOLOCK | MDB_NOSYNC, 0644));
    }
    check(mdb_txn_begin(environment, NULL, 0, &transaction));
    check(mdb_dbi_open(transaction, NULL, 0, &entries));
    check(mdb_drop(transaction, entries, 0)); /* the entry before */
    check(mdb_put(transaction, entries, &key, &value, 0));
    check(mdb_txn_commit(transaction));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char folder[512];
    char zero[] = "0000";
    static const char png[] = "\211PNG\r\n\032\n";
    if (!*folder) {
        strcpy(folder, fuzz_file("data.mdb", data, 0));
        *strrchr(folder, '/') = 0;
    }
    const int is_key = size > 1 && data[0] == 0 && size - 1 <= longest_key;
    uint8_t *copy = malloc(size + 1); /* LMDB takes no const */
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    char image[sizeof png];
    memcpy(image, png, sizeof png);
    const MDB_val bytes = {is_key ? size - 1 : size, is_key ? copy + 1 : copy};
    write_database(folder, is_key ? bytes : (MDB_val){sizeof zero, zero},
                   is_key ? (MDB_val){sizeof image, image} : bytes);
    free(copy);
    ggcn_image_source *source = NULL;
    if (ggcn_import_lsun(folder, NULL, &source) == GGCN_SUCCESS)
        fuzz_read_source(source, 4);
    else
        abort(); /* it is sound */
    ggcn_image_source_close(&source);
    return 0;
}
