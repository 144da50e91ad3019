/**
 * @file
 * A naive executor of a layer graph in double precision, to test the real one against.
 *
 * It knows only the public graph interface and the layers' definitions, written as plain loops over index formulas:
 *   tensor element (n, c, y, x) of shape [N][C][H][W] is number ((n C + c) H + y) W + x.
 * Every layer is described once, as its linearisation at the current point: a list of links "output element i depends
 * on input element j with the coefficient a", where a is a weight or a number. Values and tangents run along the links,
 * signals run against them, weight gradients are products over them.
 *
 * Second derivatives: with u the tangent of v and e the signal of s,  d/dw <s, dF(x;w)[v]>  is reverse mode over the
 * pair (h, u). Writing p_l for the derivative with respect to h_l (that with respect to u_l is e_l), for y = f(x):
 *   p_x += J^T p_y + e_y f''(x) u_x     (the last term for tanh and sigmoid only)
 *   dW  += p_y x^T + e_y u_x^T,   db += p_y
 *
 * Running out of memory aborts; wrong use aborts.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "ggcn/graph.h"

typedef struct reference reference;

/** The graph must outlive it. Parameters and statistics are all zero. */
reference *reference_create(const ggcn_graph *graph, int64_t batch);
void reference_destroy(reference *r);

/** The parameters and statistics, flat as in the graph, to be filled and changed at will. */
double *reference_parameters(reference *r);
double *reference_statistics(reference *r);

/** From now on, norm layers take mean and (biased) variance from the whole batch. Each forward pass leaves them in
 *  reference_statistics. No second derivatives then: reference_gradient wants b = 0. */
void reference_use_batch_statistics(reference *r);

/** Number of the last node. */
int reference_last(const reference *r);
/** Elements of one node's tensor, batch included. */
size_t reference_count(const reference *r, int node);

/** h for every node. @param x [B][C][H][W], copied */
void reference_forward(reference *r, const double *x);
/** e for every node, from the seed [B][...] of the last node. Needs the forward pass. */
void reference_backward(reference *r, const double *seed);
/** u for every node, from v [B][C][H][W]. Needs the forward pass. */
void reference_tangent(reference *r, const double *v);
/** gradient += d/dw [ a <s, F(x)> + b <s, dF(x)[v]> ]. Needs backward, and for b != 0 tangent. */
void reference_gradient(reference *r, double a, double b, double *gradient);

const double *reference_value(const reference *r, int node);  /**< h */
const double *reference_signal(const reference *r, int node); /**< e */
const double *reference_slope(const reference *r, int node);  /**< u */

/** sums += [sum x | sum x^2] per channel of each norm layer's input, over the first images of the batch. */
void reference_norm_sums(const reference *r, int64_t images, double *sums);

/** How near the last forward pass came to a kink: smallest |x| before a ReLU, smallest lead of a pool's maximum. */
double reference_kink_distance(const reference *r);
/** Hash of which side of every kink the last forward pass took. Equal hashes: the same smooth piece. */
uint64_t reference_piece(const reference *r);

/** Deterministic random numbers for the tests (SplitMix64), uniform on [-1, 1), whole multiples of 2^-23. */
float reference_random(uint64_t *state);

#endif
