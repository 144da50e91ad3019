#include "model_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/blocks.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"

void model_rows_of_rank(const ggcn_trained_info *info, int64_t count, int64_t *first, int64_t *local) {
    const int64_t block = info->config->run.block;
    int64_t begin, owned;
    ggcn_blocks_of_rank((count + block - 1) / block, ggcn_rank(), &begin, &owned);
    const int64_t end = (begin + owned) * block;
    *first = begin * block < count ? begin * block : count;
    *local = (end < count ? end : count) - *first;
}

ggcn_array model_rows_array(int64_t count, int64_t first, int64_t local, size_t elements, void *data) {
    return (ggcn_array){.path = "images",
                        .type = GGCN_F32,
                        .rank = 2,
                        .dims = {count, (int64_t)elements},
                        .distributed = true,
                        .first = first,
                        .count = local,
                        .chunk = 1,
                        .data = data};
}

ggcn_status model_rows_share(const ggcn_array *array, void *all) {
    const size_t row = ggcn_array_row(array) * ggcn_type_bytes(array->type), mine = (size_t)array->count * row;
    ggcn_array copy = *array; /* MPI wants its two buffers apart, and this rank's rows may lie in `all` */
    copy.data = malloc(mine + 1);
    GGCN_TRY(ggcn_agree(
        copy.data ? GGCN_SUCCESS
                  : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %zu bytes", mine)));
    memcpy(copy.data, array->data, mine);
    const ggcn_status status = ggcn_gather_rows(&copy, array->dims[0], all);
    free(copy.data);
    GGCN_TRY(status);
    return ggcn_broadcast(all, (size_t)array->dims[0] * row, 0);
}

ggcn_status model_write_picture(const ggcn_trained_info *info, const char *path, const float *images, int64_t count,
                                int64_t columns) {
    const ggcn_config_data *d = &info->config->data;
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() == 0)
        status = ggcn_write_grid(path, images, count, info->image, columns, d->pixel_min, d->pixel_max,
                                 info->image.height < 64 ? 64 / info->image.height : 1);
    return ggcn_agree(status);
}

void model_picture_path(const char *given, const char *file, char *path, size_t size) {
    if (given)
        snprintf(path, size, "%s", given);
    else
        snprintf(path, size, "%.*s.png", (int)(strlen(file) - strlen(".h5")), file);
}
