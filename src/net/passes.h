/* Passes over a range of nodes, and the extra pass that curved activations need for the parameter gradient of a
 * directional derivative. */
#ifndef GGCN_NET_PASSES_H
#define GGCN_NET_PASSES_H

#include "net/plan.h"

/* Sets the input x, which stays the caller's if the plan's layout of it is plain. */
void ggcn_set_input(ggcn_workspace *workspace, const float *x);
/* Values of the nodes first .. end-1. */
ggcn_status ggcn_forward_nodes(ggcn_workspace *workspace, const ggcn_weights *weights, int first, int end);
/* Signals from the nodes last, last-1, .. end+1 to their inputs. Begins with the seed if `last` is the last node of
 * all, and completes g if `end` is 0. @param g the same for all ranges of a pass; NULL if no signal at the input is
 * wanted */
ggcn_status ggcn_backward_nodes(ggcn_workspace *workspace, const ggcn_weights *weights, int last, int end, float *g);

/* GGCN_ERROR_ARGUMENT where a tangent is impossible: no buffers for it, or batch statistics. */
ggcn_status ggcn_check_tangent(const ggcn_workspace *workspace, const ggcn_weights *weights);

/* After forward, backward and tangent: fills curvature[l] = d<s, dF(x)[v]>/dh_l for every node, has_signal says where
 * it is not zero. */
ggcn_status ggcn_curvature_pass(ggcn_workspace *workspace, const ggcn_weights *weights);

#endif
