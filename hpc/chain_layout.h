/*
 * What a file of recorded chains looks like, be it a segment or the virtual file over all segments. It follows the
 * netCDF-4 data model and the groups of InferenceData: /posterior     x [chain][draw][channel][row][column]
 *   /sample_stats  lp, potential, gradient_norm [chain][draw]
 * and in each group its dimensions as dimension scales: chain = number of the chain, draw = iteration.
 */
#ifndef GGCN_HPC_CHAIN_LAYOUT_H
#define GGCN_HPC_CHAIN_LAYOUT_H

#include "ggcn/graph.h"
#include "h5_data.h"

enum { GGCN_CHAIN_X, GGCN_CHAIN_LP, GGCN_CHAIN_POTENTIAL, GGCN_CHAIN_GRADIENT, GGCN_CHAIN_VARIABLES };

typedef struct {
    int64_t chains; /* over all ranks */
    int64_t block;  /* chains per block */
    int64_t draws;
    ggcn_shape shape;
} ggcn_chain_sizes;

extern const ggcn_h5_kind ggcn_chain_kind;

const char *ggcn_chain_variable_path(int variable);
int ggcn_chain_variable_rank(int variable);
/* Dimensions of a variable. @param[out] dims [rank] */
void ggcn_chain_variable_dims(int variable, const ggcn_chain_sizes *sizes, hsize_t *dims);

/* Creates groups, dimension scales and variables. Collective unless the file is alone.
 * @param iterations [draws]  @param mappings [GGCN_CHAIN_VARIABLES] creation lists of virtual data sets, or NULL
 * @param[out] variables [GGCN_CHAIN_VARIABLES] to be closed by the caller, -1 where not created */
ggcn_status ggcn_chain_create_layout(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, uint64_t *iterations,
                                     const hid_t *mappings, hid_t *variables);

#endif
