/* Data sets with a held-out part: the file, training's share of it, surveys, repeats. tests/unit/test_files.c has the
 * rest. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <check.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ggcn/dataset.h"

enum { count = 8, held_out = 3, channels = 3, plane = 4, bytes = channels * plane };

static char folder[] = "/tmp/ggcn_dataset_XXXXXX";
static char path[64];
static uint8_t images[count][channels][plane];
static const uint32_t labels[count] = {0, 1, 1, 0, 1, 1, 0, 1};

static void set_up(void) {
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/data.h5", folder);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < bytes; j++)
            images[i][j / plane][j % plane] = (uint8_t)(i * i + 20 * j);
}

static void tear_down(void) {
    unlink(path);
    rmdir(folder);
}

static ggcn_dataset_info describe(int64_t held) {
    static char zero[] = "zero", one[] = "one", source[] = "a formula";
    static char *names[] = {zero, one};
    return (ggcn_dataset_info){.count = count,
                               .held_out = held,
                               .shape = {channels, 2, 2},
                               .n_classes = 2,
                               .classes = names,
                               .source = source};
}

static void write_dataset(int64_t held) {
    const ggcn_dataset_info info = describe(held);
    ggcn_dataset_writer *writer;
    ck_assert_int_eq(ggcn_dataset_create(path, &info, &writer), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_write(writer, 0, count, &images[0][0][0], labels), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_dataset_finish(&writer), GGCN_SUCCESS);
}

static ggcn_dataset *open_dataset(void) {
    ggcn_dataset *dataset;
    const ggcn_status status = ggcn_dataset_open(path, &dataset);
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    return dataset;
}

/* Sets an integer attribute of the root, or removes it. */
static void change_attribute(const char *name, const int64_t *value) {
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    if (value) {
        const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
        ck_assert_int_ge(H5Awrite(attribute, H5T_NATIVE_INT64, value), 0);
        H5Aclose(attribute);
    } else
        ck_assert_int_ge(H5Adelete(file, name), 0);
    H5Fclose(file);
}

static void assert_refused(const char *words) {
    ggcn_dataset *dataset;
    ck_assert_int_eq(ggcn_dataset_open(path, &dataset), GGCN_ERROR_FORMAT);
    ck_assert_ptr_null(dataset);
    ck_assert_msg(strstr(ggcn_last_error()->message, words) != NULL, "no \"%s\" in \"%s\"", words,
                  ggcn_last_error()->message);
}

START_TEST(held_out_round_trip) {
    write_dataset(held_out);
    ggcn_dataset *dataset = open_dataset();
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    ck_assert_int_eq(info->count, count);
    ck_assert_int_eq(info->held_out, held_out);
    ck_assert_uint_eq(strlen(info->created), strlen("2026-01-31T12:34:56Z"));
    ck_assert_str_eq(info->ggcn_version, "0.1.0");
    ck_assert_str_eq(info->command_line, "");
    ggcn_dataset_close(&dataset);

    ggcn_dataset_info all = describe(count), less = describe(-1);
    ggcn_dataset_writer *writer;
    ck_assert_int_eq(ggcn_dataset_create(path, &all, &writer), GGCN_ERROR_ARGUMENT);
    ck_assert_int_eq(ggcn_dataset_create(path, &less, &writer), GGCN_ERROR_ARGUMENT);
    static const int64_t bad[] = {count, -1};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        change_attribute("held_out", &bad[i]);
        assert_refused("held_out");
    }
    change_attribute("held_out", NULL);
    assert_refused("\"held_out\"");
}
END_TEST

START_TEST(version_1_holds_nothing_out) {
    write_dataset(held_out);
    change_attribute("held_out", NULL);
    change_attribute("format_version", &(int64_t){1});
    ggcn_dataset *dataset = open_dataset();
    ck_assert_int_eq(ggcn_dataset_describe(dataset)->held_out, 0);
    ck_assert_int_eq(ggcn_dataset_verify(dataset), GGCN_SUCCESS);
    ggcn_dataset_close(&dataset);
}
END_TEST

/* The observed images of all blocks together. */
static void assert_observed(int64_t held, const ggcn_config_data *config, const int *numbers, int64_t expected) {
    write_dataset(held);
    ggcn_dataset *dataset = open_dataset();
    ggcn_blocks blocks;
    ggcn_observed *observed, *selected;
    ck_assert_int_eq(ggcn_blocks_distribute(2, &blocks), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_observed_load(dataset, config, &blocks, &observed), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_observed_select(dataset, config, &blocks, &selected), GGCN_SUCCESS);
    ck_assert_int_eq(observed->total, expected);
    ck_assert_int_eq(observed->start[2], expected);
    ck_assert_int_eq(selected->total, expected);
    int64_t of_class[2] = {0};
    for (int64_t i = 0; i < expected; i++) {
        ck_assert_mem_eq(observed->images + i * bytes, images[numbers[i]], bytes);
        of_class[observed->labels[i]]++;
    }
    for (uint32_t c = 0; c < observed->n_classes; c++) {
        ck_assert_int_eq(observed->class_counts[c], of_class[c]);
        ck_assert_int_eq(selected->class_counts[c], of_class[c]);
    }
    ggcn_observed_destroy(&observed);
    ggcn_observed_destroy(&selected);
    ggcn_dataset_close(&dataset);
}

START_TEST(training_never_sees_held_out_images) {
    const ggcn_config_data all = {0}, one = {.classes = (uint32_t[]){1}, .classes_count = 1}, few = {.limit = 7};
    assert_observed(0, &all, (int[]){0, 1, 2, 3, 4, 5, 6, 7}, 8);
    assert_observed(held_out, &all, (int[]){0, 1, 2, 3, 4}, 5);
    assert_observed(held_out, &one, (int[]){1, 2, 4}, 3);
    assert_observed(held_out, &few, (int[]){0, 1, 2, 3, 4}, 5);
    assert_observed(0, &few, (int[]){0, 1, 2, 3, 4, 5, 6}, 7);
}
END_TEST

/* A run must not be continued with other images: what is held out is part of the selection's checksum. */
START_TEST(selection_checksum_knows_the_held_out_part) {
    uint64_t sums[2];
    for (int i = 0; i < 2; i++) {
        write_dataset(i);
        ggcn_dataset *dataset = open_dataset();
        ggcn_blocks blocks;
        ggcn_observed *observed;
        ck_assert_int_eq(ggcn_blocks_distribute(1, &blocks), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_observed_select(dataset, &(ggcn_config_data){0}, &blocks, &observed), GGCN_SUCCESS);
        sums[i] = observed->checksum;
        ggcn_observed_destroy(&observed);
        ggcn_dataset_close(&dataset);
    }
    ck_assert_uint_ne(sums[0], sums[1]);
}
END_TEST

START_TEST(survey) {
    write_dataset(held_out);
    ggcn_dataset *dataset = open_dataset();
    ggcn_dataset_survey found;
    ck_assert_int_eq(ggcn_dataset_survey_images(dataset, &found), GGCN_SUCCESS);
    ck_assert_uint_eq(found.checksum, ggcn_dataset_describe(dataset)->checksum);
    ck_assert(found.training[0] == 2 && found.training[1] == 3);
    ck_assert(found.held_out[0] == 1 && found.held_out[1] == 2);
    for (int c = 0; c < channels; c++) {
        double mean = 0, variance = 0;
        for (int i = 0; i < count; i++)
            for (int j = 0; j < plane; j++)
                mean += images[i][c][j] / (double)(count * plane);
        for (int i = 0; i < count; i++)
            for (int j = 0; j < plane; j++)
                variance += pow(images[i][c][j] - mean, 2) / (count * plane);
        ck_assert_double_eq_tol(found.mean[c], mean, 1e-9);
        ck_assert_double_eq_tol(found.deviation[c], sqrt(variance), 1e-9);
    }
    ggcn_dataset_survey_clear(&found);
    ck_assert_ptr_null(found.mean);
    ggcn_dataset_close(&dataset);
}
END_TEST

START_TEST(repeats) {
    memcpy(images[4], images[1], bytes);
    memcpy(images[7], images[1], bytes);
    memcpy(images[6], images[5], bytes);
    write_dataset(0);
    ggcn_dataset *dataset = open_dataset();
    int64_t *first;
    ck_assert_int_eq(ggcn_dataset_find_repeats(dataset, &first), GGCN_SUCCESS);
    ck_assert_mem_eq(first, ((int64_t[]){0, 1, 2, 3, 1, 5, 5, 1}), sizeof(int64_t[count]));
    free(first);
    ggcn_dataset_close(&dataset);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("dataset");
    TCase *tests = tcase_create("held out");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, held_out_round_trip);
    tcase_add_test(tests, version_1_holds_nothing_out);
    tcase_add_test(tests, training_never_sees_held_out_images);
    tcase_add_test(tests, selection_checksum_knows_the_held_out_part);
    tcase_add_test(tests, survey);
    tcase_add_test(tests, repeats);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
