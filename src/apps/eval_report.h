/* What ggcn_eval says: a table, and JSON. */
#ifndef GGCN_APPS_EVAL_REPORT_H
#define GGCN_APPS_EVAL_REPORT_H

#include "eval_scores.h"

/* Prints the table on rank 0. `network` is NULL without --features, `model` without --model. */
void eval_print(const eval_options *options, const eval_network *network, const eval_model *model,
                const eval_scores *scores);

/* All numbers, and what they belong to, as JSON. @param[out] text for free() @return GGCN_ERROR_MEMORY */
ggcn_status eval_json(const eval_network *network, const eval_model *model, const eval_scores *scores, char **text);

#endif
