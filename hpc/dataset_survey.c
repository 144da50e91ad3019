/* What reading every image of a data set tells: its checksum, its statistics, images that repeat others. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

#include "dataset_file.h"
#include "digest.h"
#include "ggcn/hpc.h"
#include "ranks.h"

/* What is done with each of this rank's images. */
typedef void (*visitor)(void *context, int64_t number, const uint8_t *image, uint32_t label);

/* This rank's share of the images, in order. */
static ggcn_status visit_share(const ggcn_dataset *dataset, int64_t first, int64_t count, visitor visit,
                               void *context) {
    const int64_t bytes = ggcn_dataset_image_bytes(ggcn_dataset_describe(dataset));
    const int64_t fitting = bytes < GGCN_DATASET_BUFFER ? GGCN_DATASET_BUFFER / bytes : 1;
    const int64_t batch = fitting < count ? fitting : count;
    uint8_t *images = malloc((size_t)(batch * bytes) + 1);
    uint32_t *labels = malloc((size_t)(batch + 1) * sizeof *labels);
    ggcn_status status = GGCN_SUCCESS;
    if (!images || !labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " images", batch);
    for (int64_t done = 0; status == GGCN_SUCCESS && done < count; done += batch) {
        const int64_t part = count - done < batch ? count - done : batch;
        status = ggcn_dataset_read_local(dataset, first + done, part, images, labels);
        for (int64_t i = 0; status == GGCN_SUCCESS && i < part; i++)
            visit(context, first + done + i, images + i * bytes, labels[i]);
    }
    free(images);
    free(labels);
    return status;
}

/* Collective. @param memory whether this rank has the memory that `context` points to */
static ggcn_status visit_images(const ggcn_dataset *dataset, bool memory, visitor visit, void *context) {
    int64_t first, count;
    ggcn_blocks_of_rank(ggcn_dataset_describe(dataset)->count, ggcn_rank(), &first, &count);
    ggcn_status status = GGCN_SUCCESS;
    if (!memory)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to go through %" PRId64 " images",
                            count);
    else
        status = visit_share(dataset, first, count, visit, context);
    return ggcn_agree(status);
}

static int64_t images_of_this_rank(const ggcn_dataset *dataset) {
    int64_t first, count;
    ggcn_blocks_of_rank(ggcn_dataset_describe(dataset)->count, ggcn_rank(), &first, &count);
    return count;
}

/* --- checksum and statistics -------------------------------------------------------------------------------------- */

/* Whole numbers, so that their sums do not depend on the ranks. */
typedef struct {
    const ggcn_dataset_info *info;
    uint64_t *hashes; /* of this rank's images */
    int64_t visited;
    uint64_t *
        sums; /* [channels][2] of bytes and their squares, then [classes][2] images in training and held out; or NULL */
} tally;

static void hash_image(void *context, int64_t number, const uint8_t *image, uint32_t label) {
    (void)number;
    tally *t = context;
    t->hashes[t->visited++] = ggcn_dataset_image_hash(image, ggcn_dataset_image_bytes(t->info), label);
}

static void count_image(void *context, int64_t number, const uint8_t *image, uint32_t label) {
    tally *t = context;
    hash_image(context, number, image, label);
    const int64_t channels = t->info->shape.channels, plane = t->info->shape.height * t->info->shape.width;
    for (int64_t c = 0; c < channels; c++) {
        uint64_t sum = 0, squares = 0;
        for (int64_t i = 0; i < plane; i++) {
            const uint64_t value = image[c * plane + i];
            sum += value;
            squares += value * value;
        }
        t->sums[2 * c] += sum;
        t->sums[2 * c + 1] += squares;
    }
    const bool held_out = number >= t->info->count - t->info->held_out;
    t->sums[2 * channels + 2 * (int64_t)label + held_out]++;
}

/* Collective: element-wise sums over the ranks, on every rank. */
static ggcn_status add_over_ranks(uint64_t *values, int64_t count) {
    uint64_t *all;
    int64_t total;
    GGCN_TRY(ggcn_gather_u64(values, count, &all, &total));
    for (int64_t i = count; ggcn_rank() == 0 && i < total; i++)
        all[i % count] += all[i];
    for (int64_t i = 0; ggcn_rank() == 0 && i < count; i++)
        values[i] = all[i];
    free(all);
    return ggcn_broadcast(values, (size_t)count * sizeof *values, 0);
}

static void finish_survey(const ggcn_dataset_info *info, const uint64_t *sums, ggcn_dataset_survey *survey) {
    const int64_t channels = info->shape.channels;
    const double values = (double)info->count * (double)(info->shape.height * info->shape.width);
    for (int64_t c = 0; c < channels; c++) {
        survey->mean[c] = (double)sums[2 * c] / values;
        survey->deviation[c] = sqrt(fmax((double)sums[2 * c + 1] / values - survey->mean[c] * survey->mean[c], 0.0));
    }
    for (int64_t i = 0; i < info->n_classes; i++) {
        survey->training[i] = (int64_t)sums[2 * (channels + i)];
        survey->held_out[i] = (int64_t)sums[2 * (channels + i) + 1];
    }
}

ggcn_status ggcn_dataset_survey_images(ggcn_dataset *dataset, ggcn_dataset_survey *survey) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    const int64_t count = images_of_this_rank(dataset), channels = info->shape.channels;
    const int64_t n_sums = 2 * (channels + (int64_t)info->n_classes);
    tally t = {.info = info,
               .hashes = malloc((size_t)(count + 1) * sizeof *t.hashes),
               .sums = calloc((size_t)n_sums, sizeof *t.sums)};
    *survey = (ggcn_dataset_survey){.training = calloc(info->n_classes, sizeof *survey->training),
                                    .held_out = calloc(info->n_classes, sizeof *survey->held_out),
                                    .mean = calloc((size_t)channels, sizeof *survey->mean),
                                    .deviation = calloc((size_t)channels, sizeof *survey->deviation)};
    const bool memory = t.hashes && t.sums && survey->training && survey->held_out && survey->mean && survey->deviation;
    ggcn_status status = visit_images(dataset, memory, count_image, &t);
    if (status == GGCN_SUCCESS)
        status = ggcn_digest_over_ranks(t.hashes, count, &survey->checksum);
    if (status == GGCN_SUCCESS)
        status = add_over_ranks(t.sums, n_sums);
    if (status == GGCN_SUCCESS)
        finish_survey(info, t.sums, survey);
    else
        ggcn_dataset_survey_clear(survey);
    free(t.hashes);
    free(t.sums);
    return status;
}

void ggcn_dataset_survey_clear(ggcn_dataset_survey *survey) {
    free(survey->training);
    free(survey->held_out);
    free(survey->mean);
    free(survey->deviation);
    *survey = (ggcn_dataset_survey){0};
}

ggcn_status ggcn_dataset_compare_checksum(const ggcn_dataset *dataset, uint64_t checksum) {
    const uint64_t stored = ggcn_dataset_describe(dataset)->checksum;
    ggcn_status status = GGCN_SUCCESS;
    if (checksum != stored)
        status = ggcn_raise(GGCN_ERROR_FORMAT, __FILE__, __LINE__, "make the file again with ggcn_data import",
                            "%s: the images have the checksum %016" PRIx64 ", the file says %016" PRIx64,
                            ggcn_dataset_path(dataset), checksum, stored);
    return ggcn_agree(status);
}

ggcn_status ggcn_dataset_verify(ggcn_dataset *dataset) {
    const int64_t count = images_of_this_rank(dataset);
    tally t = {.info = ggcn_dataset_describe(dataset), .hashes = malloc((size_t)(count + 1) * sizeof *t.hashes)};
    uint64_t checksum = 0;
    ggcn_status status = visit_images(dataset, t.hashes != NULL, hash_image, &t);
    if (status == GGCN_SUCCESS)
        status = ggcn_digest_over_ranks(t.hashes, count, &checksum);
    free(t.hashes);
    return status == GGCN_SUCCESS ? ggcn_dataset_compare_checksum(dataset, checksum) : ggcn_agree(status);
}

/* --- repeats ------------------------------------------------------------------------------------------------------ */

typedef struct {
    size_t bytes;    /* of an image */
    uint64_t *words; /* [2] of each of this rank's images, in order */
} fingerprints;

static void take_fingerprint(void *context, int64_t number, const uint8_t *image, uint32_t label) {
    (void)number, (void)label;
    fingerprints *f = context;
    const XXH128_hash_t hash = XXH3_128bits(image, f->bytes);
    *f->words++ = hash.high64;
    *f->words++ = hash.low64;
}

typedef struct {
    uint64_t high, low;
    int64_t number;
} entry;

static int compare(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* @param words [count][2] */
static ggcn_status match(const uint64_t *words, int64_t count, int64_t **first) {
    entry *entries = malloc((size_t)count * sizeof *entries);
    *first = malloc((size_t)count * sizeof **first);
    if (!entries || !*first) {
        free(entries);
        free(*first);
        *first = NULL;
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to compare %" PRId64 " images", count);
    }
    for (int64_t i = 0; i < count; i++)
        entries[i] = (entry){words[2 * i], words[2 * i + 1], i};
    qsort(entries, (size_t)count, sizeof *entries, compare);
    for (int64_t i = 0, group = 0; i < count; i++) {
        if (entries[i].high != entries[group].high || entries[i].low != entries[group].low)
            group = i;
        (*first)[entries[i].number] = entries[group].number;
    }
    free(entries);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_dataset_find_repeats(ggcn_dataset *dataset, int64_t **first) {
    *first = NULL;
    const int64_t count = images_of_this_rank(dataset);
    uint64_t *mine = malloc((size_t)(count + 1) * 2 * sizeof *mine), *all = NULL;
    fingerprints f = {(size_t)ggcn_dataset_image_bytes(ggcn_dataset_describe(dataset)), mine};
    int64_t total = 0;
    ggcn_status status = visit_images(dataset, mine != NULL, take_fingerprint, &f);
    if (status == GGCN_SUCCESS)
        status = ggcn_gather_u64(mine, 2 * count, &all, &total);
    free(mine);
    if (status == GGCN_SUCCESS && ggcn_rank() == 0)
        status = match(all, total / 2, first);
    free(all);
    status = ggcn_agree(status);
    if (status != GGCN_SUCCESS) {
        free(*first);
        *first = NULL;
    }
    return status;
}
