#include "eval_scores.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ggcn/frechet.h"
#include "ggcn/hpc.h"
#include "ggcn/statistics_file.h"

/* A set of images as this rank has it. */
typedef struct {
    ggcn_image_spread spread;
    uint8_t *images;          /* [owned][C][H][W] */
    float *features, *logits; /* [owned][...] */
} loaded;

static void release(loaded *l) {
    free(l->images);
    free(l->features);
    free(l->logits);
}

static ggcn_status allocate(int64_t count, int64_t row, size_t element, void **memory) {
    *memory = malloc((size_t)(count * row) * element);
    if (!*memory)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more nodes", "no memory for %" PRId64 " images or their features", count);
    return GGCN_SUCCESS;
}

static ggcn_status load(ggcn_image_set *set, eval_set *about, loaded *l) {
    const ggcn_image_set_info *info = ggcn_image_set_describe(set);
    const ggcn_shape shape = info->shape;
    void *images = NULL;
    GGCN_TRY(ggcn_agree(ggcn_spread_images(info->count, &l->spread)));
    GGCN_TRY(ggcn_agree(allocate(l->spread.owned, shape.channels * shape.height * shape.width, 1, &images)));
    l->images = images;
    about->info = *info;
    return ggcn_image_set_read(set, &l->spread, l->images, &about->digest);
}

static ggcn_status run_network(const eval_network *network, ggcn_shape shape, loaded *l) {
    void *features = NULL, *logits = NULL;
    const int64_t classes = ggcn_feature_network_classes(network->compiled);
    ggcn_status status =
        allocate(l->spread.owned, ggcn_feature_network_features(network->compiled), sizeof *l->features, &features);
    if (status == GGCN_SUCCESS && classes > 0)
        status = allocate(l->spread.owned, classes, sizeof *l->logits, &logits);
    l->features = features;
    l->logits = logits;
    if (status == GGCN_SUCCESS)
        status = ggcn_compute_features(network->compiled, shape, l->spread.owned, l->images, l->features, l->logits);
    return ggcn_agree(status);
}

/* --- class scores --------------------------------------------------------------------------------------------------- */

static void pick_top(const double *counts, int64_t classes, eval_scores *scores) {
    for (int rank = 0; rank < EVAL_TOP_CLASSES; rank++) {
        int64_t best = -1;
        for (int64_t k = 0; k < classes; k++) {
            bool taken = counts[k] <= 0;
            for (int i = 0; i < rank && !taken; i++)
                taken = scores->top[i] == k;
            if (!taken && (best < 0 || counts[k] > counts[best]))
                best = k;
        }
        if (best < 0)
            return;
        scores->top[rank] = best;
        scores->top_count[rank] = (int64_t)counts[best];
        scores->top_classes = rank + 1;
    }
}

static ggcn_status score_classes(const eval_options *options, const eval_network *network, const loaded *l,
                                 eval_scores *scores) {
    const int64_t classes = ggcn_feature_network_classes(network->compiled);
    void *memory = NULL;
    if (classes == 0)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_agree(allocate(1, classes, sizeof(double), &memory)));
    double *counts = memory;
    ggcn_status status =
        ggcn_compute_inception_score(&l->spread, classes, l->logits, options->splits, &scores->inception);
    status = ggcn_agree(status); /* too many splits: on all ranks alike */
    scores->has_inception = status == GGCN_SUCCESS;
    if (status == GGCN_SUCCESS)
        status = ggcn_count_top_classes(&l->spread, classes, l->logits, counts);
    if (status == GGCN_SUCCESS)
        pick_top(counts, classes, scores);
    free(counts);
    return status;
}

/* --- Frechet distance ------------------------------------------------------------------------------------------------ */

static ggcn_status statistics_of(const loaded *l, ggcn_feature_statistics *statistics) {
    return ggcn_agree(ggcn_compute_feature_statistics(&l->spread, l->features, statistics));
}

/* From the cache, or computed and put there. */
static ggcn_status reference_statistics(const eval_options *options, const eval_network *network, loaded *reference,
                                        eval_scores *scores, ggcn_feature_statistics *statistics) {
    const ggcn_statistics_key key = {network->path,
                                     network->digest,
                                     network->layers_digest,
                                     network->features,
                                     ggcn_feature_network_resize(network->compiled),
                                     options->reference,
                                     scores->reference.digest};
    if (options->cache)
        GGCN_TRY(ggcn_statistics_read(options->cache, &key, statistics, &scores->cached));
    if (scores->cached)
        return GGCN_SUCCESS;
    GGCN_TRY(run_network(network, scores->reference.info.shape, reference));
    GGCN_TRY(statistics_of(reference, statistics));
    return options->cache ? ggcn_statistics_write(options->cache, &key, statistics) : GGCN_SUCCESS;
}

/* Rank 0 computes, so that all have the same bits. */
static ggcn_status share_distance(const ggcn_feature_statistics *a, const ggcn_feature_statistics *b,
                                  double *distance) {
    GGCN_TRY(ggcn_agree(ggcn_rank() == 0 ? ggcn_frechet_distance(a, b, distance) : GGCN_SUCCESS));
    return ggcn_broadcast(distance, sizeof *distance, 0);
}

static ggcn_status measure_distance(const eval_options *options, const eval_network *network, const loaded *samples,
                                    loaded *reference, eval_scores *scores) {
    const int64_t features = ggcn_feature_network_features(network->compiled);
    ggcn_feature_statistics of_samples = {0}, of_reference = {0};
    ggcn_status status = ggcn_feature_statistics_create(features, &of_samples);
    if (status == GGCN_SUCCESS)
        status = ggcn_feature_statistics_create(features, &of_reference);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = statistics_of(samples, &of_samples);
    if (status == GGCN_SUCCESS)
        status = reference_statistics(options, network, reference, scores, &of_reference);
    if (status == GGCN_SUCCESS)
        status = share_distance(&of_samples, &of_reference, &scores->frechet);
    scores->has_frechet = status == GGCN_SUCCESS;
    ggcn_feature_statistics_clear(&of_samples);
    ggcn_feature_statistics_clear(&of_reference);
    return status;
}

/* --- all ------------------------------------------------------------------------------------------------------------- */

static ggcn_status check_sizes(const eval_options *options, const ggcn_image_set_info *a, const ggcn_image_set_info *b) {
    if (a->shape.channels != b->shape.channels || a->shape.height != b->shape.height || a->shape.width != b->shape.width)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "compare images of one size; ggcn_data import --size makes such a data set",
                  "%s holds images of %" PRId64 "x%" PRId64 "x%" PRId64 " (channels, height, width), %s of %" PRId64
                  "x%" PRId64 "x%" PRId64,
                  a->path, a->shape.channels, a->shape.height, a->shape.width, b->path, b->shape.channels,
                  b->shape.height, b->shape.width);
    if (options->paired && a->count != b->count)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "pairs need as many samples as reference images",
                  "%s holds %" PRId64 " images, %s holds %" PRId64, a->path, a->count, b->path, b->count);
    if (options->paired && (a->shape.height < GGCN_SSIM_WINDOW || a->shape.width < GGCN_SSIM_WINDOW))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "leave --paired out", "%s: SSIM needs images of at least %dx%d", a->path,
                  GGCN_SSIM_WINDOW, GGCN_SSIM_WINDOW);
    return GGCN_SUCCESS;
}

static ggcn_status measure_responses(const loaded *samples, const loaded *reference, eval_model *model) {
    const ggcn_spread_set a = {&samples->spread, samples->images}, b = {&reference->spread, reference->images};
    return ggcn_agree(ggcn_trained_response_distances(model->trained, &a, &b, model->distances, &model->total));
}

static ggcn_status measure(const eval_options *options, const eval_network *network, eval_model *model, loaded *samples,
                           loaded *reference, eval_scores *scores) {
    if (network) {
        GGCN_TRY(run_network(network, scores->samples.info.shape, samples));
        scores->has_features = true;
        GGCN_TRY(score_classes(options, network, samples, scores));
        if (scores->has_reference)
            GGCN_TRY(measure_distance(options, network, samples, reference, scores));
    }
    if (model)
        GGCN_TRY(measure_responses(samples, reference, model));
    if (options->paired)
        GGCN_TRY(ggcn_score_pairs(&samples->spread, scores->samples.info.shape, samples->images, reference->images,
                                  &scores->pairs));
    scores->has_pairs = options->paired;
    return GGCN_SUCCESS;
}

ggcn_status eval_measure(const eval_options *options, const eval_network *network, eval_model *model,
                         ggcn_image_set *samples, ggcn_image_set *reference, eval_scores *scores) {
    loaded of_samples = {0}, of_reference = {0};
    scores->has_reference = reference != NULL;
    if (reference)
        GGCN_TRY(ggcn_agree(
            check_sizes(options, ggcn_image_set_describe(samples), ggcn_image_set_describe(reference))));
    if (model)
        GGCN_TRY(ggcn_agree(eval_model_check(model, options->samples, ggcn_image_set_describe(samples)->shape)));
    ggcn_status status = load(samples, &scores->samples, &of_samples);
    if (status == GGCN_SUCCESS && reference)
        status = load(reference, &scores->reference, &of_reference);
    if (status == GGCN_SUCCESS)
        status = measure(options, network, model, &of_samples, &of_reference, scores);
    release(&of_samples);
    release(&of_reference);
    return status;
}
