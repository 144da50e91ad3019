/* What becomes of each image on its way into a data set: cut out, made grey, brought to a size. */
#ifndef GGCN_APPS_DATA_IMPORT_CHANGES_H
#define GGCN_APPS_DATA_IMPORT_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "ggcn/image.h"

typedef struct {
    ggcn_crop crop; /* width 0: the whole image */
    bool grey;
    int64_t size; /* images become size x size; 0: they stay as they are after the crop */
    bool fit_given;
    ggcn_fit fit;
    ggcn_shape shape; /* of the results; height and width are 0 if the images decide */
} import_changes;

/* Images on their way; start with {0}. */
typedef struct {
    ggcn_picture read, cut, fitted;
} import_workspace;

/* Finds `fit`, unless it is given, and `shape`. @return GGCN_ERROR_ARGUMENT: images too large for padding */
ggcn_status import_changes_settle(const char *path, const ggcn_image_source *source, import_changes *changes);
/*
 * Reads an image of a source and changes it.
 * @param[out] result is part of the workspace
 * @return GGCN_ERROR_FORMAT, GGCN_ERROR_IO: this image is bad, or smaller than the crop; GGCN_ERROR_ARGUMENT: too large
 *         for padding, or another shape than changes->shape
 */
ggcn_status import_changes_apply(const import_changes *changes, ggcn_image_source *source, int64_t number,
                                 import_workspace *workspace, const ggcn_picture **result);
void import_workspace_clear(import_workspace *workspace);

#endif
