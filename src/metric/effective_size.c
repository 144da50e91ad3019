#include "metric/effective_size.h"

#include <math.h>
#include <stdlib.h>

/* What the autocorrelations are made of. */
typedef struct {
    const ggcn_rows *rows;
    const double *means; /* [chains] */
    double within;       /* mean variance in a chain, unbiased */
    double total;        /* estimate of the variance of the stationary distribution */
} moments;

static double mean_of(const double *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* Divided by count - 1. */
static double variance_of(const double *values, int64_t count) {
    const double mean = mean_of(values, count);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (values[i] - mean) * (values[i] - mean);
    return sum / (double)(count - 1);
}

/* Mean over chains of the autocovariance, each divided by all draws. */
static double autocovariance(const moments *m, int64_t lag) {
    const int64_t draws = m->rows->draws;
    double total = 0;
    for (int64_t c = 0; c < m->rows->chains; c++) {
        const double *x = m->rows->values + c * draws, mean = m->means[c];
        double sum = 0;
        for (int64_t d = 0; d + lag < draws; d++)
            sum += (x[d] - mean) * (x[d + lag] - mean);
        total += sum / (double)draws;
    }
    return total / (double)m->rows->chains;
}

static double correlation(const moments *m, int64_t lag) {
    return 1 - (m->within - autocovariance(m, lag)) / m->total;
}

/* Geyer's initial positive sequence: pairs of autocorrelations as long as their sum is positive.
 * @param rho [draws], zeros  @return the last lag of the sequence; one more lag may follow it */
static int64_t positive_sequence(const moments *m, double *rho) {
    const int64_t draws = m->rows->draws;
    double even = 1, odd = correlation(m, 1);
    int64_t lag = 1;
    rho[0] = even;
    rho[1] = odd;
    while (lag < draws - 3 && even + odd > 0) {
        even = correlation(m, lag + 1);
        odd = correlation(m, lag + 2);
        if (even + odd >= 0) {
            rho[lag + 1] = even;
            rho[lag + 2] = odd;
        }
        lag += 2;
    }
    if (even > 0)
        rho[lag - 1] = even; /* improves the estimate */
    return lag - 2;
}

/* Geyer's initial monotone sequence: no pair is larger than the one before. */
static void make_monotone(double *rho, int64_t last) {
    for (int64_t lag = 1; lag <= last - 2; lag += 2)
        if (rho[lag + 1] + rho[lag + 2] > rho[lag - 1] + rho[lag])
            rho[lag + 1] = rho[lag + 2] = (rho[lag - 1] + rho[lag]) / 2;
}

static double size_of(const moments *m, double *rho) {
    const int64_t last = positive_sequence(m, rho);
    const double count = (double)(m->rows->chains * m->rows->draws);
    make_monotone(rho, last);
    double time = -1;
    for (int64_t lag = 0; lag <= last; lag++)
        time += 2 * rho[lag];
    time += rho[last + 1];
    const double least = 1 / log10(count); /* chains that jump to and fro */
    return count / (time > least ? time : least);
}

ggcn_status ggcn_effective_size(const ggcn_rows *rows, double *size) {
    const int64_t chains = rows->chains, draws = rows->draws;
    double *means = malloc((size_t)chains * sizeof *means), *rho = calloc((size_t)draws + 1, sizeof *rho);
    ggcn_status status = GGCN_SUCCESS;
    if (means && rho) {
        for (int64_t c = 0; c < chains; c++)
            means[c] = mean_of(rows->values + c * draws, draws);
        moments m = {.rows = rows, .means = means};
        const double biased = autocovariance(&m, 0);
        m.within = biased * (double)draws / (double)(draws - 1);
        m.total = biased + (chains > 1 ? variance_of(means, chains) : 0);
        *size = m.total > 0 ? size_of(&m, rho) : (double)(chains * draws);
    } else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld autocorrelations",
                            (long long)draws);
    free(means);
    free(rho);
    return status;
}

double ggcn_potential_scale_reduction(const ggcn_rows *rows) {
    const double draws = (double)rows->draws;
    double within = 0, mean = 0, between = 0;
    for (int64_t c = 0; c < rows->chains; c++)
        within += variance_of(rows->values + c * rows->draws, rows->draws) / (double)rows->chains;
    for (int64_t c = 0; c < rows->chains; c++)
        mean += mean_of(rows->values + c * rows->draws, rows->draws) / (double)rows->chains;
    for (int64_t c = 0; c < rows->chains; c++) {
        const double difference = mean_of(rows->values + c * rows->draws, rows->draws) - mean;
        between += draws * difference * difference / (double)(rows->chains - 1);
    }
    return sqrt((between / within + draws - 1) / draws);
}
