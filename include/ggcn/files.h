/**
 * @file
 * The files of a run directory: checkpoints, recorded chains, metrics. All functions are collective but
 * ggcn_provenance_set and those that destroy.
 *
 * Every file is written under a temporary name, flushed, synced, re-opened, verified and then renamed. Every file
 * carries provenance at its root: format, version, git commit, command line, configuration, library versions, host,
 * time, ranks and threads.
 */
#ifndef GGCN_FILES_H
#define GGCN_FILES_H

#include "ggcn/blocks.h"
#include "ggcn/graph.h"
#include "ggcn/metrics.h"
#include "ggcn/state.h"
#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What every file of this process records about its origin. Call once, before the first file. Strings are copied. */
ggcn_status ggcn_provenance_set(int argc, char *const *argv, const char *configuration, int threads);

/** Gives a file of ours a text as an attribute of its root, in place of an older one. A copy is changed, verified and
 * renamed; rank 0 does so, all agree. @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (damaged: the file stays as it is) */
ggcn_status ggcn_file_set_attribute(const char *path, const char *name, const char *text);

/* --- run directory ------------------------------------------------------------------------------------------------ */

typedef enum { GGCN_RUN_NEW, GGCN_RUN_OVERWRITE, GGCN_RUN_RESTART } ggcn_run_mode;

/**
 * Makes or opens a run directory with its folders checkpoints, chains, grids. NEW: it must not exist or be empty.
 * OVERWRITE: removes what a run left there, and nothing else. RESTART: it must hold config.yaml.
 * The directory is locked against other programs until ggcn_run_directory_close, the next call, or the end of the
 * process.
 * @return GGCN_ERROR_IO (unwritable), GGCN_ERROR_CONFIG (exists already, is no run directory, or another program uses
 * it)
 */
ggcn_status ggcn_run_directory(const char *directory, ggcn_run_mode mode);
/** Ends the lock. Not collective. */
void ggcn_run_directory_close(void);
/** The same checks without changing anything on disk. Collective. */
ggcn_status ggcn_run_directory_check(const char *directory, ggcn_run_mode mode);
/** Writes a small text file atomically (rank 0 writes, all agree). */
ggcn_status ggcn_write_text(const char *path, const char *text);

/* --- checkpoints: DIRECTORY/checkpoints/NNNNNNNN.h5 --------------------------------------------------------------- */

/** Which checkpoints stay when a new one was written. */
typedef struct {
    uint32_t newest;   /**< so many of the newest; at least 1 */
    uint64_t for_good; /**< those of iterations that are multiples of it (but 0) are never removed; 0: none */
} ggcn_checkpoint_keep;

/** Writes all arrays of a state, with the digests of "parameters" and "chains" arrays as attributes, then removes the
 *  checkpoints that need not stay. A folder checkpoints that is gone is made again.
 *  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (read back otherwise than written): earlier checkpoints are as they were */
ggcn_status ggcn_checkpoint_write(const char *directory, uint64_t iteration, const ggcn_state *state,
                                  ggcn_checkpoint_keep keep);
/**
 * Reads the newest checkpoint that verifies into the arrays of `state` (shapes must agree) and removes newer ones that
 * do not. `state` is laid out for this run's ranks, whatever number wrote the file.
 * @param newest  take none of a later iteration (those are removed once one was read); UINT64_MAX: any
 * @param[out] iteration of the checkpoint
 * @param[out] report malloc'ed text: which file was read, which were skipped and why; NULL on error
 * @return GGCN_ERROR_FORMAT if none verifies
 */
ggcn_status ggcn_checkpoint_read(const char *directory, const ggcn_state *state, uint64_t newest, uint64_t *iteration,
                                 char **report);

/** What a checkpoint tells of its model. Release with ggcn_checkpoint_info_clear. */
typedef struct {
    char *path; /**< of the file */
    uint64_t iteration;
    char *configuration; /**< the whole configuration as YAML */
    char *classes;       /**< names of the classes, one a line; NULL: unconditional, or an older file */
    ggcn_shape image;    /**< of the finest grid's images */
    uint32_t n_classes;  /**< 1 if unconditional */
    int64_t chains;      /**< persistent chains, over all ranks */
    uint64_t digest_parameters, digest_chains; /**< as the file says */
} ggcn_checkpoint_info;

/**
 * Finds a checkpoint and says what is in it. Nothing on disk is changed.
 * @param path      a run directory, or one checkpoint
 * @param iteration which of the directory's; UINT64_MAX: its newest, or the file that `path` names
 * @return GGCN_ERROR_IO (missing, unreadable), GGCN_ERROR_CONFIG (no checkpoint there, or of a newer program),
 *         GGCN_ERROR_ARGUMENT (an iteration of a file), GGCN_ERROR_FORMAT (damaged, another kind of file)
 */
ggcn_status ggcn_checkpoint_describe(const char *path, uint64_t iteration, ggcn_checkpoint_info *info);
void ggcn_checkpoint_info_clear(ggcn_checkpoint_info *info);
/** Reads the listed arrays from a checkpoint and compares their digests; arrays not listed are left alone. @param path
 * of the file  @return GGCN_ERROR_CONFIG (not there, another shape), GGCN_ERROR_FORMAT (damaged) */
ggcn_status ggcn_checkpoint_load(const char *path, const ggcn_state *state);
/** Reads rows first .. first+count-1 of one array; each rank its own, a count of 0 included. The rows' checksums are
 *  verified, the array's digest is not.  @return as ggcn_checkpoint_load */
ggcn_status ggcn_checkpoint_load_rows(const char *path, const ggcn_array *array);

/** XXH3-64 of an array: of its bytes, or for a distributed one of the XXH3-64 of each block, in block order.
 * Collective. */
ggcn_status ggcn_array_digest(const ggcn_array *array, uint64_t *digest);
/** XXH3-64 over the digests of all arrays whose path begins with "FOLDER/", in the order of the state. Collective. */
ggcn_status ggcn_state_digest(const ggcn_state *state, const char *folder, uint64_t *digest);

/* --- recorded chains: DIRECTORY/chains/segment-NNNNNNNN.h5 and DIRECTORY/chains/chains.h5 ------------------------- */

typedef struct ggcn_chain_recorder ggcn_chain_recorder;

/** What a draw is a sample of. */
typedef enum {
    GGCN_CHAINS_FIXED,     /**< long chains of one model, which does not change */
    GGCN_CHAINS_LEARNING,  /**< persistent chains of a model that is being learned */
    GGCN_CHAINS_SHORT_RUN, /**< chains that begin anew for each draw: not stationary */
    GGCN_CHAINS_REPLAY     /**< chains that may go on from finished ones or begin anew: not stationary */
} ggcn_stationarity;

/** What is recorded. */
typedef struct {
    int64_t chains;       /**< over all ranks */
    int64_t first, local; /**< those of this rank; it may have none */
    int64_t block;        /**< chains that are stored together */
    ggcn_shape shape;
    ggcn_stationarity stationarity;
    size_t layers;           /**< layers with responses; may be 0 */
    const char *layer_names; /**< separated by blanks; not looked at without layers */
    uint64_t iteration;      /**< segments whose last draw is newer are removed */
} ggcn_chain_record;

/** Each chain at a draw, this rank's chains only. */
typedef struct {
    const float *x;          /**< [local chains][C][H][W] */
    bool images;             /**< the file is to hold x; otherwise only its mean and deviation */
    const double *lp;        /**< [local chains] Phi(x) - |x|^2/(2 s_ref^2) */
    const double *potential; /**< [local chains] Phi(x) */
    const double *gradient;  /**< [local chains] Euclidean norm of grad_x Phi */
    double step_size;
    const double *acceptance; /**< [local chains] share of accepted proposals; NULL: 1, there is no Metropolis test */
    const double *response;   /**< [local chains][layers] mean of each layer over channels and positions */
} ggcn_draw;

/** Makes DIRECTORY/chains, and folders above it, where it is no run's. @return GGCN_ERROR_CONFIG if there are chains in
 * it, GGCN_ERROR_IO */
ggcn_status ggcn_chain_directory(const char *directory);

/** Existing segments whose last draw is newer than record->iteration are removed, so flush right before each
 * checkpoint: then none of them holds a draw that the checkpoint has seen. */
ggcn_status ggcn_chain_recorder_create(const char *directory, const ggcn_chain_record *record,
                                       ggcn_chain_recorder **recorder);
/** Remembers one draw in memory. */
ggcn_status ggcn_chain_recorder_add(ggcn_chain_recorder *recorder, uint64_t iteration, const ggcn_draw *draw);
/** Writes the remembered draws as one segment and the virtual file over all segments. Nothing to write is no error.
 * After an error the next call writes what this one could not. */
ggcn_status ggcn_chain_recorder_flush(ggcn_chain_recorder *recorder);
/** Bytes of the remembered draws of all ranks that no segment holds yet; the same on every rank. Not collective. */
int64_t ggcn_chain_recorder_held(const ggcn_chain_recorder *recorder);
void ggcn_chain_recorder_destroy(ggcn_chain_recorder **recorder);

/* --- metrics: DIRECTORY/metrics.h5 -------------------------------------------------------------------------------- */

typedef struct ggcn_metrics_file ggcn_metrics_file;

/** Columns of doubles over iterations, kept in memory by rank 0 and written whole at each flush. With `iteration` > 0
 * the rows up to that iteration are taken over from an existing file (restart). `columns` must outlive the object. */
ggcn_status ggcn_metrics_file_create(const char *directory, const ggcn_metric_info *columns, size_t n_columns,
                                     uint64_t iteration, ggcn_metrics_file **file);
ggcn_status ggcn_metrics_file_add(ggcn_metrics_file *file, uint64_t iteration, const double *values);
ggcn_status ggcn_metrics_file_flush(ggcn_metrics_file *file);
void ggcn_metrics_file_destroy(ggcn_metrics_file **file);

/* --- samples of a trained model ----------------------------------------------------------------------------------- */

/** What a file of samples says of all of them. */
typedef struct {
    const char *run; /**< as the user named it */
    const char *model;
    uint64_t iteration, digest_parameters;
    const char *start;   /**< what the samples began as: chains, fresh, generator, interpolation, inpainting */
    int64_t steps, thin; /**< Langevin steps before the first sample of a chain, and between its samples */
    float pixel_min, pixel_max;
    ggcn_shape shape;
    int64_t count;        /**< samples, over all ranks */
    uint32_t n_classes;   /**< 0: samples without class */
    char *const *classes; /**< [n_classes] names */
    bool with_lp, with_originals;
} ggcn_samples_info;

/** Samples of this rank. */
typedef struct {
    const float *images;    /**< [count][C][H][W] */
    const uint64_t *chain;  /**< [count] */
    const uint64_t *draw;   /**< [count] steps of the chain when the sample was taken */
    const uint32_t *labels; /**< [count]; NULL without classes */
    const double *lp;       /**< [count]; NULL without lp */
    const float
        *originals;        /**< [count][C][H][W] images that samples complete, and [count][H][W] 1 where their pixels */
    const uint8_t *hidden; /**< were hidden, else 0; NULL without originals */
} ggcn_samples_rows;

typedef struct ggcn_samples_writer ggcn_samples_writer;

/** Starts a file of samples under a temporary name. @return GGCN_ERROR_IO, GGCN_ERROR_MEMORY */
ggcn_status ggcn_samples_create(const char *path, const ggcn_samples_info *info, ggcn_samples_writer **writer);
/** Writes samples first .. first+count-1; each rank its own range, a count of 0 included. Each sample once. */
ggcn_status ggcn_samples_write(ggcn_samples_writer *writer, int64_t first, int64_t count,
                               const ggcn_samples_rows *rows);
/** Flushes, syncs, verifies, renames to the final name. Releases the writer in any case. @param acceptance share of
 *  the proposals that were taken; below 0: chains without Metropolis correction  @return GGCN_ERROR_IO */
ggcn_status ggcn_samples_finish(ggcn_samples_writer **writer, double acceptance);
/** Drops an unfinished file. Not collective if the file was not begun. NULL is allowed. */
void ggcn_samples_abandon(ggcn_samples_writer **writer);

/* --- pictures ----------------------------------------------------------------------------------------------------- */

/** Collects the first `wanted` rows of a distributed array on rank 0. @param[out] rows [wanted][row], only on rank 0 */
ggcn_status ggcn_gather_rows(const ggcn_array *array, int64_t wanted, void *rows);

#ifdef __cplusplus
}
#endif
#endif
