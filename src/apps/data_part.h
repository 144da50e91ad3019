/* Parts of a data set by their words on the command line. */
#ifndef GGCN_APPS_DATA_PART_H
#define GGCN_APPS_DATA_PART_H

#include "ggcn/image_set.h"

/* @param option for the message, e.g. "--part"  @return GGCN_ERROR_ARGUMENT */
ggcn_status data_part_read(const char *option, const char *text, ggcn_set_part *part);

#endif
