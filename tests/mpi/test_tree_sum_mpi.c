/* The sum over blocks (include/ggcn/blocks.h) on this number of ranks, for block counts up to 17 and vectors whose
 * lengths no number of ranks divides, against the documented tree, added up here by one rank alone: the bits must agree
 * on every rank. Then errors: all ranks must leave the sum, and one of them with the description. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ggcn/blocks.h"
#include "ggcn/hpc.h"
#include "ggcn/random.h"

enum { most_blocks = 17, most_doubles = 19, most_floats = 1000, repetitions = 2 };

/* What block after block hands in, another set for each repetition. */
static double all_doubles[repetitions][most_blocks][most_doubles];
static float all_floats[repetitions][most_blocks][most_floats];
static double (*doubles)[most_doubles] = all_doubles[0];
static float (*floats)[most_floats] = all_floats[0];
static int failures;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("FAIL rank %d of %d, line %d: %s (last error: %s)\n", ggcn_rank(), ggcn_ranks(), __LINE__,          \
                   #condition, ggcn_last_error()->message);                                                            \
            failures++;                                                                                                \
        }                                                                                                              \
    } while (0)

static void choose_values(uint32_t repetition) {
    doubles = all_doubles[repetition];
    floats = all_floats[repetition];
}

/* Numbers of very different size, so that another order of adding gives other bits. */
static void make_values(uint32_t repetition) {
    choose_values(repetition);
    static float normal[2 * (most_floats + most_doubles)];
    for (uint32_t block = 0; block < most_blocks; block++) {
        const ggcn_random_key key = {7, GGCN_RANDOM_TEST, repetition, 0, block};
        ggcn_random_normal(key, 2 * (most_floats + most_doubles), normal);
        for (size_t i = 0; i < most_floats; i++)
            floats[block][i] = normal[2 * i] * expf(3 * normal[2 * i + 1]);
        for (size_t i = 0; i < most_doubles; i++)
            doubles[block][i] = normal[2 * (most_floats + i)] * exp(9.0 * normal[2 * (most_floats + i) + 1]);
    }
}

static float tree_of_floats(int64_t lo, int64_t hi, size_t i) {
    return hi - lo == 1 ? floats[lo][i] : tree_of_floats(lo, (lo + hi) / 2, i) + tree_of_floats((lo + hi) / 2, hi, i);
}

static double tree_of_doubles(int64_t lo, int64_t hi, size_t i) {
    return hi - lo == 1 ? doubles[lo][i]
                        : tree_of_doubles(lo, (lo + hi) / 2, i) + tree_of_doubles((lo + hi) / 2, hi, i);
}

/* Where the range of rank r ends, as documented: by halving for powers of two, else floor((r+1) count/R). */
static int64_t end_of_rank(int64_t lo, int64_t hi, int rank, int ranks) {
    if (ranks == 1)
        return hi;
    if ((ranks & (ranks - 1)) != 0)
        return (rank + 1) * hi / ranks;
    const int64_t middle = (lo + hi) / 2;
    return rank < ranks / 2 ? end_of_rank(lo, middle, rank, ranks / 2)
                            : end_of_rank(middle, hi, rank - ranks / 2, ranks / 2);
}

/* One rank's range begins where the last one's ended, and none is empty. */
static void check_ranges(int64_t count) {
    int64_t end = 0;
    for (int r = 0; r < ggcn_ranks(); r++) {
        int64_t first, owned;
        ggcn_blocks_of_rank(count, r, &first, &owned);
        CHECK(first == end && owned >= 1 && first + owned == end_of_rank(0, count, r, ggcn_ranks()));
        end = first + owned;
    }
    CHECK(end == count);
}

static ggcn_status hand_in(ggcn_sum *sum, int64_t block, size_t n_double, size_t n_float) {
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(sum, &vector));
    memcpy(vector.d, doubles[block], n_double * sizeof(double));
    memcpy(vector.f, floats[block], n_float * sizeof(float));
    return ggcn_sum_add(sum, block, vector);
}

static void hand_in_all(ggcn_sum *sum, const ggcn_blocks *blocks, size_t n_double, size_t n_float) {
    int bad = 0;
#pragma omp parallel for schedule(dynamic, 1) reduction(+ : bad)
    for (int64_t block = blocks->first; block < blocks->first + blocks->owned; block++)
        bad += hand_in(sum, block, n_double, n_float) != GGCN_SUCCESS;
    CHECK(bad == 0);
}

static void check_total(ggcn_sum *sum, int64_t count, size_t n_double, size_t n_float) {
    ggcn_vector total;
    double seconds = -1;
    CHECK(ggcn_sum_finish(sum, GGCN_SUCCESS, &total, &seconds) == GGCN_SUCCESS);
    CHECK(seconds >= 0);
    size_t wrong = 0;
    for (size_t i = 0; i < n_double; i++) {
        const double expected = tree_of_doubles(0, count, i);
        wrong += memcmp(&expected, &total.d[i], sizeof expected) != 0;
    }
    for (size_t i = 0; i < n_float; i++) {
        const float expected = tree_of_floats(0, count, i);
        wrong += memcmp(&expected, &total.f[i], sizeof expected) != 0;
    }
    if (wrong > 0)
        printf("%lld blocks, %zu doubles, %zu floats: %zu wrong\n", (long long)count, n_double, n_float, wrong);
    CHECK(wrong == 0);
}

static void test_sums(int64_t count, size_t n_double, size_t n_float) {
    ggcn_blocks blocks;
    ggcn_sum *sum;
    CHECK(ggcn_blocks_distribute(count, &blocks) == GGCN_SUCCESS);
    CHECK(ggcn_sum_create(&blocks, n_double, n_float, &sum) == GGCN_SUCCESS);
    for (uint32_t repetition = 0; repetition < repetitions; repetition++) {
        choose_values(repetition);
        hand_in_all(sum, &blocks, n_double, n_float);
        check_total(sum, count, n_double, n_float);
    }
    ggcn_sum_destroy(&sum);
    CHECK(sum == NULL);
}

/* Adding in the order of the blocks must give other bits, or the values above would prove nothing. */
static void test_order_matters(void) {
    int differ = 0;
    for (size_t i = 0; i < most_floats; i++) {
        float sum = floats[0][i];
        for (int block = 1; block < most_blocks; block++)
            sum += floats[block][i];
        differ += sum != tree_of_floats(0, most_blocks, i);
    }
    CHECK(differ > most_floats / 4);
}

/* `failing` ranks from rank `first` on hand in an error instead of their blocks. */
static void test_failure(int first, int failing) {
    const int rank = ggcn_rank();
    ggcn_blocks blocks;
    ggcn_sum *sum;
    ggcn_vector total;
    CHECK(ggcn_blocks_distribute(most_blocks, &blocks) == GGCN_SUCCESS);
    CHECK(ggcn_sum_create(&blocks, 3, 100, &sum) == GGCN_SUCCESS);
    ggcn_status mine = GGCN_SUCCESS;
    if (rank >= first && rank < first + failing)
        mine = ggcn_raise(GGCN_ERROR_NUMERIC, __FILE__, __LINE__, NULL, "rank %d is told to fail", rank);
    else
        hand_in_all(sum, &blocks, 3, 100);
    const ggcn_status status = ggcn_sum_finish(sum, mine, &total, NULL);
    char expected[64];
    snprintf(expected, sizeof expected, "rank %d is told to fail", first);
    CHECK(status == (rank == first ? GGCN_ERROR_NUMERIC : GGCN_ERROR_ELSEWHERE));
    CHECK(ggcn_last_error()->status == status);
    CHECK((strcmp(ggcn_last_error()->message, expected) == 0) == (rank == first));
    ggcn_sum_destroy(&sum);
}

/* A block of another rank, and more ranks than blocks. */
static void test_refusals(void) {
    ggcn_blocks blocks;
    ggcn_sum *sum;
    ggcn_vector vector;
    if (ggcn_ranks() > 1)
        CHECK(ggcn_blocks_distribute(ggcn_ranks() - 1, &blocks) == GGCN_ERROR_CONFIG);
    CHECK(ggcn_blocks_distribute(most_blocks, &blocks) == GGCN_SUCCESS);
    CHECK(ggcn_sum_create(&blocks, 1, 1, &sum) == GGCN_SUCCESS);
    CHECK(ggcn_sum_lease(sum, &vector) == GGCN_SUCCESS);
    CHECK(ggcn_sum_add(sum, blocks.first + blocks.owned, vector) == GGCN_ERROR_ARGUMENT);
    CHECK(ggcn_sum_add(sum, blocks.first - 1, vector) == GGCN_ERROR_ARGUMENT);
    ggcn_sum_destroy(&sum);
}

int main(int argc, char **argv) {
    static const size_t lengths[][2] = {{1, 0}, {0, 1}, {1, 2}, {3, 7}, {8, 64}, {5, 127}, {0, 999}, {19, 1000}};
    if (ggcn_hpc_start(&argc, &argv) != GGCN_SUCCESS)
        return 1;
    for (uint32_t repetition = 0; repetition < repetitions; repetition++)
        make_values(repetition);
    test_order_matters();
    for (int64_t count = ggcn_ranks(); count <= most_blocks; count++) {
        check_ranges(count);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            test_sums(count, lengths[i][0], lengths[i][1]);
    }
    test_failure(0, 1);
    test_failure(ggcn_ranks() - 1, 1);
    if (ggcn_ranks() > 2)
        test_failure(1, 2);
    test_refusals();
    const ggcn_status status =
        ggcn_agree(failures ? ggcn_raise(GGCN_ERROR_NUMERIC, __FILE__, __LINE__, NULL, "%d checks failed", failures)
                            : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS && ggcn_rank() == 0)
        printf("sums over up to %d blocks agree on %d ranks\n", most_blocks, ggcn_ranks());
    ggcn_hpc_finish();
    return status != GGCN_SUCCESS;
}
