#include "training_case.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

const char *const plain_network = "layers:\n"
                                  "  - {op: conv, channels: 3, kernel: 3, pad: 1}\n"
                                  "  - {op: leaky_relu, slope: 0.2}\n"
                                  "  - {op: conv, channels: 4, kernel: 3, stride: 2, pad: 1}\n"
                                  "  - {op: leaky_relu, slope: 0.2}\n";

const char *const norm_network = "layers:\n"
                                 "  - {op: conv, channels: 3, kernel: 3, pad: 1, bias: false}\n"
                                 "  - {op: norm}\n"
                                 "  - {op: leaky_relu, slope: 0.2}\n"
                                 "  - {op: conv, channels: 4, kernel: 3, stride: 2, pad: 1, bias: false}\n"
                                 "  - {op: norm}\n"
                                 "  - {op: leaky_relu, slope: 0.2}\n";

const char *const tanh_network = "layers:\n"
                                 "  - {op: conv, channels: 3, kernel: 3, pad: 1}\n"
                                 "  - {op: tanh}\n"
                                 "  - {op: conv, channels: 4, kernel: 3, stride: 2, pad: 1}\n"
                                 "  - {op: leaky_relu, slope: 0.2}\n";

const char *const plain_generator = "layers:\n"
                                    "  - {op: deconv, channels: 3, kernel: 3}\n"
                                    "  - {op: leaky_relu, slope: 0.2}\n"
                                    "  - {op: deconv, channels: 2, kernel: 4, stride: 2, pad: 1}\n"
                                    "  - {op: tanh}\n";

const char *const norm_generator = "layers:\n"
                                   "  - {op: deconv, channels: 3, kernel: 3, bias: false}\n"
                                   "  - {op: norm}\n"
                                   "  - {op: leaky_relu, slope: 0.2}\n"
                                   "  - {op: deconv, channels: 2, kernel: 4, stride: 2, pad: 1}\n"
                                   "  - {op: tanh}\n";

static const char *const common_settings[] = {
    "data.file=unused",
    "data.pixel_min=-0.9",
    "data.pixel_max=1.3",
    "potential.theta_sigma=1",
    "potential.reference_sigma=1.2",
    "sampler.steps=3",
    "sampler.step_size=0.3",
    "sampler.noise_sigma=0.8",
    "sampler.start=noise",
    "learning.chains=4",
    "learning.observed=10",
    "run.block=2",
    "learning.optimizer.name=sgd",
    "learning.optimizer.momentum=0",
    "learning.optimizer.rate=1",
    "generator.latent=4",
    "generator.embedding=3",
    "generator.every=1",
    "generator.weight_init=he",
    "generator.latent_rate=1",
    "generator.optimizer.name=sgd",
    "generator.optimizer.momentum=0",
    "generator.optimizer.rate=1",
};
enum { COMMON = sizeof common_settings / sizeof *common_settings, MOST_SETTINGS = COMMON + 24, PER_BLOCK = 5 };

static void succeed(ggcn_status status) {
    ck_assert_msg(status == GGCN_SUCCESS, "%s (%s)", ggcn_last_error()->message, ggcn_last_error()->hint);
}

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

static ggcn_config *configure(const char *settings) {
    const char *all[MOST_SETTINGS];
    memcpy(all, common_settings, sizeof common_settings);
    size_t count = COMMON;
    char *words = allocate(strlen(settings) + 1, 1), *rest = NULL;
    memcpy(words, settings, strlen(settings));
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        ck_assert_uint_lt(count, MOST_SETTINGS);
        all[count++] = word;
    }
    ggcn_config *config = NULL;
    succeed(ggcn_config_load(&(ggcn_config_source){.settings = all, .n_settings = count}, &config));
    free(words);
    return config;
}

static ggcn_observed *observe(uint32_t classes, const ggcn_blocks *blocks) {
    ggcn_observed *o = allocate(1, sizeof *o);
    o->shape = (ggcn_shape){CASE_CHANNELS, CASE_SIDE, CASE_SIDE};
    o->n_classes = classes;
    o->total = PER_BLOCK * blocks->count;
    o->start = allocate((size_t)blocks->owned + 1, sizeof *o->start);
    for (int64_t b = 0; b <= blocks->owned; b++)
        o->start[b] = PER_BLOCK * b;
    o->images = allocate((size_t)o->total * CASE_ELEMENTS, 1);
    o->labels = allocate((size_t)o->total, sizeof *o->labels);
    o->class_counts = allocate(classes, sizeof *o->class_counts);
    for (uint32_t c = 0; c < classes; c++)
        o->class_counts[c] = 1; /* as many chains of each class */
    uint64_t random = 17;
    for (size_t i = 0; i < (size_t)o->total * CASE_ELEMENTS; i++)
        o->images[i] = (uint8_t)(127.5f * (reference_random(&random) + 1));
    for (int64_t i = 0; i < o->total; i++)
        o->labels[i] = (uint32_t)(i % 3) % classes; /* unlike the chains' classes, and not equally often */
    return o;
}

/* Filters and statistics that no initialisation makes. */
static void draw_filters(ggcn_initial_network *network) {
    const size_t n_filters = ggcn_graph_parameters(network->graph, NULL, NULL);
    const size_t n_statistics = ggcn_graph_statistics(network->graph, NULL, NULL);
    network->parameters = allocate(n_filters, sizeof(float));
    network->statistics = allocate(n_statistics + 1, sizeof(float));
    uint64_t random = 23;
    for (size_t i = 0; i < n_filters; i++)
        network->parameters[i] = 0.6f * reference_random(&random);
    for (size_t i = 0; i < n_statistics; i++) /* means and variances alike */
        network->statistics[i] = 0.7f + 0.3f * reference_random(&random);
}

static void load_networks(training_case *c, const char *network, const char *generator, uint32_t classes) {
    const ggcn_shape image = {CASE_CHANNELS, CASE_SIDE, CASE_SIDE};
    const ggcn_config_multigrid *m = &c->config->multigrid;
    const ggcn_model_traits *traits = ggcn_model_traits_of(c->config->model);
    c->networks.grids = traits->multigrid ? (int)m->sizes_count - 1 : 1;
    c->networks.first_size = traits->multigrid ? m->sizes[0] : 0;
    for (int grid = 0; grid < c->networks.grids; grid++) {
        const int64_t side = traits->multigrid ? m->sizes[grid + 1] : CASE_SIDE;
        succeed(ggcn_network_parse("test", network, strlen(network), (ggcn_shape){CASE_CHANNELS, side, side},
                                   &c->networks.potentials[grid].graph));
        if (!traits->learns_filters)
            draw_filters(&c->networks.potentials[grid]);
    }
    if (!generator)
        return;
    const ggcn_config_generator *g = &c->config->generator;
    const bool joined = c->config->potential.conditional && classes > 1;
    const bool encodes = c->config->inpaint.mask != GGCN_MASK_NONE;
    const ggcn_shape latent =
        encodes ? image : (ggcn_shape){(int64_t)g->latent + (joined ? (int64_t)g->embedding : 0), 1, 1};
    succeed(ggcn_network_parse("generator", generator, strlen(generator), latent, &c->networks.generator));
    const ggcn_shape made = ggcn_graph_output(c->networks.generator);
    ck_assert(made.channels == image.channels && made.height == image.height && made.width == image.width);
}

training_case training_case_create_with(const char *network, const char *generator, uint32_t classes,
                                        const char *settings) {
    training_case c = {.config = configure(settings)};
    load_networks(&c, network, generator, classes);
    succeed(ggcn_blocks_distribute((int64_t)c.config->learning.chains / c.config->run.block, &c.blocks));
    c.observed = observe(classes, &c.blocks);
    succeed(ggcn_trainer_create(c.config, &c.networks, c.observed, &c.blocks, &c.trainer));
    return c;
}

training_case training_case_create(const char *network, uint32_t classes, const char *settings) {
    return training_case_create_with(network, NULL, classes, settings);
}

void training_case_destroy(training_case *c) {
    ggcn_trainer_destroy(&c->trainer);
    ck_assert_ptr_null(c->trainer);
    ggcn_model_networks_clear(&c->networks);
    ggcn_config_destroy(&c->config);
    free(c->observed->start);
    free(c->observed->images);
    free(c->observed->labels);
    free(c->observed->class_counts);
    free(c->observed);
}

void training_case_step(training_case *c, double *metrics) {
    const uint64_t before = ggcn_trainer_iteration(c->trainer);
    succeed(ggcn_trainer_step(c->trainer, metrics));
    ck_assert_uint_eq(ggcn_trainer_iteration(c->trainer), before + 1);
}

size_t training_case_metric(const training_case *c, const char *name) {
    const ggcn_metric_info *infos;
    const size_t count = ggcn_trainer_metrics(c->trainer, &infos);
    ck_assert_uint_le(count, CASE_METRICS);
    for (size_t i = 0; i < count; i++)
        if (strcmp(infos[i].name, name) == 0)
            return i;
    ck_abort_msg("no metric %s", name);
}

ggcn_array training_case_array(const training_case *c, const char *path) {
    ggcn_state state = {0};
    succeed(ggcn_trainer_state(c->trainer, &state));
    for (size_t i = 0; i < state.count; i++)
        if (strcmp(state.arrays[i].path, path) == 0) {
            const ggcn_array array = state.arrays[i];
            ggcn_state_clear(&state);
            return array;
        }
    ck_abort_msg("no array %s", path);
}

void training_case_pixels(const training_case *c, int64_t i, double *x) {
    const double low = (double)c->config->data.pixel_min, high = (double)c->config->data.pixel_max;
    for (int64_t k = 0; k < CASE_ELEMENTS; k++)
        x[k] = low + (high - low) * c->observed->images[i * CASE_ELEMENTS + k] / 255;
}

/* Copies between the trainer's arrays and a buffer that holds one behind the other; buffer NULL only counts. */
static size_t copy_state(const training_case *c, const char *prefix, unsigned char *buffer, bool restore) {
    ggcn_state state = {0};
    succeed(ggcn_trainer_state(c->trainer, &state));
    size_t bytes = 0;
    for (size_t i = 0; i < state.count; i++) {
        const ggcn_array *a = &state.arrays[i];
        if (strncmp(a->path, prefix, strlen(prefix)) != 0)
            continue;
        const size_t size = ggcn_array_local(a) * ggcn_type_bytes(a->type);
        if (buffer && restore)
            memcpy(a->data, buffer + bytes, size);
        else if (buffer)
            memcpy(buffer + bytes, a->data, size);
        bytes += size;
    }
    ggcn_state_clear(&state);
    return bytes;
}

unsigned char *training_case_save(const training_case *c, const char *prefix, size_t *bytes) {
    *bytes = copy_state(c, prefix, NULL, false);
    unsigned char *saved = allocate(*bytes + 1, 1);
    copy_state(c, prefix, saved, false);
    return saved;
}

void training_case_restore(training_case *c, const unsigned char *saved, size_t bytes) {
    unsigned char *copy = allocate(bytes, 1);
    memcpy(copy, saved, bytes);
    ck_assert_uint_eq(copy_state(c, "", copy, true), bytes);
    free(copy);
}
