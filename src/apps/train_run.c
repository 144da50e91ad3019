#include "train_run.h"

#include <inttypes.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "train_progress.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"
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
} run;

static bool due(uint64_t every, uint64_t iteration, uint64_t last) {
    return iteration == last || (every > 0 && iteration % every == 0);
}

static const ggcn_array *chains_array(const run *r) {
    for (size_t i = 0; i < r->state.count; i++)
        if (strcmp(r->state.arrays[i].path, "chains/x") == 0)
            return &r->state.arrays[i];
    return NULL;
}

static ggcn_status write_picture(const run *r, uint64_t iteration, int64_t wanted, const float *rows) {
    const ggcn_config *c = r->config;
    const ggcn_shape shape = ggcn_trainer_chains(r->trainer)->shape;
    const int64_t zoom = shape.height < 64 ? 2 : 1;
    char path[4096];
    snprintf(path, sizeof path, "%s/grids/%08" PRIu64 ".png", c->run.directory, iteration);
    return ggcn_write_grid(path, rows, wanted, shape, c->output.grid_columns, c->data.pixel_min, c->data.pixel_max, zoom);
}

static ggcn_status write_grid(run *r, uint64_t iteration) {
    const ggcn_chains *chains = ggcn_trainer_chains(r->trainer);
    const uint64_t all = r->config->learning.chains;
    const int64_t wanted = (int64_t)(r->config->output.grid_count < all ? r->config->output.grid_count : all);
    float *mine = malloc((size_t)chains->count * chains->elements * sizeof *mine);
    float *rows = ggcn_rank() == 0 ? malloc((size_t)wanted * chains->elements * sizeof *rows) : NULL;
    ggcn_status status = GGCN_SUCCESS;
    if (!mine || (ggcn_rank() == 0 && !rows))
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a picture");
    else
        status = ggcn_trainer_pictures(r->trainer, wanted, mine);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS) {
        ggcn_array array = *chains_array(r);
        array.data = mine;
        status = ggcn_gather_rows(&array, wanted, rows);
    }
    if (status == GGCN_SUCCESS) {
        if (ggcn_rank() == 0)
            status = write_picture(r, iteration, wanted, rows);
        status = ggcn_agree(status);
    }
    free(mine);
    free(rows);
    return status;
}

static ggcn_status record_draw(run *r, uint64_t iteration) {
    const ggcn_chain_scalars s = ggcn_trainer_chain_scalars(r->trainer);
    const ggcn_draw draw = {ggcn_trainer_chains(r->trainer)->x, s.lp, s.potential, s.gradient};
    return ggcn_chain_recorder_add(r->recorder, iteration, &draw);
}

/* Pictures and draws that are due after an iteration; before a checkpoint the draws are written out, so that a restart
 * finds all that happened up to it. */
static ggcn_status write_samples(run *r, uint64_t iteration, bool checkpoint) {
    const ggcn_config_output *o = &r->config->output;
    if (o->chain_every > 0 && iteration % o->chain_every == 0)
        GGCN_TRY(record_draw(r, iteration));
    if (due(o->grid_every, iteration, r->config->learning.iterations))
        GGCN_TRY(write_grid(r, iteration));
    return checkpoint ? ggcn_chain_recorder_flush(r->recorder) : GGCN_SUCCESS;
}

/* The metrics up to the checkpoint first, for the same reason. */
static ggcn_status write_checkpoint(run *r, uint64_t iteration) {
    GGCN_TRY(ggcn_metrics_file_flush(r->metrics));
    GGCN_TRY(ggcn_checkpoint_write(r->config->run.directory, iteration, &r->state, r->config->output.keep));
    ggcn_log(GGCN_LOG_INFO, "checkpoint at iteration %" PRIu64, iteration);
    return GGCN_SUCCESS;
}

static ggcn_status iterate(run *r) {
    const uint64_t last = r->config->learning.iterations;
    train_progress progress;
    train_progress_start(&progress, ggcn_trainer_iteration(r->trainer), last);
    double seconds_checkpoint = 0; /* of the iteration before: its row was written first */
    while (ggcn_trainer_iteration(r->trainer) < last) {
        double metrics[GGCN_METRICS];
        GGCN_TRY(ggcn_agree(ggcn_trainer_step(r->trainer, metrics)));
        const uint64_t iteration = ggcn_trainer_iteration(r->trainer);
        const bool checkpoint = due(r->config->output.checkpoint_every, iteration, last);
        train_progress_show(&progress, iteration, metrics);
        double start = omp_get_wtime();
        GGCN_TRY(write_samples(r, iteration, checkpoint));
        metrics[GGCN_METRIC_SECONDS_IO] = omp_get_wtime() - start + seconds_checkpoint;
        GGCN_TRY(ggcn_metrics_file_add(r->metrics, iteration, metrics));
        start = omp_get_wtime();
        if (checkpoint)
            GGCN_TRY(write_checkpoint(r, iteration));
        seconds_checkpoint = omp_get_wtime() - start;
    }
    return GGCN_SUCCESS;
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

static ggcn_status open_run(run *r, const char *text, const train_options *options, const ggcn_graph *graph, const ggcn_observed *observed) {
    const ggcn_config *c = r->config;
    const char *directory = c->run.directory;
    GGCN_TRY(ggcn_agree(ggcn_trainer_create(c, graph, observed, r->blocks, &r->trainer)));
    GGCN_TRY(ggcn_agree(ggcn_trainer_state(r->trainer, &r->state)));
    GGCN_TRY(ggcn_run_directory(directory, train_mode(options)));
    GGCN_TRY(open_log(c, options->restart != NULL));
    if (options->restart)
        GGCN_TRY(restore(r, options->newest));
    GGCN_TRY(write_config(c, text));
    const uint64_t iteration = ggcn_trainer_iteration(r->trainer);
    GGCN_TRY(ggcn_metrics_file_create(directory, ggcn_metric_infos, GGCN_METRICS, iteration, &r->metrics));
    return ggcn_chain_recorder_create(directory, r->blocks, c->run.block, observed->shape, iteration, &r->recorder);
}

/* The log is rank 0's, whichever rank failed. */
static void log_failure(ggcn_status status) {
    const ggcn_error error = *ggcn_last_error();
    char message[sizeof error.message] = "";
    ggcn_share_failure(status, message, sizeof message);
    ggcn_log(GGCN_LOG_INFO, "error: %s", message);
    ggcn_restore_error(&error);
}

ggcn_status train_run(const ggcn_config *config, const char *text, const train_options *options, const ggcn_graph *graph,
                      const ggcn_observed *observed, const ggcn_blocks *blocks) {
    run r = {.config = config, .blocks = blocks};
    ggcn_status status = open_run(&r, text, options, graph, observed);
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
