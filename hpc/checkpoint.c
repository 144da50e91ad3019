/* Checkpoints: all arrays of a state, with the digest of each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "digest.h"
#include "folder.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "h5_data.h"
#include "ranks.h"
#include "schema.h"

/* A checkpoint of a newer program is no damaged one: it is not skipped over, and stays where it is. */
const ggcn_h5_kind ggcn_checkpoint_kind = {"ggcn-checkpoint", 2, "checkpoint", NULL, GGCN_ERROR_CONFIG};

/* --- writing ------------------------------------------------------------------------------------------------------ */

static ggcn_status put_array(const ggcn_h5_file *file, const ggcn_array *array) {
    uint64_t digest;
    char text[GGCN_DIGEST_TEXT];
    hid_t dataset;
    GGCN_TRY(ggcn_array_digest(array, &digest));
    GGCN_TRY(ggcn_h5_put_array(file, array, &dataset));
    ggcn_digest_text(digest, text);
    const ggcn_status status = ggcn_agree(ggcn_h5_put_text(dataset, file->path, "digest", text));
    H5Dclose(dataset);
    return status;
}

static ggcn_status put_folder_digest(const ggcn_h5_file *file, const ggcn_state *state, const char *folder) {
    uint64_t digest;
    char text[GGCN_DIGEST_TEXT], name[64];
    GGCN_TRY(ggcn_state_digest(state, folder, &digest));
    ggcn_digest_text(digest, text);
    snprintf(name, sizeof name, "digest_%s", folder);
    return ggcn_agree(ggcn_h5_put_text(file->id, file->path, name, text));
}

/* The folders of an array as groups that keep the order of their members, which the folders' digests depend on. */
static ggcn_status put_groups(const ggcn_h5_file *file, const char *path) {
    for (const char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
        char group[64];
        snprintf(group, sizeof group, "%.*s", (int)(end - path), path);
        if (!ggcn_h5_has(file, group))
            GGCN_TRY(ggcn_h5_create_group(file, group));
    }
    return GGCN_SUCCESS;
}

static ggcn_status put_state(const ggcn_h5_file *file, uint64_t iteration, const ggcn_state *state) {
    GGCN_TRY(ggcn_agree(ggcn_h5_put_integer(file->id, file->path, "iteration", (int64_t)iteration)));
    if (state->classes)
        GGCN_TRY(ggcn_agree(ggcn_h5_put_text(file->id, file->path, "classes", state->classes)));
    GGCN_TRY(put_folder_digest(file, state, "parameters"));
    GGCN_TRY(put_folder_digest(file, state, "chains"));
    for (size_t i = 0; i < state->count; i++) {
        GGCN_TRY(put_groups(file, state->arrays[i].path));
        GGCN_TRY(put_array(file, &state->arrays[i]));
    }
    return GGCN_SUCCESS;
}

static ggcn_status remove_checkpoint(const char *directory, uint64_t iteration) {
    char *path;
    GGCN_TRY(ggcn_format(&path, "%s/checkpoints/%08" PRIu64 ".h5", directory, iteration));
    const ggcn_status status = ggcn_remove_file(path);
    free(path);
    return status;
}

static ggcn_status remove_old(const char *directory, ggcn_checkpoint_keep keep) {
    char *folder;
    uint64_t *iterations = NULL;
    size_t count = 0;
    GGCN_TRY(ggcn_format(&folder, "%s/checkpoints", directory));
    ggcn_status status = ggcn_list_numbered(folder, "", &iterations, &count);
    for (size_t i = 0; status == GGCN_SUCCESS && i + keep.newest < count; i++)
        if (keep.for_good == 0 || iterations[i] == 0 || iterations[i] % keep.for_good != 0)
            status = remove_checkpoint(directory, iterations[i]);
    free(iterations);
    free(folder);
    return status;
}

static int64_t state_bytes(const ggcn_state *state) {
    int64_t bytes = 0;
    for (size_t i = 0; i < state->count; i++) {
        const ggcn_array *array = &state->arrays[i];
        const int64_t rows = array->rank ? array->dims[0] : 1;
        bytes += rows * (int64_t)(ggcn_array_row(array) * ggcn_type_bytes(array->type));
    }
    return bytes;
}

/* The checkpoint's path; its folder is made if somebody removed it. */
static ggcn_status prepare(const char *directory, uint64_t iteration, char **path) {
    char *folder;
    GGCN_TRY(ggcn_format(&folder, "%s/checkpoints", directory));
    if (ggcn_rank() == 0)
        mkdir(folder, 0777); /* if this fails, creating the file says why */
    free(folder);
    return ggcn_format(path, "%s/checkpoints/%08" PRIu64 ".h5", directory, iteration);
}

ggcn_status ggcn_checkpoint_write(const char *directory, uint64_t iteration, const ggcn_state *state,
                                  ggcn_checkpoint_keep keep) {
    char *path = NULL;
    ggcn_h5_file *file = NULL;
    ggcn_status status = keep.newest < 1 || iteration > INT64_MAX
                             ? ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, "set output.keep to at least 1",
                                          "%" PRIu32 " checkpoints to keep", keep.newest)
                             : prepare(directory, iteration, &path);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_create(path, &ggcn_checkpoint_kind, false, state_bytes(state), &file);
    if (status == GGCN_SUCCESS)
        status = put_state(file, iteration, state);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    free(path);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(ggcn_rank() == 0 ? remove_old(directory, keep) : GGCN_SUCCESS);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static void print_shape(char *text, size_t size, int rank, const hsize_t *dims) {
    size_t length = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < rank && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%" PRIu64, i ? ", " : "", (uint64_t)dims[i]);
    if (length < size)
        snprintf(text + length, size - length, "]");
}

/* The file's array must be the one this run has; otherwise the file belongs to another network or number of chains. */
static ggcn_status check_array(const ggcn_h5_file *file, const ggcn_array *array, hid_t dataset) {
    static const char hint[] = "use the configuration and networks of that run (its config.yaml)";
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_get_extent(file->path, dataset, &extent));
    hsize_t wanted[GGCN_H5_RANKS];
    bool same = extent.rank == array->rank;
    for (int i = 0; i < array->rank; i++) {
        wanted[i] = (hsize_t)array->dims[i];
        same = same && extent.dims[i] == wanted[i];
    }
    if (!same) {
        char found[128], expected[128];
        print_shape(found, sizeof found, extent.rank, extent.dims);
        print_shape(expected, sizeof expected, array->rank, wanted);
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint,
                  "%s: checkpoint of another network or number of chains: \"%s\" has the shape %s, expected %s",
                  file->path, array->path, found, expected);
    }
    const hid_t type = H5Dget_type(dataset);
    const bool same_type = H5Tequal(type, ggcn_h5_file_type(array->type)) > 0;
    H5Tclose(type);
    if (!same_type)
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: checkpoint of another network: \"%s\" holds numbers of another type",
                  file->path, array->path);
    const hsize_t chunk = array->chunk < array->dims[0] ? (hsize_t)array->chunk : wanted[0];
    if (array->distributed && extent.chunk_rows != chunk)
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: written with blocks of %" PRIu64 " chains, expected blocks of %" PRId64,
                  file->path, (uint64_t)extent.chunk_rows, array->chunk);
    return GGCN_SUCCESS;
}

static ggcn_status open_array(const ggcn_h5_file *file, const ggcn_array *array, hid_t *dataset) {
    if (!ggcn_h5_has(file, array->path))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use the configuration and networks of that run (its config.yaml)",
                  "%s: checkpoint of another network: it has no array \"%s\"", file->path, array->path);
    GGCN_TRY(ggcn_h5_open_dataset(file, array->path, dataset));
    return check_array(file, array, *dataset);
}

/* This rank's rows; of an array that all hold, rank 0 reads all. */
static ggcn_status read_rows(const ggcn_h5_file *file, const ggcn_array *array, hid_t dataset) {
    hsize_t start[GGCN_H5_RANKS] = {0}, count[GGCN_H5_RANKS] = {1};
    for (int i = 0; i < array->rank; i++)
        count[i] = (hsize_t)array->dims[i];
    if (array->distributed) {
        start[0] = (hsize_t)array->first;
        count[0] = (hsize_t)array->count;
    } else if (ggcn_rank() != 0)
        return GGCN_SUCCESS;
    return ggcn_h5_read(file->path, dataset, ggcn_h5_memory_type(array->type), start, count, array->data);
}

static ggcn_status compare_digest(const ggcn_h5_file *file, const ggcn_array *array, hid_t dataset) {
    uint64_t digest;
    char found[GGCN_DIGEST_TEXT], *stored;
    GGCN_TRY(ggcn_array_digest(array, &digest));
    ggcn_digest_text(digest, found);
    ggcn_status status = ggcn_h5_get_text(dataset, file->path, "digest", &stored);
    if (status == GGCN_SUCCESS && strcmp(stored, found) != 0)
        status =
            ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, NULL,
                       "%s: array \"%s\" has the digest %s, the file says %s", file->path, array->path, found, stored);
    free(stored);
    return ggcn_agree(status);
}

/* Whether an array is younger than the file's version. It keeps what it holds, which is what the run began with. */
static ggcn_status came_later(const ggcn_h5_file *file, const ggcn_array *array, bool *later) {
    const ggcn_schema *schema;
    int64_t version;
    GGCN_TRY(ggcn_schema_find(ggcn_checkpoint_kind.format, &schema));
    GGCN_TRY(ggcn_h5_get_integer(file->id, file->path, "format_version", &version));
    const ggcn_schema_dataset *rule = ggcn_schema_dataset_of(schema, array->path);
    *later = rule && (int64_t)rule->since > version;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_checkpoint_read_array(const ggcn_h5_file *file, const ggcn_array *array) {
    bool later = false;
    GGCN_TRY(ggcn_agree(came_later(file, array, &later)));
    if (later)
        return GGCN_SUCCESS;
    hid_t dataset = -1;
    ggcn_status status = open_array(file, array, &dataset);
    if (status == GGCN_SUCCESS)
        status = read_rows(file, array, dataset);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS && !array->distributed)
        status = ggcn_broadcast(array->data, ggcn_array_local(array) * ggcn_type_bytes(array->type), 0);
    if (status == GGCN_SUCCESS)
        status = compare_digest(file, array, dataset);
    if (dataset >= 0)
        H5Dclose(dataset);
    return status;
}

static ggcn_status read_state(const ggcn_h5_file *file, uint64_t iteration, const ggcn_state *state) {
    int64_t found = 0;
    ggcn_status status = ggcn_h5_get_integer(file->id, file->path, "iteration", &found);
    if (status == GGCN_SUCCESS && found != (int64_t)iteration)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, NULL,
                            "%s: attribute \"iteration\" is %" PRId64 ", the file's name says %" PRIu64, file->path,
                            found, iteration);
    GGCN_TRY(ggcn_agree(status));
    for (size_t i = 0; i < state->count; i++)
        GGCN_TRY(ggcn_checkpoint_read_array(file, &state->arrays[i]));
    return GGCN_SUCCESS;
}

static ggcn_status read_checkpoint(const char *directory, uint64_t iteration, const ggcn_state *state) {
    char *path;
    ggcn_h5_file *file = NULL;
    GGCN_TRY(ggcn_agree(ggcn_format(&path, "%s/checkpoints/%08" PRIu64 ".h5", directory, iteration)));
    ggcn_status status = ggcn_h5_open(path, &ggcn_checkpoint_kind, false, &file);
    if (status == GGCN_SUCCESS)
        status = read_state(file, iteration, state);
    ggcn_h5_close(&file);
    free(path);
    return status;
}

/* Iterations of all checkpoints, ascending, on all ranks. */
static ggcn_status list_checkpoints(const char *directory, uint64_t **iterations, size_t *count) {
    *iterations = NULL;
    *count = 0;
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() == 0) {
        char *folder;
        status = ggcn_format(&folder, "%s/checkpoints", directory);
        if (status == GGCN_SUCCESS) {
            status = ggcn_list_numbered(folder, "", iterations, count);
            free(folder);
        }
        if (status == GGCN_SUCCESS && *count == 0)
            status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, "start a new run with --overwrite",
                                "%s/checkpoints: there is no checkpoint", directory);
    }
    GGCN_TRY(ggcn_agree(status));
    uint64_t n = *count;
    GGCN_TRY(ggcn_broadcast(&n, sizeof n, 0));
    *count = (size_t)n;
    if (!*iterations && !(*iterations = malloc(*count * sizeof **iterations)))
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the list of checkpoints");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_broadcast(*iterations, *count * sizeof **iterations, 0);
    if (status != GGCN_SUCCESS) {
        free(*iterations);
        *iterations = NULL;
    }
    return status;
}

/* Appends a line to the report. */
static ggcn_status add_line(char **report, const char *what, uint64_t iteration, const char *reason) {
    char *longer;
    GGCN_TRY(ggcn_format(&longer, "%s%s checkpoint %08" PRIu64 "%s%s\n", *report ? *report : "", what, iteration,
                         *reason ? ": " : "", reason));
    free(*report);
    *report = longer;
    return GGCN_SUCCESS;
}

static ggcn_status remove_newer(const char *directory, const uint64_t *iterations, size_t count) {
    for (size_t i = 0; i < count; i++)
        GGCN_TRY(remove_checkpoint(directory, iterations[i]));
    return GGCN_SUCCESS;
}

/* From the newest on: a damaged one is skipped, any other failure ends the search. */
static ggcn_status read_newest(const char *directory, const ggcn_state *state, uint64_t newest,
                               const uint64_t *iterations, size_t count, uint64_t *iteration, char **report) {
    for (size_t i = count; i-- > 0;) {
        if (iterations[i] > newest)
            continue;
        const ggcn_status status = read_checkpoint(directory, iterations[i], state);
        if (status == GGCN_SUCCESS) {
            *iteration = iterations[i];
            GGCN_TRY(ggcn_agree(add_line(report, "read", iterations[i], "")));
            return ggcn_agree(ggcn_rank() == 0 ? remove_newer(directory, iterations + i + 1, count - i - 1)
                                               : GGCN_SUCCESS);
        }
        const ggcn_error error = *ggcn_last_error();
        char reason[sizeof error.message] = "";
        if (ggcn_share_failure(status, reason, sizeof reason) != GGCN_ERROR_FORMAT)
            return ggcn_restore_error(&error);
        GGCN_TRY(ggcn_agree(add_line(report, "skipped", iterations[i], reason)));
    }
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() == 0)
        status = *report ? ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, "start a new run with --overwrite",
                                      "%s/checkpoints: no checkpoint verifies:\n%s", directory, *report)
                         : ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__, "choose a later iteration",
                                      "%s/checkpoints: no checkpoint of iteration %" PRIu64
                                      " or before, the earliest is %" PRIu64,
                                      directory, newest, iterations[0]);
    return ggcn_agree(status);
}

ggcn_status ggcn_checkpoint_read(const char *directory, const ggcn_state *state, uint64_t newest, uint64_t *iteration,
                                 char **report) {
    uint64_t *iterations;
    size_t count;
    *report = NULL;
    GGCN_TRY(list_checkpoints(directory, &iterations, &count));
    const ggcn_status status = read_newest(directory, state, newest, iterations, count, iteration, report);
    free(iterations);
    if (status != GGCN_SUCCESS) {
        free(*report);
        *report = NULL;
    }
    return status;
}
