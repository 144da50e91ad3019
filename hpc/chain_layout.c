#include "chain_layout.h"

#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>

const ggcn_h5_kind ggcn_chain_kind = {"ggcn-chains", 1, "file of recorded chains", NULL, GGCN_ERROR_FORMAT};

static const struct {
    const char *path, *description;
    int rank;
} variables_of[GGCN_CHAIN_VARIABLES] = {
    [GGCN_CHAIN_X] = {"posterior/x", "state of each chain, pixel units of the configuration", 5},
    [GGCN_CHAIN_LP] = {"sample_stats/lp", "Phi(x) - |x|^2/(2 s_ref^2), the log-density up to a constant", 2},
    [GGCN_CHAIN_POTENTIAL] = {"sample_stats/potential", "Phi(x)", 2},
    [GGCN_CHAIN_GRADIENT] = {"sample_stats/gradient_norm", "Euclidean norm of grad_x Phi(x)", 2},
};

static const struct {
    const char *name;
    int rank; /* leading dimensions of its variables */
} groups[] = {{"posterior", 5}, {"sample_stats", 2}};
enum { group_count = sizeof groups / sizeof *groups };

static const struct {
    const char *name, *description;
} dimensions[GGCN_H5_RANKS] = {{"chain", "number of the chain"},
                               {"draw", "iteration after which the state was recorded"},
                               {"channel", "channel of the image"},
                               {"row", "row of the image, from the top"},
                               {"column", "column of the image, from the left"}};

const char *ggcn_chain_variable_path(int variable) {
    return variables_of[variable].path;
}

int ggcn_chain_variable_rank(int variable) {
    return variables_of[variable].rank;
}

static void all_dims(const ggcn_chain_sizes *sizes, int64_t dims[GGCN_H5_RANKS]) {
    dims[0] = sizes->chains;
    dims[1] = sizes->draws;
    dims[2] = sizes->shape.channels;
    dims[3] = sizes->shape.height;
    dims[4] = sizes->shape.width;
}

void ggcn_chain_variable_dims(int variable, const ggcn_chain_sizes *sizes, hsize_t *dims) {
    int64_t all[GGCN_H5_RANKS];
    all_dims(sizes, all);
    for (int i = 0; i < variables_of[variable].rank; i++)
        dims[i] = (hsize_t)all[i];
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
    /* One draw of one block: written by one transfer of one rank. */
    ggcn_chain_variable_dims(variable, sizes, layout.chunk);
    layout.chunk[0] = (hsize_t)(sizes->block < sizes->chains ? sizes->block : sizes->chains);
    layout.chunk[1] = 1;
    GGCN_TRY(ggcn_h5_create_dataset(file, &layout, dataset));
    ggcn_status status = GGCN_SUCCESS;
    for (int i = 0; i < layout.rank && status == GGCN_SUCCESS; i++)
        if (H5DSattach_scale(*dataset, scales[i], (unsigned)i) < 0)
            status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot attach a dimension scale");
    return ggcn_h5_agree(file, status);
}

static ggcn_status fill_group(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, uint64_t *iterations, int group,
                              const hid_t *mappings, hid_t *scales, hid_t *variables) {
    int64_t dims[GGCN_H5_RANKS];
    all_dims(sizes, dims);
    GGCN_TRY(ggcn_h5_create_group(file, groups[group].name));
    for (int i = 0; i < groups[group].rank; i++)
        GGCN_TRY(create_scale(file, groups[group].name, i, dims[i], i == 1 ? iterations : NULL, &scales[i]));
    for (int v = 0; v < GGCN_CHAIN_VARIABLES; v++)
        if ((v == GGCN_CHAIN_X) == (group == 0))
            GGCN_TRY(create_variable(file, sizes, v, mappings ? mappings[v] : 0, scales, &variables[v]));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_chain_create_layout(const ggcn_h5_file *file, const ggcn_chain_sizes *sizes, uint64_t *iterations,
                                     const hid_t *mappings, hid_t *variables) {
    for (int v = 0; v < GGCN_CHAIN_VARIABLES; v++)
        variables[v] = -1;
    ggcn_status status = GGCN_SUCCESS;
    for (int g = 0; g < group_count && status == GGCN_SUCCESS; g++) {
        hid_t scales[GGCN_H5_RANKS] = {-1, -1, -1, -1, -1};
        status = fill_group(file, sizes, iterations, g, mappings, scales, variables);
        for (int i = 0; i < GGCN_H5_RANKS; i++)
            if (scales[i] >= 0)
                H5Dclose(scales[i]);
    }
    return status;
}
