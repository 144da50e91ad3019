/* What a checkpoint of a run holds, and whether it belongs to this run. */
#include <string.h>

#include "learn/trainer.h"

/* One number from two, in order. */
static uint64_t join(uint64_t a, uint64_t b) {
    return (a ^ (b + UINT64_C(0x9E3779B97F4A7C15) + (a << 6) + (a >> 2))) * UINT64_C(0xFF51AFD7ED558CCD);
}

/* Fixed filters are as much a part of the run as the layers. */
static uint64_t networks_digest(const ggcn_trainer *t, const ggcn_model_networks *networks) {
    uint64_t digest = ggcn_graph_digest(networks->potentials[networks->grids - 1].graph);
    for (int grid = 0; grid + 1 < networks->grids; grid++)
        digest = join(digest, ggcn_graph_digest(networks->potentials[grid].graph));
    if (networks->generator)
        digest = join(digest, ggcn_graph_digest(networks->generator));
    const ggcn_learner *l = ggcn_trainer_finest(t);
    for (size_t i = 0; !t->traits->learns_filters && i < l->potential.n_filters; i++) {
        uint32_t bits;
        memcpy(&bits, l->parameters + l->potential.n_theta + i, sizeof bits);
        digest = join(digest, bits);
    }
    return digest;
}

void ggcn_trainer_identify(ggcn_trainer *t, const ggcn_model_networks *networks, const ggcn_observed *observed) {
    t->expected_identity[GGCN_IDENTITY_SEED] = t->config->run.seed;
    t->expected_identity[GGCN_IDENTITY_NETWORK] = networks_digest(t, networks);
    t->expected_identity[GGCN_IDENTITY_DATA] = observed->checksum;
    t->expected_identity[GGCN_IDENTITY_OPTIMIZER] = (uint64_t)t->config->learning.optimizer.name;
    memcpy(t->identity, t->expected_identity, sizeof t->identity);
}

ggcn_status ggcn_trainer_restored(const ggcn_trainer *t) {
    static const char *const keys[GGCN_IDENTITIES] = {"run.seed", "the layers or fixed filters of potential.network, or of "
                                                      "multigrid.networks or generator.network",
                                                      "the images of data.file or their selection",
                                                      "learning.optimizer.name"};
    for (int i = 0; i < GGCN_IDENTITIES; i++)
        if (t->identity[i] != t->expected_identity[i])
            GGCN_FAIL(GGCN_ERROR_CONFIG, "restart with what the run was started with, or start a new run",
                      "the checkpoint belongs to another run: %s changed", keys[i]);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trainer_state(ggcn_trainer *t, ggcn_state *state) {
    for (int grid = t->grids - 1; grid >= 0; grid--)
        GGCN_TRY(ggcn_learner_state(t->learners[grid], state));
    if (t->generator) {
        GGCN_TRY(ggcn_generator_state(t->generator, state));
        GGCN_TRY(ggcn_replay_state(&t->replay, state));
    }
    GGCN_TRY(ggcn_state_add(state, (ggcn_array){.path = "rate_factor",
                                                .description = "what roll-backs have multiplied the learning rates by",
                                                .unit = "1",
                                                .type = GGCN_F64,
                                                .rank = 0,
                                                .data = &t->rate_factor}));
    GGCN_TRY(ggcn_state_add(state, (ggcn_array){.path = "identity",
                                                .description = "seed, digest of the networks, checksum of the observed "
                                                               "images, number of the optimiser",
                                                .unit = "1",
                                                .type = GGCN_U64,
                                                .rank = 1,
                                                .dims = {GGCN_IDENTITIES},
                                                .data = t->identity}));
    return ggcn_state_add(state, (ggcn_array){.path = "iteration",
                                              .description = "iterations done",
                                              .unit = "1",
                                              .type = GGCN_U64,
                                              .rank = 0,
                                              .data = &t->iteration});
}
