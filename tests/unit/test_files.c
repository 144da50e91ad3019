/* Files on one rank: what is refused, with which words, and what is left behind. The round trips are in tests/mpi. */
#define _GNU_SOURCE /* memmem */
#include <check.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ggcn/dataset.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "h5_checksum.h"
#include "h5_heap.h"

static char folder[64], path[128];

static void make_folder(void) {
    strcpy(folder, "/tmp/ggcn-test-files-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *in_folder(const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static bool exists(const char *name) {
    return access(in_folder(name), F_OK) == 0;
}

static void write_file(const char *name, const char *text) {
    FILE *stream = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
}

static void assert_message(const char *part) {
    ck_assert_msg(strstr(ggcn_last_error()->message, part), "no \"%s\" in \"%s\"", part, ggcn_last_error()->message);
}

/* Six images of 2x2 pixels in two classes. */
static const uint8_t pixels[24] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                                   13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
static const uint32_t labels[6] = {0, 1, 1, 0, 1, 1};

static ggcn_dataset_info describe(void) {
    static char zero[] = "zero", one[] = "one", source[] = "numbers";
    static char *names[] = {zero, one};
    return (ggcn_dataset_info){.count = 6, .shape = {1, 2, 2}, .n_classes = 2, .classes = names, .source = source};
}

static void write_dataset(const char *name) {
    const ggcn_dataset_info info = describe();
    ggcn_dataset_writer *writer;
    ck_assert_int_eq(ggcn_dataset_create(in_folder(name), &info, &writer), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_write(writer, 0, 6, pixels, labels), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_finish(&writer), GGCN_SUCCESS);
}

static void refuse(const char *name, ggcn_status status, const char *part) {
    ggcn_dataset *dataset;
    ck_assert_int_eq(ggcn_dataset_open(in_folder(name), &dataset), status);
    ck_assert_ptr_null(dataset);
    assert_message(in_folder(name));
    assert_message(part);
}

/* Changes an attribute, or removes it (NULL), with plain HDF5. */
static void change_text(const char *name, const char *attribute, const char *text) {
    const hid_t file = H5Fopen(in_folder(name), H5F_ACC_RDWR, H5P_DEFAULT);
    ck_assert_int_ge(H5Adelete(file, attribute), 0);
    if (text) {
        const hid_t type = H5Tcopy(H5T_C_S1),
                    space = H5Screate(H5S_SCALAR); /* fixed length, as other programs may write */
        H5Tset_size(type, strlen(text));
        const hid_t id = H5Acreate2(file, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
        ck_assert_int_ge(H5Awrite(id, type, text), 0);
        H5Aclose(id);
        H5Sclose(space);
        H5Tclose(type);
    }
    H5Fclose(file);
}

static void change_version(const char *name, int version) {
    const hid_t file = H5Fopen(in_folder(name), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t id = H5Aopen(file, "format_version", H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(id, H5T_NATIVE_INT, &version), 0);
    H5Aclose(id);
    H5Fclose(file);
}

/* Replaces a data set by one of another type or size, all zero. */
static void replace_data(const char *name, const char *data, hid_t type, int rank, const hsize_t *dims) {
    const hid_t file = H5Fopen(in_folder(name), H5F_ACC_RDWR, H5P_DEFAULT);
    ck_assert_int_ge(H5Ldelete(file, data, H5P_DEFAULT), 0);
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[] = {1, 1, 1, 1};
    H5Pset_chunk(list, rank, chunk); /* no storage before something is written */
    H5Pset_fletcher32(list);
    const hid_t id = H5Dcreate2(file, data, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    ck_assert_int_ge(id, 0);
    H5Dclose(id);
    H5Pclose(list);
    H5Sclose(space);
    H5Fclose(file);
}

START_TEST(dataset_round_trip) {
    write_dataset("data.h5");
    ck_assert(!exists("data.h5.incomplete"));
    ggcn_dataset *dataset;
    ck_assert_int_eq(ggcn_dataset_open(in_folder("data.h5"), &dataset), GGCN_SUCCESS);
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    ck_assert_int_eq(info->count, 6);
    ck_assert_str_eq(info->classes[0], "zero");
    ck_assert_str_eq(info->classes[1], "one");
    ck_assert_str_eq(info->source, "numbers");
    uint8_t bytes[8];
    uint32_t found[2];
    ck_assert_int_eq(ggcn_dataset_read(dataset, 3, 2, bytes, found), GGCN_SUCCESS);
    ck_assert_mem_eq(bytes, pixels + 12, 8);
    ck_assert_mem_eq(found, labels + 3, sizeof found);
    ck_assert_int_eq(ggcn_dataset_read(dataset, 5, 2, bytes, found), GGCN_ERROR_ARGUMENT);
    ck_assert_int_eq(ggcn_dataset_verify(dataset), GGCN_SUCCESS);
    ggcn_dataset_close(&dataset);
    ck_assert_ptr_null(dataset);

    /* A checksum that is not that of the images. */
    change_text("data.h5", "checksum", "0123456789abcdef");
    ck_assert_int_eq(ggcn_dataset_open(in_folder("data.h5"), &dataset), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_verify(dataset), GGCN_ERROR_FORMAT);
    assert_message("the file says 0123456789abcdef");
    ggcn_dataset_close(&dataset);
}
END_TEST

START_TEST(files_that_are_no_datasets) {
    refuse("none.h5", GGCN_ERROR_IO, "No such file");
    refuse("", GGCN_ERROR_IO, "folder");
    write_file("text.h5", "not HDF5");
    refuse("text.h5", GGCN_ERROR_FORMAT, "not HDF5 (8 bytes)");
    hid_t file = H5Fcreate(in_folder("other.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    refuse("other.h5", GGCN_ERROR_FORMAT, "no attribute \"format\"");
    write_dataset("kind.h5");
    change_text("kind.h5", "format", "ggcn-chains");
    refuse("kind.h5", GGCN_ERROR_FORMAT, "expected a data set (format \"ggcn-dataset\"), found format \"ggcn-chains\"");
    write_dataset("newer.h5");
    change_version("newer.h5", 3);
    refuse("newer.h5", GGCN_ERROR_FORMAT, "version 3, this program knows versions up to 2");
    write_dataset("short.h5");
    struct stat entry;
    ck_assert_int_eq(stat(in_folder("short.h5"), &entry), 0);
    ck_assert_int_eq(truncate(in_folder("short.h5"), entry.st_size / 2), 0);
    refuse("short.h5", GGCN_ERROR_FORMAT, "truncated file");
}
END_TEST

START_TEST(inconsistent_datasets) {
    write_dataset("type.h5");
    replace_data("type.h5", "images", H5T_STD_I8LE, 4, (hsize_t[]){6, 1, 2, 2});
    refuse("type.h5", GGCN_ERROR_FORMAT, "data set \"images\": expected the type u8, found i8");
    write_dataset("rank.h5");
    replace_data("rank.h5", "images", H5T_STD_U8LE, 3, (hsize_t[]){6, 2, 2});
    refuse("rank.h5", GGCN_ERROR_FORMAT,
           "data set \"images\": expected 4 dimensions [image][channel][row][column], found 3");
    write_dataset("empty.h5");
    replace_data("empty.h5", "images", H5T_STD_U8LE, 4, (hsize_t[]){0, 1, 2, 2});
    refuse("empty.h5", GGCN_ERROR_FORMAT, "expected at least 1 along dimension \"image\", found 0");
    write_dataset("huge.h5"); /* 4096 x 65536 x 65536 would fit an int64_t, and no memory */
    replace_data("huge.h5", "images", H5T_STD_U8LE, 4, (hsize_t[]){6, 4096, 65536, 65536});
    refuse("huge.h5", GGCN_ERROR_FORMAT, "\"images\": expected all numbers stored");
    replace_data("huge.h5", "images", H5T_STD_U8LE, 4, (hsize_t[]){(hsize_t)1 << 62, 1, 2, 2});
    refuse("huge.h5", GGCN_ERROR_FORMAT, "expected at most 1099511627776 along dimension \"image\"");
    write_dataset("count.h5");
    replace_data("count.h5", "labels", H5T_STD_U32LE, 1, (hsize_t[]){5});
    refuse("count.h5", GGCN_ERROR_FORMAT, "expected 6 along dimension \"image\", as in data set \"images\", found 5");
    write_dataset("missing.h5");
    hid_t file = H5Fopen(in_folder("missing.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, "classes", H5P_DEFAULT);
    H5Fclose(file);
    refuse("missing.h5", GGCN_ERROR_FORMAT, "\"classes\" is missing");

    write_dataset("label.h5");
    file = H5Fopen(in_folder("label.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t id = H5Dopen2(file, "labels", H5P_DEFAULT);
    const uint32_t wrong[6] = {0, 1, 0, 2, 0, 0};
    H5Dwrite(id, H5T_NATIVE_UINT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, wrong);
    H5Dclose(id);
    H5Fclose(file);
    ggcn_dataset *dataset;
    uint32_t found[6];
    ck_assert_int_eq(ggcn_dataset_open(in_folder("label.h5"), &dataset), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_read(dataset, 1, 5, NULL, found), GGCN_ERROR_FORMAT);
    assert_message("image 3 has label 2, expected a number below 2");
    ggcn_dataset_close(&dataset);
}
END_TEST

START_TEST(writer_refuses) {
    ggcn_dataset_info info = describe();
    ggcn_dataset_writer *writer;
    info.count = 0;
    ck_assert_int_eq(ggcn_dataset_create(in_folder("data.h5"), &info, &writer), GGCN_ERROR_ARGUMENT);
    assert_message("0 images");
    info = describe();
    ck_assert_int_eq(ggcn_dataset_create("/no/such/folder/data.h5", &info, &writer), GGCN_ERROR_IO);
    assert_message("/no/such/folder/data.h5");
    assert_message("No such file or directory");
    ck_assert_int_eq(ggcn_dataset_create(in_folder("data.h5"), &info, &writer), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_write(writer, 0, 5, pixels, labels), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_write(writer, 5, 1, pixels, (uint32_t[]){2}), GGCN_ERROR_ARGUMENT);
    assert_message("image 5 has label 2");
    ck_assert_int_eq(ggcn_dataset_finish(&writer), GGCN_ERROR_ARGUMENT);
    assert_message("image 5 was not written");
    ck_assert(!exists("data.h5") && !exists("data.h5.incomplete"));
    ck_assert_int_eq(ggcn_dataset_create(in_folder("data.h5"), &info, &writer), GGCN_SUCCESS);
    ggcn_dataset_abandon(&writer);
    ck_assert(!exists("data.h5") && !exists("data.h5.incomplete"));
}
END_TEST

static void refuse_observed(const ggcn_config_data *config, int64_t block_count, const char *part) {
    ggcn_dataset *dataset;
    ggcn_blocks blocks;
    ggcn_observed *observed;
    ck_assert_int_eq(ggcn_dataset_open(in_folder("data.h5"), &dataset), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_blocks_distribute(block_count, &blocks), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_observed_load(dataset, config, &blocks, &observed), GGCN_ERROR_CONFIG);
    ck_assert_ptr_null(observed);
    assert_message(part);
    ggcn_dataset_close(&dataset);
}

START_TEST(observed_images) {
    write_dataset("data.h5");
    refuse_observed(&(ggcn_config_data){.size = 3}, 1, "images of 2x2 pixels, data.size asks for 3x3");
    refuse_observed(&(ggcn_config_data){.classes = (uint32_t[]){7}, .classes_count = 1}, 1,
                    "class 7 does not exist; there are: 0 zero, 1 one");
    refuse_observed(&(ggcn_config_data){.limit = 3}, 4, "3 images for 4 blocks");

    ggcn_dataset *dataset;
    ggcn_blocks blocks;
    ggcn_observed *observed;
    const ggcn_config_data config = {.size = 2, .classes = (uint32_t[]){1}, .classes_count = 1, .limit = 3};
    ck_assert_int_eq(ggcn_dataset_open(in_folder("data.h5"), &dataset), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_blocks_distribute(2, &blocks), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_observed_load(dataset, &config, &blocks, &observed), GGCN_SUCCESS);
    ck_assert_int_eq(observed->total, 3);
    ck_assert_int_eq(observed->n_classes, 1);
    ck_assert_mem_eq(observed->start, ((int64_t[]){0, 1, 3}), 3 * sizeof(int64_t));
    ck_assert_mem_eq(observed->images, pixels + 4, 8);
    ck_assert_mem_eq(observed->images + 8, pixels + 16, 4);
    ck_assert_mem_eq(observed->labels, ((uint32_t[]){0, 0, 0}), 3 * sizeof(uint32_t));
    ggcn_observed_destroy(&observed);
    ggcn_dataset_close(&dataset);
}
END_TEST

START_TEST(run_directory_modes) {
    char run[128];
    snprintf(run, sizeof run, "%s/runs/one", folder);
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_RESTART), GGCN_ERROR_CONFIG);
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_NEW), GGCN_SUCCESS);
    ck_assert(exists("runs/one/checkpoints") && exists("runs/one/chains") && exists("runs/one/grids"));
    /* A run that ended before it wrote anything is no obstacle. */
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_NEW), GGCN_SUCCESS);
    write_file("runs/one/notes.txt", "mine");
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_NEW), GGCN_ERROR_CONFIG);
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_OVERWRITE), GGCN_ERROR_CONFIG);
    assert_message("nothing was removed");
    char config[160];
    snprintf(config, sizeof config, "%s/config.yaml", run);
    ck_assert_int_eq(ggcn_write_text(config, "model: gcn\n"), GGCN_SUCCESS);
    ck_assert(exists("runs/one/config.yaml") && !exists("runs/one/config.yaml.incomplete"));
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_RESTART), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_NEW), GGCN_ERROR_CONFIG);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->hint, "--restart"));
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->hint, "--overwrite"));

    static const char *const ours[] = {"metrics.h5",
                                       "log",
                                       "checkpoints/00000010.h5",
                                       "checkpoints/00000020.h5.incomplete",
                                       "chains/chains.h5",
                                       "grids/a.png",
                                       "config.yaml"};
    static const char *const theirs[] = {"notes.txt", "checkpoints/best.txt", "grids/a.pdf"};
    char name[64];
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        snprintf(name, sizeof name, "runs/one/%s", ours[i]);
        write_file(name, "x");
    }
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        snprintf(name, sizeof name, "runs/one/%s", theirs[i]);
        write_file(name, "x");
    }
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_OVERWRITE), GGCN_SUCCESS);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        snprintf(name, sizeof name, "runs/one/%s", ours[i]);
        ck_assert_msg(!exists(name), "%s is still there", name);
    }
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        snprintf(name, sizeof name, "runs/one/%s", theirs[i]);
        ck_assert_msg(exists(name), "%s is gone", name);
    }
    /* Below a file nobody can make a folder, root included. */
    snprintf(run, sizeof run, "%s/runs/one/notes.txt/deeper", folder);
    ck_assert_int_eq(ggcn_run_directory(run, GGCN_RUN_NEW), GGCN_ERROR_IO);
    ck_assert_int_eq(ggcn_write_text(run, "x"), GGCN_ERROR_IO);
    assert_message("Not a directory");
}
END_TEST

/* The least that a checkpoint holds; `data` are the states of four chains. */
static ggcn_state small_state(float *data) {
    static float theta[2], first[2];
    static uint32_t label[4];
    static uint64_t identity[4], iteration;
    static double rate_factor;
    static ggcn_array arrays[7];
    arrays[0] = (ggcn_array){"chains/x", "states", "pixel", GGCN_F32, 4, {4, 1, 1, 2}, true, 0, 4, 2, data};
    arrays[1] = (ggcn_array){"chains/label", "classes", "1", GGCN_U32, 1, {4}, true, 0, 4, 2, label};
    arrays[2] = (ggcn_array){"parameters/theta", "theta", "1", GGCN_F32, 2, {1, 2}, false, 0, 0, 0, theta};
    arrays[3] = (ggcn_array){"optimizer/first", "velocity", "1", GGCN_F32, 1, {2}, false, 0, 0, 0, first};
    arrays[4] = (ggcn_array){"identity", "identity", "1", GGCN_U64, 1, {4}, false, 0, 0, 0, identity};
    arrays[5] = (ggcn_array){"iteration", "iterations", "1", GGCN_U64, 0, {0}, false, 0, 0, 0, &iteration};
    arrays[6] = (ggcn_array){"rate_factor", "factor", "1", GGCN_F64, 0, {0}, false, 0, 0, 0, &rate_factor};
    return (ggcn_state){.arrays = arrays, .count = 7, .capacity = 7};
}

START_TEST(checkpoint_errors) {
    float data[8] = {1, 2, 3, 4, 5, 6, 7, 8}, found[8];
    ggcn_state state = small_state(data);
    uint64_t iteration;
    char *report;
    ck_assert_int_eq(ggcn_run_directory(folder, GGCN_RUN_NEW), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_checkpoint_read(folder, &state, UINT64_MAX, &iteration, &report), GGCN_ERROR_FORMAT);
    assert_message("there is no checkpoint");
    ck_assert_int_eq(ggcn_checkpoint_write(folder, 1, &state, (ggcn_checkpoint_keep){.newest = 0}),
                     GGCN_ERROR_ARGUMENT);
    for (uint64_t i = 1; i <= 3; i++)
        ck_assert_int_eq(ggcn_checkpoint_write(folder, i, &state, (ggcn_checkpoint_keep){.newest = 3}), GGCN_SUCCESS);

    /* A digest that does not fit, with a checksum that does. */
    const hid_t file = H5Fopen(in_folder("checkpoints/00000003.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t id = H5Dopen2(file, "chains/x", H5P_DEFAULT);
    H5Dwrite(id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, (float[8]){1, 2, 3, 4, 5, 6, 7, 9});
    H5Dclose(id);
    H5Fclose(file);
    write_file("checkpoints/00000002.h5", "");
    write_file("checkpoints/00000004.h5.incomplete", "");
    state = small_state(found);
    ck_assert_int_eq(ggcn_checkpoint_read(folder, &state, UINT64_MAX, &iteration, &report), GGCN_SUCCESS);
    ck_assert_int_eq(iteration, 1);
    ck_assert_mem_eq(found, data, sizeof data);
    ck_assert_ptr_nonnull(strstr(report, "has the digest"));
    ck_assert_ptr_nonnull(strstr(report, "not HDF5 (0 bytes)"));
    ck_assert_ptr_nonnull(strstr(report, "read checkpoint 00000001"));
    free(report);
    ck_assert(!exists("checkpoints/00000003.h5") && !exists("checkpoints/00000002.h5"));

    /* Blocks of another size would give other digests. */
    state.arrays[0].chunk = 4;
    ck_assert_int_eq(ggcn_checkpoint_read(folder, &state, UINT64_MAX, &iteration, &report), GGCN_ERROR_CONFIG);
    assert_message("blocks of 2 chains, expected blocks of 4");
    state.arrays[0].chunk = 2;
    state.arrays[0].type = GGCN_U32;
    ck_assert_int_eq(ggcn_checkpoint_read(folder, &state, UINT64_MAX, &iteration, &report), GGCN_ERROR_CONFIG);
    assert_message("another type");
    state.arrays[0].type = GGCN_F32;

    /* What a newer program wrote is neither skipped nor removed. */
    ck_assert_int_eq(ggcn_checkpoint_write(folder, 2, &state, (ggcn_checkpoint_keep){.newest = 3}), GGCN_SUCCESS);
    change_version("checkpoints/00000002.h5", 3);
    ck_assert_int_eq(ggcn_checkpoint_read(folder, &state, UINT64_MAX, &iteration, &report), GGCN_ERROR_CONFIG);
    assert_message("version 3");
    ck_assert(exists("checkpoints/00000002.h5"));

    write_file("checkpoints/00000001.h5", "");
    write_file("checkpoints/00000002.h5", "");
    ck_assert_int_eq(ggcn_checkpoint_read(folder, &state, UINT64_MAX, &iteration, &report), GGCN_ERROR_FORMAT);
    assert_message("no checkpoint verifies");
    ck_assert_ptr_null(report);
}
END_TEST

/* A run directory that is missing, and a final name that is taken by a folder: reported, and nothing is left behind. */
START_TEST(unwritable_checkpoint) {
    float data[8] = {0};
    const ggcn_state state = small_state(data);
    ck_assert_int_eq(ggcn_checkpoint_write(in_folder("gone"), 1, &state, (ggcn_checkpoint_keep){.newest = 3}),
                     GGCN_ERROR_IO);
    assert_message("No such file or directory");
    ck_assert_int_eq(mkdir(in_folder("checkpoints"), 0777), 0);
    ck_assert_int_eq(mkdir(in_folder("checkpoints/00000001.h5"), 0777), 0);
    ck_assert_int_eq(ggcn_checkpoint_write(folder, 1, &state, (ggcn_checkpoint_keep){.newest = 3}), GGCN_ERROR_IO);
    assert_message("cannot rename");
    ck_assert(!exists("checkpoints/00000001.h5.incomplete"));
}
END_TEST

START_TEST(version_text) {
    ck_assert_str_eq(ggcn_version(), "0.1.0");
    const char *text = ggcn_version_text("ggcn_data");
    ck_assert_ptr_eq(strstr(text, "ggcn_data 0.1.0\n"), text);
    static const char *const parts[] = {"Open MPI v", "HDF5 1.",    "oneDNN ",  "zlib 1.",
                                        "libpng 1.",  "libyaml 0.", "xxHash 0."};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ck_assert_msg(strstr(text, parts[i]), "%s not in %s", parts[i], text);
}
END_TEST

static void read_text_attribute(hid_t file, const char *name, const char *expected) {
    char *text = NULL;
    const hid_t id = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(id);
    ck_assert_int_ge(H5Aread(id, type, &text), 0);
    ck_assert_str_eq(text, expected);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(id);
}

START_TEST(provenance) {
    static char program[] = "ggcn_train", option[] = "-s", setting[] = "data.file=it's here.h5";
    char *const arguments[] = {program, option, setting};
    ck_assert_int_eq(ggcn_provenance_set(3, arguments, "model: wgcn\n", 7), GGCN_SUCCESS);
    write_dataset("data.h5");
    const hid_t file = H5Fopen(in_folder("data.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    read_text_attribute(file, "command_line", "ggcn_train -s 'data.file=it'\\''s here.h5'");
    read_text_attribute(file, "configuration", "model: wgcn\n");
    read_text_attribute(file, "git_commit", ggcn_git_commit());
    int64_t threads;
    const hid_t id = H5Aopen(file, "threads", H5P_DEFAULT);
    ck_assert_int_ge(H5Aread(id, H5T_NATIVE_INT64, &threads), 0);
    ck_assert_int_eq(threads, 7);
    H5Aclose(id);
    H5Fclose(file);
}
END_TEST

START_TEST(checksum) { /* the algorithm's own examples */
    ck_assert_uint_eq(ggcn_h5_checksum((const uint8_t *)"", 0), 0xdeadbeef);
    ck_assert_uint_eq(ggcn_h5_checksum((const uint8_t *)"Four score and seven years ago", 30), 0x17770551);
}
END_TEST

#if !H5_VERSION_GE(1, 14, 0) /* which looks by itself */
/* A virtual data set of one source, source.h5, whose name is then changed in the file. */
static void write_virtual(const char *name, const char *source) {
    const hsize_t size = 3;
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), layout = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(1, &size, NULL);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_virtual(layout, space, "source.h5", "numbers", space);
    const hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hid_t dataset = H5Dcreate2(file, "all", H5T_STD_U8LE, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    ck_assert(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(layout);
    H5Pclose(access);
    H5Fclose(file);
    char bytes[16384];
    FILE *stream = fopen(in_folder(name), "r+b");
    ck_assert_ptr_nonnull(stream);
    const char *at = memmem(bytes, fread(bytes, 1, sizeof bytes, stream), "source.h5", 9);
    ck_assert_ptr_nonnull(at);
    fseek(stream, at - bytes, SEEK_SET);
    fputs(source, stream);
    fclose(stream);
}

START_TEST(sources_of_virtual_data_sets) {
    for (int damaged = 0; damaged < 2; damaged++) {
        write_virtual("virtual.h5", damaged ? "sourcf.h5" : "source.h5");
        const hid_t file = H5Fopen(in_folder("virtual.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
        ck_assert_int_eq(ggcn_h5_check_heaps(path, file), damaged ? GGCN_ERROR_FORMAT : GGCN_SUCCESS);
        if (damaged)
            assert_message("virtual.h5: damaged HDF5 file: the checksum of a virtual data set's sources is wrong");
        H5Fclose(file);
    }
}
END_TEST
#endif

int main(int argc, char **argv) {
    if (ggcn_hpc_start(&argc, &argv) != GGCN_SUCCESS)
        return EXIT_FAILURE;
    Suite *suite = suite_create("files");
    TCase *tests = tcase_create("files");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, dataset_round_trip);
    tcase_add_test(tests, files_that_are_no_datasets);
    tcase_add_test(tests, inconsistent_datasets);
    tcase_add_test(tests, writer_refuses);
    tcase_add_test(tests, observed_images);
    tcase_add_test(tests, run_directory_modes);
    tcase_add_test(tests, checkpoint_errors);
    tcase_add_test(tests, unwritable_checkpoint);
    tcase_add_test(tests, version_text);
    tcase_add_test(tests, provenance);
    tcase_add_test(tests, checksum);
#if !H5_VERSION_GE(1, 14, 0)
    tcase_add_test(tests, sources_of_virtual_data_sets);
#endif
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* MPI does not survive a fork */
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    ggcn_hpc_finish();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
