/**
 * @file
 * The files of a run directory: checkpoints, recorded chains, metrics. All functions are collective but
 * ggcn_provenance_set and those that destroy.
 *
 * Every file is written under a temporary name, flushed, synced, re-opened, verified and then renamed. Every file carries
 * provenance at its root: format, version, git commit, command line, configuration, library versions, host, time, ranks
 * and threads.
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

/* --- run directory --------------------------------------------------------------------------------------------------- */

typedef enum { GGCN_RUN_NEW, GGCN_RUN_OVERWRITE, GGCN_RUN_RESTART } ggcn_run_mode;

/**
 * Makes or opens a run directory with its folders checkpoints, chains, grids. NEW: it must not exist or be empty.
 * OVERWRITE: removes what a run left there, and nothing else. RESTART: it must hold config.yaml.
 * The directory is locked against other programs until ggcn_run_directory_close, the next call, or the end of the process.
 * @return GGCN_ERROR_IO (unwritable), GGCN_ERROR_CONFIG (exists already, is no run directory, or another program uses it)
 */
ggcn_status ggcn_run_directory(const char *directory, ggcn_run_mode mode);
/** Ends the lock. Not collective. */
void ggcn_run_directory_close(void);
/** The same checks without changing anything on disk. Collective. */
ggcn_status ggcn_run_directory_check(const char *directory, ggcn_run_mode mode);
/** Writes a small text file atomically (rank 0 writes, all agree). */
ggcn_status ggcn_write_text(const char *path, const char *text);

/* --- checkpoints: DIRECTORY/checkpoints/NNNNNNNN.h5 ------------------------------------------------------------------- */

/** Which checkpoints stay when a new one was written. */
typedef struct {
    uint32_t newest;    /**< so many of the newest; at least 1 */
    uint64_t for_good;  /**< those of iterations that are multiples of it (but 0) are never removed; 0: none */
} ggcn_checkpoint_keep;

/** Writes all arrays of a state, with the digests of "parameters" and "chains" arrays as attributes, then removes the
 *  checkpoints that need not stay. A folder checkpoints that is gone is made again.
 *  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (read back otherwise than written): earlier checkpoints are as they were */
ggcn_status ggcn_checkpoint_write(const char *directory, uint64_t iteration, const ggcn_state *state,
                                  ggcn_checkpoint_keep keep);
/**
 * Reads the newest checkpoint that verifies into the arrays of `state` (shapes must agree) and removes newer ones that do
 * not. `state` is laid out for this run's ranks, whatever number wrote the file.
 * @param newest  take none of a later iteration (those are removed once one was read); UINT64_MAX: any
 * @param[out] iteration of the checkpoint
 * @param[out] report malloc'ed text: which file was read, which were skipped and why; NULL on error
 * @return GGCN_ERROR_FORMAT if none verifies
 */
ggcn_status ggcn_checkpoint_read(const char *directory, const ggcn_state *state, uint64_t newest, uint64_t *iteration,
                                 char **report);

/** XXH3-64 of an array: of its bytes, or for a distributed one of the XXH3-64 of each block, in block order. Collective. */
ggcn_status ggcn_array_digest(const ggcn_array *array, uint64_t *digest);
/** XXH3-64 over the digests of all arrays whose path begins with "FOLDER/", in the order of the state. Collective. */
ggcn_status ggcn_state_digest(const ggcn_state *state, const char *folder, uint64_t *digest);

/* --- recorded chains: DIRECTORY/chains/segment-NNNNNNNN.h5 and DIRECTORY/chains/chains.h5 ---------------------------- */

typedef struct ggcn_chain_recorder ggcn_chain_recorder;

/** Scalars of each chain at a draw, this rank's chains only. */
typedef struct {
    const float *x;         /**< [local chains][C][H][W] */
    const double *lp;       /**< [local chains] Phi(x) - |x|^2/(2 s_ref^2) */
    const double *potential;/**< [local chains] Phi(x) */
    const double *gradient; /**< [local chains] Euclidean norm of grad_x Phi */
} ggcn_draw;

/** @param block chains per block (chunk). Existing segments whose last draw is newer than `iteration` are removed, so flush
 *  right before each checkpoint: then none of them holds a draw that the checkpoint has seen. */
ggcn_status ggcn_chain_recorder_create(const char *directory, const ggcn_blocks *blocks, int64_t block, ggcn_shape shape,
                                       uint64_t iteration, ggcn_chain_recorder **recorder);
/** Remembers one draw in memory. */
ggcn_status ggcn_chain_recorder_add(ggcn_chain_recorder *recorder, uint64_t iteration, const ggcn_draw *draw);
/** Writes the remembered draws as one segment and the virtual file over all segments. Nothing to write is no error. After
 *  an error the next call writes what this one could not. */
ggcn_status ggcn_chain_recorder_flush(ggcn_chain_recorder *recorder);
void ggcn_chain_recorder_destroy(ggcn_chain_recorder **recorder);

/* --- metrics: DIRECTORY/metrics.h5 ------------------------------------------------------------------------------------ */

typedef struct ggcn_metrics_file ggcn_metrics_file;

/** Columns of doubles over iterations, kept in memory by rank 0 and written whole at each flush. With `iteration` > 0 the
 *  rows up to that iteration are taken over from an existing file (restart). `columns` must outlive the object. */
ggcn_status ggcn_metrics_file_create(const char *directory, const ggcn_metric_info *columns, size_t n_columns,
                                     uint64_t iteration, ggcn_metrics_file **file);
ggcn_status ggcn_metrics_file_add(ggcn_metrics_file *file, uint64_t iteration, const double *values);
ggcn_status ggcn_metrics_file_flush(ggcn_metrics_file *file);
void ggcn_metrics_file_destroy(ggcn_metrics_file **file);

/* --- pictures --------------------------------------------------------------------------------------------------------- */

/** Collects the first `wanted` rows of a distributed array on rank 0. @param[out] rows [wanted][row], only on rank 0 */
ggcn_status ggcn_gather_rows(const ggcn_array *array, int64_t wanted, void *rows);

#ifdef __cplusplus
}
#endif
#endif
