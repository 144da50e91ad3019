/* From a run directory or a checkpoint to a trained model. */
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "run/trained.h"

/* The lines of the checkpoint's text as names; without them, or with another number of them, there are none. */
static ggcn_status name_classes(ggcn_trained *m) {
    char *text = m->checkpoint.classes;
    if (!text)
        return GGCN_SUCCESS;
    uint32_t lines = 1;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    if (lines != m->info.n_classes)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: names of %u classes for a model with %u", m->checkpoint.path, lines,
                  m->info.n_classes);
    m->classes = calloc(lines, sizeof *m->classes);
    if (!m->classes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the names of %u classes", lines);
    for (uint32_t i = 0; i < lines; i++) {
        m->classes[i] = text;
        text += strcspn(text, "\n");
        if (*text)
            *text++ = 0;
    }
    m->info.classes = (const char *const *)m->classes;
    return GGCN_SUCCESS;
}

static ggcn_status configure(ggcn_trained *m) {
    const ggcn_checkpoint_info *c = &m->checkpoint;
    if (!*c->configuration)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: attribute \"configuration\" is empty", c->path);
    GGCN_TRY(ggcn_config_parse(c->configuration, strlen(c->configuration), &m->config));
    m->info = (ggcn_trained_info){.config = m->config,
                                  .checkpoint = c->path,
                                  .configuration = c->configuration,
                                  .iteration = c->iteration,
                                  .digest_parameters = c->digest_parameters,
                                  .n_classes = c->n_classes,
                                  .chains = c->chains,
                                  .image = c->image};
    return name_classes(m);
}

/* The same shapes do not make the same networks: slopes, paddings, fixed filters. */
static ggcn_status check_networks(const ggcn_trained *m) {
    const bool fixed = !ggcn_model_traits_of(m->config->model)->learns_filters;
    if (ggcn_model_networks_digest(&m->networks, fixed) == m->identity[GGCN_IDENTITY_NETWORK])
        return GGCN_SUCCESS;
    GGCN_FAIL(
        GGCN_ERROR_CONFIG, "bring back the network files as they were when the run was started",
        "%s: checkpoint of another model: the layers or fixed filters of potential.network, or of multigrid.networks "
        "or generator.network, are not those it was trained with",
        m->checkpoint.path);
}

static ggcn_status load(const char *path, uint64_t iteration, ggcn_trained *m) {
    GGCN_TRY(ggcn_checkpoint_describe(path, iteration, &m->checkpoint));
    GGCN_TRY(ggcn_agree(configure(m)));
    GGCN_TRY(ggcn_model_networks_load(m->config, m->info.image, m->info.n_classes, &m->networks));
    m->info.grids = m->networks.grids;
    m->info.first_size = m->networks.first_size;
    GGCN_TRY(ggcn_agree(ggcn_trained_create_parts(m)));
    m->info.latent = m->generator.latent;
    m->info.encodes = m->networks.generator && ggcn_graph_shape(m->networks.generator, 0).height > 1;
    ggcn_state state = {0};
    ggcn_status status = ggcn_agree(ggcn_trained_state(m, &state));
    if (status == GGCN_SUCCESS)
        status = ggcn_checkpoint_load(m->checkpoint.path, &state);
    ggcn_state_clear(&state);
    GGCN_TRY(status);
    GGCN_TRY(ggcn_agree(check_networks(m)));
    return ggcn_agree(ggcn_trained_pack(m));
}

ggcn_status ggcn_trained_load(const char *path, uint64_t iteration, ggcn_trained **model) {
    *model = calloc(1, sizeof **model);
    ggcn_status status = GGCN_SUCCESS;
    if (!*model)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a model");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = load(path, iteration, *model);
    if (status != GGCN_SUCCESS)
        ggcn_trained_destroy(model);
    return status;
}

/* --- stored chains ------------------------------------------------------------------------------------------------ */

static ggcn_status check_numbers(const ggcn_trained *m, int64_t count, const int64_t *numbers, bool latents) {
    for (int64_t i = 0; i < count; i++)
        if (numbers[i] < 0 || numbers[i] >= m->info.chains)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: there is no chain %lld, the run has the chains 0 to %lld",
                      m->checkpoint.path, (long long)numbers[i], (long long)m->info.chains - 1);
    if (latents && m->info.latent == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: the model has no generator, so its chains have no latents",
                  m->checkpoint.path);
    return GGCN_SUCCESS;
}

/* Reads the rows that the numbers span and picks theirs. */
static ggcn_status pick(const ggcn_trained *m, ggcn_array array, int64_t count, const int64_t *numbers, void *out) {
    int64_t lowest = count > 0 ? numbers[0] : 0, highest = lowest - (count == 0);
    for (int64_t i = 0; i < count; i++) {
        lowest = numbers[i] < lowest ? numbers[i] : lowest;
        highest = numbers[i] > highest ? numbers[i] : highest;
    }
    array.dims[0] = m->info.chains;
    array.first = lowest;
    array.count = highest - lowest + 1;
    array.distributed = true;
    const size_t row = ggcn_array_row(&array) * ggcn_type_bytes(array.type);
    char *rows = malloc((size_t)array.count * row + 1);
    ggcn_status status = GGCN_SUCCESS;
    if (!rows)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, "use more ranks", "no memory for %lld stored chains",
                            (long long)array.count);
    status = ggcn_agree(status);
    array.data = rows;
    if (status == GGCN_SUCCESS)
        status = ggcn_checkpoint_load_rows(m->checkpoint.path, &array);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < count; i++)
        memcpy((char *)out + (size_t)i * row, rows + (size_t)(numbers[i] - lowest) * row, row);
    free(rows);
    return status;
}

ggcn_status ggcn_trained_stored(const ggcn_trained *m, int64_t count, const int64_t *numbers, float *x,
                                uint32_t *labels, float *z) {
    const ggcn_shape s = m->info.image;
    GGCN_TRY(ggcn_agree(check_numbers(m, count, numbers, z != NULL)));
    if (x)
        GGCN_TRY(pick(
            m,
            (ggcn_array){.path = "chains/x", .type = GGCN_F32, .rank = 4, .dims = {0, s.channels, s.height, s.width}},
            count, numbers, x));
    if (labels)
        GGCN_TRY(pick(m, (ggcn_array){.path = "chains/label", .type = GGCN_U32, .rank = 1}, count, numbers, labels));
    if (z)
        GGCN_TRY(pick(
            m, (ggcn_array){.path = "chains/latent", .type = GGCN_F32, .rank = 2, .dims = {0, (int64_t)m->info.latent}},
            count, numbers, z));
    return GGCN_SUCCESS;
}
