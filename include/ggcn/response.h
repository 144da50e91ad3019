/**
 * @file
 * Response distance (paper, Section 5.1):  R = 1/K sum_k | mean over chains of F_k - mean over observed images of F_k
 * |.
 */
#ifndef GGCN_RESPONSE_H
#define GGCN_RESPONSE_H

#include "ggcn/potential.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * R from the differences of mean features. The features are those that theta weighs: the channels of the last feature
 * map, here averaged over positions (stationary), or each channel at each position (positional). Not collective.
 * @param difference [features] mean over observed images minus mean over chains, as theta weighs them: summed over
 *                   positions if stationary
 */
double ggcn_response_distance(const ggcn_potential *potential, const float *difference);

#ifdef __cplusplus
}
#endif
#endif
