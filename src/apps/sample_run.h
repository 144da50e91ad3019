/* Drawing the samples of a plan. */
#ifndef GGCN_APPS_SAMPLE_RUN_H
#define GGCN_APPS_SAMPLE_RUN_H

#include "sample_plan.h"

/* Steps the chains, writes the file of samples, the picture and the film, and prints what was done. Collective. */
ggcn_status sample_run(const sample_plan *plan);

#endif
