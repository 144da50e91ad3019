#include "ggcn/optimizer.h"

#include <math.h>
#include <stdlib.h>

ggcn_status ggcn_optimizer_create(const ggcn_config_optimizer *config, size_t count, ggcn_optimizer *optimizer) {
    *optimizer = (ggcn_optimizer){.config = *config, .count = count};
    optimizer->first = calloc(count, sizeof *optimizer->first);
    if (config->name == GGCN_OPTIMIZER_ADAM)
        optimizer->second = calloc(count, sizeof *optimizer->second);
    if (!optimizer->first || (config->name == GGCN_OPTIMIZER_ADAM && !optimizer->second)) {
        ggcn_optimizer_destroy(optimizer);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the optimiser's state of %zu parameters", count);
    }
    return GGCN_SUCCESS;
}

void ggcn_optimizer_destroy(ggcn_optimizer *optimizer) {
    free(optimizer->first);
    free(optimizer->second);
    *optimizer = (ggcn_optimizer){0};
}

void ggcn_optimizer_step(ggcn_optimizer *o, uint64_t step, double rate, const float *restrict gradient,
                         float *restrict parameters) {
    float *restrict m = o->first, *restrict v = o->second;
    if (o->config.name == GGCN_OPTIMIZER_SGD) {
        const float momentum = (float)o->config.momentum, r = (float)rate;
        for (size_t i = 0; i < o->count; i++) {
            m[i] = momentum * m[i] + gradient[i];
            parameters[i] += r * m[i];
        }
        return;
    }
    const float b1 = (float)o->config.beta1, b2 = (float)o->config.beta2, epsilon = (float)o->config.epsilon;
    const float first_scale = (float)(rate / (1 - pow(o->config.beta1, (double)step)));
    const float second_scale = (float)(1 / (1 - pow(o->config.beta2, (double)step)));
    for (size_t i = 0; i < o->count; i++) {
        m[i] = b1 * m[i] + (1 - b1) * gradient[i];
        v[i] = b2 * v[i] + (1 - b2) * gradient[i] * gradient[i];
        parameters[i] += first_scale * m[i] / (sqrtf(second_scale * v[i]) + epsilon);
    }
}

double ggcn_schedule_rate(const ggcn_config_schedule *s, double rate, uint64_t iteration, uint64_t iterations) {
    double factor = 1;
    if (s->name == GGCN_SCHEDULE_STEP)
        factor = pow(s->factor, (double)(iteration / s->every));
    else if (s->name == GGCN_SCHEDULE_COSINE && iterations > 1)
        factor =
            s->factor + (1 - s->factor) * 0.5 * (1 + cos(acos(-1.0) * (double)iteration / (double)(iterations - 1)));
    if (iteration < s->warmup)
        factor *= (double)(iteration + 1) / (double)s->warmup;
    return rate * factor;
}
