/* Classes of a trained model, as a command line names them. */
#ifndef GGCN_APPS_MODEL_CLASSES_H
#define GGCN_APPS_MODEL_CLASSES_H

#include "ggcn/trained.h"

/* The number of a class from its name or its number. @return GGCN_ERROR_ARGUMENT: there is no such class, the message
 * lists those there are; an unconditional model */
ggcn_status model_class_of(const ggcn_trained_info *info, const char *text, uint32_t *number);

/* Names for the files of a conditional model, those of the checkpoint or made from the numbers; NULL of others. To be
 * released with model_class_names_clear. @return GGCN_ERROR_MEMORY */
ggcn_status model_class_names(const ggcn_trained_info *info, char ***names);
void model_class_names_clear(const ggcn_trained_info *info, char ***names);

#endif
