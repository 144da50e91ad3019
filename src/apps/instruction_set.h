/* Whether all ranks compute alike. */
#ifndef GGCN_APPS_INSTRUCTION_SET_H
#define GGCN_APPS_INSTRUCTION_SET_H

#include "ggcn/status.h"

/* Ranks on processors that oneDNN treats differently would compute different bits. Collective.
 * @return GGCN_ERROR_CONFIG if they do */
ggcn_status app_check_instruction_set(void);

#endif
