/* The command line of ggcn_data import, and the formats it reads. */
#ifndef GGCN_APPS_DATA_IMPORT_OPTIONS_H
#define GGCN_APPS_DATA_IMPORT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "data_import_changes.h"
#include "data_import_plan.h"
#include "ggcn/image.h"

typedef struct {
    const char *name, *summary;
    bool has_labels_file, has_attributes; /* --labels and --attributes make sense */
    ggcn_status (*open)(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
} import_format;

typedef struct {
    const import_format *format;
    const char *path, *out;
    ggcn_import_options source; /* --labels, --attributes */
    import_selection selection; /* --classes, --limit, --shuffle, --split */
    import_changes changes;     /* --crop, --grey, --size, --fit */
    bool skip_bad, duplicates, overwrite, help, version;
} import_request;

/* @return GGCN_ERROR_ARGUMENT: a usage error */
ggcn_status import_options_parse(int argc, char *const *argv, import_request *request);
void import_options_help(void);

#endif
