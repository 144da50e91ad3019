#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval_report.h"

/* JSON has no infinity; null stands for it. */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *digest(uint64_t value) {
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, value);
    return json_string(text);
}

static json_t *set_of(const eval_set *set) {
    const ggcn_shape s = set->info.shape;
    return json_pack("{s:s, s:s, s:s?, s:I, s:[I,I,I], s:o}", "file", set->info.path, "kind", set->info.kind, "part",
                     set->part, "images", (json_int_t)set->info.count, "shape", (json_int_t)s.channels,
                     (json_int_t)s.height, (json_int_t)s.width, "digest", digest(set->digest));
}

static json_t *network_of(const eval_network *n) {
    const ggcn_shape s = ggcn_feature_network_input(n->compiled);
    return json_pack("{s:s, s:o, s:o, s:s, s:I, s:s?, s:I, s:s, s:[I,I,I], s:s}", "file", n->path, "digest",
                     digest(n->digest), "layers_digest", digest(n->layers_digest), "features_layer", n->features,
                     "features", (json_int_t)ggcn_feature_network_features(n->compiled), "logits_layer",
                     n->logits[0] ? n->logits : NULL, "classes", (json_int_t)ggcn_feature_network_classes(n->compiled),
                     "resize", ggcn_feature_network_resize(n->compiled), "input", (json_int_t)s.channels,
                     (json_int_t)s.height, (json_int_t)s.width, "description", n->about.description);
}

static json_t *classes_of(const eval_network *n, const eval_scores *scores) {
    json_t *list = json_array();
    for (int i = 0; list && i < scores->top_classes; i++) {
        const int64_t k = scores->top[i];
        json_array_append_new(list, json_pack("{s:I, s:s?, s:I}", "class", (json_int_t)k, "name",
                                              k < n->about.n_classes ? n->about.classes[k] : NULL, "samples",
                                              (json_int_t)scores->top_count[i]));
    }
    return list;
}

static void put_scores(const eval_network *n, const eval_scores *s, json_t *root) {
    if (s->has_inception)
        json_object_set_new(root, "inception_score",
                            json_pack("{s:o, s:o, s:I}", "mean", number(s->inception.mean), "deviation",
                                      number(s->inception.deviation), "splits", (json_int_t)s->inception.splits));
    if (s->has_frechet) {
        const int64_t features = ggcn_feature_network_features(n->compiled);
        json_object_set_new(root, "frechet_distance",
                            json_pack("{s:o, s:b, s:b, s:b}", "value", number(s->frechet), "samples_full_rank_possible",
                                      s->samples.info.count > features, "reference_full_rank_possible",
                                      s->reference.info.count > features, "reference_from_cache", s->cached));
    }
    if (s->has_pairs)
        json_object_set_new(root, "pairs",
                            json_pack("{s:o, s:o, s:o, s:I}", "mse", number(s->pairs.mse), "psnr",
                                      number(s->pairs.psnr), "ssim", number(s->pairs.ssim), "identical",
                                      (json_int_t)s->pairs.identical));
    if (s->top_classes > 0)
        json_object_set_new(root, "top_classes", classes_of(n, s));
}

static json_t *model_of(const eval_model *m) {
    const ggcn_trained_info *i = m->info;
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:[I,I,I]}", "checkpoint", i->checkpoint, "model",
                     ggcn_model_name(i->config->model), "network", m->network, "iteration", (json_int_t)i->iteration,
                     "digest_parameters", digest(i->digest_parameters), "image", (json_int_t)i->image.channels,
                     (json_int_t)i->image.height, (json_int_t)i->image.width);
}

static json_t *responses_of(const eval_model *m) {
    json_t *layers = json_array();
    for (size_t i = 0; layers && i < m->layers; i++)
        json_array_append_new(
            layers, json_pack("{s:s, s:o}", "layer", eval_model_layer(m, i), "value", number(m->distances[i])));
    return json_pack("{s:o, s:o}", "layers", layers, "total", number(m->total));
}

ggcn_status eval_json(const eval_network *network, const eval_model *model, const eval_scores *scores, char **text) {
    json_t *root = json_object();
    json_object_set_new(root, "samples", set_of(&scores->samples));
    if (scores->has_reference)
        json_object_set_new(root, "reference", set_of(&scores->reference));
    if (scores->has_features)
        json_object_set_new(root, "network", network_of(network));
    if (model) {
        json_object_set_new(root, "model", model_of(model));
        json_object_set_new(root, "response_distance", responses_of(model));
    }
    put_scores(network, scores, root);
    *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(root);
    if (!*text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the evaluation as JSON");
    return GGCN_SUCCESS;
}
