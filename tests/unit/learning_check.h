/**
 * @file
 * One potential of a training case in double precision, on the naive reference, and what an iteration of its learning
 * must do, by definition: the change of the parameters is the gradient, by central differences, of
 *
 *   J(p) = E_observed Phi - E_after Phi - beta/2 [ (1-gamma) E_before |grad_x Phi|^2 + gamma E_after |grad_x Phi|^2 ]
 *
 * where before and after are the chains before and after their Langevin steps. Steps, metrics and running statistics
 * are compared with their formulas. Every function fails the running Check test where something is wrong.
 */
#ifndef LEARNING_CHECK_H
#define LEARNING_CHECK_H

#include "reference.h"
#include "training_case.h"

/** Images, their classes, and what a potential made of them last. */
typedef struct {
    int64_t count;
    size_t elements; /**< numbers in an image */
    double *x;       /**< [count][elements] */
    uint32_t *labels;
    double phi, norm, square, x_square; /**< means of Phi, |grad_x Phi|, |grad_x Phi|^2, |x|^2 */
} image_set;

typedef struct {
    const training_case *c;
    const ggcn_model_traits *traits;
    int grid;
    char prefix[16]; /**< of its arrays' names: "" or e.g. "grid-3/" */
    uint64_t seed;   /**< of its random numbers */
    const ggcn_graph *graph;
    reference *network; /**< of one image */
    ggcn_potential shape;
    size_t n_learned;
    double *parameters; /**< [theta | filters] */
    double *map;        /**< theta at every position */
    uint64_t piece;     /**< which side of every kink the evaluations since took; set to 0 at will */
} potential_model;

/** float32 against double precision. */
extern const double CHECK_TOLERANCE;

/** Zeroed memory. */
void *check_allocate(size_t count, size_t size);

potential_model potential_model_create(const training_case *c, int grid);
void potential_model_destroy(potential_model *m);
/** Takes over the trainer's parameters. */
void potential_model_read(potential_model *m);
/** Takes over the trainer's running statistics. */
void potential_model_read_statistics(potential_model *m);
/** Phi(x); reference_signal(m->network, 0) is then grad_x Phi. */
double potential_model_evaluate(potential_model *m, const double *x, uint32_t label);

image_set image_set_create(int64_t count, size_t elements);
void image_set_destroy(image_set *s);
/** All observed images, at the size of the model's grid. */
image_set image_set_observed(const potential_model *m);
/** The chains as they are. */
image_set image_set_chains(const potential_model *m);
/** Copies of the chains' classes with other images. @param x [chains][elements] */
image_set image_set_of(const potential_model *m, const float *x);

/** To be called before a step of the trainer: takes over its parameters, and expects what it does before iteration 0.
 */
void learning_check_begin(potential_model *m, image_set *observed, uint32_t iteration);
/**
 * To be called after the step: chains, parameters and statistics must be what the definition says. The model then has
 * the new parameters and statistics.
 * @param before  the chains before their steps
 * @param metrics of the step, to be compared too; NULL: of another grid
 */
void learning_check_end(potential_model *m, image_set *observed, image_set *before, uint32_t iteration,
                        const double *metrics);

/** R between the observed images and the chains as they are, under the model's parameters. */
double learning_check_response(potential_model *m, const image_set *observed);

/** Compares `count` numbers, relative to the largest expected one. @return that one */
double check_compare(const char *what, const double *found, const double *expected, size_t count);
/** Compares a metric with its value, relative to max(1, |value|). */
void check_metric(const training_case *c, const double *metrics, const char *name, double expected);

#endif
