#include "chain_layout.h"

#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>

const ggcn_h5_kind ggcn_chain_kind = {"ggcn-chains", 2, "file of recorded chains", NULL, GGCN_ERROR_FORMAT};

static const struct {
    const char *path, *description;
    int rank;
} variables_of[GGCN_CHAIN_VARIABLES] = {
    [GGCN_CHAIN_X] = {"posterior/x", "state of each chain, pixel units of the configuration", 5},
    [GGCN_CHAIN_LP] = {"sample_stats/lp", "Phi(x) - |x|^2/(2 s_ref^2), the log-density up to a constant", 2},
    [GGCN_CHAIN_ENERGY] = {"sample_stats/energy", "|x|^2/(2 s_ref^2) - Phi(x)", 2},
    [GGCN_CHAIN_POTENTIAL] = {"sample_stats/potential", "Phi(x)", 2},
    [GGCN_CHAIN_GRADIENT] = {"sample_stats/gradient_norm", "Euclidean norm of grad_x Phi(x)", 2},
    [GGCN_CHAIN_MEAN] = {"sample_stats/mean", "mean of x over channels and positions", 2},
    [GGCN_CHAIN_DEVIATION] = {"sample_stats/deviation", "standard deviation of x over channels and positions", 2},
    [GGCN_CHAIN_STEP_SIZE] = {"sample_stats/step_size", "step size of the Langevin steps before the draw", 2},
    [GGCN_CHAIN_ACCEPTANCE] = {"sample_stats/acceptance_rate",
                               "share of their proposals that were accepted; 1 without a Metropolis test", 2},
    [GGCN_CHAIN_RESPONSE] = {"sample_stats/layer_response", "mean of each layer over its channels and positions", 3},
};

/* Dimensions of the variables of a group, in order; a variable has the first ones. */
enum { CHAIN, DRAW, CHANNEL, ROW, COLUMN, LAYER, DIMENSIONS };
static const struct {
    const char *name, *description;
} dimensions[DIMENSIONS] = {[CHAIN] = {"chain", "number of the chain"},
                            [DRAW] = {"draw", "iteration after which the state was recorded"},
                            [CHANNEL] = {"channel", "channel of the image"},
                            [ROW] = {"row", "row of the image, from the top"},
                            [COLUMN] = {"column", "column of the image, from the left"},
                            [LAYER] = {"layer", "number of the layer, in the order of attribute layers"}};
static const struct {
    const char *name;
    int first_variable, end_variable;
    int rank, dimensions[GGCN_H5_RANKS];
} groups[] = {{"posterior", GGCN_CHAIN_X, GGCN_CHAIN_LP, 5, {CHAIN, DRAW, CHANNEL, ROW, COLUMN}},
              {"sample_stats", GGCN_CHAIN_LP, GGCN_CHAIN_VARIABLES, 3, {CHAIN, DRAW, LAYER}}};
enum { POSTERIOR, STATISTICS, GROUPS };

const char *ggcn_chain_variable_path(int variable) {
    return variables_of[variable].path;
}

int ggcn_chain_variable_rank(int variable) {
    return variables_of[variable].rank;
}

static int64_t size_of(const ggcn_chain_sizes *sizes, int group, int dimension) {
    const int64_t all[DIMENSIONS] = {
        [CHAIN] = sizes->chains,           [DRAW] = group == POSTERIOR ? sizes->image_draws : sizes->draws,
        [CHANNEL] = sizes->shape.channels, [ROW] = sizes->shape.height,
        [COLUMN] = sizes->shape.width,     [LAYER] = sizes->layers};
    return all[dimension];
}

void ggcn_chain_variable_dims(int variable, const ggcn_chain_sizes *sizes, hsize_t *dims) {
    const int group = variable == GGCN_CHAIN_X ? POSTERIOR : STATISTICS;
    for (int i = 0; i < variables_of[variable].rank; i++)
        dims[i] = (hsize_t)size_of(sizes, group, groups[group].dimensions[i]);
}

/* Writes a coordinate and makes it a dimension scale. `values` NULL: 0, 1, 2, ... */
static ggcn_status create_scale(const ggcn_h5_file *file, const char *group, int dimension, int64_t size,
                                uint64_t *values, hid_t *scale) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", group, dimensions[dimension].name);
    uint64_t *numbers = values ? values : malloc((size_t)size * sizeof *numbers);
    ggcn_status status = GGCN_SUCCESS;
    if (!numbers)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld numbers", (long long)size);
    status = ggcn_h5_agree(file, status);
    if (status == GGCN_SUCCESS) {
        for (int64_t i = 0; !values && i < size; i++)
            numbers[i] = (uint64_t)i;
        const ggcn_array array = {.path = path,
                                  .description = dimensions[dimension].description,
                                  .unit = "1",
                                  .type = GGCN_U64,
                                  .rank = 1,
                                  .dims = {size},
                                  .data = numbers};
        status = ggcn_h5_put_array(file, &array, scale);
    }
    if (numbers != values)
        free(numbers);
    if (status != GGCN_SUCCESS) {
        *scale = -1;
        return status;
    }
    if (H5DSset_scale(*scale, dimensions[dimension].name) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot make a dimension scale");
    return ggcn_h5_agree(file, status);
}

static ggcn_status create_variable(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, int variable, hid_t mapping,
                                   const hid_t *scales, hid_t *dataset) {
    ggcn_h5_layout layout = {.path = variables_of[variable].path,
                             .description = variables_of[variable].description,
                             .unit = "1",
                             .type = variable == GGCN_CHAIN_X ? H5T_IEEE_F32LE : H5T_IEEE_F64LE,
                             .rank = variables_of[variable].rank,
                             .mapping = mapping};
    ggcn_chain_variable_dims(variable, sizes, layout.dims);
    /* One block: images of one draw, scalars of all draws. Written by one transfer of one rank. */
    ggcn_chain_variable_dims(variable, sizes, layout.chunk);
    layout.chunk[0] = (hsize_t)(sizes->block < sizes->chains ? sizes->block : sizes->chains);
    if (variable == GGCN_CHAIN_X)
        layout.chunk[1] = 1;
    GGCN_TRY(ggcn_h5_create_dataset(file, &layout, dataset));
    ggcn_status status = GGCN_SUCCESS;
    for (int i = 0; i < layout.rank && status == GGCN_SUCCESS; i++)
        if (H5DSattach_scale(*dataset, scales[i], (unsigned)i) < 0)
            status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot attach a dimension scale");
    return ggcn_h5_agree(file, status);
}

/* What a group is made of. */
typedef struct {
    const ggcn_chain_sizes *sizes;
    uint64_t *iterations;
    const ggcn_chain_mappings *mappings;
} contents;

static bool wanted(const contents *c, int variable) {
    return (!c->mappings || c->mappings->has(c->mappings->context, variable)) &&
           (variable != GGCN_CHAIN_RESPONSE || c->sizes->layers > 0);
}

static ggcn_status put_variable(const ggcn_h5_file *file, const contents *c, int variable, const hid_t *scales,
                                hid_t *variables) {
    hid_t mapping = 0, dataset = -1;
    if (c->mappings)
        GGCN_TRY(c->mappings->create(c->mappings->context, variable, &mapping));
    const ggcn_status status = create_variable(file, c->sizes, variable, mapping, scales, &dataset);
    if (c->mappings)
        H5Pclose(mapping);
    if (variables)
        variables[variable] = dataset;
    else if (dataset >= 0)
        H5Dclose(dataset);
    return status;
}

static ggcn_status fill_group(const ggcn_h5_file *file, const contents *c, int group, hid_t *scales, hid_t *variables) {
    GGCN_TRY(ggcn_h5_create_group(file, groups[group].name));
    for (int i = 0; i < groups[group].rank; i++) {
        const int dimension = groups[group].dimensions[i];
        if (dimension != LAYER || wanted(c, GGCN_CHAIN_RESPONSE))
            GGCN_TRY(create_scale(file, groups[group].name, dimension, size_of(c->sizes, group, dimension),
                                  dimension == DRAW ? c->iterations : NULL, &scales[i]));
    }
    for (int v = groups[group].first_variable; v < groups[group].end_variable; v++)
        if (wanted(c, v))
            GGCN_TRY(put_variable(file, c, v, scales, variables));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_chain_create_layout(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, uint64_t *iterations,
                                     uint64_t *image_iterations, const ggcn_chain_mappings *mappings,
                                     hid_t *variables) {
    for (int v = 0; variables && v < GGCN_CHAIN_VARIABLES; v++)
        variables[v] = -1;
    ggcn_status status = GGCN_SUCCESS;
    for (int g = 0; g < GROUPS && status == GGCN_SUCCESS; g++) {
        if (g == POSTERIOR && sizes->image_draws == 0)
            continue;
        const contents c = {sizes, g == POSTERIOR ? image_iterations : iterations, mappings};
        hid_t scales[GGCN_H5_RANKS] = {-1, -1, -1, -1, -1};
        status = fill_group(file, &c, g, scales, variables);
        for (int i = 0; i < GGCN_H5_RANKS; i++)
            if (scales[i] >= 0)
                H5Dclose(scales[i]);
    }
    return status;
}
