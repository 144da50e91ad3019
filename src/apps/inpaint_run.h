/* Completing images with a trained model. */
#ifndef GGCN_APPS_INPAINT_RUN_H
#define GGCN_APPS_INPAINT_RUN_H

#include "ggcn/trained.h"
#include "inpaint_options.h"

/* Hides, completes, writes the file of samples and the picture, prints the scores. Collective. */
ggcn_status inpaint_run(const inpaint_options *options, ggcn_trained *model);

#endif
