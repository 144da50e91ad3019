/* How each layer of a potential responds to each chain. */
#ifndef GGCN_LEARN_RESPONSES_H
#define GGCN_LEARN_RESPONSES_H

#include "ggcn/plan.h"

typedef struct {
    size_t layers;
    int *nodes;      /* [layers] */
    char *names;     /* separated by blanks */
    double *of;      /* [chains][layers] mean over channels and positions */
    int64_t *widths; /* [layers] channels */
    int64_t batch, widest;
    double *scratch; /* [threads][batch][widest] */
} ggcn_responses;

/* For `chains` chains of this rank, in batches of one workspace. @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_responses_create(const ggcn_graph *graph, int64_t chains, int64_t batch, int threads,
                                  ggcn_responses *responses);
void ggcn_responses_destroy(ggcn_responses *responses);

/* Of the chains first .. first+batch-1 of this rank, after their forward pass. */
void ggcn_responses_measure(const ggcn_responses *responses, const ggcn_workspace *workspace, int thread,
                            int64_t first);

#endif
