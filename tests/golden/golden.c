#include "golden.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 64 };

void succeed(ggcn_status status) {
    ck_assert_msg(status == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
}

void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

int add_layer(ggcn_graph *graph, ggcn_layer layer) {
    int node = -1;
    ck_assert_msg(ggcn_graph_add(graph, &layer, &node) == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    return node;
}

/* --- numbers by formula ------------------------------------------------------------------------------------------- */

static uint32_t mix(uint32_t x) {
    x ^= x >> 16;
    x *= UINT32_C(0x7feb352d);
    x ^= x >> 15;
    x *= UINT32_C(0x846ca68b);
    return x ^ x >> 16;
}

void fill(float *values, uint32_t stream, uint32_t first, size_t count, double centre, double width) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t word = mix(mix(stream) + first + (uint32_t)i) >> 8;
        values[i] = (float)(centre + (double)(float)width * (((double)word - 8388608.) / 8388608.));
    }
}

float *make_parameters(const ggcn_graph *graph) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    float *parameters = allocate(ggcn_graph_parameters(graph, &tensors, &n_tensors), sizeof *parameters);
    for (size_t t = 0; t < n_tensors; t++) {
        const char *kind = strrchr(tensors[t].name, '.');
        ck_assert_ptr_nonnull(kind);
        const bool weight = !strcmp(kind, ".weight"), gamma = !strcmp(kind, ".gamma");
        fill(parameters + tensors[t].offset, 100 + (uint32_t)t, 0, tensors[t].count, gamma ? 1 : 0,
             weight ? sqrt(6. / (double)tensors[t].fan_in) : 0.25);
    }
    return parameters;
}

float *make_statistics(const ggcn_graph *graph) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    float *statistics = allocate(ggcn_graph_statistics(graph, &tensors, &n_tensors), sizeof *statistics);
    for (size_t t = 0; t < n_tensors; t++) {
        const size_t channels = tensors[t].count / 2;
        float *mean = statistics + tensors[t].offset, *variance = mean + channels;
        fill(mean, 1000 + (uint32_t)t, 0, channels, 0, 0.25);
        fill(variance, 1000 + (uint32_t)t, (uint32_t)channels, channels, 1, 0.5);
    }
    return statistics;
}

/* --- golden files ------------------------------------------------------------------------------------------------- */

hid_t open_golden(const char *name) {
    const char *folder = getenv("GGCN_TEST_DATA");
    char path[1024];
    ck_assert_msg(folder != NULL, "GGCN_TEST_DATA must name the folder tests of the source tree");
    snprintf(path, sizeof path, "%s/golden/%s.h5", folder, name);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    ck_assert_msg(file >= 0, "cannot open %s", path);
    return file;
}

double *read_golden(hid_t file, const char *path, size_t count) {
    double *values = allocate(count, sizeof *values);
    const hid_t data = H5Dopen2(file, path, H5P_DEFAULT);
    ck_assert_msg(data >= 0, "no data set %s", path);
    const hid_t space = H5Dget_space(data);
    ck_assert_uint_eq((size_t)H5Sget_simple_extent_npoints(space), count);
    ck_assert(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(data);
    return values;
}

uint32_t input_stream(hid_t file) {
    uint32_t stream = 0;
    const hid_t attribute = H5Aopen(file, "input_stream", H5P_DEFAULT);
    ck_assert(attribute >= 0 && H5Aread(attribute, H5T_NATIVE_UINT32, &stream) >= 0);
    H5Aclose(attribute);
    return stream;
}

/* --- comparisons -------------------------------------------------------------------------------------------------- */

void check_all(const char *what, const float *got, double factor, double *expected, size_t count) {
    double largest = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(expected[i]));
        worst = fmax(worst, fabs(factor * (double)got[i] - expected[i]));
    }
    ck_assert_msg(worst <= GOLDEN_TOLERANCE * largest, "%s: off by %.3g, largest %.3g", what, worst, largest);
    free(expected);
}

void check_gradient(const ggcn_graph *graph, hid_t file, const char *group, const float *gradient, double factor) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    char path[64];
    ggcn_graph_parameters(graph, &tensors, &n_tensors);
    snprintf(path, sizeof path, "%s/samples", group);
    double *samples = read_golden(file, path, n_tensors * SAMPLES);
    snprintf(path, sizeof path, "%s/norm", group);
    double *norms = read_golden(file, path, n_tensors);
    snprintf(path, sizeof path, "%s/sum", group);
    double *sums = read_golden(file, path, n_tensors);
    for (size_t t = 0; t < n_tensors; t++) {
        const float *g = gradient + tensors[t].offset;
        const size_t count = tensors[t].count, n = count < SAMPLES ? count : SAMPLES;
        double largest = 0, squares = 0, sum = 0;
        for (size_t i = 0; i < count; i++) {
            const double value = factor * (double)g[i];
            largest = fmax(largest, fabs(value));
            squares += value * value;
            sum += value;
        }
        for (size_t j = 0; j < n; j++) {
            const double value = factor * (double)g[j * count / n], expected = samples[t * SAMPLES + j];
            ck_assert_msg(fabs(value - expected) <= GOLDEN_TOLERANCE * largest,
                          "%s of %s: sample %zu is %.9g, expected %.9g, largest %.3g", group, tensors[t].name, j, value,
                          expected, largest);
        }
        ck_assert_msg(fabs(sqrt(squares) - norms[t]) <= GOLDEN_TOLERANCE * norms[t],
                      "%s of %s: norm %.9g, expected %.9g", group, tensors[t].name, sqrt(squares), norms[t]);
        ck_assert_msg(fabs(sum - sums[t]) <= GOLDEN_TOLERANCE * norms[t] * sqrt((double)count),
                      "%s of %s: sum %.9g, expected %.9g", group, tensors[t].name, sum, sums[t]);
    }
    free(samples);
    free(norms);
    free(sums);
}

void check_counts(const ggcn_graph *graph, hid_t file) {
    const ggcn_tensor_info *tensors;
    size_t n_tensors;
    ggcn_graph_parameters(graph, &tensors, &n_tensors);
    double *counts = read_golden(file, "counts", n_tensors);
    for (size_t t = 0; t < n_tensors; t++)
        ck_assert_msg((size_t)counts[t] == tensors[t].count, "%s has %zu elements, PyTorch's has %.0f", tensors[t].name,
                      tensors[t].count, counts[t]);
    free(counts);
}
