/* The Metropolis-adjusted Langevin algorithm. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/langevin.h"

/* What a block needs beside its chains. */
typedef struct {
    const ggcn_langevin *langevin;
    const ggcn_langevin_block *block;
    float *y, *gy;       /* [chains][elements] proposals and grad Phi there */
    double *phi, *phi_y; /* [chains] */
} mala;

/* y = m(x) + d noise. */
static void propose(const mala *m, uint32_t step, int64_t chain) {
    const ggcn_langevin_block *b = m->block;
    const double d = m->langevin->step_size, s = m->langevin->reference_sigma;
    const float *x = b->x + (size_t)chain * b->elements, *g = b->g + (size_t)chain * b->elements;
    float *y = m->y + (size_t)chain * b->elements;
    ggcn_random_normal((ggcn_random_key){.seed = b->seed,
                                         .purpose = b->purpose,
                                         .iteration = b->iteration,
                                         .step = b->first_step + step,
                                         .chain = b->first_chain + (uint32_t)chain},
                       b->elements, b->noise);
    const float keep = (float)(1 - 0.5 * d * d / (s * s)), half = (float)(0.5 * d * d), amplitude = (float)d;
    for (size_t i = 0; i < b->elements; i++)
        y[i] = keep * x[i] + half * g[i] + amplitude * b->noise[i];
}

/* Logarithm of the acceptance ratio: log p(y) - log p(x) + log N(x; m(y), d^2) - log N(y; m(x), d^2). */
static double log_ratio(const mala *m, int64_t chain) {
    const ggcn_langevin_block *b = m->block;
    const double d2 = m->langevin->step_size * m->langevin->step_size, s = m->langevin->reference_sigma;
    const float *x = b->x + (size_t)chain * b->elements, *g = b->g + (size_t)chain * b->elements;
    const float *y = m->y + (size_t)chain * b->elements, *gy = m->gy + (size_t)chain * b->elements;
    double x_square = 0, y_square = 0, forward = 0, backward = 0;
    for (size_t i = 0; i < b->elements; i++) {
        const double xi = x[i], yi = y[i];
        const double to_y = yi - (xi + 0.5 * d2 * (g[i] - xi / (s * s)));
        const double to_x = xi - (yi + 0.5 * d2 * (gy[i] - yi / (s * s)));
        x_square += xi * xi;
        y_square += yi * yi;
        forward += to_y * to_y;
        backward += to_x * to_x;
    }
    return m->phi_y[chain] - m->phi[chain] + (x_square - y_square) / (2 * s * s) + (forward - backward) / (2 * d2);
}

/* Takes the proposal of one chain or leaves it. NaN is no reason to take it. */
static void decide(const mala *m, uint32_t step, int64_t chain, int64_t *accepted) {
    const ggcn_langevin_block *b = m->block;
    const double u = ggcn_random_uniform((ggcn_random_key){.seed = b->seed,
                                                           .purpose = GGCN_RANDOM_SAMPLE_ACCEPT,
                                                           .iteration = b->iteration,
                                                           .step = b->first_step + step,
                                                           .chain = b->first_chain + (uint32_t)chain},
                                         0);
    if (!(log(u) <= log_ratio(m, chain)))
        return;
    const size_t bytes = b->elements * sizeof(float), at = (size_t)chain * b->elements;
    memcpy(b->x + at, m->y + at, bytes);
    memcpy(b->g + at, m->gy + at, bytes);
    m->phi[chain] = m->phi_y[chain];
    accepted[chain]++;
}

static ggcn_status run(const mala *m, ggcn_density_function density, void *context, int64_t *accepted) {
    const ggcn_langevin_block *b = m->block;
    GGCN_TRY(density(context, b->x, b->g, m->phi));
    for (uint32_t step = 0; step < m->langevin->steps; step++) {
        for (int64_t n = 0; n < b->chains; n++)
            propose(m, step, n);
        GGCN_TRY(density(context, m->y, m->gy, m->phi_y));
        for (int64_t n = 0; n < b->chains; n++)
            decide(m, step, n, accepted);
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_mala_run(const ggcn_langevin *langevin, const ggcn_langevin_block *block,
                          ggcn_density_function density, void *context, int64_t *accepted) {
    const size_t chains = (size_t)block->chains, numbers = chains * block->elements;
    mala m = {langevin,
              block,
              malloc(numbers * sizeof *m.y),
              malloc(numbers * sizeof *m.gy),
              malloc(chains * sizeof *m.phi),
              malloc(chains * sizeof *m.phi_y)};
    ggcn_status status = GGCN_SUCCESS;
    if (m.y && m.gy && m.phi && m.phi_y)
        status = run(&m, density, context, accepted);
    else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the proposals of %lld chains",
                            (long long)block->chains);
    free(m.y);
    free(m.gy);
    free(m.phi);
    free(m.phi_y);
    return status;
}
