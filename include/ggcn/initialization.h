/**
 * @file
 * Initial parameters of a network.
 */
#ifndef GGCN_INITIALIZATION_H
#define GGCN_INITIALIZATION_H

#include "ggcn/config.h"
#include "ggcn/graph.h"
#include "ggcn/random.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ggcn_init init;
    double sigma; /**< for GGCN_INIT_GAUSSIAN */
    uint64_t seed;
    ggcn_random_purpose purpose;
} ggcn_initialization;

/**
 * Filters N(0, 2/fan_in) ("he") or N(0, sigma^2), biases 0, gammas 1, betas 0; statistics mean 0, variance 1.
 * @param[out] parameters flat vector as described by ggcn_graph_parameters
 * @param[out] statistics flat vector as described by ggcn_graph_statistics
 */
void ggcn_network_initialize(const ggcn_graph *graph, const ggcn_initialization *how, float *parameters,
                             float *statistics);

#ifdef __cplusplus
}
#endif
#endif
