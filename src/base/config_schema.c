#include "base/config_schema.h"

#include "ggcn/config.h"

enum { MOST_CLASSES = 4096, MOST_GRIDS = 16 }; /* listed in data.classes, multigrid.sizes */

/* Every field may be absent: a source sets what it wants to change, and the built-in defaults set the rest. */
#define OPTIONAL CYAML_FLAG_OPTIONAL

#define UINT(type, key) CYAML_FIELD_UINT(#key, OPTIONAL, type, key)
#define REAL(type, key) CYAML_FIELD_FLOAT(#key, OPTIONAL, type, key)
#define BOOL(type, key) CYAML_FIELD_BOOL(#key, OPTIONAL, type, key)
#define ENUM(type, key, table)                                                                                         \
    CYAML_FIELD_ENUM(#key, OPTIONAL | CYAML_FLAG_STRICT, type, key, table, CYAML_ARRAY_LEN(table))
#define TEXT(type, key) CYAML_FIELD_STRING_PTR(#key, OPTIONAL | CYAML_FLAG_POINTER, type, key, 0, CYAML_UNLIMITED)
#define SECTION(type, key, fields) CYAML_FIELD_MAPPING(#key, OPTIONAL, type, key, fields)

static const cyaml_strval_t models[] = {
    {"frame", GGCN_MODEL_FRAME},       {"wframe", GGCN_MODEL_WFRAME},
    {"gcn", GGCN_MODEL_GCN},           {"wgcn", GGCN_MODEL_WGCN},
    {"mgcn", GGCN_MODEL_MGCN},         {"wmgcn", GGCN_MODEL_WMGCN},
    {"ggcn", GGCN_MODEL_GGCN},         {"ggcn-nolhs", GGCN_MODEL_GGCN_NOLHS},
    {"ggcn-ams", GGCN_MODEL_GGCN_AMS}, {"ggcn-nolhs-ams", GGCN_MODEL_GGCN_NOLHS_AMS},
    {"dcgan", GGCN_MODEL_DCGAN},
};
static const cyaml_strval_t thetas[] = {
    {"stationary", GGCN_THETA_STATIONARY},
    {"positional", GGCN_THETA_POSITIONAL},
};
static const cyaml_strval_t inits[] = {
    {"he", GGCN_INIT_HE},
    {"gaussian", GGCN_INIT_GAUSSIAN},
};
static const cyaml_strval_t optimizers[] = {
    {"adam", GGCN_OPTIMIZER_ADAM},
    {"sgd", GGCN_OPTIMIZER_SGD},
};
static const cyaml_strval_t schedules[] = {
    {"constant", GGCN_SCHEDULE_CONSTANT},
    {"step", GGCN_SCHEDULE_STEP},
    {"cosine", GGCN_SCHEDULE_COSINE},
};
static const cyaml_strval_t jko_parameters[] = {
    {"theta", GGCN_JKO_THETA},
    {"all", GGCN_JKO_ALL},
};
static const cyaml_strval_t masks[] = {
    {"none", GGCN_MASK_NONE},
    {"square", GGCN_MASK_SQUARE},
    {"spots", GGCN_MASK_SPOTS},
    {"both", GGCN_MASK_BOTH},
};
static const cyaml_strval_t starts[] = {
    {"zero", GGCN_START_ZERO},
    {"noise", GGCN_START_NOISE},
    {"data", GGCN_START_DATA},
};
static const cyaml_strval_t precisions[] = {
    {"f32", GGCN_PRECISION_F32},
    {"bf16", GGCN_PRECISION_BF16},
};

static const cyaml_strval_t guard_modes[] = {
    {"on", GGCN_GUARD_ON},
    {"off", GGCN_GUARD_OFF},
};

static const cyaml_schema_value_t text = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};
static const cyaml_schema_value_t label = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t)};

static const cyaml_schema_field_t data_fields[] = {
    TEXT(ggcn_config_data, file),
    UINT(ggcn_config_data, size),
    CYAML_FIELD_SEQUENCE_COUNT("classes", OPTIONAL | CYAML_FLAG_POINTER, ggcn_config_data, classes, classes_count,
                               &label, 0, MOST_CLASSES),
    UINT(ggcn_config_data, limit),
    REAL(ggcn_config_data, pixel_min),
    REAL(ggcn_config_data, pixel_max),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t potential_fields[] = {
    TEXT(ggcn_config_potential, network),
    ENUM(ggcn_config_potential, theta, thetas),
    BOOL(ggcn_config_potential, conditional),
    REAL(ggcn_config_potential, reference_sigma),
    ENUM(ggcn_config_potential, weight_init, inits),
    REAL(ggcn_config_potential, weight_sigma),
    REAL(ggcn_config_potential, theta_sigma),
    REAL(ggcn_config_potential, norm_momentum),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t sampler_fields[] = {
    UINT(ggcn_config_sampler, steps),
    REAL(ggcn_config_sampler, step_size),
    REAL(ggcn_config_sampler, noise_sigma),
    ENUM(ggcn_config_sampler, start, starts),
    BOOL(ggcn_config_sampler, clamp),
    REAL(ggcn_config_sampler, gradient_clip),
    BOOL(ggcn_config_sampler, final_step_noiseless),
    ENUM(ggcn_config_sampler, precision, precisions),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t optimizer_fields[] = {
    ENUM(ggcn_config_optimizer, name, optimizers),
    REAL(ggcn_config_optimizer, rate),
    REAL(ggcn_config_optimizer, beta1),
    REAL(ggcn_config_optimizer, beta2),
    REAL(ggcn_config_optimizer, epsilon),
    REAL(ggcn_config_optimizer, momentum),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t schedule_fields[] = {
    ENUM(ggcn_config_schedule, name, schedules),
    UINT(ggcn_config_schedule, every),
    REAL(ggcn_config_schedule, factor),
    UINT(ggcn_config_schedule, warmup),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t learning_fields[] = {
    UINT(ggcn_config_learning, iterations),
    UINT(ggcn_config_learning, observed),
    UINT(ggcn_config_learning, chains),
    SECTION(ggcn_config_learning, optimizer, optimizer_fields),
    SECTION(ggcn_config_learning, schedule, schedule_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t jko_fields[] = {
    REAL(ggcn_config_jko, beta),
    ENUM(ggcn_config_jko, parameters, jko_parameters),
    BOOL(ggcn_config_jko, scaled_by_rate),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t multigrid_fields[] = {
    CYAML_FIELD_SEQUENCE("sizes", OPTIONAL | CYAML_FLAG_POINTER, ggcn_config_multigrid, sizes, &label, 0, MOST_GRIDS),
    CYAML_FIELD_SEQUENCE("networks", OPTIONAL | CYAML_FLAG_POINTER, ggcn_config_multigrid, networks, &text, 0,
                         MOST_GRIDS),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t generator_fields[] = {
    TEXT(ggcn_config_generator, network),
    UINT(ggcn_config_generator, latent),
    UINT(ggcn_config_generator, embedding),
    UINT(ggcn_config_generator, every),
    SECTION(ggcn_config_generator, optimizer, optimizer_fields),
    REAL(ggcn_config_generator, latent_rate),
    ENUM(ggcn_config_generator, weight_init, inits),
    REAL(ggcn_config_generator, weight_sigma),
    REAL(ggcn_config_generator, norm_momentum),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t inpaint_fields[] = {
    ENUM(ggcn_config_inpaint, mask, masks),
    UINT(ggcn_config_inpaint, square),
    REAL(ggcn_config_inpaint, spots),
    UINT(ggcn_config_inpaint, spot),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t replay_fields[] = {
    UINT(ggcn_config_replay, size),
    REAL(ggcn_config_replay, fresh),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t guard_fields[] = {
    ENUM(ggcn_config_guard, mode, guard_modes),
    REAL(ggcn_config_guard, potential),
    UINT(ggcn_config_guard, attempts),
    REAL(ggcn_config_guard, factor),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t run_fields[] = {
    UINT(ggcn_config_run, seed),         UINT(ggcn_config_run, block), TEXT(ggcn_config_run, directory),
    REAL(ggcn_config_run, max_walltime), REAL(ggcn_config_run, grace), CYAML_FIELD_END,
};

static const cyaml_schema_field_t output_fields[] = {
    UINT(ggcn_config_output, checkpoint_every),
    REAL(ggcn_config_output, checkpoint_minutes),
    UINT(ggcn_config_output, keep),
    UINT(ggcn_config_output, keep_every),
    UINT(ggcn_config_output, grid_every),
    UINT(ggcn_config_output, grid_columns),
    UINT(ggcn_config_output, grid_count),
    UINT(ggcn_config_output, chain_every),
    UINT(ggcn_config_output, chain_images),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t sections[] = {
    ENUM(ggcn_config, model, models),
    SECTION(ggcn_config, data, data_fields),
    SECTION(ggcn_config, potential, potential_fields),
    SECTION(ggcn_config, sampler, sampler_fields),
    SECTION(ggcn_config, learning, learning_fields),
    SECTION(ggcn_config, jko, jko_fields),
    SECTION(ggcn_config, multigrid, multigrid_fields),
    SECTION(ggcn_config, generator, generator_fields),
    SECTION(ggcn_config, inpaint, inpaint_fields),
    SECTION(ggcn_config, replay, replay_fields),
    SECTION(ggcn_config, guard, guard_fields),
    SECTION(ggcn_config, run, run_fields),
    SECTION(ggcn_config, output, output_fields),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t ggcn_config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, ggcn_config, sections),
};
