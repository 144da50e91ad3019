/**
 * @file
 * Small training runs for the tests: a network from a text, observed images in memory, a trainer on all blocks.
 * Every function fails the running Check test on an error.
 */
#ifndef TRAINING_CASE_H
#define TRAINING_CASE_H

#include "ggcn/network.h"
#include "ggcn/trainer.h"

enum { CASE_SIDE = 6, CASE_CHANNELS = 2, CASE_ELEMENTS = CASE_CHANNELS * CASE_SIDE * CASE_SIDE };

typedef struct {
    ggcn_config *config;
    ggcn_model_networks networks;
    ggcn_observed *observed;
    ggcn_blocks blocks;
    ggcn_trainer *trainer;
} training_case;

/** Networks for images of 2 x 6 x 6, with 4 x 3 x 3 results: convolutions with leaky ReLU, with norm, with tanh. */
extern const char *const plain_network, *const norm_network, *const tanh_network;

/** Generators of such images from any number of latents: without norm layers and with them. */
extern const char *const plain_generator, *const norm_generator;

/**
 * A trainer at iteration 0: 2 blocks of 2 chains that start at noise, 5 observed images of random bytes per block and
 * all of them in each iteration, SGD without momentum at rate 1, also for the generator, and a step of the latents at
 * rate 1. A multi-grid model has the network on every grid. A model that does not learn filters gets random ones, and
 * statistics other than 0 and 1.
 * @param classes  classes of the observed images
 * @param settings further settings of the configuration, separated by blanks; may be ""
 */
training_case training_case_create(const char *network, uint32_t classes, const char *settings);
/** The same for models with a generator, which may be NULL. */
training_case training_case_create_with(const char *network, const char *generator, uint32_t classes,
                                        const char *settings);
void training_case_destroy(training_case *c);

/** One iteration. @param[out] metrics as in ggcn_trainer_step: CASE_METRICS are enough */
void training_case_step(training_case *c, double *metrics);
enum { CASE_METRICS = GGCN_METRICS + 8 };
/** Number of the metric of that name; the test fails if there is none. */
size_t training_case_metric(const training_case *c, const char *name);

/** An array of the state; its data are the trainer's own. The test fails if there is none. */
ggcn_array training_case_array(const training_case *c, const char *path);

/** Observed image i as pixels. @param[out] x [CASE_ELEMENTS] */
void training_case_pixels(const training_case *c, int64_t i, double *x);

/** All bytes of the trainer's state, or only those of arrays whose path begins with `prefix`; to be released with free.
 */
unsigned char *training_case_save(const training_case *c, const char *prefix, size_t *bytes);
/** Puts a whole saved state into a trainer of the same configuration. */
void training_case_restore(training_case *c, const unsigned char *saved, size_t bytes);

#endif
