#include "ggcn/chains.h"

#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"

ggcn_status ggcn_chains_create(const ggcn_blocks *blocks, int64_t block, ggcn_shape shape, uint32_t n_classes,
                               ggcn_chain_start start, double reference_sigma, uint64_t seed, ggcn_chains *chains) {
    *chains = (ggcn_chains){.shape = shape,
                            .elements = (size_t)(shape.channels * shape.height * shape.width),
                            .block = block,
                            .first = blocks->first * block,
                            .count = blocks->owned * block};
    chains->x = calloc((size_t)chains->count * chains->elements, sizeof *chains->x);
    chains->labels = malloc((size_t)chains->count * sizeof *chains->labels);
    if (!chains->x || !chains->labels) {
        ggcn_chains_destroy(chains);
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use fewer chains or more ranks", "no memory for %lld chains",
                  (long long)(blocks->owned * block));
    }
    for (int64_t n = 0; n < chains->count; n++) {
        const uint32_t number = (uint32_t)(chains->first + n);
        chains->labels[n] = number % n_classes;
        if (start != GGCN_START_NOISE)
            continue;
        float *x = chains->x + (size_t)n * chains->elements;
        ggcn_random_normal((ggcn_random_key){.seed = seed, .purpose = GGCN_RANDOM_CHAIN_START, .chain = number},
                           chains->elements, x);
        for (size_t i = 0; i < chains->elements; i++)
            x[i] *= (float)reference_sigma;
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_chains_assign(ggcn_chains *chains, const int64_t *counts, uint32_t n_classes, int64_t total) {
    int64_t images = 0, *assigned = calloc(n_classes, sizeof *assigned);
    if (!assigned)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %u classes", n_classes);
    for (uint32_t c = 0; c < n_classes; c++)
        images += counts[c];
    for (int64_t k = 0; k < total; k++) {
        uint32_t best = 0;
        double largest = -1e300;
        for (uint32_t c = 0; c < n_classes; c++) {
            const double lacking = (double)counts[c] / (double)images * (double)(k + 1) - (double)assigned[c];
            if (lacking > largest) {
                largest = lacking;
                best = c;
            }
        }
        assigned[best]++;
        if (k >= chains->first && k < chains->first + chains->count)
            chains->labels[k - chains->first] = best;
    }
    uint32_t without = 0;
    while (without < n_classes && (assigned[without] > 0 || counts[without] == 0))
        without++;
    free(assigned);
    if (without < n_classes)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "raise learning.chains, or keep fewer classes with data.classes",
                  "potential.conditional: class %u has %lld of %lld images, too few for one of %lld chains", without,
                  (long long)counts[without], (long long)images, (long long)total);
    return GGCN_SUCCESS;
}

void ggcn_chains_destroy(ggcn_chains *chains) {
    free(chains->x);
    free(chains->labels);
    *chains = (ggcn_chains){0};
}
