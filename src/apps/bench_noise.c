/* Normal numbers by the counter-based generator, in images of 3x64x64. */
#include <omp.h>

#include "bench_works.h"
#include "ggcn/hpc.h"
#include "ggcn/random.h"
#include "median.h"
#include "options.h"

enum { image = 3 * 64 * 64 };

/* @return a number that depends on all, so that none is left out */
static double draw(int64_t images, int64_t steps) {
    double sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (int64_t i = 0; i < images; i++)
        for (int64_t step = 0; step < steps; step++) {
            float noise[image];
            const ggcn_random_key key = {
                .seed = 1, .purpose = GGCN_RANDOM_TEST, .step = (uint32_t)step, .chain = (uint32_t)i};
            ggcn_random_normal(key, image, noise);
            sum += (double)noise[0] + (double)noise[image - 1];
        }
    return sum;
}

ggcn_status bench_noise(const bench_options *o) {
    double rate[1000];
    omp_set_num_threads((int)o->threads);
    double check = draw(o->batch, o->steps);
    for (int64_t i = 0; i < o->repeats; i++) {
        const double start = omp_get_wtime();
        check = draw(o->batch, o->steps);
        rate[i] = (double)(o->batch * o->steps) * image / (omp_get_wtime() - start);
    }
    app_print("program=ggcn work=noise threads=%lld normals_per_s=%.4g sum=%.6g\n", (long long)o->threads,
              app_median(rate, o->repeats), check);
    return GGCN_SUCCESS;
}
