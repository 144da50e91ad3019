/* Texts that must not be empty, and names that must differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "schema_pieces.h"
#include "schema_values.h"

typedef struct {
    XXH128_hash_t hash;
    int64_t number;
} name_hash;

static int compare(const void *left, const void *right) {
    const name_hash *l = left, *r = right;
    const int order = XXH128_cmp(&l->hash, &r->hash);
    return order ? order : l->number < r->number ? -1 : 1;
}

/* Reads names piece by piece. */
static ggcn_status hash_names(const char *path, hid_t dataset, hid_t type, const ggcn_pieces *pieces, char *buffer,
                              name_hash *hashes, ggcn_name_tally *tally) {
    const size_t bytes = H5Tget_size(type);
    for (int64_t p = 0; p < pieces->count; p++) {
        hsize_t start[GGCN_H5_RANKS], size[GGCN_H5_RANKS];
        ggcn_pieces_place(pieces, p, start, size);
        GGCN_TRY(ggcn_h5_read(path, dataset, type, start, size, buffer));
        for (hsize_t i = 0; i < size[0]; i++) {
            const char *name = buffer + i * bytes, *end = memchr(name, 0, bytes);
            const size_t length = end ? (size_t)(end - name) : bytes;
            const int64_t number = (int64_t)(start[0] + i);
            hashes[number] = (name_hash){XXH3_128bits(name, length), number};
            if (length == 0 && tally->empty++ == 0)
                tally->first_empty = number;
        }
    }
    return GGCN_SUCCESS;
}

static void find_repeats(name_hash *hashes, int64_t count, ggcn_name_tally *tally) {
    qsort(hashes, (size_t)count, sizeof *hashes, compare);
    for (int64_t i = 1; i < count; i++)
        if (XXH128_isEqual(hashes[i - 1].hash, hashes[i].hash)) {
            if (tally->repeated++ == 0 || hashes[i].number < tally->again) {
                tally->first = hashes[i - 1].number;
                tally->again = hashes[i].number;
            }
        }
}

static ggcn_status read_name(const char *path, hid_t dataset, hid_t type, int64_t number, char *buffer,
                             ggcn_name_tally *tally) {
    GGCN_TRY(ggcn_h5_read(path, dataset, type, &(hsize_t){(hsize_t)number}, &(hsize_t){1}, buffer));
    snprintf(tally->name, sizeof tally->name, "%.*s", (int)H5Tget_size(type), buffer);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_tally_names(const char *path, hid_t dataset, ggcn_name_tally *tally) {
    const hid_t type = H5Dget_type(dataset);
    ggcn_pieces pieces;
    ggcn_status status = ggcn_pieces_plan(path, dataset, H5Tget_size(type), &pieces);
    if (status == GGCN_SUCCESS && pieces.rank == 1 && pieces.count > 0) {
        char *buffer = malloc(ggcn_pieces_elements(&pieces) * H5Tget_size(type));
        name_hash *hashes = malloc((size_t)pieces.dims[0] * sizeof *hashes);
        if (!buffer || !hashes)
            status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "%s: no memory for %llu names", path,
                                (unsigned long long)pieces.dims[0]);
        else
            status = hash_names(path, dataset, type, &pieces, buffer, hashes, tally);
        if (status == GGCN_SUCCESS) {
            find_repeats(hashes, (int64_t)pieces.dims[0], tally);
            if (tally->repeated > 0)
                status = read_name(path, dataset, type, tally->again, buffer, tally);
        }
        free(buffer);
        free(hashes);
    }
    H5Tclose(type);
    return status;
}
