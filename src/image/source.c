#include "image/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

ggcn_status ggcn_image_source_create(size_t private_bytes, ggcn_image_source **source) {
    ggcn_image_source *created = calloc(1, sizeof *created);
    if (created)
        created->private_data = calloc(1, private_bytes);
    if (!created || !created->private_data) {
        free(created);
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for an image source");
    }
    *source = created;
    return GGCN_SUCCESS;
}

void ggcn_image_source_close(ggcn_image_source **source) {
    ggcn_image_source *closed = *source;
    if (!closed)
        return;
    if (closed->close)
        closed->close(closed);
    for (uint32_t i = 0; closed->classes && i < closed->n_classes; i++)
        free(closed->classes[i]);
    free(closed->classes);
    free(closed->description);
    free(closed->private_data);
    free(closed);
    *source = NULL;
}

ggcn_status ggcn_image_source_name_classes(ggcn_image_source *source, const char *const *names, uint32_t count) {
    source->classes = calloc(count, sizeof *source->classes);
    if (!source->classes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %u class names", count);
    source->n_classes = count;
    for (uint32_t i = 0; i < count; i++) {
        source->classes[i] = ggcn_image_text("%s", names[i]);
        if (!source->classes[i])
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %u class names", count);
    }
    return GGCN_SUCCESS;
}

char *ggcn_image_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}
