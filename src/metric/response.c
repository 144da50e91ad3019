#include "ggcn/response.h"

#include <math.h>

double ggcn_response_distance(const ggcn_potential *potential, const float *difference) {
    double sum = 0;
    for (size_t k = 0; k < potential->features; k++)
        sum += fabs((double)difference[k]);
    if (potential->theta == GGCN_THETA_STATIONARY)
        sum /= (double)potential->positions;
    return sum / (double)potential->features;
}
