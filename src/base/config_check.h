/**
 * @file
 * Values that no run can have, one by one and against each other.
 */
#ifndef GGCN_CONFIG_CHECK_H
#define GGCN_CONFIG_CHECK_H

#include "base/config_merge.h"
#include "ggcn/config.h"

/** @param merge  what `config` was loaded from, to name where a value stands. @return GGCN_ERROR_CONFIG */
ggcn_status ggcn_config_check(const ggcn_config *config, const ggcn_config_merge *merge);

#endif
