#include "train_output.h"

#include <inttypes.h>
#include <omp.h>

#include "ggcn/hpc.h"
#include "ggcn/log.h"
#include "train_pictures.h"

/* How the parts of one round of writing ended. */
typedef struct {
    bool last;
    ggcn_error failure; /* the first */
} round_of_writing;

/* Takes the outcome of a part. What writing may do better next time is said by rank 0, and the round goes on; anything
 * else is returned. */
static ggcn_status settle(round_of_writing *round, ggcn_status status) {
    if (status == GGCN_SUCCESS)
        return GGCN_SUCCESS;
    const ggcn_error error = *ggcn_last_error();
    char message[sizeof error.message] = "";
    const ggcn_status shared = ggcn_share_failure(status, message, sizeof message);
    if (shared != GGCN_ERROR_IO && shared != GGCN_ERROR_FORMAT)
        return ggcn_restore_error(&error);
    const bool first = round->failure.status == GGCN_SUCCESS;
    if (first)
        round->failure = error;
    if (ggcn_rank() == 0 && !(round->last && first)) /* the first of the last round is the program's error */
        ggcn_log(GGCN_LOG_WARNING, "%s%s", message, round->last ? "" : "; the run goes on, and tries again later");
    return GGCN_SUCCESS;
}

/* Every output.chain_images-th draw holds the images as well. */
static ggcn_status record_draw(train_output *o, uint64_t iteration) {
    const ggcn_config_output *c = &o->config->output;
    const ggcn_chain_scalars s = ggcn_trainer_chain_scalars(o->trainer);
    const ggcn_draw draw = {.x = ggcn_trainer_chains(o->trainer)->x,
                            .images = c->chain_images > 0 && iteration / c->chain_every % c->chain_images == 0,
                            .lp = s.lp,
                            .potential = s.potential,
                            .gradient = s.gradient,
                            .step_size = o->config->sampler.step_size,
                            .response = s.response};
    return ggcn_chain_recorder_add(o->recorder, iteration, &draw);
}

static ggcn_stationarity stationarity_of(const ggcn_config *config) {
    const ggcn_model_traits *traits = ggcn_model_traits_of(config->model);
    if (traits->generator && !traits->adversarial && config->replay.size > 0)
        return GGCN_CHAINS_REPLAY;
    return traits->generator || traits->multigrid ? GGCN_CHAINS_SHORT_RUN : GGCN_CHAINS_LEARNING;
}

static ggcn_status open_recorder(train_output *o, uint64_t iteration) {
    const ggcn_config *c = o->config;
    const ggcn_chain_scalars s = ggcn_trainer_chain_scalars(o->trainer);
    const ggcn_chain_record record = {.chains = o->blocks->count * c->run.block,
                                      .first = o->blocks->first * c->run.block,
                                      .local = o->blocks->owned * c->run.block,
                                      .block = c->run.block,
                                      .shape = ggcn_trainer_chains(o->trainer)->shape,
                                      .stationarity = stationarity_of(c),
                                      .layers = s.layers,
                                      .layer_names = s.layer_names,
                                      .iteration = iteration};
    return ggcn_chain_recorder_create(c->run.directory, &record, &o->recorder);
}

ggcn_status train_output_checkpoint(train_output *o) {
    const uint64_t iteration = ggcn_trainer_iteration(o->trainer);
    const ggcn_checkpoint_keep keep = {o->config->output.keep, o->config->output.keep_every};
    GGCN_TRY(ggcn_checkpoint_write(o->config->run.directory, iteration, &o->state, keep));
    o->saved = iteration;
    ggcn_log(GGCN_LOG_INFO, "checkpoint at iteration %" PRIu64, iteration);
    return GGCN_SUCCESS;
}

ggcn_status train_output_open(train_output *o) {
    const ggcn_config *c = o->config;
    const uint64_t iteration = ggcn_trainer_iteration(o->trainer);
    const ggcn_metric_info *infos;
    const size_t count = ggcn_trainer_metrics(o->trainer, &infos);
    ggcn_chain_recorder_destroy(&o->recorder);
    ggcn_metrics_file_destroy(&o->metrics);
    GGCN_TRY(ggcn_metrics_file_create(c->run.directory, infos, count, iteration, &o->metrics));
    return open_recorder(o, iteration);
}

/* Draws and metrics come before the checkpoint, so that a restart finds all that happened up to it. */
static ggcn_status write_parts(train_output *o, double *values, bool checkpoint, round_of_writing *round) {
    const ggcn_config_output *c = &o->config->output;
    const uint64_t iteration = ggcn_trainer_iteration(o->trainer);
    double start = omp_get_wtime();
    if (ggcn_draw_due(o->config, iteration))
        GGCN_TRY(record_draw(o, iteration));
    if (iteration == o->config->learning.iterations || (c->grid_every > 0 && iteration % c->grid_every == 0))
        GGCN_TRY(settle(round, train_write_pictures(o->config, o->trainer, iteration)));
    if (checkpoint)
        GGCN_TRY(settle(round, ggcn_chain_recorder_flush(o->recorder)));
    values[GGCN_METRIC_SECONDS_IO] = omp_get_wtime() - start + o->seconds_checkpoint;
    GGCN_TRY(ggcn_metrics_file_add(o->metrics, iteration, values));
    start = omp_get_wtime();
    if (checkpoint) {
        GGCN_TRY(settle(round, ggcn_metrics_file_flush(o->metrics)));
        GGCN_TRY(settle(round, train_output_checkpoint(o)));
    }
    o->seconds_checkpoint = omp_get_wtime() - start;
    return GGCN_SUCCESS;
}

ggcn_status train_output_write(train_output *o, double *values, bool checkpoint, bool last) {
    round_of_writing round = {.last = last, .failure = {.status = GGCN_SUCCESS}};
    GGCN_TRY(write_parts(o, values, checkpoint, &round));
    return last && round.failure.status != GGCN_SUCCESS ? ggcn_restore_error(&round.failure) : GGCN_SUCCESS;
}

void train_output_close(train_output *o) {
    ggcn_chain_recorder_destroy(&o->recorder);
    ggcn_metrics_file_destroy(&o->metrics);
    ggcn_state_clear(&o->state);
    ggcn_trainer_destroy(&o->trainer);
}
