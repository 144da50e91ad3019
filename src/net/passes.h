/* The extra pass that curved activations need for the parameter gradient of a directional derivative. */
#ifndef GGCN_NET_PASSES_H
#define GGCN_NET_PASSES_H

#include "net/plan.h"

/* After forward, backward and tangent: fills curvature[l] = d<s, dF(x)[v]>/dh_l for every node, has_signal says where it
 * is not zero. */
ggcn_status ggcn_curvature_pass(ggcn_workspace *workspace, const ggcn_weights *weights);

#endif
