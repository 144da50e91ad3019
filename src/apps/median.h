#ifndef GGCN_APPS_BENCH_MEDIAN_H
#define GGCN_APPS_BENCH_MEDIAN_H

#include <stdint.h>

/* The median of [count] values, which are sorted. */
double bench_median(double *values, int64_t count);

#endif
