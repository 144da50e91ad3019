/* The diagnostics of all traces of a file, over ranks and threads. */
#ifndef GGCN_APPS_CHAINS_DIAGNOSE_H
#define GGCN_APPS_CHAINS_DIAGNOSE_H

#include "ggcn/chain_diagnostics.h"
#include "ggcn/chain_file.h"

/* Collective; the same on every rank. @param discard  draws left out at the beginning
 * @param[out] results [traces] malloc'ed
 * @return GGCN_ERROR_CONFIG (too few draws are left), GGCN_ERROR_FORMAT (damaged), GGCN_ERROR_MEMORY */
ggcn_status chains_diagnose(const ggcn_chain_file *file, int64_t discard, ggcn_chain_diagnostics **results);

/* What the draws of a file are samples of: one word, as in "short-run". */
const char *chains_word(ggcn_stationarity stationarity);
/* Why its R-hat and effective sizes are no sign of convergence; NULL where they may be one. */
const char *chains_caveat(ggcn_stationarity stationarity);

#endif
