/**
 * @file
 * Optimisers for gradient ASCENT on a replicated parameter vector, and the learning-rate schedule.
 */
#ifndef GGCN_OPTIMIZER_H
#define GGCN_OPTIMIZER_H

#include "ggcn/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ggcn_config_optimizer config;
    size_t count;
    float *first;  /**< [count] adam: mean of gradients; sgd: velocity */
    float *second; /**< [count] adam: mean of squared gradients; sgd: NULL */
} ggcn_optimizer;

/** State at zero for `count` parameters; to be released with ggcn_optimizer_destroy. Not collective: every rank takes
 * the same steps. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_optimizer_create(const ggcn_config_optimizer *config, size_t count, ggcn_optimizer *optimizer);
void ggcn_optimizer_destroy(ggcn_optimizer *optimizer);

/**
 * One step up the gradient.
 *   adam: m <- b1 m + (1-b1) g, v <- b2 v + (1-b2) g^2, p <- p + rate m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps)
 *   sgd:  m <- momentum m + g, p <- p + rate m
 * @param step t, from 1
 */
void ggcn_optimizer_step(ggcn_optimizer *optimizer, uint64_t step, double rate, const float *gradient,
                         float *parameters);

/** The learning rate of iteration 0, 1, ...; `iterations` is the length of the run (cosine ends there). */
double ggcn_schedule_rate(const ggcn_config_schedule *schedule, double rate, uint64_t iteration, uint64_t iterations);

#ifdef __cplusplus
}
#endif
#endif
