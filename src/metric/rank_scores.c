#include "metric/rank_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double value;
    size_t place;
} ranked;

static int compare(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right; /* the value comes first in `ranked` */
    return (a > b) - (a < b);
}

/* Hastings' approximation (Abramowitz and Stegun 26.2.23, error below 4.5e-4), then Halley's iteration, which triples
 * the digits each time. */
double ggcn_normal_quantile(double p) {
    static const double pi = 3.14159265358979323846;
    const double tail = p < 0.5 ? p : 1 - p, t = sqrt(-2 * log(tail));
    double x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
    for (int i = 0; i < 3; i++) { /* x <= 0, the quantile of the tail */
        const double error = (erfc(-x / sqrt(2)) / 2 - tail) * sqrt(2 * pi) * exp(x * x / 2);
        x -= error / (1 + x * error / 2);
    }
    return p < 0.5 ? x : -x;
}

ggcn_status ggcn_rank_scores(const double *values, size_t count, double *scores) {
    ranked *order = malloc(count * sizeof *order);
    if (!order)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to sort %zu numbers", count);
    for (size_t i = 0; i < count; i++)
        order[i] = (ranked){values[i], i};
    qsort(order, count, sizeof *order, compare);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && order[end].value == order[first].value;)
            end++;
        const double rank = 0.5 * (double)(first + 1 + end);
        const double score = ggcn_normal_quantile((rank - 0.375) / ((double)count + 0.25));
        for (size_t i = first; i < end; i++)
            scores[order[i].place] = score;
    }
    free(order);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_sorted_copy(const double *values, size_t count, double **sorted) {
    *sorted = malloc(count * sizeof **sorted);
    if (!*sorted)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to sort %zu numbers", count);
    memcpy(*sorted, values, count * sizeof **sorted);
    qsort(*sorted, count, sizeof **sorted, compare);
    return GGCN_SUCCESS;
}

double ggcn_sorted_quantile(const double *sorted, size_t count, double p) {
    const double place = p * (double)(count - 1);
    const size_t below = (size_t)place;
    const double share = place - (double)below;
    return below + 1 < count ? (1 - share) * sorted[below] + share * sorted[below + 1] : sorted[below];
}
