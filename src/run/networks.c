/* The networks a configuration asks for: built-in ones, YAML files and network files. */
#include "ggcn/hpc.h"
#include "ggcn/model_networks.h"
#include "ggcn/network.h"
#include "ggcn/network_file.h"
#include "ggcn/resources.h"

/* A built-in name or a YAML file, or a network file with its filters. */
static ggcn_status load_potential(const ggcn_config *config, const char *name, ggcn_shape input,
                                  ggcn_initial_network *network) {
    const bool file = !ggcn_resource_find("networks", name) && ggcn_network_is_file(name);
    if (file)
        return ggcn_network_file_read(name, input, &network->graph, &network->parameters, &network->statistics);
    ggcn_status status = GGCN_SUCCESS;
    if (!ggcn_model_traits_of(config->model)->learns_filters)
        status =
            ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__,
                       "set potential.network to a network file (HDF5), e.g. one that experiments/tools made of VGG-16",
                       "potential.network: model %s keeps its filters fixed and needs them from a network file, "
                       "\"%s\" is none",
                       ggcn_model_name(config->model), name);
    else
        status = ggcn_network_load(name, input, &network->graph);
    return ggcn_agree(status);
}

static ggcn_status choose_sizes(const ggcn_config *config, ggcn_shape image, uint32_t sizes[GGCN_MOST_GRIDS],
                                int *count) {
    const ggcn_config_multigrid *m = &config->multigrid;
    static const uint32_t large[] = {1, 4, 16, 64}, small[] = {1, 8, 32};
    if (image.height != image.width)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "make the data set with ggcn_data import --size",
                  "model %s needs square images, these are %lldx%lld", ggcn_model_name(config->model),
                  (long long)image.height, (long long)image.width);
    *count = (int)m->sizes_count;
    for (int i = 0; i < *count; i++)
        sizes[i] = m->sizes[i];
    if (*count == 0 && (image.height == 64 || image.height == 32)) {
        *count = image.height == 64 ? 4 : 3;
        for (int i = 0; i < *count; i++)
            sizes[i] = image.height == 64 ? large[i] : small[i];
    }
    if (*count == 0 || sizes[*count - 1] != (uint32_t)image.height)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "list the sizes of the grids; the last one is the images' size",
                  "multigrid.sizes: %s for images of %lldx%lld pixels",
                  *count == 0 ? "there is no default" : "the last size is another", (long long)image.height,
                  (long long)image.width);
    return GGCN_SUCCESS;
}

static ggcn_status load_grids(const ggcn_config *config, ggcn_shape image, ggcn_model_networks *networks) {
    const ggcn_config_multigrid *m = &config->multigrid;
    uint32_t sizes[GGCN_MOST_GRIDS] = {0};
    int count = 0;
    GGCN_TRY(ggcn_agree(choose_sizes(config, image, sizes, &count)));
    networks->first_size = sizes[0];
    for (int i = 1; i < count; i++) {
        const ggcn_shape grid = {image.channels, sizes[i], sizes[i]};
        networks->grids = i;
        GGCN_TRY(load_potential(config, m->networks_count > 0 ? m->networks[i - 1] : config->potential.network, grid,
                                &networks->potentials[i - 1]));
    }
    return GGCN_SUCCESS;
}

ggcn_status ggcn_model_networks_load(const ggcn_config *config, ggcn_shape image, uint32_t n_classes,
                                     ggcn_model_networks *networks) {
    const ggcn_model_traits *traits = ggcn_model_traits_of(config->model);
    *networks = (ggcn_model_networks){.grids = 1};
    if (traits->multigrid)
        return load_grids(config, image, networks);
    GGCN_TRY(load_potential(config, config->potential.network, image, &networks->potentials[0]));
    if (!traits->generator)
        return GGCN_SUCCESS;
    const ggcn_config_generator *g = &config->generator;
    const bool classes = config->potential.conditional && n_classes > 1;
    if (config->inpaint.mask != GGCN_MASK_NONE)
        return ggcn_agree(ggcn_network_load_generator(g->network, image, image, &networks->generator));
    const ggcn_shape latent = {(int64_t)g->latent + (classes ? (int64_t)g->embedding : 0), 1, 1};
    return ggcn_agree(ggcn_network_load_generator(g->network, latent, image, &networks->generator));
}
