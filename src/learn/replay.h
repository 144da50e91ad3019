/* The replay buffer: finished chains and their latents, from which a part of the chains restarts (paper, Section 5.1).
 * Every chain has its own slots, so that the buffer is distributed like the chains and a chain keeps its class. */
#ifndef GGCN_LEARN_REPLAY_H
#define GGCN_LEARN_REPLAY_H

#include "ggcn/chains.h"
#include "ggcn/state.h"

typedef struct {
    const ggcn_config *config;
    ggcn_chains chains; /* whose buffer it is: sizes only */
    int64_t chains_total;
    int64_t slots; /* of a chain; 0: no buffer */
    size_t latent;
    float *x;            /* [chains][slots][C][H][W] */
    float *z;            /* [chains][slots][latent] */
    uint32_t *filled;    /* [chains] slots in use */
    uint32_t *restarted; /* [chains] slot this iteration's chain came from; UINT32_MAX: none */
} ggcn_replay;

/* Slots of a chain; dcgan has none whatever replay.size says: its images are made anew each iteration. */
int64_t ggcn_replay_slots(const ggcn_config *config);

/* @param latent numbers in z  @param total chains over all ranks  @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_replay_create(const ggcn_config *config, const ggcn_chains *chains, int64_t total, size_t latent,
                               ggcn_replay *replay);
void ggcn_replay_destroy(ggcn_replay *replay);
/* Lists the buffer; nothing if there is none. */
ggcn_status ggcn_replay_state(ggcn_replay *replay, ggcn_state *state);

/* Decides for a chain (local number) whether it restarts from a slot, a function of (seed, iteration, chain). */
bool ggcn_replay_choose(ggcn_replay *replay, uint64_t iteration, int64_t chain);
/* The slot a restarted chain came from. */
const float *ggcn_replay_image(const ggcn_replay *replay, int64_t chain);
const float *ggcn_replay_latent(const ggcn_replay *replay, int64_t chain);
/* Puts a finished chain into the slot it came from, else into a free one, else into a random one. */
void ggcn_replay_store(ggcn_replay *replay, uint64_t iteration, int64_t chain, const float *x, const float *z);

#endif
