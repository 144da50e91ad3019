/* Squared Euclidean norms, in double precision and in the order of the elements. */
#ifndef GGCN_LEARN_SQUARES_H
#define GGCN_LEARN_SQUARES_H

#include <stddef.h>

static inline double ggcn_sum_of_squares(const float *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

#endif
