/* Images of a data set as a trained model takes them: floats in its pixel range, with its classes. */
#ifndef GGCN_APPS_DATA_IMAGES_H
#define GGCN_APPS_DATA_IMAGES_H

#include "ggcn/dataset.h"
#include "ggcn/image_set.h"
#include "ggcn/trained.h"

/* The images of a part of a file that the model knows: of a conditional model those of its classes (by name where both
 * have names, else by number), of another those of data.classes. */
typedef struct {
    const ggcn_trained_info *info;
    ggcn_dataset *dataset;
    int64_t count;
    int64_t *numbers; /* [count] in the file, ascending */
    uint32_t *labels; /* [count] classes of the model */
} data_images;

/* Collective. @param part NULL: the held-out images, or those to learn from if there are none
 * @return GGCN_ERROR_CONFIG (images of another shape, none that the model knows, nothing held out), and what
 * ggcn_dataset_open returns */
ggcn_status data_images_open(const char *path, const ggcn_trained_info *info, const ggcn_set_part *part,
                             data_images *images);
void data_images_close(data_images *images);

/* Reads images; each rank its own, a count of 0 included. Collective.
 * @param places [count] which of the images, 0 .. images->count-1  @param[out] x [count][C][H][W] */
ggcn_status data_images_read(const data_images *images, int64_t count, const int64_t *places, float *x);

/* Images drawn at random, for conditional models each of a class. Collective.
 * @param u [count] numbers in (0, 1] that choose them  @param labels [count] classes */
ggcn_status data_images_draw(const char *path, const ggcn_trained_info *info, int64_t count, const double *u,
                             const uint32_t *labels, float *x);

#endif
