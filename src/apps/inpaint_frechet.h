/* Frechet distance between completed images and their originals (paper, Table 3). */
#ifndef GGCN_APPS_INPAINT_FRECHET_H
#define GGCN_APPS_INPAINT_FRECHET_H

#include "eval_network.h"

/* @param path of a file of ggcn_inpaint  @return GGCN_ERROR_CONFIG (more ranks than blocks of images), as
 * ggcn_compute_features and ggcn_frechet_distance. Collective. */
ggcn_status inpaint_frechet(const char *path, const eval_network *network, double *distance);

#endif
