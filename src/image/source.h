/**
 * @file
 * What the importers share: making, naming and releasing an image source.
 */
#ifndef GGCN_IMAGE_SOURCE_H
#define GGCN_IMAGE_SOURCE_H

#include <stddef.h>

#include "ggcn/image.h"

/** An empty source with `private_bytes` zeroed bytes of private data. @param[out] source owned by the caller */
ggcn_status ggcn_image_source_create(size_t private_bytes, ggcn_image_source **source);

/** Gives the source its classes. Names are copied. */
ggcn_status ggcn_image_source_name_classes(ggcn_image_source *source, const char *const *names, uint32_t count);

/** printf into a new string. @return NULL if out of memory; to be released with free() */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
char *
ggcn_image_text(const char *format, ...);

#endif
