/* A picture of the chains of a checkpoint, as ggcn_train makes its own. */
#ifndef GGCN_APPS_REPORT_CHAINS_PICTURE_H
#define GGCN_APPS_REPORT_CHAINS_PICTURE_H

#include "ggcn/files.h"
#include "report_pictures.h"

/* Adds the picture on rank 0. Collective. @return GGCN_ERROR_FORMAT (damaged), GGCN_ERROR_MEMORY */
ggcn_status report_chains_picture(const ggcn_checkpoint_info *info, report_pictures *pictures);

#endif
