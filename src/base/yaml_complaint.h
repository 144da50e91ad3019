/* What libcyaml says of a text that it refuses, kept for our own message and off the terminal. */
#ifndef GGCN_BASE_YAML_COMPLAINT_H
#define GGCN_BASE_YAML_COMPLAINT_H

#include <cyaml/cyaml.h>

/* Start with {{0}}. */
typedef struct {
    char text[768]; /* the cause, then where it was: key, line, column */
} ggcn_yaml_complaint;

/* Settings of a load or free that writes into `said`, which must outlive them. */
cyaml_config_t ggcn_yaml_settings(ggcn_yaml_complaint *said);

#endif
