#include "ggcn/langevin.h"
#include "ggcn/interrupt.h"

#include <math.h>

ggcn_langevin ggcn_langevin_of(const ggcn_config *config) {
    return (ggcn_langevin){.steps = config->sampler.steps,
                           .step_size = config->sampler.step_size,
                           .noise_sigma = config->sampler.noise_sigma,
                           .reference_sigma = config->potential.reference_sigma,
                           .gradient_clip = config->sampler.gradient_clip,
                           .clamp = config->sampler.clamp,
                           .lowest = config->data.pixel_min,
                           .highest = config->data.pixel_max};
}

/* Scales the gradient of one image down to a norm. */
static void clip(float *g, size_t elements, double largest) {
    double square = 0;
    for (size_t i = 0; i < elements; i++)
        square += (double)g[i] * g[i];
    if (square > largest * largest) {
        const float factor = (float)(largest / sqrt(square));
        for (size_t i = 0; i < elements; i++)
            g[i] *= factor;
    }
}

/* One step of one chain; `noise` holds N(0, I). */
static void step(const ggcn_langevin *l, size_t elements, const float *restrict g, const float *restrict noise,
                 float *restrict x) {
    const float half = (float)(0.5 * l->step_size * l->step_size);
    const float keep = (float)(1 - 0.5 * l->step_size * l->step_size / (l->reference_sigma * l->reference_sigma));
    const float amplitude = (float)(l->step_size * l->noise_sigma);
    if (amplitude > 0)
        for (size_t i = 0; i < elements; i++)
            x[i] = keep * x[i] + half * g[i] + amplitude * noise[i];
    else
        for (size_t i = 0; i < elements; i++)
            x[i] = keep * x[i] + half * g[i];
    if (l->clamp)
        for (size_t i = 0; i < elements; i++)
            x[i] = x[i] < l->lowest ? l->lowest : x[i] > l->highest ? l->highest : x[i];
}

static void restore_fixed(const float *fixed, size_t elements, float *x) {
    for (size_t i = 0; i < elements; i++)
        x[i] = isnan(fixed[i]) ? x[i] : fixed[i];
}

ggcn_status ggcn_langevin_run(const ggcn_langevin *l, const ggcn_langevin_block *block, bool have_gradient,
                              ggcn_gradient_function gradient, void *context) {
    for (uint32_t j = 0; j < l->steps; j++) {
        if (ggcn_interrupted())
            GGCN_FAIL(GGCN_ERROR_INTERRUPTED, NULL, "stopped after %u of %u Langevin steps", j, l->steps);
        if (j > 0 || !have_gradient)
            GGCN_TRY(gradient(context, block->x, block->g));
        for (int64_t n = 0; n < block->chains; n++) {
            float *g = block->g + (size_t)n * block->elements;
            if (l->gradient_clip > 0)
                clip(g, block->elements, l->gradient_clip);
            if (l->noise_sigma > 0)
                ggcn_random_normal((ggcn_random_key){.seed = block->seed,
                                                     .purpose = block->purpose,
                                                     .iteration = block->iteration,
                                                     .step = block->first_step + j,
                                                     .chain = block->first_chain + (uint32_t)n},
                                   block->elements, block->noise);
            float *x = block->x + (size_t)n * block->elements;
            step(l, block->elements, g, block->noise, x);
            if (block->fixed)
                restore_fixed(block->fixed + (size_t)n * block->elements, block->elements, x);
        }
    }
    return GGCN_SUCCESS;
}
