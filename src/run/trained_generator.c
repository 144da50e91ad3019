/* The generator of a trained model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/optimizer.h"
#include "run/trained.h"

/* z and the class's embedding, as the network reads them; 0 beyond the batch's images. */
static void fill_inputs(const ggcn_trained *m, ggcn_trained_worker *w, int64_t count, const float *z,
                        const uint32_t *labels) {
    const ggcn_trained_generator *g = &m->generator;
    memset(w->input, 0, (size_t)m->batch * g->inputs * sizeof *w->input);
    for (int64_t n = 0; n < count; n++) {
        float *input = w->input + (size_t)n * g->inputs;
        memcpy(input, z + (size_t)n * g->latent, g->latent * sizeof *z);
        if (g->embedding > 0)
            memcpy(input + g->latent, g->parameters + g->n_network + (labels ? labels[n] : 0) * g->embedding,
                   g->embedding * sizeof *input);
    }
}

/* G(z) of a batch into w->x. */
static ggcn_status generate_batch(const ggcn_trained *m, ggcn_trained_worker *w, int64_t count, const float *z,
                                  const uint32_t *labels) {
    fill_inputs(m, w, count, z, labels);
    GGCN_TRY(ggcn_forward(w->generator, m->generator.weights, w->input));
    ggcn_read_output(w->generator, w->x);
    return GGCN_SUCCESS;
}

static ggcn_status check(const ggcn_trained *m, int64_t count, const uint32_t *labels) {
    if (!m->generator.plan)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use a model with a generator (ggcn, dcgan)", "%s: a %s has no generator",
                  m->checkpoint.path, ggcn_model_name(m->config->model));
    return ggcn_trained_check(m, 0, count, labels);
}

typedef struct {
    const float *z;
    const uint32_t *labels;
    float *x;
    size_t elements;
} generation;

static ggcn_status generate(ggcn_trained *m, ggcn_trained_worker *w, int64_t first, int64_t count, void *context) {
    const generation *g = context;
    GGCN_TRY(ggcn_trained_use_generator(m, w));
    GGCN_TRY(generate_batch(m, w, count, g->z + (size_t)first * m->info.latent, g->labels ? g->labels + first : NULL));
    memcpy(g->x + (size_t)first * g->elements, w->x, (size_t)count * g->elements * sizeof *g->x);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trained_generate(ggcn_trained *m, int64_t count, const float *z, const uint32_t *labels, float *x) {
    GGCN_TRY(check(m, count, labels));
    generation g = {z, labels, x, m->grids[m->info.grids - 1].elements};
    return ggcn_trained_for_batches(m, count, generate, &g);
}

/* --- latents of given images -------------------------------------------------------------------------------------- */

typedef struct {
    const float *x;
    const uint32_t *labels;
    uint32_t iterations;
    double rate, limit;
    float *z;
    double *distance;
    size_t elements;
} fitting;

/* One step down |G(z) - x|^2 for a batch. */
static ggcn_status descend(const ggcn_trained *m, ggcn_trained_worker *w, const fitting *f, int64_t first,
                           int64_t count, uint64_t step, ggcn_optimizer *optimizer, float *gradient) {
    const size_t latent = m->info.latent, floats = (size_t)count * f->elements;
    float *z = f->z + (size_t)first * latent;
    const float *x = f->x + (size_t)first * f->elements;
    GGCN_TRY(generate_batch(m, w, count, z, f->labels ? f->labels + first : NULL));
    memset(w->g, 0, (size_t)m->batch * f->elements * sizeof *w->g);
    for (size_t i = 0; i < floats; i++)
        w->g[i] = 2 * (x[i] - w->x[i]);
    ggcn_set_seed(w->generator, w->g);
    GGCN_TRY(ggcn_backward(w->generator, m->generator.weights, w->input_gradient));
    for (int64_t n = 0; n < count; n++)
        memcpy(gradient + (size_t)n * latent, w->input_gradient + (size_t)n * m->generator.inputs,
               latent * sizeof *gradient);
    ggcn_optimizer_step(optimizer, step, f->rate, gradient, z);
    const float limit = (float)f->limit;
    for (size_t i = 0; limit > 0 && i < (size_t)count * latent; i++)
        z[i] = z[i] < -limit ? -limit : z[i] > limit ? limit : z[i];
    return GGCN_SUCCESS;
}

static ggcn_status measure(const ggcn_trained *m, ggcn_trained_worker *w, const fitting *f, int64_t first,
                           int64_t count) {
    GGCN_TRY(generate_batch(m, w, count, f->z + (size_t)first * m->info.latent, f->labels ? f->labels + first : NULL));
    for (int64_t n = 0; n < count; n++) {
        double sum = 0;
        for (size_t i = 0; i < f->elements; i++) {
            const double d = (double)w->x[(size_t)n * f->elements + i] - f->x[(size_t)(first + n) * f->elements + i];
            sum += d * d;
        }
        f->distance[first + n] = sum / (double)f->elements;
    }
    return GGCN_SUCCESS;
}

static ggcn_status fit(ggcn_trained *m, ggcn_trained_worker *w, int64_t first, int64_t count, void *context) {
    const fitting *f = context;
    const size_t numbers = (size_t)count * m->info.latent;
    const ggcn_config_optimizer adam = {.name = GGCN_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    ggcn_optimizer optimizer;
    GGCN_TRY(ggcn_trained_use_generator(m, w));
    float *gradient = malloc(numbers * sizeof *gradient);
    if (!gradient)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the gradient of %lld latents", (long long)count);
    ggcn_status status = ggcn_optimizer_create(&adam, numbers, &optimizer);
    for (uint64_t step = 1; step <= f->iterations && status == GGCN_SUCCESS; step++)
        status = descend(m, w, f, first, count, step, &optimizer, gradient);
    if (status == GGCN_SUCCESS && f->distance)
        status = measure(m, w, f, first, count);
    ggcn_optimizer_destroy(&optimizer);
    free(gradient);
    return status;
}

ggcn_status ggcn_trained_fit(ggcn_trained *m, int64_t count, const float *x, const uint32_t *labels,
                             uint32_t iterations, double rate, double limit, float *z, double *distance) {
    GGCN_TRY(check(m, count, labels));
    fitting f = {x, labels, iterations, rate, limit, z, distance, m->grids[m->info.grids - 1].elements};
    return ggcn_trained_for_batches(m, count, fit, &f);
}
