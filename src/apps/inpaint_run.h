/* Completing images with a trained model. */
#ifndef GGCN_APPS_INPAINT_RUN_H
#define GGCN_APPS_INPAINT_RUN_H

#include "eval_network.h"
#include "ggcn/trained.h"
#include "inpaint_options.h"

/* Hides, completes, writes the file of samples and the picture, prints the scores. Collective.
 * @param network for the Frechet distance; NULL: none */
ggcn_status inpaint_run(const inpaint_options *options, const eval_network *network, ggcn_trained *model);

#endif
