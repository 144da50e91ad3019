/* Our own ways of convolutions, alone: Winograd's filtering, its weight gradient and the adjoint for images of few
 * channels, against sums written out in double precision. Rounding is measured against the largest sum over absolute
 * values: Winograd's maps mix the results of a tile, so that a small one has the errors of its neighbours. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"
#include "net/few_channels.h"
#include "net/simd.h"
#include "net/winograd.h"
#include "net/winograd_gemm.h"
#include "net/winograd_weight.h"

static const double TOLERANCE = 2e-6;

typedef struct {
    int64_t batch, channels, height, width, out, kernel[2], stride[2], pad[2], lanes;
} correlation_case;

static const correlation_case cases[] = {
    /* kernels of 2 to 5 rows, all strides and phases, padding beyond the kernel's reach or none */
    {1, 8, 9, 9, 8, {3, 3}, {1, 1}, {1, 1}, 8},
    {2, 16, 11, 7, 24, {2, 2}, {1, 1}, {0, 0}, 8},
    {3, 8, 7, 10, 16, {4, 4}, {1, 1}, {0, 0}, 8},
    {2, 24, 8, 8, 8, {5, 5}, {1, 1}, {2, 2}, 8},
    {2, 8, 12, 12, 16, {4, 4}, {2, 2}, {1, 1}, 8},
    {2, 16, 13, 13, 8, {7, 7}, {2, 2}, {2, 2}, 8},
    {1, 8, 10, 9, 8, {5, 5}, {2, 2}, {2, 2}, 8},
    {1, 8, 14, 11, 8, {5, 5}, {3, 3}, {4, 3}, 8},
    {2, 8, 9, 12, 8, {3, 5}, {1, 2}, {1, 0}, 8},
    {1, 8, 6, 6, 8, {9, 10}, {2, 3}, {4, 5}, 8},
    /* channels that do not fill their groups, and groups of an AVX-512 machine */
    {2, 12, 8, 8, 20, {3, 3}, {1, 1}, {1, 1}, 8},
    {2, 12, 9, 8, 20, {4, 4}, {2, 2}, {1, 1}, 16},
    {1, 16, 8, 8, 48, {3, 3}, {1, 1}, {1, 1}, 16},
    /* more tiles than pass at a time, more depth than a panel holds at a time */
    {9, 8, 26, 26, 8, {3, 3}, {1, 1}, {1, 1}, 8},
    {2, 72, 10, 10, 16, {4, 4}, {2, 2}, {1, 1}, 8},
};

static const correlation_case few_cases[] = {
    {2, 1, 12, 12, 8, {5, 5}, {2, 2}, {2, 2}, 8},  {1, 1, 9, 11, 16, {3, 3}, {1, 1}, {1, 1}, 8},
    {2, 3, 10, 7, 12, {3, 3}, {1, 1}, {1, 1}, 8},  {1, 3, 8, 9, 24, {2, 2}, {1, 1}, {0, 0}, 8},
    {2, 3, 12, 10, 16, {4, 4}, {2, 2}, {1, 1}, 8}, {1, 3, 11, 11, 20, {7, 5}, {2, 2}, {3, 2}, 16},
    {1, 1, 8, 8, 16, {1, 1}, {2, 2}, {0, 0}, 8},
};

static float *draw(size_t count, uint32_t number) {
    float *values = malloc((count + 16) * sizeof *values);
    ck_assert_ptr_nonnull(values);
    ggcn_random_normal((ggcn_random_key){.seed = 7, .purpose = GGCN_RANDOM_TEST, .chain = number}, count, values);
    return values;
}

static float *aligned(size_t bytes) {
    void *memory = NULL;
    ck_assert_int_eq(posix_memalign(&memory, 64, bytes + 64), 0);
    memset(memory, 0xff, bytes + 64); /* NaN: whatever is read must have been written */
    return memory;
}

static float *grouped(ggcn_layout l, const float *plain) {
    float *tensor = aligned(ggcn_layout_floats(l) * sizeof *tensor);
    ggcn_layout_from_plain(l, plain, tensor);
    return tensor;
}

/* Groups are whole vectors. */
static int64_t fitting(int64_t lanes) {
    return lanes > 1 && lanes < GGCN_SIMD ? GGCN_SIMD : lanes;
}

static ggcn_correlation_spec specify(const correlation_case *c, int64_t src_lanes) {
    ggcn_correlation_spec s = {
        .kernel = {c->kernel[0], c->kernel[1]}, .stride = {c->stride[0], c->stride[1]}, .pad = {c->pad[0], c->pad[1]}};
    s.src = (ggcn_layout){c->batch, c->channels, c->height, c->width, fitting(src_lanes)};
    s.dst = (ggcn_layout){c->batch, c->out, (c->height + 2 * c->pad[0] - c->kernel[0]) / c->stride[0] + 1,
                          (c->width + 2 * c->pad[1] - c->kernel[1]) / c->stride[1] + 1, fitting(c->lanes)};
    return s;
}

enum { SRC, DST, WEIGHTS, TENSORS }; /* of a correlation; each is a sum of products of the other two */

/* Adds every product to the sum, and to the sum of absolute values, of the element of `target` that it belongs to.
 * Arrays are plain; that of the target is not looked at. */
static void add_products(const ggcn_correlation_spec *s, int target, const float *const tensors[TENSORS], double *sum,
                         double *size) {
    const ggcn_layout a = s->src, b = s->dst;
    for (int64_t n = 0; n < a.batch; n++)
        for (int64_t o = 0; o < b.channels; o++)
            for (int64_t c = 0; c < a.channels; c++)
                for (int64_t y = 0; y < b.height; y++)
                    for (int64_t x = 0; x < b.width; x++)
                        for (int64_t k = 0; k < s->kernel[0] * s->kernel[1]; k++) {
                            const int64_t row = y * s->stride[0] + k / s->kernel[1] - s->pad[0];
                            const int64_t column = x * s->stride[1] + k % s->kernel[1] - s->pad[1];
                            if (row < 0 || row >= a.height || column < 0 || column >= a.width)
                                continue;
                            const int64_t at[TENSORS] = {
                                [SRC] = ((n * a.channels + c) * a.height + row) * a.width + column,
                                [DST] = ((n * b.channels + o) * b.height + y) * b.width + x,
                                [WEIGHTS] = (o * a.channels + c) * s->kernel[0] * s->kernel[1] + k};
                            double product = 1;
                            for (int t = 0; t < TENSORS; t++)
                                product *= t == target ? 1 : (double)tensors[t][at[t]];
                            sum[at[target]] += product;
                            size[at[target]] += fabs(product);
                        }
}

/* Compares a result in groups with a sum, bias and leaky ReLU of slope 0.25 on top if there is a bias; lanes beyond the
 * channels must be zero. */
static void check_result(int number, ggcn_layout l, const float *got, const double *sum, const double *size,
                         const float *bias) {
    double largest = 1; /* for the bias */
    for (int64_t i = 0; i < l.batch * l.channels * l.height * l.width; i++)
        largest = size[i] > largest ? size[i] : largest;
    for (int64_t n = 0; n < l.batch; n++)
        for (int64_t c = 0; c < ggcn_layout_groups(l) * l.lanes; c++)
            for (int64_t p = 0; p < l.height * l.width; p++) {
                const float value = got[ggcn_layout_index(l, n, c, p / l.width, p % l.width)];
                if (c >= l.channels) {
                    ck_assert_msg(value == 0, "case %d: padding lane %lld holds %g", number, (long long)c,
                                  (double)value);
                    continue;
                }
                const int64_t at = (n * l.channels + c) * l.height * l.width + p;
                double expected = sum[at] + (bias ? (double)bias[c] : 0);
                if (bias && expected < 0)
                    expected *= 0.25;
                ck_assert_msg(fabs((double)value - expected) <= TOLERANCE * largest,
                              "case %d: image %lld channel %lld position %lld: %.9g in place of %.9g", number,
                              (long long)n, (long long)c, (long long)p, (double)value, expected);
            }
}

typedef struct {
    ggcn_correlation_spec spec;
    size_t in, out, weights; /* plain floats */
    float *plain_in, *plain_weights, *tensor_in, *tensor_out;
    double *sum, *size;
} arrays;

static arrays prepare(const correlation_case *c, int64_t src_lanes, bool adjoint) {
    arrays a = {.spec = specify(c, src_lanes)};
    const ggcn_layout src = a.spec.src, dst = a.spec.dst, from = adjoint ? dst : src, to = adjoint ? src : dst;
    a.in = (size_t)(from.batch * from.channels * from.height * from.width);
    a.out = (size_t)(to.batch * to.channels * to.height * to.width);
    a.weights = (size_t)(src.channels * dst.channels * c->kernel[0] * c->kernel[1]);
    a.plain_in = draw(a.in, 1);
    a.plain_weights = draw(a.weights, 2);
    a.tensor_in = grouped(from, a.plain_in);
    a.tensor_out = aligned(ggcn_layout_floats(to) * sizeof(float));
    a.sum = calloc(a.out, sizeof *a.sum);
    a.size = calloc(a.out, sizeof *a.size);
    ck_assert(a.sum && a.size);
    const float *const tensors[TENSORS] = {
        [SRC] = adjoint ? NULL : a.plain_in, [DST] = adjoint ? a.plain_in : NULL, [WEIGHTS] = a.plain_weights};
    add_products(&a.spec, adjoint ? SRC : DST, tensors, a.sum, a.size);
    return a;
}

static void release(arrays *a) {
    free(a->plain_in);
    free(a->plain_weights);
    free(a->tensor_in);
    free(a->tensor_out);
    free(a->sum);
    free(a->size);
}

static void check_winograd(int number, bool adjoint, bool affine) {
    const correlation_case *c = &cases[number];
    arrays a = prepare(c, c->lanes, adjoint);
    a.spec.bias = a.spec.activation = affine;
    a.spec.slope = 0.25f;
    float *bias = calloc((size_t)c->out + 16, sizeof *bias);
    ck_assert_ptr_nonnull(bias);
    ggcn_random_normal((ggcn_random_key){.seed = 7, .purpose = GGCN_RANDOM_TEST, .chain = 3}, (size_t)c->out, bias);
    ggcn_winograd *w;
    ck_assert(ggcn_winograd_possible(&a.spec));
    ck_assert_int_eq(ggcn_winograd_create(&a.spec, adjoint, &w), GGCN_SUCCESS);
    float *packed = aligned(ggcn_winograd_packed_bytes(w)), *scratch = aligned(ggcn_winograd_scratch(w));
    ggcn_winograd_pack(w, a.plain_weights, packed);
    ggcn_winograd_run(w, packed, affine, bias, a.tensor_in, a.tensor_out, scratch);
    check_result(number, adjoint ? a.spec.src : a.spec.dst, a.tensor_out, a.sum, a.size, affine ? bias : NULL);
    ggcn_winograd_destroy(&w);
    free(packed);
    free(scratch);
    free(bias);
    release(&a);
}

START_TEST(winograd_forward) {
    check_winograd(_i, false, false);
}
END_TEST

START_TEST(winograd_affine) {
    check_winograd(_i, false, true);
}
END_TEST

START_TEST(winograd_adjoint) {
    check_winograd(_i, true, false);
}
END_TEST

/* Twice, with other scales, so that what the second call adds to is seen. */
START_TEST(winograd_weight) {
    const correlation_case *c = &cases[_i];
    const ggcn_correlation_spec s = specify(c, c->lanes);
    const ggcn_layout src = s.src, dst = s.dst;
    const size_t count = (size_t)(src.channels * dst.channels * c->kernel[0] * c->kernel[1]);
    float *x = draw((size_t)(src.batch * src.channels * src.height * src.width), 1);
    float *e = draw((size_t)(dst.batch * dst.channels * dst.height * dst.width), 2);
    float *src_tensor = grouped(src, x), *dst_tensor = grouped(dst, e), *plain = aligned(count * sizeof *plain);
    double *sum = calloc(count, sizeof *sum), *size = calloc(count, sizeof *size), largest = 0;
    ck_assert(sum && size);
    add_products(&s, WEIGHTS, (const float *const[TENSORS]){[SRC] = x, [DST] = e}, sum, size);
    ggcn_winograd_weight *w;
    ck_assert_int_eq(ggcn_winograd_weight_create(&s, &w), GGCN_SUCCESS);
    const size_t floats = ggcn_winograd_weight_floats(w);
    float *packed = aligned(floats * sizeof *packed), *scratch = aligned(ggcn_winograd_weight_scratch(w));
    memset(packed, 0, floats * sizeof *packed);
    ggcn_winograd_weight_add(w, src_tensor, dst_tensor, 2, packed, scratch);
    ggcn_winograd_weight_add(w, src_tensor, dst_tensor, -0.5f, packed, scratch);
    ggcn_winograd_weight_unpack(w, packed, plain);
    for (size_t i = 0; i < count; i++)
        largest = size[i] > largest ? size[i] : largest;
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabs((double)plain[i] - 1.5 * sum[i]) <= 2.5 * TOLERANCE * largest,
                      "case %d: element %zu is %.9g in place of %.9g", _i, i, (double)plain[i], 1.5 * sum[i]);
    ggcn_winograd_weight_destroy(&w);
    free(x);
    free(e);
    free(src_tensor);
    free(dst_tensor);
    free(plain);
    free(sum);
    free(size);
    free(packed);
    free(scratch);
}
END_TEST

START_TEST(few_channels_adjoint) {
    const correlation_case *c = &few_cases[_i];
    arrays a = prepare(c, 1, true);
    ck_assert(ggcn_few_channels_possible(&a.spec));
    float *packed = aligned(ggcn_few_channels_packed_bytes(&a.spec));
    ggcn_few_channels_pack(&a.spec, a.plain_weights, packed);
    ggcn_few_channels_adjoint(&a.spec, packed, a.tensor_in, a.tensor_out);
    check_result(_i, a.spec.src, a.tensor_out, a.sum, a.size, NULL);
    free(packed);
    release(&a);
}
END_TEST

/* Every count of rows, so every way through the last of them; columns that fill no panel. */
static void check_gemm(int64_t rows, bool transposed) {
    enum { depth = 300, columns = 3 * GGCN_PANEL - 5, lda = depth + 3, ldc = 3 * GGCN_PANEL + 2 };
    float *a = draw((size_t)(rows * lda), 1), *b = draw(depth * columns, 2);
    float *packed = aligned(3 * GGCN_PANEL * depth * sizeof *packed), *c = aligned((size_t)(rows * ldc) * sizeof *c);
    for (int64_t k = 0; k < depth; k++)
        for (int64_t n = 0; n < 3 * GGCN_PANEL; n++)
            packed[ggcn_gemm_at(depth, k, n)] = n < columns ? b[k * columns + n] : 0;
    if (transposed) {
        float *t = aligned((size_t)(depth * (rows + 5)) * sizeof *t);
        for (int64_t k = 0; k < depth; k++)
            for (int64_t i = 0; i < rows; i++)
                t[k * (rows + 5) + i] = a[i * lda + k];
        ggcn_gemm_transposed(rows, columns, depth, t, rows + 5, packed, c, ldc);
        free(t);
    } else {
        ggcn_gemm(rows, columns, depth, a, lda, packed, c, ldc);
    }
    for (int64_t i = 0; i < rows; i++)
        for (int64_t n = 0; n < columns; n++) {
            double sum = 0, size = 0;
            for (int64_t k = 0; k < depth; k++) {
                const double product = (double)a[i * lda + k] * (double)b[k * columns + n];
                sum += product;
                size += fabs(product);
            }
            ck_assert_msg(fabs((double)c[i * ldc + n] - sum) <= 1e-6 * size,
                          "row %lld column %lld: %.9g in place of %.9g", (long long)i, (long long)n,
                          (double)c[i * ldc + n], sum);
        }
    free(a);
    free(b);
    free(packed);
    free(c);
}

START_TEST(gemm_of_any_size) {
    check_gemm(_i, false);
}
END_TEST

START_TEST(gemm_transposed) {
    check_gemm(_i, true);
}
END_TEST

/* The rule: large layers, not small ones, nor where it is impossible. */
START_TEST(rule) {
    const correlation_case large = {5, 128, 16, 16, 128, {3, 3}, {1, 1}, {1, 1}, 8};
    const correlation_case small = {1, 8, 6, 6, 8, {3, 3}, {1, 1}, {1, 1}, 8};
    const correlation_case pointwise = {5, 128, 16, 16, 128, {1, 1}, {1, 1}, {0, 0}, 8};
    ggcn_correlation_spec s = specify(&large, 8);
    ck_assert_int_eq(ggcn_winograd_pays(&s, false), ggcn_simd_pays());
    ck_assert_int_eq(ggcn_winograd_pays(&s, true), ggcn_simd_pays());
    ck_assert_int_eq(ggcn_winograd_weight_pays(&s), ggcn_simd_pays());
    s = specify(&small, 8);
    ck_assert(!ggcn_winograd_pays(&s, false) && !ggcn_winograd_weight_pays(&s));
    s = specify(&pointwise, 8);
    ck_assert(!ggcn_winograd_possible(&s) && !ggcn_winograd_pays(&s, false) && !ggcn_winograd_weight_pays(&s));
    s = specify(&large, 1);
    ck_assert(!ggcn_winograd_possible(&s));
    s = specify(&large, 8);
    s.dst.lanes = GGCN_SIMD / 2;
    ck_assert(!ggcn_winograd_possible(&s) && !ggcn_winograd_pays(&s, true) && !ggcn_winograd_weight_pays(&s));
    s = specify(&few_cases[0], 1);
    s.dst.lanes = GGCN_SIMD / 2;
    ck_assert(!ggcn_few_channels_possible(&s));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("own convolutions");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, winograd_forward, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tests, winograd_affine, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tests, winograd_adjoint, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tests, winograd_weight, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tests, few_channels_adjoint, 0, sizeof few_cases / sizeof *few_cases);
    tcase_add_loop_test(tests, gemm_of_any_size, 1, 2 * GGCN_GEMM_ROWS + 1);
    tcase_add_loop_test(tests, gemm_transposed, 1, 2 * GGCN_GEMM_ROWS + 1);
    tcase_add_test(tests, rule);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
