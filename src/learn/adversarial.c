/* DCGAN, the baseline of the paper's Figs. 7 and 10 (Radford et al.): with the logit D(x) = Phi(x) and s the sigmoid,
 *
 *   discriminator  ascends  E_observed log s(D(y)) + E_z log(1 - s(D(G(z))))
 *   generator      ascends  E_z log s(D(G(z)))              (the non-saturating loss)
 *
 * d log s(D) = (1 - s(D)) dD and d log(1 - s(D)) = -s(D) dD, so each image's seed is a coefficient times theta. */
#include "learn/adversarial.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/block_loop.h"
#include "learn/squares.h"
#include "learn/trainer.h"

static size_t map_floats(const ggcn_learner *l) {
    const ggcn_shape top = ggcn_graph_output(l->graph);
    return (size_t)(top.channels * top.height * top.width);
}

static ggcn_status create_judged(const ggcn_learner *l, int64_t rows, ggcn_judged *j) {
    j->rows = rows;
    j->count = rows * l->blocks.owned;
    const size_t count = (size_t)j->count, map = map_floats(l);
    j->features = malloc(count * map * sizeof *j->features);
    j->seeds = malloc(count * map * sizeof *j->seeds);
    j->logits = malloc(count * sizeof *j->logits);
    j->labels = calloc(count, sizeof *j->labels);
    if (!j->features || !j->seeds || !j->logits || !j->labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer learning.chains", "no memory for the discriminator");
    return ggcn_batch_network_create(l->graph, &l->blocks, l->chains.block, rows, &j->network);
}

static void destroy_judged(ggcn_judged *j) {
    ggcn_batch_network_destroy(&j->network);
    free(j->features);
    free(j->seeds);
    free(j->logits);
    free(j->labels);
}

static ggcn_status create(ggcn_adversary *a) {
    const ggcn_learner *l = a->learner;
    GGCN_TRY(create_judged(l, (int64_t)l->batch.per_block, &a->observed));
    GGCN_TRY(create_judged(l, l->chains.block, &a->generated));
    a->observed_images = malloc((size_t)a->observed.count * l->chains.elements * sizeof *a->observed_images);
    a->scratch = calloc((size_t)l->threads, sizeof *a->scratch);
    a->filters = calloc((size_t)l->threads, sizeof *a->filters);
    if (!a->observed_images || !a->scratch || !a->filters)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the discriminator");
    a->observed.images = a->observed_images;
    a->generated.images = l->chains.x;
    memcpy(a->generated.labels, l->chains.labels, (size_t)a->generated.count * sizeof *a->generated.labels);
    for (int i = 0; i < l->threads; i++) {
        GGCN_TRY(ggcn_gradients_create(ggcn_batch_network_plan(a->observed.network), &a->scratch[i]));
        a->filters[i] = malloc((l->potential.n_filters + 1) * sizeof **a->filters);
        if (!a->filters[i])
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the discriminator");
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_adversary_create(ggcn_learner *learner, ggcn_adversary **adversary) {
    ggcn_adversary *a = calloc(1, sizeof *a);
    *adversary = a;
    if (!a)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the discriminator");
    a->learner = learner;
    const ggcn_status status = create(a);
    if (status != GGCN_SUCCESS)
        ggcn_adversary_destroy(adversary);
    return status;
}

void ggcn_adversary_destroy(ggcn_adversary **adversary) {
    ggcn_adversary *a = *adversary;
    if (!a)
        return;
    for (int i = 0; i < a->learner->threads; i++) {
        if (a->scratch)
            ggcn_gradients_destroy(&a->scratch[i]);
        if (a->filters)
            free(a->filters[i]);
    }
    free(a->scratch);
    free(a->filters);
    destroy_judged(&a->observed);
    destroy_judged(&a->generated);
    free(a->observed_images);
    free(a);
    *adversary = NULL;
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* Features and logits of all images. Collective. */
static ggcn_status judge(const ggcn_learner *l, ggcn_judged *j) {
    const size_t map = map_floats(l);
    const float *theta = l->parameters;
    GGCN_TRY(
        ggcn_batch_network_forward(j->network, theta + l->potential.n_theta, l->statistics, j->images, j->features));
    for (int64_t n = 0; n < j->count; n++) {
        const float *f = j->features + (size_t)n * map;
        float *seed = j->seeds + (size_t)n * map;
        ggcn_potential_seed(&l->potential, theta, l->potential.n_classes > 1 ? j->labels[n] : 0, 1, seed);
        double logit = 0;
        for (size_t i = 0; i < map; i++)
            logit += (double)f[i] * seed[i];
        j->logits[n] = logit;
    }
    return GGCN_SUCCESS;
}

/* d log s(D)/dD for images that should seem real, d log(1 - s(D))/dD for the others. */
static double coefficient(double logit, bool real) {
    return real ? 1 - sigmoid(logit) : -sigmoid(logit);
}

/* Backward pass of what `real` asks for. Collective. */
static ggcn_status blame(const ggcn_learner *l, ggcn_judged *j, bool real, float *inputs) {
    const size_t map = map_floats(l);
    for (int64_t n = 0; n < j->count; n++) {
        const float c = (float)coefficient(j->logits[n], real);
        for (size_t i = 0; i < map; i++)
            j->seeds[(size_t)n * map + i] *= c;
    }
    return ggcn_batch_network_backward(j->network, GGCN_SUCCESS, j->seeds, inputs);
}

/* Adds one block's part of the gradient and the response of one kind of images. */
static ggcn_status add_part(const ggcn_adversary *a, int thread, int64_t block, const ggcn_judged *j, bool real,
                            double weight, ggcn_vector vector) {
    const ggcn_learner *l = a->learner;
    const ggcn_potential *p = &l->potential;
    float *theta = vector.f, *filters = vector.f + p->n_theta, *response = vector.f + p->n_parameters;
    for (int64_t n = block * j->rows; n < (block + 1) * j->rows; n++) {
        const float *f = j->features + (size_t)n * map_floats(l);
        const uint32_t label = p->n_classes > 1 ? j->labels[n] : 0;
        ggcn_potential_add_features(p, f, label, (float)(weight * coefficient(j->logits[n], real)), theta, NULL);
        ggcn_potential_add_features(p, f, label, (float)(real ? weight : -weight), NULL, response);
        vector.d[real ? GGCN_SUM_POTENTIAL_DATA : GGCN_SUM_POTENTIAL_CHAINS] += j->logits[n];
        vector.d[real ? GGCN_SUM_SQUARE_DATA : GGCN_SUM_SQUARE_CHAINS] +=
            ggcn_sum_of_squares(j->images + (size_t)n * l->chains.elements, l->chains.elements);
    }
    GGCN_TRY(ggcn_batch_network_gradient(j->network, block, (float)weight, a->scratch[thread], a->filters[thread]));
    for (size_t i = 0; i < p->n_filters; i++)
        filters[i] += a->filters[thread][i];
    return GGCN_SUCCESS;
}

static ggcn_status gradient_block(void *context, int thread, int64_t block) {
    const ggcn_adversary *a = context;
    const ggcn_learner *l = a->learner;
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(l->sum, &vector));
    memset(vector.d, 0, (GGCN_SUMS + l->potential.n_statistics) * sizeof *vector.d);
    memset(vector.f, 0, ggcn_learner_floats(l->config, &l->potential, l->n_learned) * sizeof *vector.f);
    GGCN_TRY(add_part(a, thread, block, &a->observed, true, 1 / (double)l->config->learning.observed, vector));
    GGCN_TRY(add_part(a, thread, block, &a->generated, false, 1 / (double)l->config->learning.chains, vector));
    return ggcn_sum_add(l->sum, l->blocks.first + block, vector);
}

static void draw_observed(ggcn_adversary *a) {
    ggcn_learner *l = a->learner;
    for (int64_t block = 0; block < l->blocks.owned; block++)
        for (int64_t n = 0; n < a->observed.rows; n++) {
            const int64_t at = block * a->observed.rows + n;
            ggcn_draw_observed_image(l, &l->workers[0], block, (uint64_t)n,
                                     a->observed_images + (size_t)at * l->chains.elements, &a->observed.labels[at]);
        }
}

static ggcn_status learn_discriminator(ggcn_adversary *a, double *metrics) {
    ggcn_learner *l = a->learner;
    GGCN_TRY(judge(l, &a->observed));
    ggcn_batch_network_track(a->observed.network, l->config->potential.norm_momentum, l->statistics);
    GGCN_TRY(blame(l, &a->observed, true, NULL));
    GGCN_TRY(judge(l, &a->generated));
    GGCN_TRY(blame(l, &a->generated, false, NULL));
    return ggcn_learner_update(l, ggcn_for_blocks(l->threads, l->blocks.owned, gradient_block, a), metrics);
}

/* What the chains' records show of a generated image. */
static void record(const ggcn_adversary *a) {
    const ggcn_learner *l = a->learner;
    const double s = l->config->potential.reference_sigma;
    for (int64_t n = 0; n < l->chains.count; n++) {
        const double square = ggcn_sum_of_squares(l->chains.x + (size_t)n * l->chains.elements, l->chains.elements);
        l->potential_of[n] = a->generated.logits[n];
        l->lp[n] = a->generated.logits[n] - square / (2 * s * s);
        l->gradient_of[n] = 0;
    }
}

ggcn_status ggcn_adversarial_iteration(ggcn_trainer *t, double *metrics) {
    ggcn_generator *g = t->generator;
    ggcn_adversary *a = t->adversary;
    ggcn_learner *l = a->learner;
    const double start = omp_get_wtime();
    l->iteration = t->iteration;
    for (int64_t n = 0; n < g->count; n++)
        ggcn_generator_draw(g, t->iteration, n);
    GGCN_TRY(ggcn_generator_forward(g, l->chains.labels));
    memcpy(l->chains.x, g->image, (size_t)g->count * g->elements * sizeof *l->chains.x);
    draw_observed(a);
    GGCN_TRY(learn_discriminator(a, metrics));
    record(a);
    const double middle = omp_get_wtime();
    if ((t->iteration + 1) % t->config->generator.every == 0) {
        GGCN_TRY(judge(l, &a->generated));
        GGCN_TRY(blame(l, &a->generated, true, g->signal));
        GGCN_TRY(ggcn_generator_learn(g, GGCN_SUCCESS, l->chains.labels, t->iteration,
                                      &metrics[GGCN_METRICS + GGCN_METRIC_GENERATOR_GRADIENT_NORM]));
    }
    GGCN_TRY(ggcn_measure_generator(t, GGCN_SUCCESS, metrics));
    metrics[GGCN_METRICS + GGCN_METRIC_SECONDS_GENERATOR] = omp_get_wtime() - middle;
    metrics[GGCN_METRIC_SECONDS] = omp_get_wtime() - start;
    metrics[GGCN_METRIC_SECONDS_LEARNING] = middle - start;
    return GGCN_SUCCESS;
}
