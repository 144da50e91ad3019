/* The pictures of a run: the files of its folder `grids`, or its newest checkpoint's chains if it has none. */
#ifndef GGCN_APPS_REPORT_PICTURES_H
#define GGCN_APPS_REPORT_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

typedef struct {
    char *name;   /* of the file, below the run directory */
    char *series; /* "chains", "generator", or "grid 8 x 8" */
    uint64_t iteration;
    uint8_t *bytes; /* [size] a PNG file */
    size_t size;
    uint32_t width, height;
} report_picture;

/* Release with report_pictures_clear. */
typedef struct {
    report_picture *list; /* [count] "chains" first, then by name; each series by iteration */
    size_t count;
    size_t found; /* in the folder; more than `count` if some were left out */
    bool from_checkpoint;
} report_pictures;

/* Reads DIRECTORY/grids/ITERATION[-NAME].png: of each series at most `most`, evenly spread, the first and last among
 * them. A folder that is not there has none.  @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (no PNG file), GGCN_ERROR_MEMORY
 */
ggcn_status report_pictures_read(const char *directory, size_t most, report_pictures *pictures);
void report_pictures_clear(report_pictures *pictures);
/* Adds one picture of series "chains" and takes over its bytes, malloc'ed, in any case. @param name is copied
 * @return GGCN_ERROR_FORMAT (no PNG file), GGCN_ERROR_MEMORY */
ggcn_status report_pictures_add(report_pictures *pictures, const char *name, uint64_t iteration, uint8_t *bytes,
                                size_t size);

#endif
