#include "eval_images.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ggcn/hpc.h"
#include "options.h"

static ggcn_status allocate(int64_t count, int64_t row, size_t element, void **memory) {
    *memory = malloc((size_t)(count * row) * element);
    if (!*memory)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more nodes", "no memory for %" PRId64 " images or their features", count);
    return GGCN_SUCCESS;
}

ggcn_status eval_images_load(ggcn_image_set *set, eval_images *i, uint64_t *digest) {
    const ggcn_image_set_info *info = ggcn_image_set_describe(set);
    const ggcn_shape shape = i->shape = info->shape;
    void *images = NULL;
    GGCN_TRY(ggcn_agree(ggcn_spread_images(info->count, &i->spread)));
    GGCN_TRY(ggcn_agree(allocate(i->spread.owned, shape.channels * shape.height * shape.width, 1, &images)));
    i->images = images;
    return ggcn_image_set_read(set, &i->spread, i->images, digest);
}

void eval_images_clear(eval_images *i) {
    free(i->images);
    free(i->features);
    free(i->logits);
    *i = (eval_images){0};
}

ggcn_status eval_images_features(const eval_network *network, eval_images *i) {
    void *features = NULL, *logits = NULL;
    const int64_t classes = ggcn_feature_network_classes(network->compiled);
    ggcn_status status =
        allocate(i->spread.owned, ggcn_feature_network_features(network->compiled), sizeof *i->features, &features);
    if (status == GGCN_SUCCESS && classes > 0)
        status = allocate(i->spread.owned, classes, sizeof *i->logits, &logits);
    i->features = features;
    i->logits = logits;
    if (status == GGCN_SUCCESS)
        status = ggcn_compute_features(network->compiled, i->shape, i->spread.owned, i->images, i->features, i->logits);
    return ggcn_agree(status);
}

ggcn_status eval_images_statistics(const eval_images *i, ggcn_feature_statistics *statistics) {
    return ggcn_agree(ggcn_compute_feature_statistics(&i->spread, i->features, statistics));
}

ggcn_status eval_frechet(const ggcn_feature_statistics *a, const ggcn_feature_statistics *b, double *distance) {
    GGCN_TRY(ggcn_agree(ggcn_rank() == 0 ? ggcn_frechet_distance(a, b, distance) : GGCN_SUCCESS));
    return ggcn_broadcast(distance, sizeof *distance, 0);
}

void eval_print_rank(const char *title, int64_t count, int64_t features) {
    if (count <= features)
        app_print("note: %" PRId64 " %s give no covariance of full rank for %" PRId64
                  " features; use more than %" PRId64 "\n",
                  count, title, features, features);
}
