#include "report_chains_picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ggcn/hpc.h"
#include "ggcn/image.h"
#include "report_settings.h"

/* A number of the configuration, or the default of a run that has no such key. */
static double setting(const report_settings *settings, const char *key, double otherwise) {
    const char *text = report_settings_find(settings, key);
    return text ? strtod(text, NULL) : otherwise;
}

/* On rank 0. */
static ggcn_status encode(const ggcn_checkpoint_info *info, const report_settings *settings, const float *images,
                          int64_t count, report_pictures *pictures) {
    char *bytes = NULL, name[64];
    size_t size;
    FILE *stream = open_memstream(&bytes, &size);
    if (!stream)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a picture");
    const int64_t zoom = info->image.height < 64 ? 64 / info->image.height : 1;
    ggcn_status status = ggcn_put_grid(
        stream, info->path, images, count, info->image, (int64_t)setting(settings, "output.grid_columns", 10),
        (float)setting(settings, "data.pixel_min", -1), (float)setting(settings, "data.pixel_max", 1), zoom);
    if (fclose(stream) != 0 && status == GGCN_SUCCESS)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a picture");
    if (status != GGCN_SUCCESS) {
        free(bytes);
        return status;
    }
    snprintf(name, sizeof name, "checkpoints/%08" PRIu64 ".h5", info->iteration);
    return report_pictures_add(pictures, name, info->iteration, (uint8_t *)bytes, size);
}

ggcn_status report_chains_picture(const ggcn_checkpoint_info *info, report_pictures *pictures) {
    report_settings settings;
    GGCN_TRY(ggcn_agree(report_settings_read(info->path, info->configuration, &settings)));
    const int64_t asked = (int64_t)setting(&settings, "output.grid_count", 100);
    const int64_t wanted = ggcn_rank() != 0 ? 0 : asked < info->chains ? asked : info->chains;
    const size_t elements = (size_t)(info->image.channels * info->image.height * info->image.width);
    float *images = malloc(((size_t)wanted * elements + 1) * sizeof *images);
    ggcn_status status = ggcn_agree(
        images ? GGCN_SUCCESS : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a picture"));
    const ggcn_array rows = {.path = "chains/x",
                             .type = GGCN_F32,
                             .rank = 4,
                             .dims = {info->chains, info->image.channels, info->image.height, info->image.width},
                             .distributed = true,
                             .first = 0,
                             .count = wanted,
                             .data = images};
    if (status == GGCN_SUCCESS)
        status = ggcn_checkpoint_load_rows(info->path, &rows);
    if (status == GGCN_SUCCESS)
        status = ggcn_agree(ggcn_rank() == 0 ? encode(info, &settings, images, wanted, pictures) : GGCN_SUCCESS);
    free(images);
    report_settings_clear(&settings);
    return status;
}
