#include "ggcn/pair_scores.h"

#include <math.h>
#include <stdlib.h>

#include "base/block_loop.h"
#include "metric/block_sum.h"

enum { MSE, PSNR, SSIM, IDENTICAL, SCORES };

typedef struct {
    ggcn_shape shape;
    int64_t bytes; /* of an image */
    const uint8_t *a, *b;
    double *scores; /* [owned][SCORES] */
} pairs;

double ggcn_mse(ggcn_shape shape, const uint8_t *a, const uint8_t *b) {
    const int64_t bytes = shape.channels * shape.height * shape.width;
    int64_t sum = 0; /* exact */
    for (int64_t i = 0; i < bytes; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return (double)sum / (255.0 * 255.0 * (double)bytes);
}

double ggcn_psnr(double mse) {
    return mse == 0 ? INFINITY : -10 * log10(mse);
}

static ggcn_status score(void *context, int thread, int64_t i) {
    (void)thread;
    const pairs *p = context;
    const uint8_t *a = p->a + i * p->bytes, *b = p->b + i * p->bytes;
    double *scores = p->scores + i * SCORES;
    scores[MSE] = ggcn_mse(p->shape, a, b);
    scores[IDENTICAL] = scores[MSE] == 0;
    scores[PSNR] = ggcn_psnr(scores[MSE]);
    return ggcn_ssim(p->shape, a, b, &scores[SSIM]);
}

static void add_scores(const void *context, int64_t first, int64_t end, double *sums) {
    const pairs *p = context;
    for (int64_t i = first * SCORES; i < end * SCORES; i++)
        sums[i % SCORES] += p->scores[i];
}

static ggcn_status score_all(pairs *p, int64_t count) {
    p->scores = malloc((size_t)(count * SCORES) * sizeof *p->scores);
    if (!p->scores)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the scores of %lld pairs", (long long)count);
    return ggcn_for_blocks(ggcn_threads_for(count), count, score, p);
}

ggcn_status ggcn_score_pairs(const ggcn_image_spread *spread, ggcn_shape shape, const uint8_t *a, const uint8_t *b,
                             ggcn_pair_scores *scores) {
    pairs p = {shape, shape.channels * shape.height * shape.width, a, b, NULL};
    double total[SCORES];
    const ggcn_status status =
        ggcn_sum_over_images(spread, SCORES, add_scores, &p, score_all(&p, spread->owned), total);
    free(p.scores);
    GGCN_TRY(status);
    const double count = (double)spread->count;
    *scores =
        (ggcn_pair_scores){total[MSE] / count, total[PSNR] / count, total[SSIM] / count, (int64_t)total[IDENTICAL]};
    return GGCN_SUCCESS;
}
