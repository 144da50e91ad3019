/* What a network's convolutions cost by themselves: each pass of each convolution-like layer by the fastest way found
 * on this machine, on tensors in that way's own layouts, and nothing in between. The measure that ggcn_bench compares
 * with.
 *
 * Transposed convolutions count the other way round: their forward pass is the adjoint of a convolution. */
#ifndef GGCN_NET_BARE_H
#define GGCN_NET_BARE_H

#include "net/onednn.h"
#include "net/plan.h"

typedef struct ggcn_bare ggcn_bare;
typedef struct ggcn_bare_worker ggcn_bare_worker;

/* Times every way of every pass, in the calling thread, and keeps the fastest. The plan must outlive it. */
ggcn_status ggcn_bare_create(const ggcn_plan *plan, ggcn_bare **bare);
void ggcn_bare_destroy(ggcn_bare **bare);

/* Name of the way kept for a pass of a node, e.g. "ours", "free"; "" for nodes that are no convolutions. */
const char *ggcn_bare_way(const ggcn_bare *bare, int node, ggcn_pass pass);

/* The ways there are, in order; NULL behind the last. */
const char *ggcn_bare_ways(int way);
/* Shortest time measured of a pass by a way; 0 where that is impossible. */
double ggcn_bare_seconds(const ggcn_bare *bare, int node, ggcn_pass pass, int way);

/* One thread's tensors. */
ggcn_status ggcn_bare_worker_create(const ggcn_bare *bare, ggcn_bare_worker **worker);
void ggcn_bare_worker_destroy(ggcn_bare_worker **worker);

/* A pass of all convolutions of the network, in the order of that pass.
 * @param input  whether the adjoint of the layers that read the network's input is among them */
ggcn_status ggcn_bare_run(ggcn_bare_worker *worker, ggcn_pass pass, bool input);

#endif
