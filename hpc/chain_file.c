/* Reading of traces. Each rank opens the file for itself, because HDF5 reads no virtual data set in parallel. */
#include "ggcn/chain_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_about.h"
#include "chain_layout.h"
#include "folder.h"
#include "ggcn/hpc.h"

/* Where a trace is. */
typedef struct {
    int variable;
    int64_t layer; /* of GGCN_CHAIN_RESPONSE */
} source;

struct ggcn_chain_file {
    ggcn_chain_file_info info;
    ggcn_h5_file *file;
    uint64_t *iterations;
    char **names;
    source *sources;
};

static ggcn_status get_extent(const ggcn_chain_file *f, int variable, ggcn_h5_extent *extent) {
    hid_t dataset;
    GGCN_TRY(ggcn_h5_open_dataset(f->file, ggcn_chain_variable_path(variable), &dataset));
    const ggcn_status status = ggcn_h5_get_extent(f->file->path, dataset, extent);
    H5Dclose(dataset);
    return status;
}

static ggcn_status read_draws(ggcn_chain_file *f) {
    ggcn_h5_extent extent;
    hid_t dataset;
    GGCN_TRY(get_extent(f, GGCN_CHAIN_LP, &extent));
    f->info.chains = (int64_t)extent.dims[0];
    f->info.draws = (int64_t)extent.dims[1];
    f->iterations = malloc((size_t)f->info.draws * sizeof *f->iterations);
    if (!f->iterations)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " draws", f->info.draws);
    f->info.iterations = f->iterations;
    GGCN_TRY(ggcn_h5_open_dataset(f->file, "sample_stats/draw", &dataset));
    const ggcn_status status =
        ggcn_h5_read(f->file->path, dataset, H5T_NATIVE_UINT64, &(hsize_t){0}, &extent.dims[1], f->iterations);
    H5Dclose(dataset);
    return status;
}

/* `layers` NULL: not a response. Moves on to the next name in it. */
static ggcn_status add_trace(ggcn_chain_file *f, int variable, int64_t layer, const char **layers) {
    const size_t n = f->info.traces;
    const char *name = strrchr(ggcn_chain_variable_path(variable), '/') + 1;
    f->sources[n] = (source){variable, layer};
    if (!layers)
        GGCN_TRY(ggcn_format(&f->names[n], "%s", name));
    else {
        const size_t length = strcspn(*layers, " ");
        GGCN_TRY(ggcn_format(&f->names[n], "%s[%" PRId64 "] %.*s", name, layer, (int)length, *layers));
        *layers += length + ((*layers)[length] == ' ');
    }
    f->info.traces++;
    return GGCN_SUCCESS;
}

static ggcn_status list_traces(ggcn_chain_file *f, int64_t layers, const char *layer_names) {
    const size_t most = (size_t)(GGCN_CHAIN_SCALARS + layers);
    f->names = calloc(most, sizeof *f->names);
    f->sources = malloc(most * sizeof *f->sources);
    if (!f->names || !f->sources)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of %zu traces", most);
    f->info.names = f->names;
    for (int v = GGCN_CHAIN_LP; v < GGCN_CHAIN_RESPONSE; v++)
        if (ggcn_h5_has(f->file, ggcn_chain_variable_path(v)))
            GGCN_TRY(add_trace(f, v, 0, NULL));
    for (int64_t layer = 0; layer < layers; layer++)
        GGCN_TRY(add_trace(f, GGCN_CHAIN_RESPONSE, layer, &layer_names));
    return GGCN_SUCCESS;
}

static ggcn_status examine(ggcn_chain_file *f) {
    ggcn_h5_extent extent = {0};
    char *layer_names = NULL;
    GGCN_TRY(ggcn_chain_get_stationarity(f->file, &f->info.stationarity));
    GGCN_TRY(read_draws(f));
    if (ggcn_h5_has(f->file, ggcn_chain_variable_path(GGCN_CHAIN_RESPONSE)))
        GGCN_TRY(get_extent(f, GGCN_CHAIN_RESPONSE, &extent));
    if (H5Aexists(f->file->id, "layers") > 0)
        GGCN_TRY(ggcn_h5_get_text(f->file->id, f->file->path, "layers", &layer_names));
    const ggcn_status status = list_traces(f, (int64_t)extent.dims[2], layer_names ? layer_names : "");
    free(layer_names);
    return status;
}

static ggcn_status open_alone(const char *path, ggcn_chain_file *f) {
    GGCN_TRY(ggcn_h5_open(path, &ggcn_chain_kind, true, &f->file));
    f->info.path = f->file->path;
    return examine(f);
}

ggcn_status ggcn_chain_file_open(const char *path, ggcn_chain_file **file) {
    *file = calloc(1, sizeof **file);
    ggcn_status status = GGCN_SUCCESS;
    if (!*file)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a file of chains");
    status = ggcn_agree(status);
    for (int first = 1; first >= 0 && status == GGCN_SUCCESS; first--) /* rank 0 first: one message */
        status = ggcn_agree((ggcn_rank() == 0) == first ? open_alone(path, *file) : GGCN_SUCCESS);
    if (status != GGCN_SUCCESS)
        ggcn_chain_file_close(file);
    return status;
}

void ggcn_chain_file_close(ggcn_chain_file **file) {
    ggcn_chain_file *f = *file;
    if (!f)
        return;
    ggcn_h5_close(&f->file);
    for (size_t i = 0; f->names && i < f->info.traces; i++)
        free(f->names[i]);
    free(f->names);
    free(f->sources);
    free(f->iterations);
    free(f);
    *file = NULL;
}

const ggcn_chain_file_info *ggcn_chain_file_describe(const ggcn_chain_file *file) {
    return &file->info;
}

ggcn_status ggcn_chain_file_read(const ggcn_chain_file *file, size_t trace, double *values) {
    const source *s = &file->sources[trace];
    const hsize_t start[3] = {0, 0, (hsize_t)s->layer};
    const hsize_t count[3] = {(hsize_t)file->info.chains, (hsize_t)file->info.draws, 1};
    hid_t dataset;
    GGCN_TRY(ggcn_h5_open_dataset(file->file, ggcn_chain_variable_path(s->variable), &dataset));
    const ggcn_status status = ggcn_h5_read(file->file->path, dataset, H5T_NATIVE_DOUBLE, start, count, values);
    H5Dclose(dataset);
    return status;
}
