/* The log: levels, lines, appending, and errors of the file system. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ggcn/log.h"

static void read_back(const char *path, char *text, size_t size) {
    FILE *stream = fopen(path, "r");
    ck_assert_ptr_nonnull(stream);
    text[fread(text, 1, size - 1, stream)] = 0;
    fclose(stream);
}

START_TEST(lines_carry_time_and_level) {
    char path[] = "/tmp/ggcn-test-log-XXXXXX", text[1024], level[16], rest[64];
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    ck_assert_int_eq(ggcn_log_open(path, false), GGCN_SUCCESS);
    ggcn_log(GGCN_LOG_INFO, "iteration %d", 7);
    read_back(path, text, sizeof text); /* flushed line by line */
    int year, month, day, hour, minute, second;
    ck_assert_int_eq(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ %15s %63[^\n]", &year, &month, &day, &hour, &minute,
                            &second, level, rest),
                     8);
    ck_assert_int_gt(year, 2000);
    ck_assert_str_eq(level, "info:");
    ck_assert_str_eq(rest, "iteration 7");
    ck_assert_int_eq(ggcn_log_close(), GGCN_SUCCESS);

    ck_assert_int_eq(ggcn_log_open(path, true), GGCN_SUCCESS);
    ggcn_log(GGCN_LOG_WARNING, "slow");
    ck_assert_int_eq(ggcn_log_close(), GGCN_SUCCESS);
    read_back(path, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "iteration 7\n"));
    ck_assert_ptr_nonnull(strstr(text, "Z warning: slow\n"));

    ck_assert_int_eq(ggcn_log_open(path, false), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_log_close(), GGCN_SUCCESS);
    read_back(path, text, sizeof text);
    ck_assert_str_eq(text, "");
    unlink(path);
}
END_TEST

START_TEST(warnings_go_to_standard_error_even_without_a_file) {
    char path[] = "/tmp/ggcn-test-log-XXXXXX", text[1024];
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_ge(dup2(descriptor, STDERR_FILENO), 0);
    close(descriptor);
    ggcn_log(GGCN_LOG_INFO, "unseen");
    ggcn_log(GGCN_LOG_WARNING, "%d threads idle", 3);
    read_back(path, text, sizeof text);
    ck_assert_str_eq(text, "warning: 3 threads idle\n");
    unlink(path);
}
END_TEST

START_TEST(errors_of_the_file_system_are_reported) {
    ck_assert_int_eq(ggcn_log_open("/tmp/no-such-folder/log", false), GGCN_ERROR_IO);
    ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "/tmp/no-such-folder/log"));
    ck_assert_int_eq(ggcn_log_close(), GGCN_SUCCESS);
    if (access("/dev/full", W_OK) == 0) {
        ck_assert_int_eq(ggcn_log_open("/dev/full", true), GGCN_SUCCESS);
        ggcn_log(GGCN_LOG_INFO, "lost");
        ck_assert_int_eq(ggcn_log_close(), GGCN_ERROR_IO);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");
    tcase_add_test(tests, lines_carry_time_and_level);
    tcase_add_test(tests, warnings_go_to_standard_error_even_without_a_file);
    tcase_add_test(tests, errors_of_the_file_system_are_reported);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
