/* Digests that a file stores beside its numbers. Ranks share the arrays and the chunks of those digested by chunk. */
#include <inttypes.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "digest.h"
#include "ggcn/blocks.h"
#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "ggcn/network_file.h"
#include "h5_data.h"
#include "schema_values.h"

static const hsize_t piece_bytes = (hsize_t)16 << 20;

typedef struct {
    const ggcn_h5_object *object;
    hid_t id, type;
    ggcn_h5_extent extent;
    uint64_t digest;
    uint64_t known; /* 1: the digest could be computed */
} array;

typedef struct {
    const ggcn_examined *file;
    array *arrays; /* data sets that carry digests of their numbers */
    size_t count;
} digests;

static hsize_t row_bytes(const array *a) {
    hsize_t bytes = H5Tget_size(a->type);
    for (int i = 1; i < a->extent.rank; i++)
        bytes *= a->extent.dims[i];
    return bytes;
}

/* Rows first .. first+count-1; the whole of a single number. */
static ggcn_status read_rows(const ggcn_examined *file, const array *a, hsize_t first, hsize_t count, void *buffer) {
    hsize_t start[GGCN_H5_RANKS] = {first}, size[GGCN_H5_RANKS];
    memcpy(size, a->extent.dims, sizeof size);
    size[0] = count;
    return ggcn_h5_read(file->path, a->id, a->type, start, size, buffer);
}

/* XXH3-64 of all numbers. */
static ggcn_status digest_numbers(const ggcn_examined *file, array *a) {
    const hsize_t rows = a->extent.rank ? a->extent.dims[0] : 1, row = row_bytes(a);
    const hsize_t fitting = piece_bytes / row ? piece_bytes / row : 1, part = fitting < rows ? fitting : rows;
    void *buffer = malloc((size_t)(part * row));
    XXH3_state_t *state = XXH3_createState();
    ggcn_status status = GGCN_SUCCESS;
    if (!buffer || !state || XXH3_64bits_reset(state) == XXH_ERROR)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "%s: no memory for a digest", file->path);
    for (hsize_t first = 0; status == GGCN_SUCCESS && first < rows; first += part) {
        const hsize_t count = rows - first < part ? rows - first : part;
        status = read_rows(file, a, first, count, buffer);
        if (status == GGCN_SUCCESS)
            XXH3_64bits_update(state, buffer, (size_t)(count * row));
    }
    if (status == GGCN_SUCCESS) {
        a->digest = XXH3_64bits_digest(state);
        a->known = 1;
    }
    XXH3_freeState(state);
    free(buffer);
    return status;
}

/* XXH3-64 of each of this rank's chunks. */
static ggcn_status digest_chunks(const ggcn_examined *file, const array *a, int64_t first, int64_t count,
                                 uint64_t *hashes) {
    const hsize_t chunk = a->extent.chunk_rows, row = row_bytes(a);
    void *buffer = malloc((size_t)(chunk * row));
    ggcn_status status = GGCN_SUCCESS;
    if (!buffer)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "%s: no memory for a chunk", file->path);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < count; i++) {
        const hsize_t begin = (hsize_t)(first + i) * chunk, left = a->extent.dims[0] - begin;
        const hsize_t rows = left < chunk ? left : chunk;
        status = read_rows(file, a, begin, rows, buffer);
        if (status == GGCN_SUCCESS)
            hashes[i] = XXH3_64bits(buffer, (size_t)(rows * row));
    }
    free(buffer);
    return status;
}

/* XXH3-64 over the XXH3-64 of all chunks. Collective. */
static ggcn_status digest_by_chunk(const ggcn_examined *file, array *a) {
    const int64_t chunks = (int64_t)((a->extent.dims[0] - 1) / a->extent.chunk_rows + 1);
    const int64_t ranks = ggcn_ranks(), rank = ggcn_rank();
    const int64_t each = chunks / ranks, more = chunks % ranks;
    const int64_t first = rank * each + (rank < more ? rank : more), count = each + (rank < more);
    uint64_t *hashes = malloc((size_t)(count + 1) * sizeof *hashes);
    ggcn_status status = GGCN_SUCCESS;
    if (hashes)
        status = digest_chunks(file, a, first, count, hashes);
    else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " digests", count);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_digest_over_ranks(hashes, count, &a->digest);
    a->known = status == GGCN_SUCCESS && ggcn_rank() == 0; /* added up over the ranks later */
    if (ggcn_rank() != 0)
        a->digest = 0;
    free(hashes);
    return status;
}

static const ggcn_schema_attribute *digest_rule(const ggcn_schema *schema) {
    for (uint32_t i = 0; i < schema->dataset_attributes_count; i++)
        if (schema->dataset_attributes[i].sum == GGCN_SUM_NUMBERS)
            return &schema->dataset_attributes[i];
    return NULL;
}

static bool open_array(const ggcn_examined *file, const ggcn_h5_object *object, array *a) {
    *a = (array){.object = object, .id = H5Dopen2(file->id, object->path, H5P_DEFAULT), .type = -1};
    if (a->id < 0)
        return false;
    a->type = H5Dget_type(a->id);
    if (ggcn_h5_get_extent(file->path, a->id, &a->extent) == GGCN_SUCCESS && ggcn_h5_is_whole(a->id) &&
        H5Tequal(a->type, ggcn_schema_file_type(object->dataset->type)) > 0 &&
        (!object->dataset->by_chunk || a->extent.rank > 0)) {
        bool some = true;
        for (int i = 0; i < a->extent.rank; i++)
            some = some && a->extent.dims[i] > 0;
        if (some)
            return true;
    }
    H5Tclose(a->type);
    H5Dclose(a->id);
    return false;
}

/* A rank that cannot read its array leaves it unknown: the damage was found with the numbers. */
static ggcn_status forgive_damage(ggcn_status status) {
    return status == GGCN_ERROR_FORMAT ? GGCN_SUCCESS : status;
}

static ggcn_status compute(const digests *d) {
    ggcn_status status = GGCN_SUCCESS;
    for (size_t i = 0; status == GGCN_SUCCESS && i < d->count; i++)
        if (!d->arrays[i].object->dataset->by_chunk && (int)(i % (size_t)ggcn_ranks()) == ggcn_rank())
            status = forgive_damage(digest_numbers(d->file, &d->arrays[i]));
    GGCN_TRY(ggcn_agree(status));
    for (size_t i = 0; i < d->count; i++) {
        if (!d->arrays[i].object->dataset->by_chunk)
            continue;
        char message[1];
        status = digest_by_chunk(d->file, &d->arrays[i]);
        if (status != GGCN_SUCCESS && ggcn_share_failure(status, message, 0) != GGCN_ERROR_FORMAT)
            return status;
    }
    for (size_t i = 0; i < d->count; i++) {
        uint64_t both[] = {d->arrays[i].digest, d->arrays[i].known};
        if (ggcn_ranks() > 1 &&
            MPI_Allreduce(MPI_IN_PLACE, both, 2, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD) != MPI_SUCCESS)
            GGCN_FAIL(GGCN_ERROR_LIBRARY, NULL, "MPI: reduction failed");
        d->arrays[i].digest = both[0];
        d->arrays[i].known = both[1];
    }
    return GGCN_SUCCESS;
}

/* Compares a digest with an attribute. A missing or malformed one was found with the structure. */
static void compare(const ggcn_examined *file, hid_t object, const char *attribute, const char *of, uint64_t digest,
                    ggcn_findings *findings) {
    char found[GGCN_DIGEST_TEXT], *stored;
    ggcn_digest_text(digest, found);
    if (H5Aexists(object, attribute) <= 0 || ggcn_h5_get_text(object, file->path, attribute, &stored) != GGCN_SUCCESS)
        return;
    if (strlen(stored) == 16 && strcmp(stored, found) != 0)
        ggcn_findings_add(findings, file->schema->mend,
                          "%s: attribute \"%s\"%s: expected %s, the digest of the numbers, found %s", file->path,
                          attribute, of, found, stored);
    free(stored);
}

typedef struct {
    const digests *all;
    const char *group;
    XXH3_state_t *state;
    bool known;
} group_sum;

static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *context);

/* The digests of a group's data sets in the order they were made, those of a group in it at its place. */
static void add_group(group_sum *sum, const char *path) {
    const char *outer = sum->group;
    const hid_t group = H5Gopen2(sum->all->file->id, path, H5P_DEFAULT);
    sum->group = path;
    if (group < 0 || H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, add_member, sum) < 0)
        sum->known = false;
    if (group >= 0)
        H5Gclose(group);
    sum->group = outer;
}

static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    (void)group;
    (void)info;
    group_sum *sum = context;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", sum->group, name);
    for (size_t i = 0; i < sum->all->count; i++)
        if (strcmp(sum->all->arrays[i].object->path, path) == 0) {
            sum->known = sum->known && sum->all->arrays[i].known;
            XXH3_64bits_update(sum->state, &sum->all->arrays[i].digest, sizeof(uint64_t));
            return 0;
        }
    add_group(sum, path);
    return 0;
}

/* Files whose groups do not keep the order of their members are not compared: version 1. */
static ggcn_status compare_group(const digests *d, const ggcn_schema_attribute *rule, ggcn_findings *findings) {
    if (!ggcn_in_version(d->file, ggcn_schema_group_of(d->file->schema, rule->of)->ordered_since))
        return GGCN_SUCCESS;
    group_sum sum = {d, NULL, XXH3_createState(), true};
    ggcn_status status = GGCN_SUCCESS;
    if (!sum.state || XXH3_64bits_reset(sum.state) == XXH_ERROR)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "%s: no memory for a digest", d->file->path);
    else {
        add_group(&sum, rule->of);
        if (sum.known)
            compare(d->file, d->file->id, rule->name, "", XXH3_64bits_digest(sum.state), findings);
    }
    XXH3_freeState(sum.state);
    return status;
}

static ggcn_status compare_all(const digests *d, const ggcn_schema_attribute *rule, ggcn_findings *findings) {
    for (size_t i = 0; i < d->count; i++) {
        const array *a = &d->arrays[i];
        char of[512];
        snprintf(of, sizeof of, " of data set \"%s\"", a->object->path);
        if (a->known)
            compare(d->file, a->id, rule->name, of, a->digest, findings);
    }
    for (uint32_t i = 0; i < d->file->schema->attributes_count; i++)
        if (d->file->schema->attributes[i].sum == GGCN_SUM_GROUP)
            GGCN_TRY(compare_group(d, &d->file->schema->attributes[i], findings));
    return GGCN_SUCCESS;
}

static ggcn_status check_numbers(const ggcn_examined *examined, const ggcn_schema_attribute *rule,
                                 ggcn_findings *findings) {
    digests d = {examined, malloc((examined->objects_count + 1) * sizeof *d.arrays), 0};
    ggcn_status status = GGCN_SUCCESS;
    if (!d.arrays)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %zu digests",
                            examined->objects_count);
    status = ggcn_agree(status);
    for (size_t i = 0; status == GGCN_SUCCESS && i < examined->objects_count; i++) {
        const ggcn_h5_object *object = &examined->objects[i];
        if (object->type == H5O_TYPE_DATASET && object->dataset && open_array(examined, object, &d.arrays[d.count]))
            d.count++;
    }
    if (status == GGCN_SUCCESS)
        status = compute(&d);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(compare_all(&d, rule, findings));
    for (size_t i = 0; i < d.count; i++) {
        H5Tclose(d.arrays[i].type);
        H5Dclose(d.arrays[i].id);
    }
    free(d.arrays);
    return status;
}

/* What a reader refuses, in its own words. Collective. */
static ggcn_status take_refusal(ggcn_status status, const ggcn_schema *schema, ggcn_findings *findings) {
    if (status == GGCN_SUCCESS)
        return status;
    const ggcn_error error = *ggcn_last_error();
    char message[sizeof error.message];
    const ggcn_status shared = ggcn_share_failure(status, message, sizeof message);
    if (shared != GGCN_ERROR_FORMAT)
        return ggcn_restore_error(&error);
    ggcn_findings_add(findings, schema->mend, "%s", message);
    return GGCN_SUCCESS;
}

/* The reader of data sets knows how their checksum is made. */
static ggcn_status read_images(const char *path) {
    ggcn_dataset *dataset;
    ggcn_status status = ggcn_dataset_open(path, &dataset);
    if (status == GGCN_SUCCESS)
        status = ggcn_dataset_verify(dataset);
    ggcn_dataset_close(&dataset);
    return status;
}

/* The reader of networks knows which numbers their layers need. */
static ggcn_status read_network(const char *path) {
    ggcn_graph *graph = NULL;
    float *parameters = NULL, *statistics = NULL;
    const ggcn_status status = ggcn_network_file_read(path, (ggcn_shape){0, 0, 0}, &graph, &parameters, &statistics);
    ggcn_graph_destroy(&graph);
    free(parameters);
    free(statistics);
    return status;
}

ggcn_status ggcn_check_digests(const ggcn_examined *examined, ggcn_findings *findings) {
    const ggcn_schema *schema = examined->schema;
    const ggcn_schema_attribute *rule = digest_rule(schema);
    if (rule)
        GGCN_TRY(check_numbers(examined, rule, findings));
    for (uint32_t i = 0; i < schema->attributes_count && findings->count == 0; i++) {
        const ggcn_schema_sum sum = schema->attributes[i].sum;
        if (sum == GGCN_SUM_IMAGES)
            GGCN_TRY(take_refusal(read_images(examined->path), schema, findings));
        if (sum == GGCN_SUM_NETWORK)
            GGCN_TRY(take_refusal(read_network(examined->path), schema, findings));
    }
    return GGCN_SUCCESS;
}
