/* Measures of sets of images, where their values are known. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/frechet.h"
#include "ggcn/inception_score.h"
#include "ggcn/pair_scores.h"
#include "metric/resample.h"

static void good(ggcn_status status) {
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
}

static ggcn_image_spread spread_of(int64_t count) {
    ggcn_image_spread spread;
    good(ggcn_spread_images(count, &spread));
    return spread;
}

static void close_to(double found, double expected, double tolerance) {
    ck_assert_msg(fabs(found - expected) <= tolerance, "%.17g in place of %.17g", found, expected);
}

/* --- spread ------------------------------------------------------------------------------------------------------- */

START_TEST(blocks_cover_all_images) {
    const ggcn_image_spread s = spread_of(5 * GGCN_SPREAD_BLOCK + 3);
    ck_assert_int_eq(s.blocks.count, 6);
    ck_assert_int_eq(s.first, 0);
    ck_assert_int_eq(s.owned, 5 * GGCN_SPREAD_BLOCK + 3);
    ggcn_image_spread none;
    ck_assert_int_eq(ggcn_spread_images(0, &none), GGCN_ERROR_CONFIG);
}
END_TEST

/* --- Frechet distance --------------------------------------------------------------------------------------------- */

enum { FEATURES = 3 };

static ggcn_feature_statistics gaussian(const double *mean, const double *covariance) {
    ggcn_feature_statistics s;
    good(ggcn_feature_statistics_create(FEATURES, &s));
    memcpy(s.mean, mean, FEATURES * sizeof *mean);
    memcpy(s.covariance, covariance, FEATURES * FEATURES * sizeof *covariance);
    return s;
}

static double distance(const double *covariance_a, const double *covariance_b) {
    const double mean_a[] = {1, 2, 3}, mean_b[] = {1, 0, 4};
    ggcn_feature_statistics a = gaussian(mean_a, covariance_a), b = gaussian(mean_b, covariance_b);
    double forth, back;
    good(ggcn_frechet_distance(&a, &b, &forth));
    good(ggcn_frechet_distance(&b, &a, &back));
    close_to(forth, back, 1e-12);
    ggcn_feature_statistics_clear(&a);
    ggcn_feature_statistics_clear(&b);
    return forth;
}

START_TEST(distance_of_diagonal_covariances) { /* 5 + sum of (s_a - s_b)^2, singular ones included */
    close_to(distance((double[]){4, 0, 0, 0, 9, 0, 0, 0, 1}, (double[]){1, 0, 0, 0, 25, 0, 0, 0, 1}), 5 + 1 + 4, 1e-12);
    close_to(distance((double[]){4, 0, 0, 0, 9, 0, 0, 0, 1}, (double[]){1, 0, 0, 0, 0, 0, 0, 0, 0}), 5 + 1 + 9 + 1,
             1e-12);
    close_to(distance((double[9]){0}, (double[]){1, 0, 0, 0, 4, 0, 0, 0, 9}), 5 + 14, 1e-12);
    close_to(distance((double[9]){0}, (double[9]){0}), 5, 1e-12);
}
END_TEST

START_TEST(distance_of_covariances_that_do_not_commute) {
    /* [2 1; 1 2] and diag(4, 1): tr (S_a S_b)^(1/2) = sqrt(tr + 2 sqrt(det)) of the product, as in two dimensions */
    const double a[] = {2, 1, 0, 1, 2, 0, 0, 0, 9}, b[] = {4, 0, 0, 0, 1, 0, 0, 0, 9};
    const double trace = sqrt(10 + 2 * sqrt(12)) + 9;
    close_to(distance(a, b), 5 + 13 + 14 - 2 * trace, 1e-12);
}
END_TEST

START_TEST(one_direction_twice) { /* rank 1: the root of a rounding error would show as 1e-8 */
    const double a[] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, b[] = {4, 4, 4, 4, 4, 4, 4, 4, 4};
    close_to(distance(a, b), 5 + 3 + 12 - 2 * 6, 1e-12);
}
END_TEST

START_TEST(statistics_of_values) {
    enum { COUNT = 40 };
    const ggcn_image_spread spread = spread_of(COUNT);
    float values[COUNT * FEATURES];
    for (int i = 0; i < COUNT; i++) { /* far from zero, where moments without a mean taken off lose all digits */
        values[i * FEATURES] = 1e6f + (float)(i % 2);
        values[i * FEATURES + 1] = -(float)(i % 2);
        values[i * FEATURES + 2] = (float)(i % 4 / 2);
    }
    ggcn_feature_statistics s;
    good(ggcn_feature_statistics_create(FEATURES, &s));
    good(ggcn_compute_feature_statistics(&spread, values, &s));
    const double v = 0.25 * COUNT / (COUNT - 1), expected[] = {v, -v, 0, -v, v, 0, 0, 0, v};
    close_to(s.mean[0], 1e6 + 0.5, 1e-9);
    for (int i = 0; i < FEATURES * FEATURES; i++)
        close_to(s.covariance[i], expected[i], 1e-12);
    ck_assert_int_eq(s.count, COUNT);
    const ggcn_image_spread one = spread_of(1);
    ck_assert_int_eq(ggcn_compute_feature_statistics(&one, values, &s), GGCN_ERROR_CONFIG);
    ggcn_feature_statistics_clear(&s);
}
END_TEST

/* --- inception score ---------------------------------------------------------------------------------------------- */

START_TEST(score_of_certain_classes) { /* each image certain: the number of classes in its split */
    enum { COUNT = 48, CLASSES = 6 };
    static float logits[COUNT * CLASSES];
    for (int i = 0; i < COUNT; i++) /* even images see three classes, odd ones six */
        logits[i * CLASSES + (i % 2 ? i / 2 % 6 : i / 2 % 3)] = 400;
    const ggcn_image_spread spread = spread_of(COUNT);
    ggcn_inception_score score;
    good(ggcn_compute_inception_score(&spread, CLASSES, logits, 2, &score));
    close_to(score.mean, 4.5, 1e-12);
    close_to(score.deviation, 1.5, 1e-12);
    double counts[CLASSES];
    good(ggcn_count_top_classes(&spread, CLASSES, logits, counts));
    close_to(counts[0], 12, 0);
    close_to(counts[5], 4, 0);
    ck_assert_int_eq(ggcn_compute_inception_score(&spread, CLASSES, logits, COUNT + 1, &score), GGCN_ERROR_CONFIG);
}
END_TEST

/* --- pairs -------------------------------------------------------------------------------------------------------- */

static const ggcn_shape shape = {2, 12, 13};
enum { BYTES = 2 * 12 * 13 };

START_TEST(scores_of_constant_images) {
    uint8_t a[2 * BYTES], b[2 * BYTES];
    memset(a, 255, sizeof a);
    memset(b, 255, sizeof b);
    memset(b, 0, BYTES);
    const ggcn_image_spread spread = spread_of(2);
    ggcn_pair_scores scores;
    good(ggcn_score_pairs(&spread, shape, a, b, &scores));
    close_to(scores.mse, 0.5, 0); /* white against black, white against white */
    ck_assert(isinf(scores.psnr) && scores.psnr > 0);
    ck_assert_int_eq(scores.identical, 1);
    close_to(scores.ssim, (1 + 1e-4 / (1 + 1e-4)) / 2, 1e-12);
    memset(b, 204, sizeof b);
    good(ggcn_score_pairs(&spread, shape, a, b, &scores));
    close_to(scores.psnr, -20 * log10(0.2), 1e-12);
    ck_assert_int_eq(scores.identical, 0);
}
END_TEST

START_TEST(ssim_of_small_images) {
    uint8_t a[BYTES] = {0};
    double ssim;
    ck_assert_int_eq(ggcn_ssim((ggcn_shape){1, 10, 30}, a, a, &ssim), GGCN_ERROR_ARGUMENT);
    good(ggcn_ssim((ggcn_shape){1, 11, 11}, a, a, &ssim));
    close_to(ssim, 1, 1e-12);
}
END_TEST

/* --- resampling --------------------------------------------------------------------------------------------------- */

static void resample(ggcn_resample_rule rule, int64_t in, int64_t out, const uint8_t *pixels, float *result) {
    ggcn_resampler *r;
    good(ggcn_resampler_create((ggcn_shape){1, 1, in}, (ggcn_shape){1, 1, out}, rule, &r));
    float *scratch = malloc(ggcn_resampler_scratch(r) * sizeof *scratch);
    ck_assert_ptr_nonnull(scratch);
    ggcn_resample(r, pixels, scratch, result);
    free(scratch);
    ggcn_resampler_destroy(&r);
}

static void check_row(ggcn_resample_rule rule, int64_t in, int64_t out, const uint8_t *pixels, const double *expected) {
    float result[8];
    resample(rule, in, out, pixels, result);
    for (int64_t o = 0; o < out; o++)
        close_to((double)result[o], expected[o], 1e-4);
}

START_TEST(rules_of_resizing) {
    const uint8_t four[] = {0, 80, 160, 240};
    check_row(GGCN_RESAMPLE_PILLOW, 4, 4, four, (double[]){0, 80, 160, 240});
    check_row(GGCN_RESAMPLE_TENSORFLOW, 4, 4, four, (double[]){0, 80, 160, 240});
    check_row(GGCN_RESAMPLE_PILLOW, 4, 8, four, (double[]){0, 20, 60, 100, 140, 180, 220, 240});
    check_row(GGCN_RESAMPLE_TENSORFLOW, 4, 8, four, (double[]){0, 40, 80, 120, 160, 200, 240, 240});
    /* shrinking: Pillow weighs (1 3 3 1)/8 with the edge cut off, TensorFlow looks at two pixels */
    check_row(GGCN_RESAMPLE_PILLOW, 4, 2, four,
              (double[]){(0 * 3 + 80 * 3 + 160) / 7.0, (80 + 160 * 3 + 240 * 3) / 7.0});
    check_row(GGCN_RESAMPLE_TENSORFLOW, 4, 2, four, (double[]){0, 160});
}
END_TEST

int main(void) {
    Suite *suite = suite_create("scores");
    TCase *tcase = tcase_create("scores");
    tcase_add_test(tcase, blocks_cover_all_images);
    tcase_add_test(tcase, distance_of_diagonal_covariances);
    tcase_add_test(tcase, distance_of_covariances_that_do_not_commute);
    tcase_add_test(tcase, one_direction_twice);
    tcase_add_test(tcase, statistics_of_values);
    tcase_add_test(tcase, score_of_certain_classes);
    tcase_add_test(tcase, scores_of_constant_images);
    tcase_add_test(tcase, ssim_of_small_images);
    tcase_add_test(tcase, rules_of_resizing);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
