/* The pictures of a training run. */
#ifndef GGCN_APPS_TRAIN_PICTURES_H
#define GGCN_APPS_TRAIN_PICTURES_H

#include "ggcn/trainer.h"

/* Writes grids/ITERATION.png, of coarser grids grids/ITERATION-SIZE.png, of the generator's own images
 * grids/ITERATION-generator.png. Collective; all ranks get the same outcome. */
ggcn_status train_write_pictures(const ggcn_config *config, ggcn_trainer *trainer, uint64_t iteration);

#endif
