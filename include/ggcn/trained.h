/**
 * @file
 * A trained model: loaded from a run directory or a checkpoint, evaluated on any images, its chains stepped.
 *
 *     ggcn_hpc_start(&argc, &argv);
 *     ggcn_trained *model;
 *     ggcn_trained_load("runs/one", UINT64_MAX, &model);
 *     ggcn_trained_evaluate(model, finest, count, images, labels, phi, gradient);
 *     ggcn_trained_destroy(&model);
 *     ggcn_hpc_finish();
 *
 * The data set that the model was trained on is not needed. Only ggcn_trained_load and ggcn_trained_stored are
 * collective. All others work on this rank's images, with as many threads as OpenMP gives, in batches of run.block; one
 * call at a time for each model. Images are float32 [count][C][H][W] in the pixel range of the configuration
 * (data.pixel_min .. pixel_max).
 *
 * A model has one potential on each grid, coarse to fine; only multi-grid models have more than one.
 */
#ifndef GGCN_TRAINED_H
#define GGCN_TRAINED_H

#include "ggcn/graph.h"
#include "ggcn/langevin.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ggcn_trained ggcn_trained;

/** What there is to know of a model. All of it is the model's own. */
typedef struct {
    const ggcn_config *config;  /**< of the run that trained it */
    const char *checkpoint;     /**< path of the file it was read from */
    const char *configuration;  /**< the whole configuration as YAML */
    uint64_t iteration;         /**< of learning, when the checkpoint was written */
    uint64_t digest_parameters; /**< as in the checkpoint */
    uint32_t n_classes;         /**< 1 if the model is unconditional */
    const char *const *classes; /**< [n_classes] their names; NULL if unconditional, or in checkpoints without names */
    int64_t chains;             /**< stored chains */
    int grids;                  /**< potentials, coarse to fine */
    int64_t first_size;         /**< multi-grid: height and width of the images that chains start from; otherwise 0 */
    ggcn_shape image;           /**< images of the finest grid */
    bool encodes;               /**< the generator is an auto-encoder: its z is an image with hidden pixels */
    size_t latent;              /**< numbers in a latent z of the generator; 0: the model has no generator */
} ggcn_trained_info;

/**
 * Loads a model. Collective; nothing on disk is changed.
 * @param path      a run directory, or one checkpoint of it; all that is needed is in the checkpoint, but for networks
 * that its configuration names as files, which must still be there as they were
 * @param iteration which checkpoint of the directory; UINT64_MAX: the newest
 * @param[out] model to be released with ggcn_trained_destroy
 * @return GGCN_ERROR_IO (missing), GGCN_ERROR_CONFIG (no run; networks that are not those the checkpoint was made
 * with), GGCN_ERROR_FORMAT (damaged, another kind of file), GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_trained_load(const char *path, uint64_t iteration, ggcn_trained **model);
void ggcn_trained_destroy(ggcn_trained **model);
const ggcn_trained_info *ggcn_trained_describe(const ggcn_trained *model);
/** Shape of the images of a grid. */
ggcn_shape ggcn_trained_shape(const ggcn_trained *model, int grid);

/**
 * Phi(x) and its gradient (Eq. 1).
 * @param labels   [count] class of each image; NULL: all 0
 * @param[out] phi [count], or NULL  @param[out] gradient [count][C][H][W] grad_x Phi, or NULL
 * @return GGCN_ERROR_ARGUMENT (no such grid, a label beyond the classes), GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_trained_evaluate(ggcn_trained *model, int grid, int64_t count, const float *x, const uint32_t *labels,
                                  double *phi, float *gradient);

/** How chains are stepped, and the address of their noise: the number of a chain is first_chain plus its place in x. */
typedef struct {
    ggcn_langevin
        langevin;    /**< step size, noise, number of steps, ...; ggcn_trained_langevin gives the configuration's */
    bool metropolis; /**< Metropolis-adjusted: the density itself is sampled, see ggcn_mala_run */
    uint64_t seed;
    uint32_t first_step; /**< steps these chains have made before, so that they get other noise */
    int64_t first_chain;
} ggcn_chain_steps;

/** The sampler that the model was trained with. */
ggcn_langevin ggcn_trained_langevin(const ggcn_trained *model);

/**
 * Steps chains (Alg. 1, lines 6-9). The noise depends on seed, the model's iteration, step and chain only, so any cut
 * of the chains into calls, and of the steps, gives the same bits if each call begins with a multiple of run.block.
 * @param[in,out] x  [count][C][H][W] states
 * @param labels     [count]; NULL: all 0
 * @param fixed      [count][C][H][W] pixels that keep this value, NaN where the chain moves; NULL: all of it moves
 * @param[in,out] accepted [count] taken proposals of a Metropolis-adjusted chain are added to it; may be NULL
 * @return GGCN_ERROR_ARGUMENT (no such grid, a label beyond the classes, fixed pixels with metropolis, an adversarial
 * model), GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_trained_step(ggcn_trained *model, int grid, const ggcn_chain_steps *steps, int64_t count, float *x,
                              const uint32_t *labels, const float *fixed, int64_t *accepted);

/**
 * The generator's images G(z), its norm layers with the running statistics that training kept.
 * @param z [count][latent]  @param labels [count]; NULL: all 0  @param[out] x [count][C][H][W]
 * @return GGCN_ERROR_ARGUMENT (no generator, a label beyond the classes), GGCN_ERROR_LIBRARY
 */
ggcn_status ggcn_trained_generate(ggcn_trained *model, int64_t count, const float *z, const uint32_t *labels, float *x);

/**
 * Latents whose images come near to given ones: Adam on |G(z) - x|^2 from where z is, each image for itself.
 * @param x          [count][C][H][W]
 * @param iterations steps of gradient descent  @param rate of them
 * @param limit      every step ends with z clipped to [-limit, limit]; 0: not clipped
 * @param[in,out] z  [count][latent]
 * @param[out] distance [count] |G(z) - x|^2 / elements at the end; may be NULL
 * @return as ggcn_trained_generate, GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_trained_fit(ggcn_trained *model, int64_t count, const float *x, const uint32_t *labels,
                             uint32_t iterations, double rate, double limit, float *z, double *distance);

/**
 * Reads stored chains from the checkpoint. Collective: each rank asks for its own.
 * @param numbers [count] of the chains, 0 .. chains-1; each rank reads the range that they span
 * @param[out] x      [count][C][H][W] states on the finest grid, or NULL
 * @param[out] labels [count], or NULL  @param[out] z [count][latent], or NULL; the same of x, labels and z on all ranks
 * @return GGCN_ERROR_ARGUMENT (no such chain), GGCN_ERROR_FORMAT, GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_trained_stored(const ggcn_trained *model, int64_t count, const int64_t *numbers, float *x,
                                uint32_t *labels, float *z);

#ifdef __cplusplus
}
#endif
#endif
