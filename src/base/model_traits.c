/* The models as rows of the paper's Table 1: what differs between them, in one place. */
#include "ggcn/config.h"

static const ggcn_model_traits rows[] = {
    [GGCN_MODEL_FRAME] = {.name = "frame"},
    [GGCN_MODEL_WFRAME] = {.name = "wframe", .jko = true},
    [GGCN_MODEL_GCN] = {.name = "gcn", .learns_filters = true},
    [GGCN_MODEL_WGCN] = {.name = "wgcn", .learns_filters = true, .jko = true},
    [GGCN_MODEL_MGCN] = {.name = "mgcn", .learns_filters = true, .multigrid = true},
    [GGCN_MODEL_WMGCN] = {.name = "wmgcn", .learns_filters = true, .jko = true, .multigrid = true},
    [GGCN_MODEL_GGCN] = {.name = "ggcn", .learns_filters = true, .jko = true, .generator = true, .learns_latent = true},
    [GGCN_MODEL_GGCN_NOLHS] = {.name = "ggcn-nolhs", .learns_filters = true, .jko = true, .generator = true},
    [GGCN_MODEL_GGCN_AMS] = {.name = "ggcn-ams",
                             .learns_filters = true,
                             .jko = true,
                             .generator = true,
                             .amortized = true,
                             .learns_latent = true},
    [GGCN_MODEL_GGCN_NOLHS_AMS] =
        {.name = "ggcn-nolhs-ams", .learns_filters = true, .jko = true, .generator = true, .amortized = true},
    [GGCN_MODEL_DCGAN] = {.name = "dcgan", .learns_filters = true, .generator = true, .adversarial = true},
};

const ggcn_model_traits *ggcn_model_traits_of(ggcn_model model) {
    return &rows[model];
}

const char *ggcn_model_name(ggcn_model model) {
    return rows[model].name;
}
