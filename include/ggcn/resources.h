/**
 * @file
 * Texts built into the library: the named networks (src/model/networks), presets (experiments/presets) and schemas of
 * files (hdf5_schemas), pieces of ggcn_report's page (src/apps/report).
 */
#ifndef GGCN_RESOURCES_H
#define GGCN_RESOURCES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *kind; /**< "networks", "pages", "presets" or "schemas" */
    const char *name; /**< file name without its ending */
    const char *text; /**< whole content, terminated */
} ggcn_resource;

/** Finds a built-in text. Returns NULL if there is none of that kind and name. */
const ggcn_resource *ggcn_resource_find(const char *kind, const char *name);

/** All built-in texts, sorted by kind and name. @param[out] count how many */
const ggcn_resource *ggcn_resources(size_t *count);

#ifdef __cplusplus
}
#endif
#endif
