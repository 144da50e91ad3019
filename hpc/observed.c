/* This rank's share of the observed images. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dataset_file.h"
#include "ggcn/hpc.h"

enum { labels_at_once = 1 << 22, left_out = -1 };

/* Which labels are kept, and their new numbers. */
typedef struct {
    ggcn_dataset *dataset;
    int64_t *renumbered; /* [classes of the file] new label, or left_out */
    int64_t limit;       /* keep at most this many images */
    int64_t first, last; /* of the kept images, those first <= i < last are this rank's */
    int64_t *numbers;    /* [last - first] their numbers in the file */
    uint32_t *labels;    /* [last - first] their new labels */
    int64_t *counts;     /* [classes kept] how many images of each are kept */
} selection;

/* The images that training may see. */
static int64_t training_images(const ggcn_dataset_info *info) {
    return info->count - info->held_out;
}

/* floor(b n/count) without overflow. */
static int64_t share_start(int64_t b, int64_t n, int64_t count) {
    return n / count * b + n % count * b / count;
}

static ggcn_status unknown_class(const ggcn_dataset *dataset, uint32_t wanted) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    char list[1024] = "";
    size_t length = 0;
    for (uint32_t i = 0; i < info->n_classes && length < sizeof list - 1; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%" PRIu32 " %s", i ? ", " : "", i,
                                   info->classes[i]);
    GGCN_FAIL(GGCN_ERROR_CONFIG, "correct data.classes", "%s: class %" PRIu32 " does not exist; there are: %s",
              ggcn_dataset_path(dataset), wanted, list);
}

static ggcn_status prepare(const ggcn_config_data *config, selection *s) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(s->dataset);
    if (config->size > 0 && (info->shape.height != config->size || info->shape.width != config->size))
        GGCN_FAIL(GGCN_ERROR_CONFIG, "correct data.size, or make the file again with ggcn_data import --size",
                  "%s: images of %" PRId64 "x%" PRId64 " pixels, data.size asks for %" PRIu32 "x%" PRIu32,
                  ggcn_dataset_path(s->dataset), info->shape.height, info->shape.width, config->size, config->size);
    const int64_t most = training_images(info);
    s->limit = config->limit > 0 && config->limit < (uint64_t)most ? (int64_t)config->limit : most;
    s->renumbered = malloc(info->n_classes * sizeof *s->renumbered);
    if (!s->renumbered)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " classes", info->n_classes);
    for (uint32_t i = 0; i < info->n_classes; i++)
        s->renumbered[i] = config->classes_count ? left_out : (int64_t)i;
    for (uint32_t i = 0; i < config->classes_count; i++) {
        if (config->classes[i] >= info->n_classes)
            return unknown_class(s->dataset, config->classes[i]);
        s->renumbered[config->classes[i]] = i;
    }
    return GGCN_SUCCESS;
}

/* Goes through the labels of the training part in order and counts the kept images; takes down this rank's, if
 * `numbers` is there. Collective: rank 0 reads and tells the others. */
static ggcn_status scan(const selection *s, int64_t *kept) {
    const int64_t total = training_images(ggcn_dataset_describe(s->dataset));
    const int64_t batch = total < labels_at_once ? total : labels_at_once;
    uint32_t *labels = malloc((size_t)batch * sizeof *labels);
    ggcn_status status = GGCN_SUCCESS;
    if (!labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " labels", batch);
    status = ggcn_agree(status);
    *kept = 0;
    for (int64_t first = 0; status == GGCN_SUCCESS && first < total && *kept < s->limit; first += batch) {
        const int64_t count = total - first < batch ? total - first : batch;
        status = ggcn_dataset_read(s->dataset, first, ggcn_rank() == 0 ? count : 0, NULL, labels);
        if (status == GGCN_SUCCESS)
            status = ggcn_broadcast(labels, (size_t)count * sizeof *labels, 0);
        for (int64_t i = 0; status == GGCN_SUCCESS && i < count && *kept < s->limit; i++) {
            const int64_t label = s->renumbered[labels[i]];
            if (label == left_out)
                continue;
            if (!s->numbers)
                s->counts[label]++;
            else if (*kept >= s->first && *kept < s->last) {
                s->numbers[*kept - s->first] = first + i;
                s->labels[*kept - s->first] = (uint32_t)label;
            }
            (*kept)++;
        }
    }
    free(labels);
    return status;
}

/* Reads images numbers[0 .. count-1], ascending, in ranges of bounded size. */
static ggcn_status read_images(const ggcn_dataset *dataset, const int64_t *numbers, int64_t count, uint8_t *images) {
    const int64_t bytes = ggcn_dataset_image_bytes(ggcn_dataset_describe(dataset));
    const int64_t range = bytes < GGCN_DATASET_BUFFER ? GGCN_DATASET_BUFFER / bytes : 1;
    uint8_t *buffer = NULL;
    ggcn_status status = GGCN_SUCCESS;
    for (int64_t i = 0, end; status == GGCN_SUCCESS && i < count; i = end) {
        for (end = i + 1; end < count && numbers[end] - numbers[i] < range;)
            end++;
        const int64_t span = numbers[end - 1] - numbers[i] + 1;
        if (span == end - i) { /* neighbours in the file as well */
            status = ggcn_dataset_read_local(dataset, numbers[i], span, images + i * bytes, NULL);
            continue;
        }
        if (!buffer && !(buffer = malloc((size_t)(range * bytes))))
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " images", range);
        status = ggcn_dataset_read_local(dataset, numbers[i], span, buffer, NULL);
        for (int64_t j = i; status == GGCN_SUCCESS && j < end; j++)
            memcpy(images + j * bytes, buffer + (numbers[j] - numbers[i]) * bytes, (size_t)bytes);
    }
    free(buffer);
    return status;
}

/* What tells one selection of images from another. */
static uint64_t selection_checksum(const ggcn_dataset_info *info, const ggcn_config_data *config) {
    uint64_t sum = XXH3_64bits_withSeed(&info->checksum, sizeof info->checksum, config->limit);
    if (info->held_out > 0)
        sum = XXH3_64bits_withSeed(&info->held_out, sizeof info->held_out, sum);
    if (config->classes_count > 0)
        sum = XXH3_64bits_withSeed(config->classes, config->classes_count * sizeof *config->classes, sum);
    const float range[] = {config->pixel_min, config->pixel_max};
    return XXH3_64bits_withSeed(range, sizeof range, sum);
}

static ggcn_status check_total(const selection *s, const ggcn_blocks *blocks, const ggcn_observed *o) {
    const char *path = ggcn_dataset_path(s->dataset);
    if (o->total < blocks->count)
        GGCN_FAIL(GGCN_ERROR_CONFIG,
                  "use more images (data.classes, data.limit), or fewer or larger blocks "
                  "(learning.chains, run.block)",
                  "%s: %" PRId64 " images for %" PRId64 " blocks, expected at least one for each", path, o->total,
                  blocks->count);
    return GGCN_SUCCESS;
}

static ggcn_status allocate(selection *s, const ggcn_blocks *blocks, ggcn_observed *o) {
    s->first = share_start(blocks->first, o->total, blocks->count);
    s->last = share_start(blocks->first + blocks->owned, o->total, blocks->count);
    const size_t mine = (size_t)(s->last - s->first);
    const size_t bytes = (size_t)ggcn_dataset_image_bytes(ggcn_dataset_describe(s->dataset));
    o->start = malloc((size_t)(blocks->owned + 1) * sizeof *o->start);
    o->images = mine <= SIZE_MAX / bytes ? malloc(mine * bytes) : NULL;
    o->labels = s->labels = malloc(mine * sizeof *o->labels);
    s->numbers = malloc(mine * sizeof *s->numbers);
    if (!o->start || !o->images || !o->labels || !s->numbers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks on more nodes, or data.limit",
                  "%s: no memory for this rank's %zu images of %zu bytes", ggcn_dataset_path(s->dataset), mine, bytes);
    for (int64_t b = 0; b <= blocks->owned; b++)
        o->start[b] = share_start(blocks->first + b, o->total, blocks->count) - s->first;
    return GGCN_SUCCESS;
}

/* Names of the kept classes in their new order. A line break inside a name becomes a blank. */
static ggcn_status name_classes(const ggcn_dataset_info *info, const ggcn_config_data *config, ggcn_observed *o) {
    size_t length = 1;
    for (uint32_t i = 0; i < o->n_classes; i++)
        length += strlen(info->classes[config->classes_count ? config->classes[i] : i]) + 1;
    char *end = o->classes = malloc(length);
    if (!end)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the names of %" PRIu32 " classes", o->n_classes);
    for (uint32_t i = 0; i < o->n_classes; i++) {
        if (i > 0)
            *end++ = '\n';
        for (const char *from = info->classes[config->classes_count ? config->classes[i] : i]; *from; from++)
            *end++ = *from == '\n' ? ' ' : *from;
    }
    *end = 0;
    return GGCN_SUCCESS;
}

static ggcn_status load(selection *s, const ggcn_config_data *config, const ggcn_blocks *blocks, bool with_images,
                        ggcn_observed *o) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(s->dataset);
    GGCN_TRY(ggcn_agree(prepare(config, s)));
    o->shape = info->shape;
    o->n_classes = config->classes_count ? config->classes_count : info->n_classes;
    o->checksum = selection_checksum(info, config);
    GGCN_TRY(ggcn_agree(name_classes(info, config, o)));
    o->class_counts = s->counts = calloc(o->n_classes, sizeof *o->class_counts);
    GGCN_TRY(ggcn_agree(s->counts ? GGCN_SUCCESS
                                  : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL,
                                               "no memory for %" PRIu32 " classes", o->n_classes)));
    GGCN_TRY(scan(s, &o->total));
    GGCN_TRY(ggcn_agree(check_total(s, blocks, o)));
    if (!with_images)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_agree(allocate(s, blocks, o)));
    int64_t kept;
    GGCN_TRY(scan(s, &kept));
    return ggcn_agree(read_images(s->dataset, s->numbers, s->last - s->first, o->images));
}

static ggcn_status observe(ggcn_dataset *dataset, const ggcn_config_data *config, const ggcn_blocks *blocks,
                           bool with_images, ggcn_observed **observed) {
    selection s = {.dataset = dataset};
    ggcn_status status = GGCN_SUCCESS;
    *observed = calloc(1, sizeof **observed);
    if (!*observed)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the observed images");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = load(&s, config, blocks, with_images, *observed);
    free(s.renumbered);
    free(s.numbers);
    if (status != GGCN_SUCCESS)
        ggcn_observed_destroy(observed);
    return status;
}

ggcn_status ggcn_observed_load(ggcn_dataset *dataset, const ggcn_config_data *config, const ggcn_blocks *blocks,
                               ggcn_observed **observed) {
    return observe(dataset, config, blocks, true, observed);
}

ggcn_status ggcn_observed_select(ggcn_dataset *dataset, const ggcn_config_data *config, const ggcn_blocks *blocks,
                                 ggcn_observed **observed) {
    return observe(dataset, config, blocks, false, observed);
}

void ggcn_observed_destroy(ggcn_observed **observed) {
    if (!*observed)
        return;
    free((*observed)->start);
    free((*observed)->images);
    free((*observed)->labels);
    free((*observed)->class_counts);
    free((*observed)->classes);
    free(*observed);
    *observed = NULL;
}
