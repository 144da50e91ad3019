#include "network_tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h5_data.h"

static const char hint[] =
    "write the file again from the network it was made of; `ggcn_data formats` describes its form";

static const char *describe(ggcn_op op, const char *kind) {
    if (strcmp(kind, "bias") == 0)
        return "added to each channel";
    return op == GGCN_CONVOLUTION              ? "filters [out][in][row][column]"
           : op == GGCN_TRANSPOSED_CONVOLUTION ? "filters of a transposed convolution [in][out][row][column]"
                                               : "weights [out][in, in the order channel, row, column]";
}

/* The one data set of a parameter tensor "LAYER.weight", or one half of "LAYER.statistics". */
static void fill(ggcn_network_tensor *tensor, const ggcn_graph *graph, const ggcn_tensor_info *info, int half) {
    static const char *const halves[] = {"mean", "variance"};
    const ggcn_layer *layer = ggcn_graph_layer(graph, info->node);
    const char *kind = strrchr(info->name, '.') + 1;
    *tensor = (ggcn_network_tensor){.rank = info->rank, .count = info->count, .offset = info->offset};
    memcpy(tensor->dims, info->dims, sizeof tensor->dims);
    if (half >= 0) {
        kind = halves[half];
        tensor->statistics = true;
        tensor->rank = 1;
        tensor->dims[0] = info->dims[1];
        tensor->count /= 2;
        tensor->offset += (size_t)half * tensor->count;
    }
    tensor->description = half == 0                    ? "of each channel, frozen"
                          : half == 1                  ? "of each channel, frozen, without epsilon"
                          : strcmp(kind, "gamma") == 0 ? "factor of each normalised channel"
                          : strcmp(kind, "beta") == 0  ? "added to each normalised channel"
                                                       : describe(layer->op, kind);
    snprintf(tensor->path, sizeof tensor->path, "weights/%s/%s", layer->name, kind);
}

ggcn_status ggcn_network_tensors(const ggcn_graph *graph, ggcn_network_tensor **tensors, size_t *count) {
    const ggcn_tensor_info *parameters, *statistics;
    size_t n_parameters, n_statistics;
    ggcn_graph_parameters(graph, &parameters, &n_parameters);
    ggcn_graph_statistics(graph, &statistics, &n_statistics);
    *count = n_parameters + 2 * n_statistics;
    *tensors = malloc((*count + 1) * sizeof **tensors);
    if (!*tensors)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of %zu data sets", *count);
    for (size_t i = 0; i < n_parameters; i++)
        fill(*tensors + i, graph, parameters + i, -1);
    for (size_t i = 0; i < 2 * n_statistics; i++)
        fill(*tensors + n_parameters + i, graph, statistics + i / 2, (int)(i % 2));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_network_check_numbers(const char *path, const ggcn_network_tensor *tensor, const float *numbers,
                                       ggcn_status status) {
    const bool variance = tensor->statistics && strcmp(strrchr(tensor->path, '/'), "/variance") == 0;
    for (size_t i = 0; i < tensor->count; i++)
        if (!isfinite(numbers[i]) || (variance && numbers[i] < 0))
            GGCN_FAIL(status, "take the weights from another checkpoint or file",
                      "%s: data set \"%s\", number %zu of %zu is %g, expected a finite number%s", path, tensor->path, i,
                      tensor->count, (double)numbers[i], variance ? " of at least 0" : "");
    return GGCN_SUCCESS;
}

/* "[64, 3, 7, 7]" */
static const char *shape_text(int rank, const int64_t *dims, char text[128]) {
    size_t used = 0;
    snprintf(text, 128, "[]");
    for (int i = 0; i < rank; i++)
        used += (size_t)snprintf(text + used, 128 - used, "%s%lld%s", i == 0 ? "[" : ", ", (long long)dims[i],
                                 i == rank - 1 ? "]" : "");
    return text;
}

static ggcn_status check_data_set(const ggcn_h5_file *file, const ggcn_network_tensor *tensor, hid_t dataset) {
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_get_extent(file->path, dataset, &extent));
    int64_t found[GGCN_H5_RANKS];
    bool same = extent.rank == tensor->rank;
    for (int i = 0; i < extent.rank; i++) {
        found[i] = (int64_t)extent.dims[i];
        same = same && found[i] == tensor->dims[i];
    }
    char have[128], want[128];
    if (!same)
        GGCN_FAIL(GGCN_ERROR_FORMAT, hint, "%s: data set \"%s\" has the shape %s, but its layer needs %s", file->path,
                  tensor->path, shape_text(extent.rank, found, have), shape_text(tensor->rank, tensor->dims, want));
    return GGCN_SUCCESS;
}

typedef struct {
    const ggcn_h5_file *file;
    const ggcn_network_tensor *tensors;
    size_t count;
    ggcn_status status;
} listing;

/* `name` is "LAYER" or "LAYER/weight". */
static herr_t check_wanted(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    (void)group;
    (void)info;
    listing *l = context;
    const size_t length = strlen(name);
    for (size_t i = 0; i < l->count; i++) {
        const char *wanted = l->tensors[i].path + strlen("weights/");
        if (strncmp(wanted, name, length) == 0 && (wanted[length] == '\0' || wanted[length] == '/'))
            return 0;
    }
    l->status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, hint,
                           "%s: \"weights/%.200s\" belongs to no layer of the network", l->file->path, name);
    return -1;
}

ggcn_status ggcn_network_check_tensors(const ggcn_h5_file *file, const ggcn_network_tensor *tensors, size_t count) {
    for (size_t i = 0; i < count; i++) {
        hid_t dataset;
        if (!ggcn_h5_has(file, tensors[i].path))
            GGCN_FAIL(GGCN_ERROR_FORMAT, hint, "%s: data set \"%s\" is missing", file->path, tensors[i].path);
        GGCN_TRY(ggcn_h5_open_dataset(file, tensors[i].path, &dataset));
        const ggcn_status status = check_data_set(file, tensors + i, dataset);
        H5Dclose(dataset);
        GGCN_TRY(status);
    }
    if (!ggcn_h5_has(file, "weights"))
        return GGCN_SUCCESS; /* a network without weights */
    listing l = {file, tensors, count, GGCN_SUCCESS};
    if (H5Lvisit_by_name(file->id, "weights", H5_INDEX_NAME, H5_ITER_NATIVE, check_wanted, &l, H5P_DEFAULT) < 0 &&
        l.status == GGCN_SUCCESS)
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, file->path, "cannot list the data sets of \"weights\"");
    return l.status;
}
