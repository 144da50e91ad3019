/* LSUN's LMDB: each value is a WebP, JPEG or PNG file. LMDB has no access by number, so a cursor steps forward, and
 * every 1024th key it passes is remembered to come back to. There the file is also closed and opened anew: LMDB maps
 * it, and the pages read would add up to the whole file in the memory that batch systems count as the process's. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lmdb.h>

#include "image/source.h"

enum { stride = 1024 };

typedef struct {
    char *folder, *path; /* the latter of data.mdb */
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_cursor *cursor; /* NULL while closed */
    int64_t count;
    MDB_val *marks; /* [n_marks] copies of the keys of the entries 0, stride, 2 stride, ... passed so far */
    int64_t n_marks;
    int64_t position; /* of the cursor; -1: before the first entry */
    MDB_val key, value;
} lsun_data;

static ggcn_status lmdb_error(const lsun_data *data, int code) {
    GGCN_FAIL(code == MDB_INVALID || code == MDB_VERSION_MISMATCH || code == MDB_CORRUPTED || code == MDB_NOTFOUND ||
                      code == MDB_PAGE_NOTFOUND || code == MDB_INCOMPATIBLE
                  ? GGCN_ERROR_FORMAT
              : code == ENOMEM ? GGCN_ERROR_MEMORY
                               : GGCN_ERROR_IO,
              code == MDB_INVALID ? "the file is no LMDB data base, or damaged; fetch or copy it again" : NULL,
              "cannot read %s: %s", data->path, mdb_strerror(code));
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* LMDB maps the file, so that reading beyond the end of a truncated one would end the process. */
static ggcn_status check_whole(const lsun_data *data, int64_t bytes) {
    MDB_envinfo info;
    MDB_stat pages;
    int code = mdb_env_info(data->environment, &info);
    if (code == MDB_SUCCESS)
        code = mdb_env_stat(data->environment, &pages);
    if (code != MDB_SUCCESS)
        return lmdb_error(data, code);
    if (pages.ms_psize == 0 || info.me_last_pgno >= (uint64_t)bytes / pages.ms_psize)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "fetch or copy the file again",
                  "%s: truncated: %" PRId64 " bytes, but it should hold %zu pages of %u bytes", data->path, bytes,
                  info.me_last_pgno + 1, pages.ms_psize);
    return GGCN_SUCCESS;
}

static ggcn_status open_environment(lsun_data *data) {
    struct stat about;
    if (stat(data->folder, &about) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open %s: %s", data->folder, strerror(errno));
    if (!S_ISDIR(about.st_mode))
        GGCN_FAIL(GGCN_ERROR_FORMAT, "give the folder that data.mdb lies in", "%s: not a folder", data->folder);
    if (stat(data->path, &about) != 0)
        GGCN_FAIL(GGCN_ERROR_IO,
                  "an LMDB data base is a folder with the file data.mdb; LSUN's zip files hold such folders",
                  "cannot open %s: %s", data->path, strerror(errno));
    if (about.st_size == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "fetch or copy the file again", "%s: the file is empty", data->path);
    /* Maps the file's size, where its writer may have asked for a terabyte that a limit on address space refuses.
     * Without locks, so that a folder that may not be written to can be read. */
    int code = mdb_env_create(&data->environment);
    if (code == MDB_SUCCESS)
        code = mdb_env_set_mapsize(data->environment, (size_t)about.st_size);
    if (code == MDB_SUCCESS)
        code = mdb_env_open(data->environment, data->folder, MDB_RDONLY | MDB_NOLOCK, 0);
    if (code != MDB_SUCCESS)
        return lmdb_error(data, code);
    return check_whole(data, (int64_t)about.st_size);
}

static ggcn_status open_entries(lsun_data *data, int64_t *count) {
    MDB_dbi entries;
    MDB_stat about;
    unsigned flags = 0;
    int code = mdb_txn_begin(data->environment, NULL, MDB_RDONLY, &data->transaction);
    if (code == MDB_SUCCESS)
        code = mdb_dbi_open(data->transaction, NULL, 0, &entries);
    if (code == MDB_SUCCESS)
        code = mdb_dbi_flags(data->transaction, entries, &flags);
    if (code == MDB_SUCCESS)
        code = mdb_stat(data->transaction, entries, &about);
    if (code == MDB_SUCCESS)
        code = mdb_cursor_open(data->transaction, entries, &data->cursor);
    if (code != MDB_SUCCESS)
        return lmdb_error(data, code);
    if (flags & MDB_DUPSORT)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: has several values to a key, where LSUN has one image", data->path);
    if (about.ms_entries == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: no images: the data base has no entries", data->path);
    *count = (int64_t)about.ms_entries;
    return GGCN_SUCCESS;
}

static void close_file(lsun_data *data) {
    if (data->cursor)
        mdb_cursor_close(data->cursor);
    if (data->transaction)
        mdb_txn_abort(data->transaction);
    if (data->environment)
        mdb_env_close(data->environment);
    data->cursor = NULL;
    data->transaction = NULL;
    data->environment = NULL;
    data->position = -1;
}

/* Opens the file, perhaps again. */
static ggcn_status open_file(lsun_data *data) {
    int64_t count = 0;
    close_file(data);
    ggcn_status status = open_environment(data);
    if (status == GGCN_SUCCESS)
        status = open_entries(data, &count);
    if (status == GGCN_SUCCESS && data->count && data->count != count)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, "let its writer finish first",
                            "%s: changed while it was read: %" PRId64 " entries in place of %" PRId64, data->path,
                            count, data->count);
    if (status == GGCN_SUCCESS)
        data->count = count;
    else
        close_file(data);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static ggcn_status add_mark(lsun_data *data) {
    MDB_val *mark = &data->marks[data->n_marks];
    mark->mv_data = malloc(data->key.mv_size);
    if (!mark->mv_data)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a key of %s", data->path);
    memcpy(mark->mv_data, data->key.mv_data, data->key.mv_size);
    mark->mv_size = data->key.mv_size;
    data->n_marks++;
    return GGCN_SUCCESS;
}

static ggcn_status go_to_mark(lsun_data *data, int64_t mark) {
    GGCN_TRY(open_file(data));
    data->key = data->marks[mark];
    const int code = mdb_cursor_get(data->cursor, &data->key, &data->value, MDB_SET_KEY);
    if (code != MDB_SUCCESS)
        return lmdb_error(data, code);
    data->position = mark * stride;
    return GGCN_SUCCESS;
}

static ggcn_status step(lsun_data *data) {
    const int code = mdb_cursor_get(data->cursor, &data->key, &data->value, data->position < 0 ? MDB_FIRST : MDB_NEXT);
    if (code != MDB_SUCCESS)
        return lmdb_error(data, code);
    data->position++;
    if (data->position % stride != 0)
        return GGCN_SUCCESS;
    if (data->position == data->n_marks * stride)
        GGCN_TRY(add_mark(data));
    return go_to_mark(data, data->position / stride);
}

/* Puts the cursor on an entry; key and value then describe it. */
static ggcn_status seek(lsun_data *data, int64_t number) {
    const int64_t mark = number / stride < data->n_marks ? number / stride : data->n_marks - 1;
    ggcn_status status = GGCN_SUCCESS;
    if (mark >= 0 && (data->position < mark * stride || data->position > number))
        status = go_to_mark(data, mark);
    else if (!data->cursor)
        status = open_file(data);
    while (status == GGCN_SUCCESS && data->position < number)
        status = step(data);
    if (status != GGCN_SUCCESS)
        close_file(data);
    return status;
}

/* The key as text; bytes that do not print as \xNN. */
static void lsun_name(ggcn_image_source *source, int64_t number, char *text, size_t size) {
    lsun_data *data = source->private_data;
    snprintf(text, size, "entry %" PRId64, number);
    if (seek(data, number) != GGCN_SUCCESS)
        return;
    const unsigned char *bytes = data->key.mv_data;
    size_t used = 0;
    for (size_t i = 0; i < data->key.mv_size && used + 1 < size; i++) {
        const bool prints = bytes[i] > ' ' && bytes[i] < 127;
        used += (size_t)snprintf(text + used, size - used, prints ? "%c" : "\\x%02x", bytes[i]);
    }
}

static ggcn_status lsun_read(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label) {
    lsun_data *data = source->private_data;
    GGCN_TRY(ggcn_image_source_check_number(source, number));
    *label = 0;
    if (!picture)
        return GGCN_SUCCESS;
    GGCN_TRY(seek(data, number));
    char key[128], name[640];
    lsun_name(source, number, key, sizeof key);
    snprintf(name, sizeof name, "%s: key %s", data->path, key);
    return ggcn_decode_image(data->value.mv_data, data->value.mv_size, name, picture);
}

static void lsun_close(ggcn_image_source *source) {
    lsun_data *data = source->private_data;
    close_file(data);
    for (int64_t i = 0; i < data->n_marks; i++)
        free(data->marks[i].mv_data);
    free(data->marks);
    free(data->folder);
    free(data->path);
}

/* The class is named as the folder, "bedroom_train" for bedroom_train_lmdb. */
static ggcn_status name_class(ggcn_image_source *source, const char *folder) {
    char *name = ggcn_image_base_name(folder);
    if (!name)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a class name");
    const size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, "_lmdb") == 0)
        name[length - 5] = '\0';
    const char *const names[] = {name};
    const ggcn_status status = ggcn_image_source_name_classes(source, names, 1);
    free(name);
    return status;
}

static ggcn_status lsun_fill(ggcn_image_source *source, const char *path, const ggcn_import_options *options) {
    lsun_data *data = source->private_data;
    (void)options;
    data->folder = ggcn_image_trimmed_path(path);
    data->path = data->folder ? ggcn_image_text("%s/data.mdb", data->folder) : NULL;
    source->description = ggcn_image_text("LSUN LMDB: %s", path);
    if (!data->path || !source->description)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a description");
    GGCN_TRY(open_file(data));
    source->count = data->count;
    data->marks = calloc((size_t)((source->count - 1) / stride + 1), sizeof *data->marks);
    if (!data->marks)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the keys of %" PRId64 " images", source->count);
    source->shape = (ggcn_shape){3, 0, 0};
    return name_class(source, path);
}

ggcn_status ggcn_import_lsun(const char *path, const ggcn_import_options *options, ggcn_image_source **source) {
    static const ggcn_importer importer = {sizeof(lsun_data), lsun_fill, lsun_read, lsun_name, lsun_close};
    return ggcn_image_source_open(&importer, path, options, source);
}
