#ifndef GGCN_APPS_MEDIAN_H
#define GGCN_APPS_MEDIAN_H

#include <stdint.h>

/* The median of [count] values, which are sorted. */
double app_median(double *values, int64_t count);

#endif
