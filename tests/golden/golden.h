/**
 * @file
 * What the tests against PyTorch share: numbers by the formula of make_golden.py, golden files, comparisons. All fail
 * the running Check test on an error.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <hdf5.h>

#include "ggcn/graph.h"
#include "ggcn/plan.h"

/** Greatest error by the largest number of a tensor. */
#define GOLDEN_TOLERANCE 1e-5

void succeed(ggcn_status status);
void *allocate(size_t count, size_t size); /**< zeros, to be freed */
/** As ggcn_graph_add. */
int add_layer(ggcn_graph *graph, ggcn_layer layer);

/** Numbers first .. first+count-1 of a stream. */
void fill(float *values, uint32_t stream, uint32_t first, size_t count, double centre, double width);
/** Flat as in the graph, to be freed. */
float *make_parameters(const ggcn_graph *graph);
float *make_statistics(const ggcn_graph *graph);

/** The file golden/NAME.h5 of the folder of tests. */
hid_t open_golden(const char *name);
/** A data set of exactly `count` numbers, as doubles, to be freed. */
double *read_golden(hid_t file, const char *path, size_t count);
/** The stream that the file's input is taken from. */
uint32_t input_stream(hid_t file);

/** max |factor got - expected| <= tolerance max |expected|. Frees `expected`. */
void check_all(const char *what, const float *got, double factor, double *expected, size_t count);
/** The parameter gradient, times `factor`, against the group `group`: each tensor's 64 samples, norm and sum. */
void check_gradient(const ggcn_graph *graph, hid_t file, const char *group, const float *gradient, double factor);
/** The elements of each parameter tensor. */
void check_counts(const ggcn_graph *graph, hid_t file);

#endif
