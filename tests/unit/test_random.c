/* Counter random numbers: Philox against the published vectors, normal numbers against libm and against N(0, 1). All
 * statistics are of fixed keys, so a test passes always or never; the bounds are 4 standard errors. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"

static const ggcn_random_key example = {
    .seed = UINT64_C(0x123456789abcdef0), .purpose = GGCN_RANDOM_TEST, .iteration = 7, .step = 11, .chain = 13};

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

/* philox4x32-10 of Random123's kat_vectors. Counter words: block of four elements, chain, iteration, purpose and step.
 */
static const struct {
    uint32_t counter[4], key[2], words[4];
} known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};
enum { KNOWN_ANSWERS = sizeof known_answers / sizeof *known_answers };

START_TEST(published_vectors) {
    const uint32_t *counter = known_answers[_i].counter, *key = known_answers[_i].key;
    const ggcn_random_key k = {.seed = key[0] | (uint64_t)key[1] << 32,
                               .purpose = (ggcn_random_purpose)(counter[3] >> 24),
                               .iteration = counter[2],
                               .step = counter[3] & 0xffffff,
                               .chain = counter[1]};
    uint32_t words[4];
    ggcn_random_words(k, 4 * (uint64_t)counter[0], 4, words);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(words[i], known_answers[_i].words[i]);
}
END_TEST

START_TEST(a_word_does_not_depend_on_the_range_asked_for) {
    enum { COUNT = 41 };
    uint32_t all[COUNT], part[COUNT];
    ggcn_random_words(example, 0, COUNT, all);
    for (size_t first = 0; first < COUNT; first++)
        for (size_t count = 1; first + count <= COUNT; count++) {
            ggcn_random_words(example, first, count, part);
            ck_assert_mem_eq(part, all + first, count * sizeof *part);
        }
}
END_TEST

START_TEST(every_part_of_a_key_matters) {
    ggcn_random_key other[6];
    for (int i = 0; i < 6; i++)
        other[i] = example;
    other[0].seed ^= 1;
    other[1].seed ^= UINT64_C(1) << 40;
    other[2].purpose = GGCN_RANDOM_PICTURE;
    other[3].iteration++;
    other[4].step++;
    other[5].chain++;
    uint32_t expected[8], words[8];
    ggcn_random_words(example, 0, 8, expected);
    for (int i = 0; i < 6; i++) {
        ggcn_random_words(other[i], 0, 8, words);
        for (int k = 0; k < 8; k++)
            ck_assert_msg(words[k] != expected[k], "part %d of the key does not change word %d", i, k);
    }
}
END_TEST

START_TEST(uniform_numbers_fill_the_unit_interval) {
    enum { BINS = 64, COUNT = 64 * 4096 };
    uint32_t count[BINS] = {0};
    bool all_agree = true;
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t word;
        ggcn_random_words(example, i, 1, &word);
        const double u = ggcn_random_uniform(example, i);
        all_agree = all_agree && u == (word + 1.0) / 4294967296.0;
        count[(int)ceil(u * BINS) - 1]++; /* bins (0, 1/64], (1/64, 2/64], ... */
    }
    ck_assert(all_agree);
    double chi_square = 0;
    for (int i = 0; i < BINS; i++)
        chi_square += pow(count[i] - (double)COUNT / BINS, 2) / ((double)COUNT / BINS);
    ck_assert_double_le(fabs(chi_square - (BINS - 1)), 4 * sqrt(2.0 * (BINS - 1)));
}
END_TEST

/* --- normal numbers ----------------------------------------------------------------------------------------------- */

START_TEST(normals_are_box_muller_of_the_words) {
    enum { COUNT = 1 << 20 };
    float *values = allocate(COUNT, sizeof *values);
    uint32_t *words = allocate(COUNT, sizeof *words);
    ggcn_random_normal(example, COUNT, values);
    ggcn_random_words(example, 0, COUNT, words);
    double worst = 0;
    const double circle = 2 * acos(-1.0) / 4294967296.0;
    for (size_t i = 0; i < COUNT; i += 2) {
        /* the radius comes from 24 bits and one half, rounded to float32 */
        const double uniform = ((float)(words[i] >> 8) + 0.5f) / 16777216.0;
        const double radius = sqrt(-2 * log(uniform));
        worst = fmax(worst, fabs(values[i] - radius * cos(circle * words[i + 1])));
        worst = fmax(worst, fabs(values[i + 1] - radius * sin(circle * words[i + 1])));
    }
    ck_assert_double_le(worst, 2e-6);
    free(values);
    free(words);
}
END_TEST

START_TEST(a_short_draw_is_the_beginning_of_a_long_one) {
    enum { COUNT = 1030 };
    float all[COUNT], part[COUNT + 1];
    ggcn_random_normal(example, COUNT, all);
    for (size_t count = 0; count < COUNT; count++) {
        part[count] = 123;
        ggcn_random_normal(example, count, part);
        ck_assert_mem_eq(part, all, count * sizeof *part);
        ck_assert_float_eq(part[count], 123); /* and nothing is written behind it */
    }
}
END_TEST

/* Draws laid end to end: element, step and chain all vary. */
enum { PER_DRAW = 1 << 12, DRAWS = 1 << 10, NORMALS = PER_DRAW * DRAWS };

static ggcn_random_key draw_number(int i) {
    ggcn_random_key key = example;
    key.step = (uint32_t)i % 32;
    key.chain = (uint32_t)i / 32;
    return key;
}

static float *draw_normals(void) {
    float *values = allocate(NORMALS, sizeof *values);
    for (int i = 0; i < DRAWS; i++)
        ggcn_random_normal(draw_number(i), PER_DRAW, values + (size_t)i * PER_DRAW);
    return values;
}

/* The first four moments are 0, 1, 0, 3, and the variances of x, x^2, x^3, x^4 are 1, 2, 15, 96. */
START_TEST(moments) {
    float *values = draw_normals();
    double sum[4] = {0};
    for (size_t i = 0; i < NORMALS; i++) {
        double power = 1;
        for (int k = 0; k < 4; k++)
            sum[k] += power *= (double)values[i];
    }
    static const double expected[] = {0, 1, 0, 3}, variance[] = {1, 2, 15, 96};
    for (int k = 0; k < 4; k++)
        ck_assert_double_eq_tol(sum[k] / NORMALS, expected[k], 4 * sqrt(variance[k] / NORMALS));
    free(values);
}
END_TEST

/* Beyond -4, -3.5, ..., 4 the counts are binomial. */
START_TEST(tail_probabilities) {
    float *values = draw_normals();
    for (int k = -8; k <= 8; k++) {
        const double bound = 0.5 * k, p = 0.5 * erfc(bound / sqrt(2.0));
        size_t beyond = 0;
        for (size_t i = 0; i < NORMALS; i++)
            beyond += (double)values[i] > bound;
        ck_assert_double_eq_tol((double)beyond / NORMALS, p, 4 * sqrt(p * (1 - p) / NORMALS));
    }
    free(values);
}
END_TEST

/* For independent x, y the products x y and (x^2 - 1)(y^2 - 1) have mean 0 and variances 1 and 4. The second one sees a
 * dependence of the radii, which the first cannot. */
static void check_uncorrelated(const char *what, const float *x, const float *y, size_t count) {
    double product = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        product += (double)x[i] * y[i];
        squares += ((double)x[i] * x[i] - 1) * ((double)y[i] * y[i] - 1);
    }
    const double root = sqrt((double)count);
    ck_assert_msg(fabs(product) <= 4 * root, "%s: correlation %.2f standard errors", what, product / root);
    ck_assert_msg(fabs(squares) <= 8 * root, "%s: correlation of squares %.2f standard errors", what,
                  squares / (2 * root));
}

START_TEST(neighbouring_elements_are_uncorrelated) {
    float *values = draw_normals();
    for (size_t lag = 1; lag <= 8; lag++)
        check_uncorrelated("elements", values, values + lag, NORMALS - lag);
    check_uncorrelated("batches of the vectorised loop", values, values + 256, NORMALS - 256);
    free(values);
}
END_TEST

START_TEST(neighbouring_keys_are_uncorrelated) {
    enum { COUNT = 1 << 20 };
    ggcn_random_key other[6];
    for (int i = 0; i < 6; i++)
        other[i] = example;
    other[0].seed++;
    other[1].purpose = (ggcn_random_purpose)(example.purpose - 1);
    other[2].iteration++;
    other[3].step++;
    other[4].chain++;
    other[5].iteration = example.chain; /* exchanged */
    other[5].chain = example.iteration;
    static const char *const names[] = {"seeds", "purposes", "iterations", "steps", "chains", "exchanged parts"};
    float *x = allocate(COUNT, sizeof *x), *y = allocate(COUNT, sizeof *y);
    ggcn_random_normal(example, COUNT, x);
    for (int i = 0; i < 6; i++) {
        ggcn_random_normal(other[i], COUNT, y);
        check_uncorrelated(names[i], x, y, COUNT);
        check_uncorrelated(names[i], x, y + 1, COUNT - 1); /* and shifted by an element */
    }
    free(x);
    free(y);
}
END_TEST

/* --- permutations ------------------------------------------------------------------------------------------------- */

START_TEST(every_number_appears_once) {
    static const uint32_t counts[] = {0, 1, 2, 7, 1000, 60000};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        uint32_t *order = allocate(counts[k] + 1, sizeof *order);
        bool *seen = allocate(counts[k] + 1, sizeof *seen);
        order[counts[k]] = 12345;
        ggcn_random_permutation(example, counts[k], order);
        uint32_t distinct = 0;
        for (uint32_t i = 0; i < counts[k]; i++)
            if (order[i] < counts[k] && !seen[order[i]]) {
                seen[order[i]] = true;
                distinct++;
            }
        ck_assert_uint_eq(distinct, counts[k]);
        ck_assert_uint_eq(order[counts[k]], 12345);
        free(order);
        free(seen);
    }
}
END_TEST

/* Counts of "value v at position i" over N permutations of n: sum (O - N/n)^2/(N/n) has the mean n (n-1), and scaled by
 * (n-1)/n it is chi-square with (n-1)^2 degrees of freedom, since rows and columns add up to N. */
START_TEST(every_value_is_equally_likely_at_every_position) {
    enum { N = 80000, SIZE = 8, FREEDOM = (SIZE - 1) * (SIZE - 1) };
    uint32_t count[SIZE][SIZE] = {{0}}, order[SIZE];
    ggcn_random_key key = example;
    for (key.iteration = 0; key.iteration < N; key.iteration++) {
        ggcn_random_permutation(key, SIZE, order);
        for (int i = 0; i < SIZE; i++)
            count[i][order[i]]++;
    }
    double sum = 0;
    for (int i = 0; i < SIZE; i++)
        for (int v = 0; v < SIZE; v++)
            sum += pow(count[i][v] - (double)N / SIZE, 2) / ((double)N / SIZE);
    ck_assert_double_eq_tol(sum * (SIZE - 1) / SIZE, FREEDOM, 4 * sqrt(2.0 * FREEDOM));
}
END_TEST

START_TEST(every_order_is_equally_likely) {
    enum { N = 48000, ORDERS = 24 };
    uint32_t count[256] = {0}, order[4];
    ggcn_random_key key = example;
    for (key.chain = 0; key.chain < N; key.chain++) {
        ggcn_random_permutation(key, 4, order);
        count[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    double chi_square = 0;
    int seen = 0;
    for (int i = 0; i < 256; i++)
        if (count[i] > 0) {
            seen++;
            chi_square += pow(count[i] - (double)N / ORDERS, 2) / ((double)N / ORDERS);
        }
    ck_assert_int_eq(seen, ORDERS);
    ck_assert_double_eq_tol(chi_square, ORDERS - 1, 4 * sqrt(2.0 * (ORDERS - 1)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("random numbers");
    TCase *words = tcase_create("words"), *normals = tcase_create("normal"),
          *permutations = tcase_create("permutations");
    tcase_add_loop_test(words, published_vectors, 0, KNOWN_ANSWERS);
    tcase_add_test(words, a_word_does_not_depend_on_the_range_asked_for);
    tcase_add_test(words, every_part_of_a_key_matters);
    tcase_add_test(words, uniform_numbers_fill_the_unit_interval);
    tcase_add_test(normals, normals_are_box_muller_of_the_words);
    tcase_add_test(normals, a_short_draw_is_the_beginning_of_a_long_one);
    tcase_add_test(normals, moments);
    tcase_add_test(normals, tail_probabilities);
    tcase_add_test(normals, neighbouring_elements_are_uncorrelated);
    tcase_add_test(normals, neighbouring_keys_are_uncorrelated);
    tcase_add_test(permutations, every_number_appears_once);
    tcase_add_test(permutations, every_value_is_equally_likely_at_every_position);
    tcase_add_test(permutations, every_order_is_equally_likely);
    tcase_set_timeout(normals, 60); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, words);
    suite_add_tcase(suite, normals);
    suite_add_tcase(suite, permutations);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
