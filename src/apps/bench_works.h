/* The works of ggcn_bench. All are collective and print their result. */
#ifndef GGCN_APPS_BENCH_WORKS_H
#define GGCN_APPS_BENCH_WORKS_H

#include "bench_options.h"

ggcn_status bench_langevin(const bench_options *options);
ggcn_status bench_learn(const bench_options *options);
ggcn_status bench_iteration(const bench_options *options);
ggcn_status bench_reduce(const bench_options *options);
ggcn_status bench_io(const bench_options *options);
ggcn_status bench_noise(const bench_options *options);

#endif
