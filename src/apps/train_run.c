#include "train_run.h"

#include <inttypes.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/log.h"
#include "ggcn/run_control.h"
#include "ggcn/trainer.h"
#include "ggcn/version.h"
#include "options.h"
#include "train_output.h"
#include "train_progress.h"

/* What a run holds. */
typedef struct {
    const ggcn_config *config;
    train_output out; /* with the trainer and its state */
    ggcn_run_control *control;
    train_progress progress;
    ggcn_order order;  /* the last */
    uint64_t first;    /* iteration this process began with */
    uint32_t attempts; /* roll-backs so far */
    uint64_t tried;    /* iteration of the last one, until there is a newer checkpoint; else UINT64_MAX */
} run;

static uint64_t done(const run *r) {
    return ggcn_trainer_iteration(r->out.trainer);
}

static bool due(uint64_t every, uint64_t iteration) {
    return every > 0 && iteration % every == 0;
}

/* One iteration with what is due after it. */
static ggcn_status iterate_once(run *r, double *metrics) {
    const ggcn_config_output *o = &r->config->output;
    GGCN_TRY(ggcn_agree(ggcn_trainer_step(r->out.trainer, metrics)));
    const uint64_t iteration = done(r);
    train_progress_show(&r->progress, iteration, metrics);
    GGCN_TRY(ggcn_run_control_ask(r->control, &r->order));
    const bool last = iteration == r->config->learning.iterations || r->order.stop;
    const bool checkpoint =
        last || r->order.checkpoint || due(o->checkpoint_every, iteration) || due(o->keep_every, iteration);
    GGCN_TRY(train_output_write(&r->out, metrics, checkpoint, last));
    if (checkpoint)
        ggcn_run_control_checkpointed(r->control, r->out.seconds_checkpoint);
    if (r->out.saved == iteration)
        r->tried = UINT64_MAX;
    return GGCN_SUCCESS;
}

/* The end of what roll-backs can do; on the ranks that found the divergence. */
static ggcn_status give_up(const run *r, const ggcn_error *error) {
    if (error->status != GGCN_ERROR_NUMERIC || r->attempts == 0)
        return ggcn_restore_error(error);
    return ggcn_raise(GGCN_ERROR_NUMERIC, __FILE__, __LINE__, error->hint,
                      "%.1400s; gave up after %" PRIu32 " roll-back%s, with learning rates times %.4g", error->message,
                      r->attempts, r->attempts > 1 ? "s" : "", ggcn_trainer_rate_factor(r->out.trainer));
}

/* Reads the newest checkpoint that may help: not one of the iteration just before, whose parameters diverge whatever
 * the rate, nor one that led to the same end before; any if there is no other. Collective. */
static ggcn_status read_earlier(run *r, uint64_t *iteration) {
    const char *directory = r->config->run.directory;
    const uint64_t before = done(r) < r->tried ? done(r) : r->tried;
    char *report;
    ggcn_status status =
        ggcn_checkpoint_read(directory, &r->out.state, before > 0 ? before - 1 : 0, iteration, &report);
    if (status != GGCN_SUCCESS)
        status = ggcn_checkpoint_read(directory, &r->out.state, UINT64_MAX, iteration, &report);
    free(report);
    return status;
}

/* Back to an earlier checkpoint, with lower rates. Collective. @param message what diverged */
static ggcn_status roll_back(run *r, const char *message) {
    const ggcn_config_guard *guard = &r->config->guard;
    const double rate_factor = ggcn_trainer_rate_factor(r->out.trainer) * guard->factor;
    uint64_t iteration;
    GGCN_TRY(read_earlier(r, &iteration));
    r->tried = iteration;
    r->attempts++;
    ggcn_trainer_set_rate_factor(r->out.trainer, rate_factor);
    app_print("%s\nroll-back %" PRIu32 " of %" PRIu32 " to iteration %" PRIu64
              ", learning rates times %.4g from here on\n",
              message, r->attempts, guard->attempts, iteration, rate_factor);
    ggcn_log(GGCN_LOG_INFO, "roll-back %" PRIu32 " of %" PRIu32 " to iteration %" PRIu64 ", rate factor %.4g: %s",
             r->attempts, guard->attempts, iteration, rate_factor, message);
    r->out.saved = iteration;
    return train_output_open(&r->out);
}

/* After an iteration that failed on some rank. One that was given up leaves a state of no use: a restart goes on from
 * the last checkpoint. One that diverged is rolled back. Collective. @param status  this rank's */
static ggcn_status recover(run *r, ggcn_status status) {
    const ggcn_config_guard *guard = &r->config->guard;
    const ggcn_error error = *ggcn_last_error();
    char message[sizeof error.message] = "";
    const ggcn_status shared = ggcn_share_failure(status, message, sizeof message);
    if (shared == GGCN_ERROR_INTERRUPTED)
        return ggcn_run_control_interrupted(r->control, &r->order);
    if (shared == GGCN_ERROR_NUMERIC && guard->mode == GGCN_GUARD_ON && r->attempts < guard->attempts)
        return roll_back(r, message);
    return give_up(r, &error);
}

/* A walltime in which nothing can be done would be no better the next time. */
static ggcn_status too_short(const run *r) {
    return ggcn_agree(
        ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__, "raise run.max_walltime, or lower sampler.steps",
                   "no iteration was finished within run.max_walltime = %g minutes", r->config->run.max_walltime));
}

static ggcn_status allocate_metrics(const run *r, double **metrics) {
    const ggcn_metric_info *infos;
    *metrics = malloc(ggcn_trainer_metrics(r->out.trainer, &infos) * sizeof **metrics);
    return ggcn_agree(*metrics ? GGCN_SUCCESS
                               : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the metrics"));
}

/* A new run has a checkpoint at once: to roll back to, and to restart from if it ends before the next is due. */
static ggcn_status begin(run *r) {
    GGCN_TRY(ggcn_run_control_ask(r->control, &r->order));
    r->first = done(r);
    train_progress_start(&r->progress, r->first, r->config->learning.iterations);
    if (r->first > 0)
        return GGCN_SUCCESS;
    const double start = omp_get_wtime();
    GGCN_TRY(train_output_checkpoint(&r->out));
    ggcn_run_control_checkpointed(r->control, omp_get_wtime() - start);
    return GGCN_SUCCESS;
}

static ggcn_status iterate(run *r) {
    const uint64_t last = r->config->learning.iterations;
    double *metrics = NULL;
    ggcn_status status = allocate_metrics(r, &metrics);
    if (status == GGCN_SUCCESS)
        status = begin(r);
    while (status == GGCN_SUCCESS && !r->order.stop && done(r) < last) {
        status = iterate_once(r, metrics);
        if (status != GGCN_SUCCESS) /* on all ranks, whichever of them failed */
            status = recover(r, status);
    }
    free(metrics);
    if (status == GGCN_SUCCESS && r->order.walltime && done(r) == r->first && r->first < last)
        status = too_short(r);
    return status;
}

static ggcn_status print_end(const run *r) {
    uint64_t parameters, chains;
    GGCN_TRY(ggcn_state_digest(&r->out.state, "parameters", &parameters));
    GGCN_TRY(ggcn_state_digest(&r->out.state, "chains", &chains));
    app_print("run directory %s\nsamples       %s/grids/%08" PRIu64 ".png\n", r->config->run.directory,
              r->config->run.directory, r->config->learning.iterations);
    app_print("digest parameters=%016" PRIx64 " chains=%016" PRIx64 "\n", parameters, chains);
    ggcn_log(GGCN_LOG_INFO, "digest parameters=%016" PRIx64 " chains=%016" PRIx64, parameters, chains);
    return GGCN_SUCCESS;
}

static void print_stop(const run *r) {
    const uint64_t reached = done(r), last = r->config->learning.iterations, saved = r->out.saved;
    char lost[64] = "";
    if (saved != reached)
        snprintf(lost, sizeof lost, "; %" PRIu64 " and what was begun of the next are lost", reached - saved);
    app_print("stopped after iteration %" PRIu64 " of %" PRIu64 " (%s); --restart goes on from iteration %" PRIu64
              "%s\n",
              reached, last, r->order.reason, saved, lost);
    ggcn_log(GGCN_LOG_INFO, "stopped after iteration %" PRIu64 " of %" PRIu64 " (%s), checkpoint of iteration %" PRIu64,
             reached, last, r->order.reason, saved);
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
    GGCN_TRY(ggcn_checkpoint_read(r->config->run.directory, &r->out.state, newest, &iteration, &report));
    app_print("%s", report);
    ggcn_log(GGCN_LOG_INFO, "restart: %s", report);
    free(report);
    GGCN_TRY(ggcn_agree(ggcn_trainer_restored(r->out.trainer)));
    r->out.saved = iteration;
    if (iteration > r->config->learning.iterations)
        return too_far(r, iteration);
    if (iteration == r->config->learning.iterations)
        app_print("nothing to do: the run has reached iteration %" PRIu64 "; raise learning.iterations with -s\n",
                  iteration);
    return GGCN_SUCCESS;
}

static ggcn_status open_log(const ggcn_config *config, bool append) {
    char path[4096];
    snprintf(path, sizeof path, "%s/log", config->run.directory);
    return ggcn_agree(ggcn_rank() == 0 ? ggcn_log_open(path, append) : GGCN_SUCCESS);
}

/* A restart may have other ranks, or another build; what files say of their origin is that of the last process alone.
 */
static void log_start(void) {
    ggcn_log(GGCN_LOG_INFO, "start: ggcn %s, commit %s, ranks x threads: %d x %d", ggcn_version(), ggcn_git_commit(),
             ggcn_ranks(), omp_get_max_threads());
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
    GGCN_TRY(ggcn_agree(ggcn_trainer_create(c, networks, observed, r->out.blocks, &r->out.trainer)));
    GGCN_TRY(ggcn_agree(ggcn_trainer_state(r->out.trainer, &r->out.state)));
    GGCN_TRY(ggcn_run_directory(directory, train_mode(options)));
    if (!options->restart)
        GGCN_TRY(write_config(c, text)); /* before all else: it makes the directory a run's */
    GGCN_TRY(open_log(c, options->restart != NULL));
    log_start();
    if (options->restart) {
        GGCN_TRY(restore(r, options->newest));
        GGCN_TRY(write_config(c, text));
    }
    const ggcn_run_limits limits = {60 * c->run.max_walltime, c->run.grace, 60 * c->output.checkpoint_minutes};
    GGCN_TRY(ggcn_agree(ggcn_run_control_create(directory, &limits, &r->control)));
    return train_output_open(&r->out);
}

/* The log is rank 0's, whichever rank failed. */
static void log_failure(ggcn_status status) {
    const ggcn_error error = *ggcn_last_error();
    char message[sizeof error.message] = "";
    ggcn_share_failure(status, message, sizeof message);
    ggcn_log(GGCN_LOG_INFO, "error: %s", message);
    ggcn_restore_error(&error);
}

/* The digests, or how a restart goes on. @param[out] stopped whether it has to */
static ggcn_status conclude(const run *r, bool *stopped) {
    *stopped = done(r) < r->config->learning.iterations;
    if (!*stopped)
        return print_end(r);
    print_stop(r);
    return GGCN_SUCCESS;
}

ggcn_status train_run(const ggcn_config *config, const char *text, const train_options *options,
                      const ggcn_model_networks *networks, const ggcn_observed *observed, const ggcn_blocks *blocks,
                      bool *stopped) {
    run r = {.config = config, .out = {.config = config, .blocks = blocks, .saved = UINT64_MAX}, .tried = UINT64_MAX};
    *stopped = false;
    ggcn_status status = open_run(&r, text, options, networks, observed);
    if (status == GGCN_SUCCESS)
        status = iterate(&r);
    if (status == GGCN_SUCCESS)
        status = conclude(&r, stopped);
    if (status != GGCN_SUCCESS)
        log_failure(status);
    const ggcn_error error = *ggcn_last_error(); /* the run's, not of the log that may suffer from the same */
    train_output_close(&r.out);
    ggcn_run_control_destroy(&r.control);
    const ggcn_status closed = ggcn_agree(ggcn_log_close());
    ggcn_run_directory_close();
    return status == GGCN_SUCCESS ? closed : ggcn_restore_error(&error);
}
