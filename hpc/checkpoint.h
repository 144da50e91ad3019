/* What writing and restarting of checkpoints share with looking into them. */
#ifndef GGCN_HPC_CHECKPOINT_H
#define GGCN_HPC_CHECKPOINT_H

#include "ggcn/state.h"
#include "h5_file.h"

extern const ggcn_h5_kind ggcn_checkpoint_kind;

/* Reads one array of a state and compares its digest. Collective.
 * @return GGCN_ERROR_CONFIG (not there, another shape or type), GGCN_ERROR_FORMAT (damaged) */
ggcn_status ggcn_checkpoint_read_array(const ggcn_h5_file *file, const ggcn_array *array);

#endif
