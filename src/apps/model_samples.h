/* Files of samples of a trained model, and what the programs say of their model. */
#ifndef GGCN_APPS_MODEL_SAMPLES_H
#define GGCN_APPS_MODEL_SAMPLES_H

#include "ggcn/files.h"
#include "model_options.h"

/* Starts the file. Collective.
 * @param own what the program knows: start, steps, thin, count, with_lp, with_originals; the rest is the model's */
ggcn_status model_samples_create(const model_options *options, const ggcn_trained_info *model, ggcn_samples_info own,
                                 ggcn_samples_writer **writer);

/* The whole file at once. Collective. @param first, count of this rank's rows; a count of 0 is allowed */
ggcn_status model_samples_write(const model_options *options, const ggcn_trained_info *model, ggcn_samples_info own,
                                int64_t first, int64_t count, const ggcn_samples_rows *rows);

/* Prints the line that names the model. */
void model_print(const ggcn_trained_info *model);

#endif
