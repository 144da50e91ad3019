/* Where ggcn_data export puts an image. */
#ifndef GGCN_APPS_DATA_EXPORT_NAMES_H
#define GGCN_APPS_DATA_EXPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "ggcn/dataset.h"

typedef struct {
    const char *root;
    int64_t count, training; /* images of the data set, and of its training part */
    uint32_t n_classes;
    char **folders; /* [n_classes] path of each class below its part, all different */
} export_names;

/*
 * Makes a folder name of each class name. A slash stays, so that nested folders of categories come back as they were.
 * What would leave the folder, hide it or not be a name is replaced by '_': control characters, backslashes, a leading
 * dot, empty parts. Names that become equal by that get the number of their class behind them.
 * @param root not copied
 */
ggcn_status export_names_create(const char *root, const ggcn_dataset_info *info, export_names *names);
void export_names_clear(export_names *names);

/* The folder of a class in one of the parts, ROOT[/train or /held-out]/CLASS: a malloc'ed text. */
ggcn_status export_folder(const export_names *names, bool held_out, uint32_t label, char **path);
/* The file of an image: FOLDER/NNNNNNN.png, a malloc'ed text. */
ggcn_status export_file(const export_names *names, int64_t number, uint32_t label, char **path);

#endif
