/**
 * @file
 * The potential Phi(x; theta, w [, c]) = sum_k theta_k[c] . F_k(x; w) (paper, Eq. 1): log-density up to a constant and
 * up to the reference q = N(0, s_ref^2 I). F is the last feature map of a network.
 *
 * Parameters are one flat vector of float32: [theta | filters]. theta is [class][feature]; a feature is one channel of
 * F summed over positions (stationary) or one channel at one position (positional). Filters are as in
 * ggcn_graph_parameters.
 */
#ifndef GGCN_POTENTIAL_H
#define GGCN_POTENTIAL_H

#include "ggcn/config.h"
#include "ggcn/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const ggcn_graph *graph; /**< not owned */
    ggcn_theta theta;
    uint32_t n_classes;  /**< 1 if unconditional */
    size_t positions;    /**< height times width of F */
    size_t features;     /**< numbers in theta of one class */
    size_t n_theta;      /**< n_classes * features */
    size_t n_filters;    /**< parameters of the network */
    size_t n_parameters; /**< n_theta + n_filters */
    size_t n_statistics; /**< of norm layers */
} ggcn_potential;

/** Describes the potential on a network, which must outlive it. */
ggcn_potential ggcn_potential_on(const ggcn_graph *graph, ggcn_theta theta, uint32_t n_classes);

/** The seed of an image's backward pass: scale * theta of its class, as a map. @param theta [n_theta]
 *  @param[out] seed [channels][height][width] of F */
void ggcn_potential_seed(const ggcn_potential *potential, const float *theta, uint32_t label, float scale, float *seed);
/** Adds scale * the features of a map, at the class's row of theta_gradient [n_theta] and to response [features],
 * either of which may be NULL. @param map [channels][height][width] F(x), or its tangent */
void ggcn_potential_add_features(const ggcn_potential *potential, const float *map, uint32_t label, float scale,
                                 float *theta_gradient, float *response);

/**
 * Initial parameters: filters N(0, 2/fan_in) ("he") or N(0, weight_sigma^2), biases 0, gammas 1, betas 0,
 * theta N(0, theta_sigma^2); statistics mean 0, variance 1.
 * @param[out] parameters [n_parameters]  @param[out] statistics [n_statistics]
 */
void ggcn_potential_initialize(const ggcn_potential *potential, const ggcn_config_potential *config, uint64_t seed,
                               float *parameters, float *statistics);

/** One thread's means to evaluate a potential on a batch of B images. */
typedef struct ggcn_evaluator ggcn_evaluator;

/** The plan must be compiled from the potential's graph and, like the potential, outlive the evaluator. */
ggcn_status ggcn_evaluator_create(const ggcn_potential *potential, const ggcn_plan *plan, int64_t batch,
                                  ggcn_evaluator **evaluator);
void ggcn_evaluator_destroy(ggcn_evaluator **evaluator);

/** The oneDNN-side buffers, for ggcn_gradients_add. */
ggcn_workspace *ggcn_evaluator_workspace(ggcn_evaluator *evaluator);

/**
 * Chooses theta for each image: seed_i = theta[label_i], or 0 for images at and beyond `images` (a batch that is not
 * full). Valid until the next call.
 * @param theta  [n_theta]  @param labels [images], NULL for all 0
 */
void ggcn_evaluator_seed(ggcn_evaluator *evaluator, const float *theta, const uint32_t *labels, int64_t images);

/**
 * Phi and its gradient.
 * @param x [B][C][H][W]  @param[out] g [B][C][H][W] grad_x Phi, or NULL: then signals for parameter gradients only
 * @param[out] phi [B], or NULL
 */
ggcn_status ggcn_evaluator_gradient(ggcn_evaluator *evaluator, const ggcn_weights *weights, const float *x, float *g,
                                    double *phi);

/**
 * Adds scale * features of the images with a seed, after ggcn_evaluator_gradient, at their classes.
 * d/dtheta sum_i Phi(x_i) is the case scale = 1.
 * @param[in,out] theta_gradient [n_theta] or NULL  @param[in,out] response [features], over all classes, or NULL
 */
void ggcn_evaluator_add_features(ggcn_evaluator *evaluator, float scale, float *theta_gradient, float *response);
/** Adds scale * the features' tangents after ggcn_tangent: d/dtheta sum_i dPhi(x_i)[v_i]. Same arrays. */
void ggcn_evaluator_add_tangents(ggcn_evaluator *evaluator, float scale, float *theta_gradient);

#ifdef __cplusplus
}
#endif
#endif
