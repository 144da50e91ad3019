/* What the draws of a chain file are samples of: attributes of its root. */
#ifndef GGCN_HPC_CHAIN_ABOUT_H
#define GGCN_HPC_CHAIN_ABOUT_H

#include "ggcn/files.h"
#include "h5_file.h"

typedef struct {
    ggcn_stationarity stationarity;
    char *layers; /* names of the layers of layer_response, separated by blanks; NULL: none */
} ggcn_chain_about;

/* Not collective: the caller agrees. */
ggcn_status ggcn_chain_put_about(const ggcn_h5_file *file, const ggcn_chain_about *about);
/* Files of version 1 do not say: their chains count as those of a model that is being learned. Not collective. */
ggcn_status ggcn_chain_get_stationarity(const ggcn_h5_file *file, ggcn_stationarity *stationarity);

#endif
