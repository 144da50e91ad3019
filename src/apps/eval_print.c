#include <inttypes.h>

#include "eval_images.h"
#include "eval_report.h"
#include "options.h"

static void print_set(const char *title, const eval_set *set) {
    const ggcn_shape s = set->info.shape;
    app_print("%-10s %s: %" PRId64 " images of %" PRId64 "x%" PRId64 "x%" PRId64 ", %s", title, set->info.path,
              set->info.count, s.channels, s.height, s.width, set->info.kind);
    if (set->part)
        app_print(" (%s)", set->part);
    app_print(", digest %016" PRIx64 "\n", set->digest);
}

static void print_network(const eval_network *n) {
    const ggcn_shape input = ggcn_feature_network_input(n->compiled);
    app_print("network    %s: digest %016" PRIx64 ", %" PRId64 " features of %s", n->path, n->digest,
              ggcn_feature_network_features(n->compiled), n->features);
    if (n->logits[0])
        app_print(", %" PRId64 " classes of %s", ggcn_feature_network_classes(n->compiled), n->logits);
    app_print(", images resized to %" PRId64 "x%" PRId64 " (%s)\n", input.height, input.width,
              ggcn_feature_network_resize(n->compiled));
}

static void print_model(const eval_model *m) {
    app_print("model      %s: %s, iteration %" PRIu64 ", digest %016" PRIx64 ", network %s\n", m->info->checkpoint,
              ggcn_model_name(m->info->config->model), m->info->iteration, m->info->digest_parameters, m->network);
}

static void print_responses(const eval_model *m) {
    app_print("response distance  %12.6g   of the features that theta weighs\n", m->total);
    for (size_t i = 0; i < m->layers; i++)
        app_print("  %-16s %12.6g\n", eval_model_layer(m, i), m->distances[i]);
}

static void print_classes(const eval_network *n, const eval_scores *scores) {
    app_print("most samples look like");
    for (int i = 0; i < scores->top_classes; i++) {
        const int64_t k = scores->top[i];
        app_print(i == 0 ? " " : ", ");
        if (k < n->about.n_classes)
            app_print("%s", n->about.classes[k]);
        else
            app_print("class %" PRId64, k);
        app_print(" (%" PRId64 ")", scores->top_count[i]);
    }
    app_print("\n");
}

void eval_print(const eval_options *options, const eval_network *network, const eval_model *model,
                const eval_scores *scores) {
    print_set("samples", &scores->samples);
    if (scores->has_reference)
        print_set("reference", &scores->reference);
    if (scores->has_features)
        print_network(network);
    if (model)
        print_model(model);
    app_print("\n");
    if (model)
        print_responses(model);
    if (scores->has_inception)
        app_print("inception score    %12.6g +- %.3g over %" PRId64 " splits\n", scores->inception.mean,
                  scores->inception.deviation, scores->inception.splits);
    if (scores->has_frechet)
        app_print("Frechet distance   %12.6g%s%s\n", scores->frechet, scores->cached ? "   reference from " : "",
                  scores->cached ? options->cache : "");
    if (scores->has_pairs) {
        app_print("MSE                %12.6g   of pixels from 0 to 1\n", scores->pairs.mse);
        app_print("PSNR               %12.6g dB", scores->pairs.psnr);
        if (scores->pairs.identical > 0)
            app_print("   %" PRId64 " pairs are identical", scores->pairs.identical);
        app_print("\nSSIM               %12.6g\n", scores->pairs.ssim);
    }
    if (scores->top_classes > 0)
        print_classes(network, scores);
    if (scores->has_features && !scores->has_inception)
        app_print("note: the network has no class scores, so there is no inception score\n");
    if (scores->has_frechet) {
        const int64_t features = ggcn_feature_network_features(network->compiled);
        eval_print_rank("samples", scores->samples.info.count, features);
        eval_print_rank("reference images", scores->reference.info.count, features);
    }
}
