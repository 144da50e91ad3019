#include "data_import_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data_progress.h"
#include "data_rounds.h"
#include "ggcn/hpc.h"

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Without a size from the outside, all images have that of the first. */
static ggcn_status settle_shape(ggcn_image_source *source, const import_plan *plan, import_changes *changes) {
    if (changes->shape.height > 0)
        return GGCN_SUCCESS;
    import_workspace workspace = {0};
    const ggcn_picture *first;
    const ggcn_status status = import_changes_apply(changes, source, import_plan_number(plan, 0), &workspace, &first);
    if (status == GGCN_SUCCESS)
        changes->shape = first->shape;
    import_workspace_clear(&workspace);
    return status;
}

static ggcn_status decode(ggcn_image_source *source, const import_plan *plan, const import_changes *changes,
                          int64_t first, int64_t count, import_workspace *workspace, uint8_t *images,
                          uint32_t *labels) {
    const size_t bytes = (size_t)(changes->shape.channels * changes->shape.height * changes->shape.width);
    for (int64_t i = 0; i < count; i++) {
        const ggcn_picture *picture;
        GGCN_TRY(import_changes_apply(changes, source, import_plan_number(plan, first + i), workspace, &picture));
        memcpy(images + (size_t)i * bytes, picture->pixels, bytes);
        labels[i] = import_plan_label(plan, first + i);
    }
    return GGCN_SUCCESS;
}

static ggcn_status write_rounds(ggcn_image_source *source, const import_plan *plan, const import_changes *changes,
                                ggcn_dataset_writer *writer, data_progress *progress) {
    const int64_t total = import_plan_count(plan);
    const int64_t bytes = changes->shape.channels * changes->shape.height * changes->shape.width;
    const int64_t piece = data_images_of_piece(total, bytes), step = piece * ggcn_ranks();
    uint8_t *images = malloc((size_t)(piece * bytes));
    uint32_t *labels = malloc((size_t)piece * sizeof *labels);
    import_workspace workspace = {0};
    ggcn_status status = GGCN_SUCCESS;
    if (!images || !labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " images", piece);
    status = ggcn_agree(status);
    for (int64_t start = 0; status == GGCN_SUCCESS && start < total; start += step) {
        const int64_t first = smaller(start + ggcn_rank() * piece, total), count = smaller(piece, total - first);
        status = ggcn_agree(decode(source, plan, changes, first, count, &workspace, images, labels));
        if (status == GGCN_SUCCESS)
            status = ggcn_dataset_write(writer, count ? first : 0, count, images, labels);
        data_progress_show(progress, smaller(start + step, total));
    }
    free(images);
    free(labels);
    import_workspace_clear(&workspace);
    return status;
}

ggcn_status import_write(const char *out, char *source_text, ggcn_image_source *source, const import_plan *plan,
                         import_changes *changes, double *seconds) {
    data_progress progress;
    data_progress_start(&progress, "imported", import_plan_count(plan));
    GGCN_TRY(ggcn_agree(settle_shape(source, plan, changes)));
    const ggcn_dataset_info info = {.count = import_plan_count(plan),
                                    .held_out = plan->parts[IMPORT_HELD_OUT].count,
                                    .shape = changes->shape,
                                    .n_classes = plan->n_classes,
                                    .classes = plan->classes,
                                    .source = source_text};
    ggcn_dataset_writer *writer = NULL;
    GGCN_TRY(ggcn_dataset_create(out, &info, &writer));
    ggcn_status status = write_rounds(source, plan, changes, writer, &progress);
    data_progress_end(&progress);
    if (status == GGCN_SUCCESS)
        status = ggcn_dataset_finish(&writer);
    else
        ggcn_dataset_abandon(&writer);
    *seconds = data_progress_seconds(&progress);
    return status;
}
