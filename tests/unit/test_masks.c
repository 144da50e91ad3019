/* Masks of hidden pixels. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/masks.h"

enum { HEIGHT = 20, WIDTH = 24, PLANE = HEIGHT * WIDTH };

static const ggcn_random_key key = {.seed = 3, .purpose = GGCN_RANDOM_MASK, .chain = 7};

static int count(const uint8_t *hidden) {
    int sum = 0, most = 0;
    for (int i = 0; i < PLANE; i++) {
        most = hidden[i] > most ? hidden[i] : most;
        sum += hidden[i];
    }
    ck_assert_int_le(most, 1);
    return sum;
}

START_TEST(a_square_is_in_the_middle) {
    uint8_t hidden[PLANE];
    const ggcn_masks masks = {.height = HEIGHT, .width = WIDTH, .square = 7};
    ggcn_mask_draw(&masks, key, hidden);
    ck_assert_int_eq(count(hidden), 49);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            ck_assert_uint_eq(hidden[y * WIDTH + x], y >= 6 && y < 13 && x >= 8 && x < 15);
}
END_TEST

/* A pixel is a spot's corner, or has a hidden neighbour on the way to it; and spots reach every place. */
START_TEST(spots_are_squares_anywhere) {
    int hits[PLANE] = {0}, fewest = 1 << 20, most = 0;
    const ggcn_masks masks = {.height = HEIGHT, .width = WIDTH, .spots = 10, .spot = 3};
    for (uint32_t n = 0; n < 4000; n++) {
        uint8_t hidden[PLANE];
        ggcn_mask_draw(&masks, (ggcn_random_key){.seed = 3, .purpose = GGCN_RANDOM_MASK, .chain = n}, hidden);
        const int all = count(hidden);
        bool squares = all >= 9 && all <= 90;
        for (int i = 0; i < PLANE; i++)
            hits[i] += hidden[i];
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                bool in_spot = !hidden[y * WIDTH + x];
                for (int top = y - 2; top <= y && !in_spot; top++)
                    for (int left = x - 2; left <= x && !in_spot; left++) {
                        int inside = 0;
                        for (int i = 0; i < 9; i++) {
                            const int v = top + i / 3, u = left + i % 3;
                            inside += v >= 0 && u >= 0 && v < HEIGHT && u < WIDTH && hidden[v * WIDTH + u];
                        }
                        in_spot = inside == 9;
                    }
                squares = squares && in_spot;
            }
        ck_assert(squares);
    }
    for (int y = 2; y < HEIGHT - 2; y++) /* where as many places of a spot hide a pixel */
        for (int x = 2; x < WIDTH - 2; x++) {
            fewest = hits[y * WIDTH + x] < fewest ? hits[y * WIDTH + x] : fewest;
            most = hits[y * WIDTH + x] > most ? hits[y * WIDTH + x] : most;
        }
    /* 9 of 18 x 22 places hide a pixel: 1 - (1 - 9/396)^10 = 0.2053, 821 times of 4000 with a deviation of 26 */
    ck_assert_int_gt(fewest, 821 - 5 * 26);
    ck_assert_int_lt(most, 821 + 5 * 26);
    ck_assert_int_gt(hits[0], 0);
    ck_assert_int_gt(hits[PLANE - 1], 0);
}
END_TEST

START_TEST(parts_add_up_and_a_key_says_all) {
    uint8_t given[PLANE] = {[5] = 255}, square[PLANE], spots[PLANE], both[PLANE], again[PLANE], other[PLANE];
    ggcn_masks masks = {.height = HEIGHT, .width = WIDTH, .square = 6};
    ggcn_mask_draw(&masks, key, square);
    masks = (ggcn_masks){.height = HEIGHT, .width = WIDTH, .spots = 12, .spot = 2};
    ggcn_mask_draw(&masks, key, spots);
    masks.square = 6;
    masks.given = given;
    ggcn_mask_draw(&masks, key, both);
    for (int i = 0; i < PLANE; i++)
        ck_assert_uint_eq(both[i], square[i] | spots[i] | (i == 5));
    ggcn_mask_draw(&masks, key, again);
    ck_assert_mem_eq(both, again, PLANE);
    ggcn_random_key next = key;
    next.chain++;
    ggcn_mask_draw(&masks, next, other);
    ck_assert(memcmp(both, other, PLANE) != 0);
}
END_TEST

START_TEST(a_share_makes_spots) {
    ck_assert_int_eq(ggcn_mask_spots(20, 24, 0.25, 2), 30);
    ck_assert_int_eq(ggcn_mask_spots(20, 24, 0.001, 5), 1);
    ck_assert_int_eq(ggcn_mask_spots(20, 24, 0, 5), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("masks");
    TCase *part = tcase_create("masks");
    tcase_set_timeout(part, 60);
    tcase_add_test(part, a_square_is_in_the_middle);
    tcase_add_test(part, spots_are_squares_anywhere);
    tcase_add_test(part, parts_add_up_and_a_key_says_all);
    tcase_add_test(part, a_share_makes_spots);
    suite_add_tcase(suite, part);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
