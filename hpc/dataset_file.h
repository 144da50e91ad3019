/* The kind of data-set files, and reading them without the other ranks. */
#ifndef GGCN_HPC_DATASET_FILE_H
#define GGCN_HPC_DATASET_FILE_H

#include "ggcn/dataset.h"
#include "h5_file.h"

/* The largest buffer for images on their way. */
enum { GGCN_DATASET_BUFFER = 16 << 20 };

extern const ggcn_h5_kind ggcn_dataset_kind;

/* What images and shapes may be. Not collective. @return `status` with a message that begins with `path` */
ggcn_status ggcn_dataset_check_shape(const char *path, ggcn_status status, int64_t count, ggcn_shape shape,
                                     int64_t n_classes);
/* At least one image must not be held out. Not collective; as ggcn_dataset_check_shape. */
ggcn_status ggcn_dataset_check_held_out(const char *path, ggcn_status status, int64_t count, int64_t held_out);
void ggcn_dataset_info_clear(ggcn_dataset_info *info);

int64_t ggcn_dataset_image_bytes(const ggcn_dataset_info *info);
/* Hash of an image with its label: XXH3-64 of the bytes, seeded with the label. */
uint64_t ggcn_dataset_image_hash(const uint8_t *image, int64_t bytes, uint32_t label);
/* As ggcn_dataset_read, for one rank. */
ggcn_status ggcn_dataset_read_local(const ggcn_dataset *dataset, int64_t first, int64_t count, uint8_t *images,
                                    uint32_t *labels);
const char *ggcn_dataset_path(const ggcn_dataset *dataset);

#endif
