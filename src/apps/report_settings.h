/* A configuration as a list of keys and values, whatever version of ggcn wrote it. */
#ifndef GGCN_APPS_REPORT_SETTINGS_H
#define GGCN_APPS_REPORT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "ggcn/status.h"

typedef struct {
    char *key;   /* e.g. "learning.optimizer.rate" */
    char *value; /* as YAML writes it, lists like "[1, 7]" */
} report_setting;

/* Release with report_settings_clear. */
typedef struct {
    report_setting *list; /* [count] in the text's order */
    size_t count;
} report_settings;

/* Reads YAML. @param name for messages  @return GGCN_ERROR_CONFIG (syntax; names the line), GGCN_ERROR_MEMORY */
ggcn_status report_settings_read(const char *name, const char *text, report_settings *settings);
void report_settings_clear(report_settings *settings);
/* The value of a key; NULL if there is none. */
const char *report_settings_find(const report_settings *settings, const char *key);
/* Whether two values mean the same: equal texts, or equal numbers. NULL, for no value, equals NULL alone. */
bool report_settings_equal(const char *a, const char *b);

#endif
