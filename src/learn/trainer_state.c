/* What a checkpoint of a run holds, and whether it belongs to this run. */
#include <string.h>

#include "learn/trainer.h"

void ggcn_trainer_identify(ggcn_trainer *t, const ggcn_model_networks *networks, const ggcn_observed *observed) {
    t->expected_identity[GGCN_IDENTITY_SEED] = t->config->run.seed;
    t->expected_identity[GGCN_IDENTITY_NETWORK] = ggcn_model_networks_digest(networks, !t->traits->learns_filters);
    t->expected_identity[GGCN_IDENTITY_DATA] = observed->checksum;
    t->expected_identity[GGCN_IDENTITY_OPTIMIZER] = (uint64_t)t->config->learning.optimizer.name;
    memcpy(t->identity, t->expected_identity, sizeof t->identity);
}

ggcn_status ggcn_trainer_restored(const ggcn_trainer *t) {
    static const char *const keys[GGCN_IDENTITIES] = {"run.seed",
                                                      "the layers or fixed filters of potential.network, or of "
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
    if (t->config->potential.conditional)
        state->classes = ggcn_trainer_finest(t)->batch.observed->classes;
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
