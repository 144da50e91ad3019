/**
 * @file
 * The configuration of a run: one YAML file, `-s section.key=value` settings on top, defaults below.
 *
 * The sources are merged in the order: built-in defaults, preset, file, settings. A later source replaces single keys;
 * a sequence (data.classes) is replaced whole. Each source is validated on its own, so that an error names the source,
 * the line and the key.
 */
#ifndef GGCN_CONFIG_H
#define GGCN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/precision.h"
#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The rows of the paper's Table 1, and the baseline of its Figs. 7 and 10. */
typedef enum {
    GGCN_MODEL_FRAME,
    GGCN_MODEL_WFRAME,
    GGCN_MODEL_GCN,
    GGCN_MODEL_WGCN,
    GGCN_MODEL_MGCN,
    GGCN_MODEL_WMGCN,
    GGCN_MODEL_GGCN,
    GGCN_MODEL_GGCN_NOLHS,
    GGCN_MODEL_GGCN_AMS,
    GGCN_MODEL_GGCN_NOLHS_AMS,
    GGCN_MODEL_DCGAN
} ggcn_model;

/** What makes a model: everything else is configuration. */
typedef struct {
    const char *name;
    bool learns_filters; /**< LCN; false: only theta is learned, the filters stay as in their weights file */
    bool jko;            /**< JKO flow, otherwise KL */
    bool multigrid;      /**< MS: one potential per grid, chains from the coarsest grid's data upward */
    bool generator;      /**< NLU, HS: chains start at a generator's images */
    bool amortized;      /**< AMS: the generator ascends mean Phi(G(z)) (Eq. 23) in place of Eq. 19 */
    bool learns_latent;  /**< LHS: the latents of the chains are learned (Eq. 20) */
    bool adversarial;    /**< DCGAN: the potential is a discriminator's logit; no Langevin steps */
} ggcn_model_traits;

/** The traits of a model. */
const ggcn_model_traits *ggcn_model_traits_of(ggcn_model model);

typedef enum { GGCN_THETA_STATIONARY, GGCN_THETA_POSITIONAL } ggcn_theta;
typedef enum { GGCN_INIT_HE, GGCN_INIT_GAUSSIAN } ggcn_init;
typedef enum { GGCN_OPTIMIZER_ADAM, GGCN_OPTIMIZER_SGD } ggcn_optimizer_name;
typedef enum { GGCN_SCHEDULE_CONSTANT, GGCN_SCHEDULE_STEP, GGCN_SCHEDULE_COSINE } ggcn_schedule;
typedef enum { GGCN_JKO_THETA, GGCN_JKO_ALL } ggcn_jko_parameters;
typedef enum { GGCN_START_ZERO, GGCN_START_NOISE, GGCN_START_DATA } ggcn_chain_start;

typedef struct {
    char *file;        /**< HDF5 data set made by ggcn_data */
    uint32_t size;     /**< expected height and width in pixels; 0: whatever the file holds */
    uint32_t *classes; /**< labels to keep, or NULL for all */
    uint32_t classes_count;
    uint64_t limit;  /**< keep at most this many images (the first ones); 0: all */
    float pixel_min; /**< what the byte 0 becomes, default -1 */
    float pixel_max; /**< what the byte 255 becomes, default +1 */
} ggcn_config_data;

typedef struct {
    char *network;          /**< name of a built-in network, path of a YAML file with a list of layers, or of a network
                                 file with filters, which are then where learning starts (frame, wframe: stays) */
    ggcn_theta theta;       /**< one weight per channel, or per channel and position */
    bool conditional;       /**< one theta per class of the data set */
    double reference_sigma; /**< s_ref of q = N(0, s_ref^2 I), in pixel units */
    ggcn_init weight_init;  /**< he: N(0, 2/fan_in); gaussian: N(0, weight_sigma^2) */
    double weight_sigma;
    double theta_sigma;   /**< theta starts as N(0, theta_sigma^2) */
    double norm_momentum; /**< weight of the newest batch in the running statistics of frozen normalisation */
} ggcn_config_potential;

typedef struct {
    uint32_t steps;            /**< L, Langevin steps per iteration */
    double step_size;          /**< d */
    double noise_sigma;        /**< s_noise */
    ggcn_chain_start start;    /**< state of a chain before the first iteration */
    bool clamp;                /**< clamp every state to [pixel_min, pixel_max] */
    double gradient_clip;      /**< largest Euclidean norm of grad Phi of one image; 0: no clipping */
    bool final_step_noiseless; /**< pictures are taken after one more step without noise */
    ggcn_precision precision;
} ggcn_config_sampler;

typedef struct {
    ggcn_optimizer_name name;
    double rate;
    double beta1;    /**< adam */
    double beta2;    /**< adam */
    double epsilon;  /**< adam */
    double momentum; /**< sgd */
} ggcn_config_optimizer;

typedef struct {
    ggcn_schedule name; /**< constant; step: rate *= factor every `every` iterations; cosine: to rate*factor */
    uint64_t every;
    double factor;
    uint64_t warmup; /**< iterations over which the rate grows linearly from 0 */
} ggcn_config_schedule;

typedef struct {
    uint64_t iterations; /**< T */
    uint64_t observed;   /**< N, observed images per iteration, over all ranks */
    uint64_t chains;     /**< M, chains, over all ranks */
    ggcn_config_optimizer optimizer;
    ggcn_config_schedule schedule;
} ggcn_config_learning;

typedef struct {
    double beta;
    ggcn_jko_parameters parameters;
    bool scaled_by_rate; /**< true: part of the gradient given to the optimizer; false: subtracted as it is */
} ggcn_config_jko;

typedef struct {
    uint32_t *sizes; /**< mgcn, wmgcn: heights and widths, ascending, the first is where chains start from data;
                          none: 1-4-16-64 for 64, 1-8-32 for 32 */
    uint32_t sizes_count;
    char **networks; /**< of the grids after the first; none: potential.network for all */
    uint32_t networks_count;
} ggcn_config_multigrid;

typedef struct {
    char *network;      /**< from [latent + embedding, 1, 1] to an image */
    uint32_t latent;    /**< dimension of z */
    uint32_t embedding; /**< dimension of the class embedding joined to z, if potential.conditional */
    uint32_t every;     /**< iterations between updates of the generator and the latents */
    ggcn_config_optimizer optimizer;
    double latent_rate; /**< epsilon of the latents' SGD step */
    ggcn_init weight_init;
    double weight_sigma;
    double norm_momentum; /**< weight of the newest batch in the running statistics, which sampling uses later */
} ggcn_config_generator;

typedef struct {
    uint64_t size; /**< finished chains kept, over all ranks: a multiple of learning.chains; 0: no buffer */
    double fresh;  /**< probability that a chain starts anew from the generator rather than from the buffer */
} ggcn_config_replay;

typedef enum { GGCN_MASK_NONE, GGCN_MASK_SQUARE, GGCN_MASK_SPOTS, GGCN_MASK_BOTH } ggcn_mask_kind;

typedef struct {
    ggcn_mask_kind
        mask;        /**< not none: the generator is an auto-encoder, whose z is an observed image with hidden pixels */
    uint32_t square; /**< side of the square in pixels; 0: half of the images' */
    double spots;    /**< share of the pixels that spots would hide if none lay on another */
    uint32_t spot;   /**< side of a spot in pixels; 0: a sixteenth of the images' */
} ggcn_config_inpaint;

typedef enum { GGCN_GUARD_ON, GGCN_GUARD_OFF } ggcn_guard_mode;

typedef struct {
    ggcn_guard_mode mode;
    double potential;  /**< |mean Phi of the chains - of the observed images| above this is a divergence; 0: never */
    uint32_t attempts; /**< roll-backs before giving up */
    double factor;     /**< what a roll-back multiplies every learning rate by */
} ggcn_config_guard;

typedef struct {
    uint64_t seed;
    uint32_t block; /**< B, chains per block */
    char *directory;
    double max_walltime; /**< minutes after the start by which the run has stopped with a checkpoint; 0: no limit */
    double grace;        /**< seconds an iteration may take after a signal to stop before it is given up */
} ggcn_config_run;

typedef struct {
    uint64_t checkpoint_every; /**< iterations; 0: only at the end */
    double checkpoint_minutes; /**< minutes between checkpoints; 0: iterations alone decide */
    uint32_t keep;             /**< checkpoints kept */
    uint64_t keep_every;       /**< iterations between checkpoints kept for good; 0: none */
    uint64_t grid_every;       /**< iterations; 0: only at the end */
    uint32_t grid_columns;
    uint32_t grid_count;   /**< chains shown */
    uint64_t chain_every;  /**< iterations between recorded draws; 0: none */
    uint64_t chain_images; /**< draws from one that holds the images to the next; 0: none does */
} ggcn_config_output;

/** A whole configuration. Field names are the keys of the YAML file. Strings and arrays belong to the structure. */
typedef struct {
    ggcn_model model;
    ggcn_config_data data;
    ggcn_config_potential potential;
    ggcn_config_sampler sampler;
    ggcn_config_learning learning;
    ggcn_config_jko jko;
    ggcn_config_multigrid multigrid;
    ggcn_config_generator generator;
    ggcn_config_inpaint inpaint;
    ggcn_config_replay replay;
    ggcn_config_guard guard;
    ggcn_config_run run;
    ggcn_config_output output;
} ggcn_config;

/** Where the values come from. Unused members are NULL or 0. */
typedef struct {
    const char *preset;          /**< name of a preset (ggcn/resources.h, kind "presets") read before `file` */
    const char *file;            /**< path of the user's YAML file */
    const char *const *settings; /**< "section.key=value", each parsed as YAML */
    size_t n_settings;
} ggcn_config_source;

/**
 * Loads, merges and checks a configuration. Not collective; touches only the file system.
 * @param[out] config  owned by the caller, to be released with ggcn_config_destroy
 * @return GGCN_ERROR_IO (cannot read a file), GGCN_ERROR_CONFIG (syntax, unknown key, wrong type, impossible value; the
 *         message holds source, line, key, what was expected)
 */
ggcn_status ggcn_config_load(const ggcn_config_source *source, ggcn_config **config);

/** As ggcn_config_load, from a complete YAML text as written by ggcn_config_text (e.g. broadcast from another rank). */
ggcn_status ggcn_config_parse(const char *text, size_t length, ggcn_config **config);

/** The configuration as YAML with every default filled in. @param[out] text to be released with free() */
ggcn_status ggcn_config_text(const ggcn_config *config, char **text);

/** The built-in defaults as YAML, with a comment on each key: meaning, unit, allowed range. Owned by the library. */
const char *ggcn_config_defaults(void);

/** Releases a configuration and sets the pointer to NULL. NULL is allowed. */
void ggcn_config_destroy(ggcn_config **config);

/** The name of a model as written in the configuration. */
const char *ggcn_model_name(ggcn_model model);

#ifdef __cplusplus
}
#endif
#endif
