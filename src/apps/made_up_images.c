#include "made_up_images.h"

#include <stdlib.h>

ggcn_status make_up_images(ggcn_shape shape, uint32_t n_classes, const ggcn_blocks *blocks, int64_t each,
                           ggcn_observed **observed) {
    const size_t image = (size_t)(shape.channels * shape.height * shape.width), mine = (size_t)(each * blocks->owned);
    ggcn_observed *o = calloc(1, sizeof *o);
    *observed = o;
    if (!o)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for images");
    o->shape = shape;
    o->n_classes = n_classes;
    o->total = each * blocks->count;
    o->class_counts = malloc(n_classes * sizeof *o->class_counts);
    o->start = malloc((size_t)(blocks->owned + 1) * sizeof *o->start);
    o->images = malloc(mine * image);
    o->labels = calloc(mine, sizeof *o->labels);
    if (!o->class_counts || !o->start || !o->images || !o->labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use fewer images a block", "no memory for %zu images", mine);
    for (uint32_t i = 0; i < n_classes; i++)
        o->class_counts[i] = i < blocks->count;
    for (int64_t b = 0; b <= blocks->owned; b++)
        o->start[b] = b * each;
    for (size_t i = 0; i < mine * image; i++)
        o->images[i] = (uint8_t)(i * 37 % 251);
    return GGCN_SUCCESS;
}
