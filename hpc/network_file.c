/* Network files. Rank 0 deals with the file; the others get what it read. */
#include "ggcn/network_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "digest.h"
#include "folder.h"
#include "ggcn/hpc.h"
#include "ggcn/network.h"
#include "h5_data.h"
#include "network_tensors.h"

const ggcn_h5_kind ggcn_network_kind = {"ggcn-network", 2, "network file",
                                        "experiments/tools/convert_network.py makes one of other weights",
                                        GGCN_ERROR_FORMAT};

bool ggcn_network_is_file(const char *path) {
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char first[8];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    const bool is = fread(first, 1, sizeof first, file) == sizeof first && memcmp(first, signature, sizeof first) == 0;
    fclose(file); /* only read from: nothing to lose */
    return is;
}

uint64_t ggcn_network_digest(const ggcn_graph *graph, const float *parameters, const float *statistics) {
    const size_t n_parameters = ggcn_graph_parameters(graph, NULL, NULL);
    const size_t n_statistics = ggcn_graph_statistics(graph, NULL, NULL);
    const uint64_t seed = XXH3_64bits(parameters, n_parameters * sizeof *parameters);
    return XXH3_64bits_withSeed(statistics, n_statistics * sizeof *statistics, seed);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static ggcn_status put_attributes(const ggcn_h5_file *file, const ggcn_graph *graph, uint64_t digest,
                                  const char *description, const char *source) {
    char *layers, digits[GGCN_DIGEST_TEXT], text_digits[GGCN_DIGEST_TEXT];
    ggcn_digest_text(digest, digits);
    GGCN_TRY(ggcn_network_text(graph, &layers));
    ggcn_digest_text(XXH3_64bits(layers, strlen(layers)), text_digits);
    ggcn_status status = ggcn_h5_put_text(file->id, file->path, "layers", layers);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_put_text(file->id, file->path, "layers_digest", text_digits);
    free(layers);
    GGCN_TRY(status);
    const ggcn_shape input = ggcn_graph_shape(graph, 0);
    GGCN_TRY(ggcn_h5_put_integer(file->id, file->path, "input_channels", input.channels));
    GGCN_TRY(ggcn_h5_put_integer(file->id, file->path, "input_height", input.height));
    GGCN_TRY(ggcn_h5_put_integer(file->id, file->path, "input_width", input.width));
    GGCN_TRY(ggcn_h5_put_text(file->id, file->path, "description", description));
    GGCN_TRY(ggcn_h5_put_text(file->id, file->path, "source", source));
    return ggcn_h5_put_text(file->id, file->path, "digest", digits);
}

static ggcn_status put_tensor(const ggcn_h5_file *file, const ggcn_network_tensor *tensor, const float *numbers) {
    ggcn_h5_layout layout = {.path = tensor->path,
                             .description = tensor->description,
                             .unit = "1",
                             .type = H5T_IEEE_F32LE,
                             .rank = tensor->rank};
    for (int i = 0; i < tensor->rank; i++)
        layout.dims[i] = layout.chunk[i] = (hsize_t)tensor->dims[i];
    const hsize_t row = tensor->count / (size_t)tensor->dims[0] * sizeof *numbers;
    layout.chunk[0] = ggcn_h5_chunk_rows(layout.dims[0], row, 1 << 20); /* fits HDF5's chunk cache */
    hid_t dataset;
    GGCN_TRY(ggcn_h5_create_dataset(file, &layout, &dataset));
    const ggcn_status status =
        ggcn_h5_write(file, dataset, H5T_NATIVE_FLOAT, (const hsize_t[GGCN_H5_RANKS]){0}, layout.dims, numbers);
    H5Dclose(dataset);
    return status;
}

/* What a file is made of; the vectors as in ggcn/network_file.h. */
typedef struct {
    const ggcn_graph *graph;
    const float *parameters, *statistics;
    ggcn_network_tensor *tensors;
    size_t n_tensors;
} network_contents;

static const float *numbers_of(const network_contents *c, size_t i) {
    return (c->tensors[i].statistics ? c->statistics : c->parameters) + c->tensors[i].offset;
}

static ggcn_status write_alone(const char *path, const network_contents *c, const char *description,
                               const char *source) {
    size_t bytes = 0;
    for (size_t i = 0; i < c->n_tensors; i++) {
        GGCN_TRY(ggcn_network_check_numbers(path, &c->tensors[i], numbers_of(c, i), GGCN_ERROR_NUMERIC));
        bytes += c->tensors[i].count * sizeof(float);
    }
    ggcn_h5_file *file;
    GGCN_TRY(ggcn_h5_create(path, &ggcn_network_kind, true, (int64_t)bytes, &file));
    ggcn_status status = put_attributes(file, c->graph, ggcn_network_digest(c->graph, c->parameters, c->statistics),
                                        description, source);
    for (size_t i = 0; status == GGCN_SUCCESS && i < c->n_tensors; i++)
        status = put_tensor(file, &c->tensors[i], numbers_of(c, i));
    if (status == GGCN_SUCCESS)
        return ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    return status;
}

ggcn_status ggcn_network_file_write(const char *path, const ggcn_graph *graph, const float *parameters,
                                    const float *statistics, const char *description, const char *source) {
    const uint64_t digest = ggcn_network_digest(graph, parameters, statistics);
    GGCN_TRY(ggcn_same_on_all_ranks("the network to be written", "write it where all ranks hold the same parameters",
                                    &digest, sizeof digest));
    network_contents c = {.graph = graph, .parameters = parameters, .statistics = statistics};
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() == 0) {
        status = ggcn_network_tensors(graph, &c.tensors, &c.n_tensors);
        if (status == GGCN_SUCCESS)
            status = write_alone(path, &c, description, source);
        free(c.tensors);
    }
    return ggcn_agree(status);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* What rank 0 reads and the others are given. */
typedef struct {
    char *layers;
    ggcn_shape input;
    ggcn_graph *graph;
    float *parameters, *statistics;
} network_read;

static void release(network_read *r) {
    free(r->layers);
    free(r->parameters);
    free(r->statistics);
    ggcn_graph_destroy(&r->graph);
}

static ggcn_status get_input(const ggcn_h5_file *file, ggcn_shape *input) {
    GGCN_TRY(ggcn_h5_get_integer(file->id, file->path, "input_channels", &input->channels));
    GGCN_TRY(ggcn_h5_get_integer(file->id, file->path, "input_height", &input->height));
    return ggcn_h5_get_integer(file->id, file->path, "input_width", &input->width);
}

/* The graph of r->layers for images of r->input, and room for its numbers. */
static ggcn_status build(const char *path, network_read *r) {
    ggcn_status status = ggcn_network_parse(path, r->layers, strlen(r->layers), r->input, &r->graph);
    if (status == GGCN_ERROR_CONFIG || status == GGCN_ERROR_ARGUMENT)
        GGCN_FAIL(GGCN_ERROR_FORMAT, ggcn_last_error()->hint,
                  "%s: attribute \"layers\" is no network for images of %" PRId64 " x %" PRId64 " x %" PRId64
                  " (channels x height x width): %s",
                  path, r->input.channels, r->input.height, r->input.width, ggcn_last_error()->message);
    return status;
}

static ggcn_status allocate(const char *path, network_read *r) {
    const size_t n_parameters = ggcn_graph_parameters(r->graph, NULL, NULL);
    const size_t n_statistics = ggcn_graph_statistics(r->graph, NULL, NULL);
    r->parameters = malloc((n_parameters + 1) * sizeof *r->parameters);
    r->statistics = n_statistics > 0 ? malloc(n_statistics * sizeof *r->statistics) : NULL;
    if (!r->parameters || (n_statistics > 0 && !r->statistics))
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the %zu numbers of %s", n_parameters + n_statistics, path);
    return GGCN_SUCCESS;
}

static ggcn_status get_tensor(const ggcn_h5_file *file, const ggcn_network_tensor *tensor, float *numbers) {
    hid_t dataset;
    hsize_t count[GGCN_H5_RANKS];
    for (int i = 0; i < tensor->rank; i++)
        count[i] = (hsize_t)tensor->dims[i];
    GGCN_TRY(ggcn_h5_open_dataset(file, tensor->path, &dataset));
    ggcn_status status =
        ggcn_h5_read(file->path, dataset, H5T_NATIVE_FLOAT, (const hsize_t[GGCN_H5_RANKS]){0}, count, numbers);
    H5Dclose(dataset);
    if (status == GGCN_ERROR_FORMAT)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, ggcn_network_kind.hint, "%s, in data set \"%s\"",
                            ggcn_last_error()->message, tensor->path);
    GGCN_TRY(status);
    return ggcn_network_check_numbers(file->path, tensor, numbers, GGCN_ERROR_FORMAT);
}

/* A file from elsewhere, or an older one, may do without the attribute. @param of what the digest is of, e.g. "numbers"
 */
static ggcn_status check_digest(const ggcn_h5_file *file, const char *name, uint64_t digest, const char *of) {
    char *found, expected[GGCN_DIGEST_TEXT], hint[64];
    if (H5Aexists(file->id, name) == 0)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, name, &found));
    ggcn_digest_text(digest, expected);
    snprintf(hint, sizeof hint, "write the file again; its %s were changed", of);
    ggcn_status status = GGCN_SUCCESS;
    if (strcmp(found, expected) != 0)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, hint,
                            "%s: attribute \"%s\": expected %s, the digest of the %s, found %s", file->path, name,
                            expected, of, found);
    free(found);
    return status;
}

static ggcn_status read_numbers(const ggcn_h5_file *file, network_read *r) {
    ggcn_network_tensor *tensors;
    size_t count;
    GGCN_TRY(ggcn_network_tensors(r->graph, &tensors, &count));
    ggcn_status status = ggcn_network_check_tensors(file, tensors, count); /* before room is made for what they claim */
    if (status == GGCN_SUCCESS)
        status = allocate(file->path, r);
    for (size_t i = 0; status == GGCN_SUCCESS && i < count; i++)
        status =
            get_tensor(file, tensors + i, (tensors[i].statistics ? r->statistics : r->parameters) + tensors[i].offset);
    free(tensors);
    GGCN_TRY(status);
    return check_digest(file, "digest", ggcn_network_digest(r->graph, r->parameters, r->statistics), "numbers");
}

static ggcn_status read_file(const ggcn_h5_file *file, network_read *r) {
    ggcn_shape made_for;
    GGCN_TRY(get_input(file, &made_for));
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "layers", &r->layers));
    /* a letter that changes in the layers may make another network of the same numbers */
    GGCN_TRY(check_digest(file, "layers_digest", XXH3_64bits(r->layers, strlen(r->layers)), "layers"));
    if (r->input.channels == 0)
        r->input = made_for;
    if (r->input.channels != made_for.channels)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "give it images with as many channels, or use another network",
                  "%s: a network for images with %" PRId64 " channels, but the images have %" PRId64, file->path,
                  made_for.channels, r->input.channels);
    GGCN_TRY(build(file->path, r));
    return read_numbers(file, r);
}

static ggcn_status read_alone(const char *path, network_read *r) {
    ggcn_h5_file *file;
    GGCN_TRY(ggcn_h5_open(path, &ggcn_network_kind, true, &file));
    const ggcn_status status = read_file(file, r);
    ggcn_h5_close(&file);
    return status;
}

/* Gives all ranks what rank 0 has read. */
static ggcn_status share(const char *path, network_read *r) {
    GGCN_TRY(ggcn_broadcast_text(&r->layers));
    GGCN_TRY(ggcn_broadcast(&r->input, sizeof r->input, 0));
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() != 0) {
        status = build(path, r);
        if (status == GGCN_SUCCESS)
            status = allocate(path, r);
    }
    GGCN_TRY(ggcn_agree(status));
    GGCN_TRY(ggcn_broadcast(r->parameters, ggcn_graph_parameters(r->graph, NULL, NULL) * sizeof(float), 0));
    return ggcn_broadcast(r->statistics, ggcn_graph_statistics(r->graph, NULL, NULL) * sizeof(float), 0);
}

ggcn_status ggcn_network_file_read(const char *path, ggcn_shape input, ggcn_graph **graph, float **parameters,
                                   float **statistics) {
    *graph = NULL;
    *parameters = *statistics = NULL;
    network_read r = {.input = input};
    ggcn_status status = ggcn_agree(ggcn_rank() == 0 ? read_alone(path, &r) : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS)
        status = share(path, &r);
    if (status == GGCN_SUCCESS) {
        *graph = r.graph;
        *parameters = r.parameters;
        *statistics = r.statistics;
        free(r.layers);
    } else
        release(&r);
    return status;
}
