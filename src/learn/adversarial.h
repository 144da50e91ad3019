/* The discriminator of DCGAN: the potential as a logit, on a network with batch statistics, of the observed images and
 * of the generator's. */
#ifndef GGCN_LEARN_ADVERSARIAL_H
#define GGCN_LEARN_ADVERSARIAL_H

#include "learn/batch_network.h"
#include "learn/learner.h"

typedef struct {
    ggcn_batch_network *network;
    int64_t rows;     /* images of a block */
    int64_t count;    /* of this rank */
    float *images;    /* [count][elements]; of the generated ones the chains themselves, not owned */
    uint32_t *labels; /* [count] */
    float *features;  /* [count][F] */
    float *seeds;     /* [count][F] coefficient * theta */
    double *logits;   /* [count] */
} ggcn_judged;

typedef struct {
    ggcn_learner *learner; /* parameters, optimiser, chains; not owned */
    ggcn_judged observed, generated;
    float *observed_images;
    ggcn_gradients **scratch; /* [threads] */
    float **filters;          /* [threads][n_filters] */
} ggcn_adversary;

ggcn_status ggcn_adversary_create(ggcn_learner *learner, ggcn_adversary **adversary);
void ggcn_adversary_destroy(ggcn_adversary **adversary);

#endif
