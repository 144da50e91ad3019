#include "ggcn/frechet.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* S = F F', F [D][rank] column by column. */
typedef struct {
    lapack_int features, rank;
    double *columns;
} factor;

/* F from the lower triangle that Cholesky left in `triangle`, whose row i is row pivots[i] of S. */
static void unfold(const double *triangle, const lapack_int *pivots, factor *f) {
    memset(f->columns, 0, (size_t)f->features * (size_t)f->rank * sizeof *f->columns);
    for (lapack_int k = 0; k < f->rank; k++)
        for (lapack_int i = k; i < f->features; i++)
            f->columns[(size_t)k * (size_t)f->features + (size_t)(pivots[i] - 1)] =
                triangle[(size_t)k * (size_t)f->features + (size_t)i];
}

static ggcn_status factorize(const ggcn_feature_statistics *s, factor *f) {
    const size_t numbers = (size_t)(s->features * s->features);
    f->features = (lapack_int)s->features;
    double *triangle = malloc(numbers * sizeof *triangle);
    lapack_int *pivots = malloc((size_t)s->features * sizeof *pivots);
    f->columns = malloc(numbers * sizeof *f->columns);
    ggcn_status status = GGCN_SUCCESS;
    if (!triangle || !pivots || !f->columns)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the root of a covariance");
    else {
        memcpy(triangle, s->covariance, numbers * sizeof *triangle);
        /* What is below D times the rounding error of the largest variance counts as zero; then it returns 1. */
        if (LAPACKE_dpstrf(LAPACK_COL_MAJOR, 'L', f->features, triangle, f->features, pivots, &f->rank, -1) < 0)
            status = ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, NULL, "LAPACK: dpstrf failed");
        else
            unfold(triangle, pivots, f);
    }
    free(triangle);
    free(pivots);
    return status;
}

/* The sum of the singular values of a' b. */
static ggcn_status trace_of_root(const factor *a, const factor *b, double *trace) {
    *trace = 0;
    if (a->rank == 0 || b->rank == 0)
        return GGCN_SUCCESS;
    const lapack_int rows = a->rank, columns = b->rank, values = rows < columns ? rows : columns;
    double *product = malloc((size_t)rows * (size_t)columns * sizeof *product);
    double *singular = malloc((size_t)values * sizeof *singular), unused;
    ggcn_status status = GGCN_SUCCESS;
    if (!product || !singular)
        status =
            ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the product of two covariances");
    else {
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, rows, columns, a->features, 1, a->columns, a->features,
                    b->columns, b->features, 0, product, rows);
        if (LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', rows, columns, product, rows, singular, &unused, 1, &unused, 1) != 0)
            status = ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, NULL, "LAPACK: dgesdd does not converge");
        for (lapack_int i = 0; status == GGCN_SUCCESS && i < values; i++)
            *trace += singular[i];
    }
    free(product);
    free(singular);
    return status;
}

ggcn_status ggcn_frechet_distance(const ggcn_feature_statistics *a, const ggcn_feature_statistics *b,
                                  double *distance) {
    if (a->features != b->features)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "statistics of %lld and of %lld features", (long long)a->features,
                  (long long)b->features);
    double trace = 0, sum = 0;
    for (int64_t d = 0; d < a->features; d++) {
        const double difference = a->mean[d] - b->mean[d];
        sum += difference * difference;
        sum += a->covariance[d * (a->features + 1)] + b->covariance[d * (a->features + 1)];
    }
    if (!isfinite(sum))
        GGCN_FAIL(GGCN_ERROR_NUMERIC, NULL, "the features' means or variances are not finite");
    factor of_a = {0}, of_b = {0};
    ggcn_status status = factorize(a, &of_a);
    if (status == GGCN_SUCCESS)
        status = factorize(b, &of_b);
    if (status == GGCN_SUCCESS)
        status = trace_of_root(&of_a, &of_b, &trace);
    free(of_a.columns);
    free(of_b.columns);
    *distance = sum - 2 * trace;
    return status;
}
