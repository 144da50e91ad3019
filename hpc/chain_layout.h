/*
 * What a file of recorded chains looks like, be it a segment or the virtual file over all segments. It follows the
 * netCDF-4 data model and the groups of InferenceData:
 *   /posterior     x [chain][draw][channel][row][column]; not there if no draw holds images
 *   /sample_stats  lp, energy, ... [chain][draw], layer_response [chain][draw][layer]
 * and in each group its dimensions as dimension scales: chain = number of the chain, draw = iteration. The two groups
 * have draws of their own, since images may be recorded less often.
 */
#ifndef GGCN_HPC_CHAIN_LAYOUT_H
#define GGCN_HPC_CHAIN_LAYOUT_H

#include "ggcn/graph.h"
#include "h5_data.h"

enum {
    GGCN_CHAIN_X,
    GGCN_CHAIN_LP,
    GGCN_CHAIN_ENERGY,
    GGCN_CHAIN_POTENTIAL,
    GGCN_CHAIN_GRADIENT,
    GGCN_CHAIN_MEAN,
    GGCN_CHAIN_DEVIATION,
    GGCN_CHAIN_STEP_SIZE,
    GGCN_CHAIN_ACCEPTANCE,
    GGCN_CHAIN_RESPONSE,
    GGCN_CHAIN_VARIABLES,
    GGCN_CHAIN_SCALARS = GGCN_CHAIN_RESPONSE - GGCN_CHAIN_LP /* one number for each chain and draw */
};

typedef struct {
    int64_t chains; /* over all ranks */
    int64_t block;  /* chains per block */
    int64_t draws;  /* of the scalars */
    int64_t image_draws;
    int64_t layers; /* of layer_response, 0: none */
    ggcn_shape shape;
} ggcn_chain_sizes;

extern const ggcn_h5_kind ggcn_chain_kind;

const char *ggcn_chain_variable_path(int variable);
int ggcn_chain_variable_rank(int variable);
/* Dimensions of a variable. @param[out] dims [rank] */
void ggcn_chain_variable_dims(int variable, const ggcn_chain_sizes *sizes, hsize_t *dims);

/* How the variables of a virtual file are mapped. Each is asked for by itself: HDF5 holds ten kilobytes or more of
 * every segment in a mapping, and a data set made of it as many again. */
typedef struct {
    bool (*has)(const void *context, int variable);
    ggcn_status (*create)(const void *context, int variable, hid_t *mapping); /* a creation list, to be closed */
    const void *context;
} ggcn_chain_mappings;

/* Creates groups, dimension scales and variables. Collective unless the file is alone.
 * @param iterations [draws]  @param image_iterations [image_draws]
 * @param mappings NULL: all variables are there, and real
 * @param[out] variables [GGCN_CHAIN_VARIABLES] to be closed by the caller, -1 where not created; NULL: closed at once
 */
ggcn_status ggcn_chain_create_layout(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, uint64_t *iterations,
                                     uint64_t *image_iterations, const ggcn_chain_mappings *mappings, hid_t *variables);

#endif
