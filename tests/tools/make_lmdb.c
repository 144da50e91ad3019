/* Makes a data base like LSUN's, one value for each file: make_lmdb FOLDER [FILE...]
 * FOLDER must exist. Keys are 40 hexadecimal digits, in the order of the files. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

enum { key_bytes = 40, map_bytes = 1 << 26 };

static void *read_file(const char *path, size_t *size) {
    FILE *stream = fopen(path, "rb");
    char *bytes = malloc(map_bytes);
    if (!stream || !bytes) {
        perror(path);
        exit(1);
    }
    *size = fread(bytes, 1, map_bytes, stream);
    fclose(stream);
    return bytes;
}

static void check(int code, const char *what) {
    if (code == 0)
        return;
    fprintf(stderr, "%s: %s\n", what, mdb_strerror(code));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: make_lmdb FOLDER [FILE...]\n");
        return 2;
    }
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi entries;
    check(mdb_env_create(&environment), "create");
    check(mdb_env_set_mapsize(environment, map_bytes), "set the size");
    check(mdb_env_open(environment, argv[1], MDB_NOLOCK, 0644), argv[1]);
    check(mdb_txn_begin(environment, NULL, 0, &transaction), "begin");
    check(mdb_dbi_open(transaction, NULL, 0, &entries), "open");
    for (int i = 2; i < argc; i++) {
        char name[key_bytes + 1];
        MDB_val key = {key_bytes, name}, value;
        snprintf(name, sizeof name, "%040x", (unsigned)(i - 1) * 7919u);
        value.mv_data = read_file(argv[i], &value.mv_size);
        check(mdb_put(transaction, entries, &key, &value, 0), argv[i]);
        free(value.mv_data);
    }
    check(mdb_txn_commit(transaction), "commit");
    mdb_env_close(environment);
    return 0;
}
