#include "report_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ggcn_status read_all(const char *path, const char *what, FILE *stream, char **bytes, size_t *size) {
    size_t capacity = 0;
    do {
        capacity = 2 * capacity + (1 << 16);
        char *larger = realloc(*bytes, capacity + 1);
        if (!larger)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory for %s", path, what);
        *bytes = larger;
        *size += fread(*bytes + *size, 1, capacity - *size, stream);
        (*bytes)[*size] = 0;
    } while (*size == capacity);
    if (ferror(stream))
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot read %s: %s", path, what, strerror(errno));
    return GGCN_SUCCESS;
}

ggcn_status report_file_read(const char *path, const char *what, char **bytes, size_t *size) {
    *bytes = NULL;
    *size = 0;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot read %s: %s", path, what, strerror(errno));
    const ggcn_status status = read_all(path, what, stream, bytes, size);
    fclose(stream);
    if (status != GGCN_SUCCESS) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}
