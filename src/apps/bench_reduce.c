/* The sum over blocks in a fixed tree, one block a rank, beside MPI's own reduction of as many bytes. */
#include <omp.h>
#include <stdlib.h>

#include "bench_works.h"
#include "ggcn/baselines.h"
#include "ggcn/blocks.h"
#include "ggcn/hpc.h"
#include "median.h"
#include "options.h"

static ggcn_status time_tree(ggcn_sum *sum, const ggcn_blocks *blocks, double *seconds) {
    ggcn_vector vector, total;
    ggcn_status status = ggcn_sum_lease(sum, &vector);
    ggcn_barrier();
    const double start = omp_get_wtime();
    if (status == GGCN_SUCCESS)
        status = ggcn_sum_add(sum, blocks->first, vector);
    GGCN_TRY(ggcn_sum_finish(sum, status, &total, NULL));
    *seconds = omp_get_wtime() - start;
    return ggcn_max_over_ranks(seconds, 1);
}

static ggcn_status time_plain(float *values, size_t count, double *seconds) {
    ggcn_barrier();
    const double start = omp_get_wtime();
    GGCN_TRY(ggcn_baseline_sum(values, count));
    *seconds = omp_get_wtime() - start;
    return ggcn_max_over_ranks(seconds, 1);
}

static ggcn_status measure(const bench_options *o, const ggcn_blocks *blocks, int64_t megabytes, float *values) {
    enum { most = 1000 };
    double tree[most], plain[most], ratio[most];
    const size_t count = (size_t)megabytes * 1000000 / sizeof(float);
    ggcn_sum *sum = NULL;
    ggcn_status status = ggcn_agree(ggcn_sum_create(blocks, 1, count, &sum));
    for (int64_t i = -1; i < o->repeats && status == GGCN_SUCCESS; i++) { /* the first warms up */
        const int64_t at = i < 0 ? 0 : i;
        status = time_tree(sum, blocks, &tree[at]);
        if (status == GGCN_SUCCESS)
            status = time_plain(values, count, &plain[at]);
        ratio[at] = tree[at] / plain[at];
    }
    ggcn_sum_destroy(&sum);
    GGCN_TRY(status);
    app_print("program=ggcn work=reduce ranks=%d megabytes=%lld tree_s=%.6f mpi_allreduce_s=%.6f ratio=%.3f\n",
              ggcn_ranks(), (long long)megabytes, app_median(tree, o->repeats), app_median(plain, o->repeats),
              app_median(ratio, o->repeats));
    return GGCN_SUCCESS;
}

ggcn_status bench_reduce(const bench_options *o) {
    static const int64_t sizes[] = {1, 3, 10, 30, 100, 300, 1000};
    ggcn_blocks blocks;
    ggcn_status status = ggcn_blocks_distribute(ggcn_ranks(), &blocks);
    float *values = calloc((size_t)o->megabytes * 1000000 / sizeof *values, sizeof *values);
    if (status == GGCN_SUCCESS && !values)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, "lower --megabytes", "no memory for %lld megabytes",
                            (long long)o->megabytes);
    status = ggcn_agree(status);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && sizes[i] <= o->megabytes && status == GGCN_SUCCESS; i++)
        status = measure(o, &blocks, sizes[i], values);
    free(values);
    return status;
}
