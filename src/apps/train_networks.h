/* The networks a configuration asks for. */
#ifndef GGCN_APPS_TRAIN_NETWORKS_H
#define GGCN_APPS_TRAIN_NETWORKS_H

#include "ggcn/config.h"
#include "ggcn/model_networks.h"

/* Loads built-in networks, YAML files and network files. Collective; all ranks get the same outcome.
 * @param image shape of the data's images  @param n_classes of the data
 * @param[out] networks to be released with ggcn_model_networks_clear, also after a failure
 * @return GGCN_ERROR_CONFIG (a network does not fit, a model that needs one it was not given), GGCN_ERROR_IO,
 *         GGCN_ERROR_FORMAT */
ggcn_status train_load_networks(const ggcn_config *config, ggcn_shape image, uint32_t n_classes,
                                ggcn_model_networks *networks);

#endif
