/* The sum over blocks on one rank: its bits against an independent statement of the tree, for any order of blocks and
 * any number of threads. */
#include <check.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/blocks.h"
#include "reference.h"

enum { MOST_BLOCKS = 40, DOUBLES = 5, FLOATS = 67 };

typedef struct {
    double d[DOUBLES];
    float f[FLOATS];
} vector;

static vector vectors[MOST_BLOCKS];

/* Numbers of many magnitudes, so that the order of additions shows in the bits. */
static float uneven(uint64_t *random) {
    const float x = reference_random(random);
    return x * (float)(1 << (int)(10 * (reference_random(random) + 1)));
}

static void draw_vectors(uint64_t seed) {
    for (int b = 0; b < MOST_BLOCKS; b++) {
        for (int i = 0; i < DOUBLES; i++)
            vectors[b].d[i] = (double)uneven(&seed) / 3;
        for (int i = 0; i < FLOATS; i++)
            vectors[b].f[i] = uneven(&seed) / 3;
    }
}

/* The sum over [lo, hi) as the header defines it. */
static vector tree(int64_t lo, int64_t hi) {
    if (hi - lo == 1)
        return vectors[lo];
    const int64_t middle = (lo + hi) / 2;
    vector left = tree(lo, middle);
    const vector right = tree(middle, hi);
    for (int i = 0; i < DOUBLES; i++)
        left.d[i] += right.d[i];
    for (int i = 0; i < FLOATS; i++)
        left.f[i] += right.f[i];
    return left;
}

static ggcn_sum *create(int64_t count, ggcn_blocks *blocks) {
    ggcn_sum *sum = NULL;
    ck_assert_int_eq(ggcn_blocks_distribute(count, blocks), GGCN_SUCCESS);
    ck_assert_int_eq(blocks->first, 0);
    ck_assert_int_eq(blocks->owned, count);
    ck_assert_int_eq(ggcn_sum_create(blocks, DOUBLES, FLOATS, &sum), GGCN_SUCCESS);
    return sum;
}

static ggcn_status hand_in(ggcn_sum *sum, int64_t block) {
    ggcn_vector leased;
    GGCN_TRY(ggcn_sum_lease(sum, &leased));
    memcpy(leased.d, vectors[block].d, sizeof vectors[block].d);
    memcpy(leased.f, vectors[block].f, sizeof vectors[block].f);
    return ggcn_sum_add(sum, block, leased);
}

static void check_total(ggcn_sum *sum, int64_t count) {
    ggcn_vector total;
    double seconds = -1;
    ck_assert_int_eq(ggcn_sum_finish(sum, GGCN_SUCCESS, &total, &seconds), GGCN_SUCCESS);
    const vector expected = tree(0, count);
    ck_assert_mem_eq(total.d, expected.d, sizeof expected.d);
    ck_assert_mem_eq(total.f, expected.f, sizeof expected.f);
    ck_assert_double_ge(seconds, 0);
}

static void shuffle(int64_t *order, int64_t count, uint64_t *random) {
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t j = (int64_t)((reference_random(random) + 1) / 2 * (float)(i + 1));
        const int64_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

START_TEST(order_does_not_matter) {
    const int64_t count = _i;
    ggcn_blocks blocks;
    ggcn_sum *sum = create(count, &blocks);
    uint64_t random = (uint64_t)count;
    int64_t order[MOST_BLOCKS];
    for (int64_t b = 0; b < count; b++)
        order[b] = b;
    for (int round = 0; round < 12; round++) { /* forwards, backwards, at random; the sum is used again and again */
        draw_vectors((uint64_t)(100 * count + round));
        if (round == 1)
            for (int64_t b = 0; b < count; b++)
                order[b] = count - 1 - b;
        if (round > 1)
            shuffle(order, count, &random);
        for (int64_t b = 0; b < count; b++)
            ck_assert_int_eq(hand_in(sum, order[b]), GGCN_SUCCESS);
        check_total(sum, count);
    }
    ggcn_sum_destroy(&sum);
    ck_assert_ptr_null(sum);
}
END_TEST

START_TEST(threads_do_not_matter) {
    static const int64_t counts[] = {1, 2, 3, 7, 16, 25, 40};
    const int64_t count = counts[_i];
    ggcn_blocks blocks;
    ggcn_sum *sum = create(count, &blocks);
    for (int round = 0; round < 60; round++) {
        int failures = 0;
        draw_vectors((uint64_t)round);
#pragma omp parallel for num_threads(2 + round % 3) schedule(dynamic, 1) reduction(+ : failures)
        for (int64_t b = 0; b < count; b++)
            failures += hand_in(sum, round % 2 ? b : count - 1 - b) != GGCN_SUCCESS;
        ck_assert_int_eq(failures, 0);
        check_total(sum, count);
    }
    ggcn_sum_destroy(&sum);
}
END_TEST

/* The numbers above must be such that another order gives other bits, or the tests would prove nothing. */
START_TEST(the_numbers_tell_orders_apart) {
    draw_vectors(1);
    const vector expected = tree(0, MOST_BLOCKS);
    vector straight = vectors[0];
    for (int b = 1; b < MOST_BLOCKS; b++) {
        for (int i = 0; i < DOUBLES; i++)
            straight.d[i] += vectors[b].d[i];
        for (int i = 0; i < FLOATS; i++)
            straight.f[i] += vectors[b].f[i];
    }
    ck_assert(memcmp(straight.d, expected.d, sizeof expected.d) != 0);
    ck_assert(memcmp(straight.f, expected.f, sizeof expected.f) != 0);
}
END_TEST

START_TEST(sums_without_floats_or_without_doubles) {
    ggcn_blocks blocks;
    ggcn_vector v;
    for (int floats = 0; floats < 2; floats++) {
        ggcn_sum *sum = NULL;
        ck_assert_int_eq(ggcn_blocks_distribute(3, &blocks), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_sum_create(&blocks, floats ? 0 : 1, floats ? 1 : 0, &sum), GGCN_SUCCESS);
        for (int b = 0; b < 3; b++) {
            ck_assert_int_eq(ggcn_sum_lease(sum, &v), GGCN_SUCCESS);
            if (floats)
                v.f[0] = (float)(b + 1);
            else
                v.d[0] = b + 1;
            ck_assert_int_eq(ggcn_sum_add(sum, b, v), GGCN_SUCCESS);
        }
        ck_assert_int_eq(ggcn_sum_finish(sum, GGCN_SUCCESS, &v, NULL), GGCN_SUCCESS);
        ck_assert_double_eq(floats ? (double)v.f[0] : v.d[0], 6);
        ggcn_sum_destroy(&sum);
    }
}
END_TEST

START_TEST(blocks_of_others_are_refused) {
    ggcn_blocks blocks;
    ggcn_sum *sum = create(4, &blocks);
    ggcn_vector leased;
    static const int64_t strangers[] = {-1, 4, 1000};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(ggcn_sum_lease(sum, &leased), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_sum_add(sum, strangers[i], leased), GGCN_ERROR_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(ggcn_last_error()->message, "block"));
    }
    ggcn_sum_destroy(&sum);

    ggcn_blocks middle = {.count = 9, .first = 3, .owned = 2}; /* as on another rank */
    ck_assert_int_eq(ggcn_sum_create(&middle, DOUBLES, FLOATS, &sum), GGCN_SUCCESS);
    for (int64_t b = 0; b < 9; b++) {
        ck_assert_int_eq(ggcn_sum_lease(sum, &leased), GGCN_SUCCESS);
        ck_assert_int_eq(ggcn_sum_add(sum, b, leased), b == 3 || b == 4 ? GGCN_SUCCESS : GGCN_ERROR_ARGUMENT);
    }
    ggcn_sum_destroy(&sum);
}
END_TEST

START_TEST(a_failed_rank_gets_its_error_back) {
    ggcn_blocks blocks;
    ggcn_sum *sum = create(4, &blocks);
    ggcn_vector total;
    ck_assert_int_eq(hand_in(sum, 2), GGCN_SUCCESS);
    const ggcn_status mine = ggcn_raise(GGCN_ERROR_NUMERIC, __FILE__, __LINE__, NULL, "block 3 is not finite");
    ck_assert_int_eq(ggcn_sum_finish(sum, mine, &total, NULL), GGCN_ERROR_NUMERIC);
    ck_assert_str_eq(ggcn_last_error()->message, "block 3 is not finite");
    ggcn_sum_destroy(&sum);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sum over blocks");
    TCase *tests = tcase_create("one rank");
    tcase_add_loop_test(tests, order_does_not_matter, 1, MOST_BLOCKS + 1);
    tcase_add_loop_test(tests, threads_do_not_matter, 0, 7);
    tcase_add_test(tests, the_numbers_tell_orders_apart);
    tcase_add_test(tests, sums_without_floats_or_without_doubles);
    tcase_add_test(tests, blocks_of_others_are_refused);
    tcase_add_test(tests, a_failed_rank_gets_its_error_back);
    tcase_set_timeout(tests, 60); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
