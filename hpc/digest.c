#include "digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ranks.h"

void ggcn_digest_text(uint64_t digest, char text[GGCN_DIGEST_TEXT]) {
    snprintf(text, GGCN_DIGEST_TEXT, "%016" PRIx64, digest);
}

ggcn_status ggcn_digest_over_ranks(const uint64_t *mine, int64_t count, uint64_t *digest) {
    uint64_t *all;
    int64_t total;
    GGCN_TRY(ggcn_gather_u64(mine, count, &all, &total));
    *digest = ggcn_rank() == 0 ? XXH3_64bits(all, (size_t)total * sizeof *all) : 0;
    free(all);
    return ggcn_broadcast(digest, sizeof *digest, 0);
}

static ggcn_status digest_distributed(const ggcn_array *array, uint64_t *digest) {
    ggcn_status status = GGCN_SUCCESS;
    if (array->rank < 1 || array->chunk < 1 || array->first % array->chunk != 0)
        status = ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, NULL,
                            "array %s: this rank's rows do not begin with a block", array->path);
    const int64_t blocks = status == GGCN_SUCCESS ? (array->count + array->chunk - 1) / array->chunk : 0;
    uint64_t *digests = malloc((size_t)(blocks + 1) * sizeof *digests);
    if (!digests)
        status =
            ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld digests", (long long)blocks);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS) {
        const size_t row = ggcn_array_row(array) * ggcn_type_bytes(array->type);
        for (int64_t b = 0; b < blocks; b++) {
            const int64_t first = b * array->chunk, left = array->count - first;
            digests[b] = XXH3_64bits((const char *)array->data + (size_t)first * row,
                                     (size_t)(left < array->chunk ? left : array->chunk) * row);
        }
        status = ggcn_digest_over_ranks(digests, blocks, digest);
    }
    free(digests);
    return status;
}

ggcn_status ggcn_array_digest(const ggcn_array *array, uint64_t *digest) {
    if (array->distributed)
        return digest_distributed(array, digest);
    const uint64_t mine = XXH3_64bits(array->data, ggcn_array_local(array) * ggcn_type_bytes(array->type));
    *digest = mine;
    GGCN_TRY(ggcn_broadcast(digest, sizeof *digest, 0));
    ggcn_status status = GGCN_SUCCESS;
    if (mine != *digest)
        status =
            ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, "use the same processor type and libraries on all nodes",
                       "array %s differs between ranks", array->path);
    return ggcn_agree(status);
}

ggcn_status ggcn_state_digest(const ggcn_state *state, const char *folder, uint64_t *digest) {
    uint64_t *digests = malloc((state->count + 1) * sizeof *digests);
    ggcn_status status = GGCN_SUCCESS;
    if (!digests)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %zu digests", state->count);
    status = ggcn_agree(status);
    size_t count = 0;
    const size_t length = strlen(folder);
    for (size_t i = 0; status == GGCN_SUCCESS && i < state->count; i++)
        if (strncmp(state->arrays[i].path, folder, length) == 0 && state->arrays[i].path[length] == '/')
            status = ggcn_array_digest(&state->arrays[i], &digests[count++]);
    if (status == GGCN_SUCCESS)
        *digest = XXH3_64bits(digests, count * sizeof *digests);
    free(digests);
    return status;
}
