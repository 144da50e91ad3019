/* Feature statistics in a file. Rank 0 deals with it; the others get what it read. */
#include "ggcn/statistics_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "ggcn/hpc.h"
#include "h5_data.h"

static const ggcn_h5_kind statistics_kind = {"ggcn-statistics", 1, "file of feature statistics",
                                             "remove it, or give --cache another name", GGCN_ERROR_FORMAT};

static ggcn_status put_digest(const ggcn_h5_file *file, const char *name, uint64_t digest) {
    char text[GGCN_DIGEST_TEXT];
    ggcn_digest_text(digest, text);
    return ggcn_h5_put_text(file->id, file->path, name, text);
}

static ggcn_status put_key(const ggcn_h5_file *file, const ggcn_statistics_key *key, int64_t count) {
    GGCN_TRY(ggcn_h5_put_text(file->id, file->path, "network", key->network));
    GGCN_TRY(put_digest(file, "network_digest", key->network_digest));
    GGCN_TRY(put_digest(file, "layers_digest", key->layers_digest));
    GGCN_TRY(ggcn_h5_put_text(file->id, file->path, "features", key->features));
    GGCN_TRY(ggcn_h5_put_text(file->id, file->path, "resize", key->resize));
    GGCN_TRY(ggcn_h5_put_text(file->id, file->path, "image_set", key->image_set));
    GGCN_TRY(put_digest(file, "images_digest", key->images_digest));
    return ggcn_h5_put_integer(file->id, file->path, "images", count);
}

static ggcn_status put_numbers(const ggcn_h5_file *file, const char *path, const char *description, int rank,
                               int64_t features, double *numbers) {
    ggcn_h5_layout layout = {
        .path = path, .description = description, .unit = "1", .type = H5T_IEEE_F64LE, .rank = rank};
    layout.dims[0] = layout.dims[1] = layout.chunk[1] = (hsize_t)features;
    const hsize_t row = (rank == 2 ? (hsize_t)features : 1) * sizeof *numbers;
    layout.chunk[0] = ggcn_h5_chunk_rows((hsize_t)features, row, 1 << 20);
    hid_t dataset;
    GGCN_TRY(ggcn_h5_create_dataset(file, &layout, &dataset));
    const ggcn_status status =
        ggcn_h5_write(file, dataset, H5T_NATIVE_DOUBLE, (const hsize_t[2]){0}, layout.dims, numbers);
    H5Dclose(dataset);
    return status;
}

static ggcn_status write_alone(const char *path, const ggcn_statistics_key *key, const ggcn_feature_statistics *s) {
    ggcn_h5_file *file;
    const int64_t bytes = s->features * (s->features + 1) * (int64_t)sizeof *s->mean;
    GGCN_TRY(ggcn_h5_create(path, &statistics_kind, true, bytes, &file));
    ggcn_status status = put_key(file, key, s->count);
    if (status == GGCN_SUCCESS)
        status = put_numbers(file, "mean", "mean of each feature", 1, s->features, s->mean);
    if (status == GGCN_SUCCESS)
        status = put_numbers(file, "covariance", "unbiased covariance of two features", 2, s->features, s->covariance);
    if (status == GGCN_SUCCESS)
        return ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    return status;
}

ggcn_status ggcn_statistics_write(const char *path, const ggcn_statistics_key *key,
                                  const ggcn_feature_statistics *statistics) {
    return ggcn_agree(ggcn_rank() == 0 ? write_alone(path, key, statistics) : GGCN_SUCCESS);
}

static ggcn_status compare(const ggcn_h5_file *file, const char *name, const char *expected) {
    char *found;
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, name, &found));
    ggcn_status status = GGCN_SUCCESS;
    if (strcmp(found, expected) != 0)
        status = ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__, statistics_kind.hint,
                            "%s: statistics of something else: attribute \"%s\": expected %s, found %s", file->path,
                            name, expected, found);
    free(found);
    return status;
}

static ggcn_status compare_digest(const ggcn_h5_file *file, const char *name, uint64_t digest) {
    char text[GGCN_DIGEST_TEXT];
    ggcn_digest_text(digest, text);
    return compare(file, name, text);
}

static ggcn_status compare_key(const ggcn_h5_file *file, const ggcn_statistics_key *key) {
    GGCN_TRY(compare_digest(file, "network_digest", key->network_digest));
    GGCN_TRY(compare_digest(file, "layers_digest", key->layers_digest));
    GGCN_TRY(compare(file, "features", key->features));
    GGCN_TRY(compare(file, "resize", key->resize));
    return compare_digest(file, "images_digest", key->images_digest);
}

static ggcn_status get_numbers(const ggcn_h5_file *file, const char *path, int rank, int64_t features,
                               double *numbers) {
    hid_t dataset;
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_open_dataset(file, path, &dataset));
    ggcn_status status = ggcn_h5_get_extent(file->path, dataset, &extent);
    if (status == GGCN_SUCCESS &&
        (extent.dims[0] != (hsize_t)features || (rank == 2 && extent.dims[1] != (hsize_t)features)))
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, statistics_kind.hint,
                            "%s: data set \"%s\" is not of %lld features", file->path, path, (long long)features);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_read(file->path, dataset, H5T_NATIVE_DOUBLE, (const hsize_t[2]){0}, extent.dims, numbers);
    H5Dclose(dataset);
    return status;
}

static ggcn_status read_alone(const char *path, const ggcn_statistics_key *key, ggcn_feature_statistics *s) {
    ggcn_h5_file *file;
    GGCN_TRY(ggcn_h5_open(path, &statistics_kind, true, &file));
    ggcn_status status = compare_key(file, key);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_get_integer(file->id, path, "images", &s->count);
    if (status == GGCN_SUCCESS)
        status = get_numbers(file, "mean", 1, s->features, s->mean);
    if (status == GGCN_SUCCESS)
        status = get_numbers(file, "covariance", 2, s->features, s->covariance);
    ggcn_h5_close(&file);
    return status;
}

ggcn_status ggcn_statistics_read(const char *path, const ggcn_statistics_key *key, ggcn_feature_statistics *statistics,
                                 bool *found) {
    ggcn_status status = GGCN_SUCCESS;
    *found = ggcn_rank() != 0 || access(path, F_OK) == 0 || errno != ENOENT;
    GGCN_TRY(ggcn_broadcast(found, sizeof *found, 0));
    if (!*found)
        return GGCN_SUCCESS;
    if (ggcn_rank() == 0)
        status = read_alone(path, key, statistics);
    GGCN_TRY(ggcn_agree(status));
    const size_t features = (size_t)statistics->features;
    GGCN_TRY(ggcn_broadcast(&statistics->count, sizeof statistics->count, 0));
    GGCN_TRY(ggcn_broadcast(statistics->mean, features * sizeof *statistics->mean, 0));
    return ggcn_broadcast(statistics->covariance, features * features * sizeof *statistics->covariance, 0);
}
