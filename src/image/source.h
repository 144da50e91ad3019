/**
 * @file
 * What the importers share: making, naming and releasing an image source.
 */
#ifndef GGCN_IMAGE_SOURCE_H
#define GGCN_IMAGE_SOURCE_H

#include <stddef.h>

#include "ggcn/image.h"

/** An importer: what a format puts behind an image source. */
typedef struct {
    size_t private_bytes; /**< zeroed private data */
    /** Fills in the source. `options` is not NULL. What it leaves in private_data is released by `close` even if it
     * fails. */
    ggcn_status (*fill)(ggcn_image_source *source, const char *path, const ggcn_import_options *options);
    ggcn_status (*read)(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label);
    void (*name)(ggcn_image_source *source, int64_t number, char *text, size_t size);
    void (*close)(ggcn_image_source *source);
} ggcn_importer;

/** Opens a source. @param options may be NULL @param[out] source owned by the caller; untouched on error */
ggcn_status ggcn_image_source_open(const ggcn_importer *importer, const char *path, const ggcn_import_options *options,
                                   ggcn_image_source **source);

/** Gives the source its classes. Names are copied.
 *  @return GGCN_ERROR_FORMAT if two classes have one name, GGCN_ERROR_MEMORY */
ggcn_status ggcn_image_source_name_classes(ggcn_image_source *source, const char *const *names, uint32_t count);

/** Adds a remark to the source's note. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
ggcn_status
ggcn_image_source_remark(ggcn_image_source *source, const char *format, ...);

/** @return GGCN_ERROR_ARGUMENT if the source has no image of this number */
ggcn_status ggcn_image_source_check_number(const ggcn_image_source *source, int64_t number);

/** printf into a new string. @return NULL if out of memory; to be released with free() */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
char *
ggcn_image_text(const char *format, ...);

/** A path without slashes at its end. @return NULL if out of memory; to be released with free() */
char *ggcn_image_trimmed_path(const char *path);
/** The last part of a path; "." and ".." are resolved. @return NULL if out of memory; to be released with free() */
char *ggcn_image_base_name(const char *path);

/** Room for `needed` items (at least 1): the array, moved if it had to grow. @return NULL if out of memory; then the
 * old array is as it was */
void *ggcn_image_room(void *items, size_t needed, size_t item_bytes, size_t *capacity);

#endif
