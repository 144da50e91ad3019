#include "train_run.h"

#include <inttypes.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "train_pictures.h"
#include "train_progress.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/log.h"
#include "ggcn/trainer.h"

/* What a run holds open. */
typedef struct {
    const ggcn_config *config;
    const ggcn_blocks *blocks;
    ggcn_trainer *trainer;
    ggcn_state state;
    ggcn_chain_recorder *recorder;
    ggcn_metrics_file *metrics;
    uint32_t attempts; /* roll-backs so far */
    uint64_t tried;    /* iteration of the last one, until there is a newer checkpoint; else UINT64_MAX */
} run;

static bool due(uint64_t every, uint64_t iteration, uint64_t last) {
    return iteration == last || (every > 0 && iteration % every == 0);
}

/* Every output.chain_images-th draw holds the images as well. */
static ggcn_status record_draw(run *r, uint64_t iteration) {
    const ggcn_config_output *o = &r->config->output;
    const ggcn_chain_scalars s = ggcn_trainer_chain_scalars(r->trainer);
    const ggcn_draw draw = {.x = ggcn_trainer_chains(r->trainer)->x,
                            .images = o->chain_images > 0 && iteration / o->chain_every % o->chain_images == 0,
                            .lp = s.lp,
                            .potential = s.potential,
                            .gradient = s.gradient,
                            .step_size = r->config->sampler.step_size,
                            .response = s.response};
    return ggcn_chain_recorder_add(r->recorder, iteration, &draw);
}

static ggcn_stationarity stationarity_of(const ggcn_config *config) {
    const ggcn_model_traits *traits = ggcn_model_traits_of(config->model);
    if (traits->generator && !traits->adversarial && config->replay.size > 0)
        return GGCN_CHAINS_REPLAY;
    return traits->generator || traits->multigrid ? GGCN_CHAINS_SHORT_RUN : GGCN_CHAINS_LEARNING;
}

static ggcn_status open_recorder(run *r, uint64_t iteration) {
    const ggcn_config *c = r->config;
    const ggcn_chain_scalars s = ggcn_trainer_chain_scalars(r->trainer);
    const ggcn_chain_record record = {.block = c->run.block,
                                      .shape = ggcn_trainer_chains(r->trainer)->shape,
                                      .stationarity = stationarity_of(c),
                                      .layers = s.layers,
                                      .layer_names = s.layer_names,
                                      .iteration = iteration};
    return ggcn_chain_recorder_create(c->run.directory, r->blocks, &record, &r->recorder);
}

/* Pictures and draws that are due after an iteration; before a checkpoint the draws are written out, so that a restart
 * finds all that happened up to it. */
static ggcn_status write_samples(run *r, uint64_t iteration, bool checkpoint) {
    const ggcn_config_output *o = &r->config->output;
    if (o->chain_every > 0 && iteration % o->chain_every == 0)
        GGCN_TRY(record_draw(r, iteration));
    if (due(o->grid_every, iteration, r->config->learning.iterations))
        GGCN_TRY(train_write_pictures(r->config, r->trainer, iteration));
    return checkpoint ? ggcn_chain_recorder_flush(r->recorder) : GGCN_SUCCESS;
}

/* The metrics up to the checkpoint first, for the same reason. */
static ggcn_status write_checkpoint(run *r, uint64_t iteration) {
    GGCN_TRY(ggcn_metrics_file_flush(r->metrics));
    GGCN_TRY(ggcn_checkpoint_write(r->config->run.directory, iteration, &r->state, r->config->output.keep));
    r->tried = UINT64_MAX;
    ggcn_log(GGCN_LOG_INFO, "checkpoint at iteration %" PRIu64, iteration);
    return GGCN_SUCCESS;
}

/* One iteration with what is due after it. @param[in,out] seconds_checkpoint of the iteration before: its row of the
 * metrics was written first */
static ggcn_status iterate_once(run *r, train_progress *progress, double *metrics, double *seconds_checkpoint) {
    GGCN_TRY(ggcn_agree(ggcn_trainer_step(r->trainer, metrics)));
    const uint64_t iteration = ggcn_trainer_iteration(r->trainer);
    const bool checkpoint = due(r->config->output.checkpoint_every, iteration, r->config->learning.iterations);
    train_progress_show(progress, iteration, metrics);
    double start = omp_get_wtime();
    GGCN_TRY(write_samples(r, iteration, checkpoint));
    metrics[GGCN_METRIC_SECONDS_IO] = omp_get_wtime() - start + *seconds_checkpoint;
    GGCN_TRY(ggcn_metrics_file_add(r->metrics, iteration, metrics));
    start = omp_get_wtime();
    if (checkpoint)
        GGCN_TRY(write_checkpoint(r, iteration));
    *seconds_checkpoint = omp_get_wtime() - start;
    return GGCN_SUCCESS;
}

/* Opens the files that grow, without what they hold of later iterations. */
static ggcn_status open_records(run *r) {
    const ggcn_config *c = r->config;
    const uint64_t iteration = ggcn_trainer_iteration(r->trainer);
    const ggcn_metric_info *infos;
    const size_t count = ggcn_trainer_metrics(r->trainer, &infos);
    ggcn_chain_recorder_destroy(&r->recorder);
    ggcn_metrics_file_destroy(&r->metrics);
    GGCN_TRY(ggcn_metrics_file_create(c->run.directory, infos, count, iteration, &r->metrics));
    return open_recorder(r, iteration);
}

/* The end of what roll-backs can do; on the ranks that found the divergence. */
static ggcn_status give_up(const run *r, const ggcn_error *error) {
    if (error->status != GGCN_ERROR_NUMERIC || r->attempts == 0)
        return ggcn_restore_error(error);
    return ggcn_raise(GGCN_ERROR_NUMERIC, __FILE__, __LINE__, error->hint,
                      "%.1400s; gave up after %" PRIu32 " roll-back%s, with learning rates times %.4g", error->message,
                      r->attempts, r->attempts > 1 ? "s" : "", ggcn_trainer_rate_factor(r->trainer));
}

/* Reads the newest checkpoint that may help: not one of the iteration just before, whose parameters diverge whatever the
 * rate, nor one that led to the same end before; any if there is no other. Collective. */
static ggcn_status read_earlier(run *r, uint64_t *iteration) {
    const char *directory = r->config->run.directory;
    const uint64_t done = ggcn_trainer_iteration(r->trainer), before = done < r->tried ? done : r->tried;
    char *report;
    ggcn_status status = ggcn_checkpoint_read(directory, &r->state, before > 0 ? before - 1 : 0, iteration, &report);
    if (status != GGCN_SUCCESS)
        status = ggcn_checkpoint_read(directory, &r->state, UINT64_MAX, iteration, &report);
    free(report);
    return status;
}

/* After a failed iteration. If a divergence was the reason: back to an earlier checkpoint, with lower rates. Collective.
 * @param status  this rank's */
static ggcn_status roll_back(run *r, ggcn_status status) {
    const ggcn_config_guard *guard = &r->config->guard;
    const ggcn_error error = *ggcn_last_error();
    char message[sizeof error.message] = "";
    const ggcn_status shared = ggcn_share_failure(status, message, sizeof message);
    if (shared != GGCN_ERROR_NUMERIC || guard->mode == GGCN_GUARD_OFF || r->attempts == guard->attempts)
        return give_up(r, &error);
    const double rate_factor = ggcn_trainer_rate_factor(r->trainer) * guard->factor;
    uint64_t iteration;
    GGCN_TRY(read_earlier(r, &iteration));
    r->tried = iteration;
    r->attempts++;
    ggcn_trainer_set_rate_factor(r->trainer, rate_factor);
    app_print("%s\nroll-back %" PRIu32 " of %" PRIu32 " to iteration %" PRIu64 ", learning rates times %.4g from here on\n",
              message, r->attempts, guard->attempts, iteration, rate_factor);
    ggcn_log(GGCN_LOG_INFO, "roll-back %" PRIu32 " of %" PRIu32 " to iteration %" PRIu64 ", rate factor %.4g: %s",
             r->attempts, guard->attempts, iteration, rate_factor, message);
    return open_records(r);
}

static ggcn_status iterate(run *r) {
    const uint64_t last = r->config->learning.iterations;
    const ggcn_metric_info *infos;
    double seconds_checkpoint = 0, *metrics = malloc(ggcn_trainer_metrics(r->trainer, &infos) * sizeof *metrics);
    train_progress progress;
    train_progress_start(&progress, ggcn_trainer_iteration(r->trainer), last);
    ggcn_status status = GGCN_SUCCESS;
    if (!metrics)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the metrics");
    status = ggcn_agree(status);
    /* where to roll back to before the first checkpoint is due */
    if (status == GGCN_SUCCESS && r->config->guard.mode == GGCN_GUARD_ON && ggcn_trainer_iteration(r->trainer) == 0)
        status = write_checkpoint(r, 0);
    while (status == GGCN_SUCCESS && ggcn_trainer_iteration(r->trainer) < last) {
        status = iterate_once(r, &progress, metrics, &seconds_checkpoint);
        if (status != GGCN_SUCCESS) /* on all ranks, whichever of them failed */
            status = roll_back(r, status);
    }
    free(metrics);
    return status;
}

static ggcn_status print_end(const run *r) {
    uint64_t parameters, chains;
    GGCN_TRY(ggcn_state_digest(&r->state, "parameters", &parameters));
    GGCN_TRY(ggcn_state_digest(&r->state, "chains", &chains));
    app_print("run directory %s\nsamples       %s/grids/%08" PRIu64 ".png\n", r->config->run.directory,
              r->config->run.directory, r->config->learning.iterations);
    app_print("digest parameters=%016" PRIx64 " chains=%016" PRIx64 "\n", parameters, chains);
    ggcn_log(GGCN_LOG_INFO, "digest parameters=%016" PRIx64 " chains=%016" PRIx64, parameters, chains);
    return GGCN_SUCCESS;
}

static ggcn_status too_far(const run *r, uint64_t iteration) {
    return ggcn_agree(ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__,
                                 "raise learning.iterations with -s, or go back with --from ITERATION",
                                 "learning.iterations is %" PRIu64 ", but the run has reached iteration %" PRIu64,
                                 r->config->learning.iterations, iteration));
}

static ggcn_status restore(run *r, uint64_t newest) {
    uint64_t iteration;
    char *report = NULL;
    GGCN_TRY(ggcn_checkpoint_read(r->config->run.directory, &r->state, newest, &iteration, &report));
    app_print("%s", report);
    ggcn_log(GGCN_LOG_INFO, "restart: %s", report);
    free(report);
    GGCN_TRY(ggcn_agree(ggcn_trainer_restored(r->trainer)));
    if (iteration > r->config->learning.iterations)
        return too_far(r, iteration);
    if (iteration == r->config->learning.iterations)
        app_print("nothing to do: the run has reached iteration %" PRIu64 "; raise learning.iterations with -s\n", iteration);
    return GGCN_SUCCESS;
}

static ggcn_status open_log(const ggcn_config *config, bool append) {
    char path[4096];
    snprintf(path, sizeof path, "%s/log", config->run.directory);
    return ggcn_agree(ggcn_rank() == 0 ? ggcn_log_open(path, append) : GGCN_SUCCESS);
}

static ggcn_status write_config(const ggcn_config *config, const char *text) {
    char path[4096];
    snprintf(path, sizeof path, "%s/config.yaml", config->run.directory);
    return ggcn_write_text(path, text);
}

static ggcn_status open_run(run *r, const char *text, const train_options *options, const ggcn_model_networks *networks,
                            const ggcn_observed *observed) {
    const ggcn_config *c = r->config;
    const char *directory = c->run.directory;
    GGCN_TRY(ggcn_agree(ggcn_trainer_create(c, networks, observed, r->blocks, &r->trainer)));
    GGCN_TRY(ggcn_agree(ggcn_trainer_state(r->trainer, &r->state)));
    GGCN_TRY(ggcn_run_directory(directory, train_mode(options)));
    GGCN_TRY(open_log(c, options->restart != NULL));
    if (options->restart)
        GGCN_TRY(restore(r, options->newest));
    GGCN_TRY(write_config(c, text));
    return open_records(r);
}

/* The log is rank 0's, whichever rank failed. */
static void log_failure(ggcn_status status) {
    const ggcn_error error = *ggcn_last_error();
    char message[sizeof error.message] = "";
    ggcn_share_failure(status, message, sizeof message);
    ggcn_log(GGCN_LOG_INFO, "error: %s", message);
    ggcn_restore_error(&error);
}

ggcn_status train_run(const ggcn_config *config, const char *text, const train_options *options, const ggcn_model_networks *networks,
                      const ggcn_observed *observed, const ggcn_blocks *blocks) {
    run r = {.config = config, .blocks = blocks, .tried = UINT64_MAX};
    ggcn_status status = open_run(&r, text, options, networks, observed);
    if (status == GGCN_SUCCESS)
        status = iterate(&r);
    if (status == GGCN_SUCCESS)
        status = print_end(&r);
    if (status != GGCN_SUCCESS)
        log_failure(status);
    ggcn_chain_recorder_destroy(&r.recorder);
    ggcn_metrics_file_destroy(&r.metrics);
    ggcn_state_clear(&r.state);
    ggcn_trainer_destroy(&r.trainer);
    const ggcn_status closed = ggcn_agree(ggcn_log_close());
    return status == GGCN_SUCCESS ? closed : status;
}
