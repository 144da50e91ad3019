#include "learn/replay.h"

#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"

enum { NUMBER_RESTART, NUMBER_SLOT, NUMBER_REPLACED }; /* elements of a chain's random numbers */

int64_t ggcn_replay_slots(const ggcn_config *config) {
    if (ggcn_model_traits_of(config->model)->adversarial)
        return 0;
    return (int64_t)(config->replay.size / config->learning.chains);
}

ggcn_status ggcn_replay_create(const ggcn_config *config, const ggcn_chains *chains, int64_t total, size_t latent,
                               ggcn_replay *replay) {
    *replay = (ggcn_replay){.config = config, .chains = *chains, .chains_total = total, .latent = latent};
    replay->slots = ggcn_replay_slots(config);
    replay->restarted = malloc((size_t)chains->count * sizeof *replay->restarted);
    if (!replay->restarted)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a replay buffer");
    if (replay->slots == 0)
        return GGCN_SUCCESS;
    const size_t slots = (size_t)(chains->count * replay->slots);
    replay->x = calloc(slots * chains->elements, sizeof *replay->x);
    replay->z = calloc(slots * latent, sizeof *replay->z);
    replay->filled = calloc((size_t)chains->count, sizeof *replay->filled);
    if (replay->x && replay->z && replay->filled)
        return GGCN_SUCCESS;
    ggcn_replay_destroy(replay);
    GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or a smaller replay.size",
              "no memory for a replay buffer of %zu images", slots);
}

void ggcn_replay_destroy(ggcn_replay *replay) {
    free(replay->x);
    free(replay->z);
    free(replay->filled);
    free(replay->restarted);
    *replay = (ggcn_replay){0};
}

static double uniform(const ggcn_replay *r, uint64_t iteration, int64_t chain, uint64_t number) {
    return ggcn_random_uniform((ggcn_random_key){.seed = r->config->run.seed,
                                                 .purpose = GGCN_RANDOM_REPLAY,
                                                 .iteration = (uint32_t)iteration,
                                                 .chain = (uint32_t)(r->chains.first + chain)},
                               number);
}

/* A whole number below `count`; uniform() lies in (0, 1]. */
static uint32_t below(double number, uint32_t count) {
    const uint32_t whole = (uint32_t)((1 - number) * count);
    return whole < count ? whole : count - 1;
}

bool ggcn_replay_choose(ggcn_replay *r, uint64_t iteration, int64_t chain) {
    r->restarted[chain] = UINT32_MAX;
    if (r->slots > 0 && r->filled[chain] > 0 && uniform(r, iteration, chain, NUMBER_RESTART) > r->config->replay.fresh)
        r->restarted[chain] = below(uniform(r, iteration, chain, NUMBER_SLOT), r->filled[chain]);
    return r->restarted[chain] != UINT32_MAX;
}

static size_t slot(const ggcn_replay *r, int64_t chain, uint32_t number) {
    return (size_t)(chain * r->slots) + number;
}

const float *ggcn_replay_image(const ggcn_replay *r, int64_t chain) {
    return r->x + slot(r, chain, r->restarted[chain]) * r->chains.elements;
}

const float *ggcn_replay_latent(const ggcn_replay *r, int64_t chain) {
    return r->z + slot(r, chain, r->restarted[chain]) * r->latent;
}

void ggcn_replay_store(ggcn_replay *r, uint64_t iteration, int64_t chain, const float *x, const float *z) {
    if (r->slots == 0)
        return;
    uint32_t number = r->restarted[chain];
    if (number == UINT32_MAX)
        number = r->filled[chain] < (uint32_t)r->slots
                     ? r->filled[chain]++
                     : below(uniform(r, iteration, chain, NUMBER_REPLACED), (uint32_t)r->slots);
    memcpy(r->x + slot(r, chain, number) * r->chains.elements, x, r->chains.elements * sizeof *x);
    memcpy(r->z + slot(r, chain, number) * r->latent, z, r->latent * sizeof *z);
}

ggcn_status ggcn_replay_state(ggcn_replay *r, ggcn_state *state) {
    if (r->slots == 0)
        return GGCN_SUCCESS;
    const ggcn_shape shape = r->chains.shape;
    ggcn_array a = {.path = "chains/replay/x",
                    .description = "finished chains of the replay buffer, by chain, slot, channel, row, column",
                    .unit = "pixel",
                    .type = GGCN_F32,
                    .rank = 5,
                    .dims = {r->chains_total, r->slots, shape.channels, shape.height, shape.width},
                    .distributed = true,
                    .first = r->chains.first,
                    .count = r->chains.count,
                    .chunk = r->chains.block,
                    .data = r->x};
    GGCN_TRY(ggcn_state_add(state, a));
    a.path = "chains/replay/latent";
    a.description = "their latents, by chain, slot, dimension";
    a.unit = "1";
    a.rank = 3;
    a.dims[2] = (int64_t)r->latent;
    a.data = r->z;
    GGCN_TRY(ggcn_state_add(state, a));
    a.path = "chains/replay/filled";
    a.description = "slots in use of each chain";
    a.type = GGCN_U32;
    a.rank = 1;
    a.data = r->filled;
    return ggcn_state_add(state, a);
}
