#include "ggcn/inception_score.h"

#include <math.h>
#include <stdlib.h>

#include "metric/block_sum.h"

typedef struct {
    const ggcn_image_spread *spread;
    int64_t classes, splits;
    const float *logits;
} scores;

static int64_t top_class(const float *logits, int64_t classes) {
    int64_t top = 0;
    for (int64_t k = 1; k < classes; k++)
        if (logits[k] > logits[top])
            top = k;
    return top;
}

/* sums: for each split sum over images of p_k [classes], then of sum_k p_k log p_k. */
static void add_probabilities(const void *context, int64_t first, int64_t end, double *sums) {
    const scores *s = context;
    for (int64_t i = first; i < end; i++) {
        const float *logits = s->logits + i * s->classes;
        double *sum = sums + (s->spread->first + i) % s->splits * (s->classes + 1), total = 0;
        const double largest = logits[top_class(logits, s->classes)];
        for (int64_t k = 0; k < s->classes; k++)
            total += exp(logits[k] - largest);
        for (int64_t k = 0; k < s->classes; k++) {
            const double log_p = logits[k] - largest - log(total), p = exp(log_p);
            sum[k] += p;
            sum[s->classes] += p * log_p;
        }
    }
}

/* Of one split of `count` images. */
static double score_of(const double *sum, int64_t classes, double count) {
    double divergence = sum[classes] / count;
    for (int64_t k = 0; k < classes; k++) {
        const double q = sum[k] / count;
        divergence -= q > 0 ? q * log(q) : 0;
    }
    return exp(divergence);
}

static ggcn_inception_score summarize(const scores *s, const double *sums) {
    ggcn_inception_score result = {.splits = s->splits};
    double square = 0;
    for (int64_t i = 0; i < s->splits; i++) { /* Welford's */
        const int64_t count = (s->spread->count - i + s->splits - 1) / s->splits;
        const double score = score_of(sums + i * (s->classes + 1), s->classes, (double)count);
        const double difference = score - result.mean;
        result.mean += difference / (double)(i + 1);
        square += difference * (score - result.mean);
    }
    result.deviation = sqrt(square / (double)s->splits);
    return result;
}

ggcn_status ggcn_compute_inception_score(const ggcn_image_spread *spread, int64_t classes, const float *logits,
                                         int64_t splits, ggcn_inception_score *score) {
    if (splits < 1 || splits > spread->count)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use fewer splits or more images", "%lld splits of %lld images", (long long)splits,
                  (long long)spread->count);
    const scores s = {spread, classes, splits, logits};
    const size_t length = (size_t)(splits * (classes + 1));
    double *sums = malloc(length * sizeof *sums);
    ggcn_status status = GGCN_SUCCESS;
    if (!sums)
        status =
            ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld splits", (long long)splits);
    status = ggcn_sum_over_images(spread, length, add_probabilities, &s, status, sums);
    if (status == GGCN_SUCCESS)
        *score = summarize(&s, sums);
    free(sums);
    return status;
}

static void add_top_classes(const void *context, int64_t first, int64_t end, double *sums) {
    const scores *s = context;
    for (int64_t i = first; i < end; i++)
        sums[top_class(s->logits + i * s->classes, s->classes)]++;
}

ggcn_status ggcn_count_top_classes(const ggcn_image_spread *spread, int64_t classes, const float *logits,
                                   double *counts) {
    const scores s = {spread, classes, 1, logits};
    return ggcn_sum_over_images(spread, (size_t)classes, add_top_classes, &s, GGCN_SUCCESS, counts);
}
