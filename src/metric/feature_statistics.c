#include <stdlib.h>
#include <string.h>

#include "ggcn/frechet.h"
#include "metric/block_sum.h"

typedef struct {
    int64_t features;
    const float *values;
    const double *mean;
} centred;

ggcn_status ggcn_feature_statistics_create(int64_t features, ggcn_feature_statistics *statistics) {
    *statistics = (ggcn_feature_statistics){.features = features};
    statistics->mean = calloc((size_t)features, sizeof *statistics->mean);
    statistics->covariance = calloc((size_t)(features * features), sizeof *statistics->covariance);
    if (statistics->mean && statistics->covariance)
        return GGCN_SUCCESS;
    ggcn_feature_statistics_clear(statistics);
    GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the covariance of %lld features", (long long)features);
}

void ggcn_feature_statistics_clear(ggcn_feature_statistics *statistics) {
    free(statistics->mean);
    free(statistics->covariance);
    *statistics = (ggcn_feature_statistics){0};
}

static void add_values(const void *context, int64_t first, int64_t end, double *sums) {
    const centred *c = context;
    for (int64_t i = first; i < end; i++)
        for (int64_t d = 0; d < c->features; d++)
            sums[d] += c->values[i * c->features + d];
}

/* Products of row i of the lower triangle: place i (i + 1)/2 + j for j <= i. Several images at a time, so that a sum is
 * read and written once for all of them. */
static void add_products(const void *context, int64_t first, int64_t end, double *sums) {
    const centred *c = context;
    enum { TOGETHER = 4 };
    for (int64_t n = first; n < end; n += TOGETHER) {
        const int64_t left = end - n < TOGETHER ? end - n : TOGETHER;
        double *sum = sums;
        for (int64_t i = 0; i < c->features; sum += ++i)
            for (int64_t k = 0; k < left; k++) {
                const float *x = c->values + (n + k) * c->features;
                const double difference = x[i] - c->mean[i];
                for (int64_t j = 0; j <= i; j++)
                    sum[j] += difference * (x[j] - c->mean[j]);
            }
    }
}

static ggcn_status sum_products(const ggcn_image_spread *spread, const centred *c, double *covariance) {
    const int64_t features = c->features;
    const size_t length = (size_t)(features * (features + 1) / 2);
    double *sums = malloc(length * sizeof *sums), *sum = sums;
    ggcn_status status = GGCN_SUCCESS;
    if (!sums)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL,
                            "no memory for the covariance of %lld features", (long long)features);
    status = ggcn_sum_over_images(spread, length, add_products, c, status, sums);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < features; sum += ++i)
        for (int64_t j = 0; j <= i; j++)
            covariance[i * features + j] = covariance[j * features + i] = sum[j] / (double)(spread->count - 1);
    free(sums);
    return status;
}

ggcn_status ggcn_compute_feature_statistics(const ggcn_image_spread *spread, const float *values,
                                            ggcn_feature_statistics *statistics) {
    if (spread->count < 2)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use more images", "one image has no covariance");
    const centred c = {statistics->features, values, statistics->mean};
    statistics->count = spread->count;
    GGCN_TRY(ggcn_sum_over_images(spread, (size_t)c.features, add_values, &c, GGCN_SUCCESS, statistics->mean));
    for (int64_t d = 0; d < c.features; d++)
        statistics->mean[d] /= (double)spread->count;
    return sum_products(spread, &c, statistics->covariance);
}
