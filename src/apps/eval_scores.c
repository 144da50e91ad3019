#include "eval_scores.h"

#include <inttypes.h>
#include <stdlib.h>

#include "eval_images.h"
#include "ggcn/hpc.h"
#include "ggcn/statistics_file.h"

/* --- class scores ------------------------------------------------------------------------------------------------- */

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

static ggcn_status score_classes(const eval_options *options, const eval_network *network, const eval_images *l,
                                 eval_scores *scores) {
    const int64_t classes = ggcn_feature_network_classes(network->compiled);
    if (classes == 0)
        return GGCN_SUCCESS;
    double *counts = malloc((size_t)classes * sizeof *counts);
    GGCN_TRY(ggcn_agree(counts ? GGCN_SUCCESS
                               : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL,
                                            "no memory for %" PRId64 " classes", classes)));
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

/* --- Frechet distance --------------------------------------------------------------------------------------------- */

/* From the cache, or computed and put there. */
static ggcn_status reference_statistics(const eval_options *options, const eval_network *network,
                                        eval_images *reference, eval_scores *scores,
                                        ggcn_feature_statistics *statistics) {
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
    GGCN_TRY(eval_images_features(network, reference));
    GGCN_TRY(eval_images_statistics(reference, statistics));
    return options->cache ? ggcn_statistics_write(options->cache, &key, statistics) : GGCN_SUCCESS;
}

static ggcn_status measure_distance(const eval_options *options, const eval_network *network,
                                    const eval_images *samples, eval_images *reference, eval_scores *scores) {
    const int64_t features = ggcn_feature_network_features(network->compiled);
    ggcn_feature_statistics of_samples = {0}, of_reference = {0};
    ggcn_status status = ggcn_feature_statistics_create(features, &of_samples);
    if (status == GGCN_SUCCESS)
        status = ggcn_feature_statistics_create(features, &of_reference);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = eval_images_statistics(samples, &of_samples);
    if (status == GGCN_SUCCESS)
        status = reference_statistics(options, network, reference, scores, &of_reference);
    if (status == GGCN_SUCCESS)
        status = eval_frechet(&of_samples, &of_reference, &scores->frechet);
    scores->has_frechet = status == GGCN_SUCCESS;
    ggcn_feature_statistics_clear(&of_samples);
    ggcn_feature_statistics_clear(&of_reference);
    return status;
}

static ggcn_status load(ggcn_image_set *set, eval_set *about, eval_images *images) {
    about->info = *ggcn_image_set_describe(set);
    return eval_images_load(set, images, &about->digest);
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

static ggcn_status check_sizes(const eval_options *options, const ggcn_image_set_info *a,
                               const ggcn_image_set_info *b) {
    if (a->shape.channels != b->shape.channels || a->shape.height != b->shape.height ||
        a->shape.width != b->shape.width)
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

static ggcn_status measure_responses(const eval_images *samples, const eval_images *reference, eval_model *model) {
    const ggcn_spread_set a = {&samples->spread, samples->images}, b = {&reference->spread, reference->images};
    return ggcn_agree(ggcn_trained_response_distances(model->trained, &a, &b, model->distances, &model->total));
}

static ggcn_status measure(const eval_options *options, const eval_network *network, eval_model *model,
                           eval_images *samples, eval_images *reference, eval_scores *scores) {
    if (network) {
        GGCN_TRY(eval_images_features(network, samples));
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
    eval_images of_samples = {0}, of_reference = {0};
    scores->has_reference = reference != NULL;
    if (reference)
        GGCN_TRY(
            ggcn_agree(check_sizes(options, ggcn_image_set_describe(samples), ggcn_image_set_describe(reference))));
    if (model)
        GGCN_TRY(ggcn_agree(eval_model_check(model, options->samples, ggcn_image_set_describe(samples)->shape)));
    ggcn_status status = load(samples, &scores->samples, &of_samples);
    if (status == GGCN_SUCCESS && reference)
        status = load(reference, &scores->reference, &of_reference);
    if (status == GGCN_SUCCESS)
        status = measure(options, network, model, &of_samples, &of_reference, scores);
    eval_images_clear(&of_samples);
    eval_images_clear(&of_reference);
    return status;
}
