#include "base/config_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* "run.yaml:7: learning.chains = 10" */
static const char *describe(const ggcn_config_merge *merge, const char *path, char *buffer, size_t size) {
    const ggcn_config_key *key = ggcn_config_merge_key(merge, path);
    const yaml_node_t *node = ggcn_config_node(key->document, key->node);
    const ggcn_config_place place = ggcn_config_place_of(key->document, key->node);
    if (node->type != YAML_SCALAR_NODE)
        snprintf(buffer, size, "%s: %s", place.text, path);
    else if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        snprintf(buffer, size, "%s: %s = %.100s", place.text, path, (const char *)node->data.scalar.value);
    else
        snprintf(buffer, size, "%s: %s = \"%.100s\"", place.text, path, (const char *)node->data.scalar.value);
    return buffer;
}

static ggcn_config_place place_of(const ggcn_config_merge *merge, const char *path) {
    const ggcn_config_key *key = ggcn_config_merge_key(merge, path);
    return ggcn_config_place_of(key->document, key->node);
}

/* The interval of a number; open ends are excluded. */
typedef struct {
    const char *path;
    double low;
    double high;
    bool low_open;
    bool high_open;
} range;

/* Upper ends keep squares and products inside single precision and counters inside the random numbers' words. */
static const range ranges[] = {
    {"data.size", 0, 4096, false, false},
    {"potential.reference_sigma", 0, 1e9, true, false},
    {"potential.weight_sigma", 0, 1e6, false, false},
    {"potential.theta_sigma", 0, 1e6, false, false},
    {"potential.norm_momentum", 0, 1, true, false},
    {"sampler.steps", 1, 16777215, false, false},
    {"sampler.step_size", 0, 1e6, true, false},
    {"sampler.noise_sigma", 0, 1e6, false, false},
    {"sampler.gradient_clip", 0, 1e30, false, false},
    {"learning.iterations", 1, 4294967295, false, false},
    {"learning.observed", 1, 4294967295, false, false},
    {"learning.chains", 1, 4294967295, false, false},
    {"learning.optimizer.rate", 0, 1e6, true, false},
    {"learning.optimizer.beta1", 0, 1, false, true},
    {"learning.optimizer.beta2", 0, 1, false, true},
    {"learning.optimizer.epsilon", 0, 1, true, false},
    {"learning.optimizer.momentum", 0, 1, false, true},
    {"learning.schedule.every", 1, INFINITY, false, false},
    {"learning.schedule.factor", 0, 1, true, false},
    {"jko.beta", 0, 1e9, false, false},
    {"generator.latent", 1, 65536, false, false},
    {"generator.embedding", 1, 65536, false, false},
    {"generator.every", 1, INFINITY, false, false},
    {"generator.optimizer.rate", 0, 1e6, true, false},
    {"generator.optimizer.beta1", 0, 1, false, true},
    {"generator.optimizer.beta2", 0, 1, false, true},
    {"generator.optimizer.epsilon", 0, 1, true, false},
    {"generator.optimizer.momentum", 0, 1, false, true},
    {"generator.latent_rate", 0, 1e6, false, false},
    {"generator.weight_sigma", 0, 1e6, false, false},
    {"generator.norm_momentum", 0, 1, true, false},
    {"inpaint.square", 0, 4096, false, false},
    {"inpaint.spots", 0, 10, true, false},
    {"inpaint.spot", 0, 4096, false, false},
    {"replay.fresh", 0, 1, false, false},
    {"guard.potential", 0, INFINITY, false, false},
    {"guard.factor", 0, 1, true, true},
    {"run.block", 1, 4096, false, false},
    {"run.max_walltime", 0, 1e6, false, false},
    {"run.grace", 0, 1e6, false, false},
    {"output.checkpoint_minutes", 0, 1e6, false, false},
    {"output.keep", 1, INFINITY, false, false},
    {"output.grid_columns", 1, INFINITY, false, false},
    {"output.grid_count", 1, INFINITY, false, false},
};

static double number(const ggcn_config *config, const ggcn_config_key *key) {
    const char *field = (const char *)config + key->offset;
    if (key->schema->type == CYAML_FLOAT) {
        double value;
        memcpy(&value, field, sizeof value);
        return value;
    }
    uint64_t large;
    uint32_t small;
    memcpy(&small, field, sizeof small);
    if (key->schema->data_size == sizeof small)
        return small;
    memcpy(&large, field, sizeof large);
    return (double)large;
}

static ggcn_status check_range(const ggcn_config *config, const ggcn_config_merge *merge, const range *r) {
    const double value = number(config, ggcn_config_merge_key(merge, r->path));
    const bool above = r->low_open ? value > r->low : value >= r->low;
    const bool below = r->high_open ? value < r->high : value <= r->high;
    if (above && below)
        return GGCN_SUCCESS;
    char at[768], upper[64] = "";
    if (isfinite(r->high))
        snprintf(upper, sizeof upper, " and %s %.10g", r->high_open ? "below" : "at most", r->high);
    GGCN_FAIL(GGCN_ERROR_CONFIG, "change the value, or remove the key to keep the default", "%s: must be %s %.10g%s",
              describe(merge, r->path, at, sizeof at), r->low_open ? "above" : "at least", r->low, upper);
}

static ggcn_status check_data(const ggcn_config *config, const ggcn_config_merge *merge) {
    const ggcn_config_data *data = &config->data;
    char at[768];
    if (!*data->file)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "set data.file to a data set made by ggcn_data, e.g. -s data.file=dataset.h5",
                  "%s: no data set", describe(merge, "data.file", at, sizeof at));
    if (!(data->pixel_min < data->pixel_max))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "e.g. pixel_min: -1, pixel_max: 1", "%s: must be below data.pixel_max = %g (%s)",
                  describe(merge, "data.pixel_min", at, sizeof at), (double)data->pixel_max,
                  place_of(merge, "data.pixel_max").text);
    for (uint32_t i = 0; i < data->classes_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (data->classes[i] == data->classes[j])
                GGCN_FAIL(GGCN_ERROR_CONFIG, "name each label once", "%s: label %" PRIu32 " appears twice",
                          describe(merge, "data.classes", at, sizeof at), data->classes[i]);
    return GGCN_SUCCESS;
}

static ggcn_status check_texts(const ggcn_config *config, const ggcn_config_merge *merge) {
    char at[768];
    if (!*config->potential.network)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "e.g. network: small", "%s: no network",
                  describe(merge, "potential.network", at, sizeof at));
    if (!*config->generator.network)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "e.g. network: small-generator-32", "%s: no network",
                  describe(merge, "generator.network", at, sizeof at));
    if (!*config->run.directory)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "e.g. directory: runs/one", "%s: no run directory",
                  describe(merge, "run.directory", at, sizeof at));
    return GGCN_SUCCESS;
}

/* The Gaussian's part of a Langevin step multiplies x by 1 - d^2/(2 s_ref^2), which must lie in (-1, 1). */
static ggcn_status check_step(const ggcn_config *config, const ggcn_config_merge *merge) {
    const double step = config->sampler.step_size, sigma = config->potential.reference_sigma;
    const double pull = 0.5 * (step / sigma) * (step / sigma);
    if (pull < 2)
        return GGCN_SUCCESS;
    char at[768], hint[256];
    snprintf(hint, sizeof hint,
             "set sampler.step_size below 2 s_ref = %.6g, or potential.reference_sigma above d/2 = %.6g", 2 * sigma,
             0.5 * step);
    GGCN_FAIL(GGCN_ERROR_CONFIG, hint,
              "%s: too large for potential.reference_sigma = %.6g (%s): d^2/(2 s_ref^2) = %.6g must be below 2, "
              "or each Langevin step multiplies x by %.6g and every chain diverges",
              describe(merge, "sampler.step_size", at, sizeof at), sigma,
              place_of(merge, "potential.reference_sigma").text, pull, 1 - pull);
}

/* "96 or 100": the multiples of `unit` around `value`. */
static void describe_multiples(uint64_t value, uint64_t unit, char *buffer, size_t size) {
    const uint64_t lower = value / unit * unit;
    if (lower)
        snprintf(buffer, size, "%" PRIu64 " or %" PRIu64, lower, lower + unit);
    else
        snprintf(buffer, size, "%" PRIu64, unit);
}

static ggcn_status check_blocks(const ggcn_config *config, const ggcn_config_merge *merge) {
    const ggcn_config_learning *learning = &config->learning;
    const uint64_t block = config->run.block;
    char at[768], multiples[64], hint[256];
    if (learning->chains % block != 0) {
        uint64_t divisor = block;
        while (learning->chains % divisor != 0)
            divisor--;
        describe_multiples(learning->chains, block, multiples, sizeof multiples);
        snprintf(hint, sizeof hint, "set learning.chains to %s, or run.block to a divisor of it such as %" PRIu64,
                 multiples, divisor);
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: not a multiple of run.block = %" PRIu64 " (%s)",
                  describe(merge, "learning.chains", at, sizeof at), block, place_of(merge, "run.block").text);
    }
    const uint64_t blocks = learning->chains / block;
    if (learning->observed % blocks == 0)
        return GGCN_SUCCESS;
    describe_multiples(learning->observed, blocks, multiples, sizeof multiples);
    snprintf(hint, sizeof hint, "set learning.observed to %s, or change learning.chains or run.block", multiples);
    GGCN_FAIL(GGCN_ERROR_CONFIG, hint,
              "%s: not a multiple of the number of blocks, %" PRIu64 " = learning.chains %" PRIu64 " (%s) / run.block "
              "%" PRIu64 " (%s)",
              describe(merge, "learning.observed", at, sizeof at), blocks, learning->chains,
              place_of(merge, "learning.chains").text, block, place_of(merge, "run.block").text);
}

/* Grids grow by whole factors, so that reducing and enlarging are exact. */
static ggcn_status check_multigrid(const ggcn_config *config, const ggcn_config_merge *merge) {
    const ggcn_config_multigrid *m = &config->multigrid;
    char at[768];
    for (uint32_t i = 0; i < m->sizes_count; i++) {
        const uint32_t before = i > 0 ? m->sizes[i - 1] : 1;
        if (m->sizes[i] < 1 || m->sizes[i] > 4096 || m->sizes[i] % before != 0 || (i > 0 && m->sizes[i] == before))
            GGCN_FAIL(GGCN_ERROR_CONFIG, "e.g. sizes: [1, 4, 16, 64]",
                      "%s: size %" PRIu32 " must be 1 to 4096, larger than the one before and a multiple of it",
                      describe(merge, "multigrid.sizes", at, sizeof at), m->sizes[i]);
    }
    if (m->sizes_count == 1)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "e.g. sizes: [1, 4, 16, 64]", "%s: only one grid",
                  describe(merge, "multigrid.sizes", at, sizeof at));
    if (m->networks_count > 0 && m->networks_count + 1 != m->sizes_count)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "set multigrid.sizes, too; the first grid has no network",
                  "%s: %" PRIu32 " networks for %" PRIu32 " grids after the first",
                  describe(merge, "multigrid.networks", at, sizeof at), m->networks_count,
                  m->sizes_count > 0 ? m->sizes_count - 1 : 0);
    return GGCN_SUCCESS;
}

static ggcn_status check_replay(const ggcn_config *config, const ggcn_config_merge *merge) {
    char at[768], multiples[64], hint[256];
    if (config->replay.size % config->learning.chains == 0)
        return GGCN_SUCCESS;
    describe_multiples(config->replay.size, config->learning.chains, multiples, sizeof multiples);
    snprintf(hint, sizeof hint, "set replay.size to %s", multiples);
    GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: not a multiple of learning.chains = %" PRIu64 " (%s)",
              describe(merge, "replay.size", at, sizeof at), config->learning.chains,
              place_of(merge, "learning.chains").text);
}

/* The generator's input is then an image, which has no room for a class, and observed images are drawn for chains. */
static ggcn_status check_inpaint(const ggcn_config *config, const ggcn_config_merge *merge) {
    const ggcn_model_traits *traits = ggcn_model_traits_of(config->model);
    char at[768];
    if (config->inpaint.mask == GGCN_MASK_NONE)
        return GGCN_SUCCESS;
    if (!traits->generator || traits->adversarial)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use model ggcn, ggcn-nolhs, ggcn-ams or ggcn-nolhs-ams, or inpaint.mask: none",
                  "%s: model %s has no generator that could complete images",
                  describe(merge, "inpaint.mask", at, sizeof at), traits->name);
    if (config->potential.conditional)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "set potential.conditional: false", "%s: not for conditional models",
                  describe(merge, "inpaint.mask", at, sizeof at));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_config_check(const ggcn_config *config, const ggcn_config_merge *merge) {
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        GGCN_TRY(check_range(config, merge, &ranges[i]));
    GGCN_TRY(check_data(config, merge));
    GGCN_TRY(check_texts(config, merge));
    GGCN_TRY(check_step(config, merge));
    GGCN_TRY(check_blocks(config, merge));
    GGCN_TRY(check_multigrid(config, merge));
    GGCN_TRY(check_inpaint(config, merge));
    return check_replay(config, merge);
}
