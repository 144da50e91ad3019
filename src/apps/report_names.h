/* Short names of runs. */
#ifndef GGCN_APPS_REPORT_NAMES_H
#define GGCN_APPS_REPORT_NAMES_H

#include "report_run.h"

/* Names each run by the last folder of its path, or by as many as tell it from the others, or by all of it. A path that
 * ends in a dot counts as the run.directory of its configuration. Not collective. @return GGCN_ERROR_MEMORY */
ggcn_status report_name_runs(report_run *runs, size_t count);

#endif
