#include "data_images.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"

/* --- which images ------------------------------------------------------------------------------------------------- */

/* The model's class for a label of the file, -1 if it has none. */
static int64_t class_of(const ggcn_trained_info *info, const ggcn_dataset_info *data, uint32_t label) {
    const ggcn_config_data *c = &info->config->data;
    if (info->n_classes > 1 && info->classes) {
        for (uint32_t i = 0; i < info->n_classes; i++)
            if (strcmp(info->classes[i], data->classes[label]) == 0)
                return i;
        return -1;
    }
    if (c->classes_count == 0)
        return info->n_classes == 1 ? 0 : label < info->n_classes ? (int64_t)label : -1;
    for (uint32_t i = 0; i < c->classes_count; i++)
        if (c->classes[i] == label)
            return info->n_classes == 1 ? 0 : i;
    return -1;
}

static ggcn_status check(const char *path, const ggcn_trained_info *info, const ggcn_dataset_info *data,
                         ggcn_set_part part) {
    const ggcn_shape m = info->image, d = data->shape;
    if (m.channels != d.channels || m.height != d.height || m.width != d.width)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "make the data set again with ggcn_data import, --size and --grey as in the run's",
                  "%s: images of %" PRId64 "x%" PRId64 "x%" PRId64 ", the model's are %" PRId64 "x%" PRId64 "x%" PRId64
                  " (channels, height, width)",
                  path, d.channels, d.height, d.width, m.channels, m.height, m.width);
    if (part == GGCN_PART_HELD_OUT && data->held_out == 0)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "take the images to learn from, or import with --split",
                  "%s: no images are held out", path);
    return GGCN_SUCCESS;
}

static ggcn_status choose(data_images *d, const char *path, int64_t first, int64_t count, uint32_t *labels) {
    const ggcn_dataset_info *data = ggcn_dataset_describe(d->dataset);
    d->numbers = malloc((size_t)count * sizeof *d->numbers);
    d->labels = labels; /* overwritten from the front */
    if (!d->numbers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " labels", count);
    for (int64_t i = 0; i < count; i++) {
        const int64_t class = class_of(d->info, data, labels[i]);
        if (class < 0)
            continue;
        d->numbers[d->count] = first + i;
        d->labels[d->count++] = (uint32_t) class;
    }
    if (d->count == 0)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "use a data set with the classes of the run",
                  "%s: no image is of a class of the model", path);
    return GGCN_SUCCESS;
}

static ggcn_status open_images(const char *path, const ggcn_set_part *chosen, data_images *d) {
    GGCN_TRY(ggcn_dataset_open(path, &d->dataset));
    const ggcn_dataset_info *data = ggcn_dataset_describe(d->dataset);
    const ggcn_set_part part = chosen ? *chosen : data->held_out > 0 ? GGCN_PART_HELD_OUT : GGCN_PART_TRAINING;
    GGCN_TRY(ggcn_agree(check(path, d->info, data, part)));
    const int64_t training = data->count - data->held_out;
    const int64_t first = part == GGCN_PART_HELD_OUT ? training : 0;
    const int64_t count = (part == GGCN_PART_TRAINING ? training : data->count) - first;
    uint32_t *labels = malloc((size_t)count * sizeof *labels);
    GGCN_TRY(ggcn_agree(
        labels ? GGCN_SUCCESS
               : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " labels", count)));
    ggcn_status status = ggcn_dataset_read(d->dataset, first, count, NULL, labels);
    if (status != GGCN_SUCCESS) {
        free(labels);
        return status;
    }
    return ggcn_agree(choose(d, path, first, count, labels));
}

ggcn_status data_images_open(const char *path, const ggcn_trained_info *info, const ggcn_set_part *part,
                             data_images *images) {
    *images = (data_images){.info = info};
    const ggcn_status status = open_images(path, part, images);
    if (status != GGCN_SUCCESS)
        data_images_close(images);
    return status;
}

void data_images_close(data_images *images) {
    ggcn_dataset_close(&images->dataset);
    free(images->numbers);
    free(images->labels);
    *images = (data_images){0};
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

ggcn_status data_images_read(const data_images *d, int64_t count, const int64_t *places, float *x) {
    const ggcn_shape s = d->info->image;
    const size_t elements = (size_t)(s.channels * s.height * s.width);
    const float low = d->info->config->data.pixel_min, scale = (d->info->config->data.pixel_max - low) / 255.0f;
    double rounds = (double)count; /* the same on all ranks, since reading is collective */
    GGCN_TRY(ggcn_max_over_ranks(&rounds, 1));
    uint8_t *bytes = malloc(elements);
    ggcn_status status = GGCN_SUCCESS;
    if (!bytes)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for an image");
    status = ggcn_agree(status);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < (int64_t)rounds; i++) {
        status = ggcn_dataset_read(d->dataset, i < count ? d->numbers[places[i]] : 0, i < count ? 1 : 0, bytes, NULL);
        for (size_t k = 0; status == GGCN_SUCCESS && i < count && k < elements; k++)
            x[(size_t)i * elements + k] = scale * (float)bytes[k] + low;
    }
    free(bytes);
    return status;
}

/* The place of the image that u chooses among those of a class; -1 if there are none. */
static int64_t place_of(const data_images *d, double u, uint32_t class) {
    int64_t members = 0;
    for (int64_t i = 0; i < d->count; i++)
        members += d->labels[i] == class;
    int64_t left = (int64_t)(u * (double)members);
    left = left < members ? left : members - 1;
    for (int64_t i = 0; i < d->count; i++)
        if (d->labels[i] == class && left-- == 0)
            return i;
    return -1;
}

static ggcn_status draw_places(const data_images *d, const char *path, int64_t count, const double *u,
                               const uint32_t *labels, int64_t *places) {
    for (int64_t i = 0; i < count; i++) {
        places[i] = place_of(d, u[i], labels[i]);
        if (places[i] < 0)
            GGCN_FAIL(GGCN_ERROR_CONFIG, "use a data set with the classes of the run",
                      "%s: no image is of class %u of the model", path, labels[i]);
    }
    return GGCN_SUCCESS;
}

ggcn_status data_images_draw(const char *path, const ggcn_trained_info *info, int64_t count, const double *u,
                             const uint32_t *labels, float *x) {
    data_images images;
    const ggcn_set_part part = GGCN_PART_TRAINING;
    GGCN_TRY(data_images_open(path, info, &part, &images));
    int64_t *places = malloc((size_t)count * sizeof *places + 1);
    ggcn_status status = GGCN_SUCCESS;
    if (places)
        status = draw_places(&images, path, count, u, labels, places);
    else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " images", count);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = data_images_read(&images, count, places, x);
    free(places);
    data_images_close(&images);
    return status;
}
