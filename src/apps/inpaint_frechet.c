#include "inpaint_frechet.h"

#include "eval_images.h"
#include "ggcn/hpc.h"

static ggcn_status measure(const char *path, ggcn_set_part part, const eval_network *network, eval_images *images,
                           ggcn_feature_statistics *statistics) {
    ggcn_image_set *set;
    uint64_t digest;
    GGCN_TRY(ggcn_image_set_open(path, part, &set));
    ggcn_status status = eval_images_load(set, images, &digest);
    ggcn_image_set_close(&set);
    GGCN_TRY(status);
    GGCN_TRY(eval_images_features(network, images));
    GGCN_TRY(ggcn_agree(ggcn_feature_statistics_create(ggcn_feature_network_features(network->compiled), statistics)));
    return eval_images_statistics(images, statistics);
}

ggcn_status inpaint_frechet(const char *path, const eval_network *network, double *distance) {
    eval_images completed = {0}, originals = {0};
    ggcn_feature_statistics a = {0}, b = {0};
    ggcn_status status = measure(path, GGCN_PART_ALL, network, &completed, &a);
    if (status == GGCN_SUCCESS)
        status = measure(path, GGCN_PART_ORIGINALS, network, &originals, &b);
    if (status == GGCN_SUCCESS)
        status = eval_frechet(&a, &b, distance);
    ggcn_feature_statistics_clear(&a);
    ggcn_feature_statistics_clear(&b);
    eval_images_clear(&completed);
    eval_images_clear(&originals);
    return status;
}
