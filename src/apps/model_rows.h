/* Images of a trained model over the ranks. */
#ifndef GGCN_APPS_MODEL_ROWS_H
#define GGCN_APPS_MODEL_ROWS_H

#include "ggcn/state.h"
#include "ggcn/trained.h"

/* Which of `count` images this rank computes: whole blocks of run.block, so that the bits are the same on any ranks.
 * Ranks beyond the blocks have none. */
void model_rows_of_rank(const ggcn_trained_info *info, int64_t count, int64_t *first, int64_t *local);

/* This rank's images as rows of a distributed array. @param elements numbers in a row */
ggcn_array model_rows_array(int64_t count, int64_t first, int64_t local, size_t elements, void *data);

/* All rows on all ranks. Collective. @param[out] all [count][elements]; this rank's rows may lie in it already */
ggcn_status model_rows_share(const ggcn_array *array, void *all);

/* Writes images as a picture; rank 0 writes, all agree. @param images [count][C][H][W] on rank 0 */
ggcn_status model_write_picture(const ggcn_trained_info *info, const char *path, const float *images, int64_t count,
                                int64_t columns);

/* The name of a picture that goes with a file: `given`, or the file's with another ending. @param[out] path [size] */
void model_picture_path(const char *given, const char *file, char *path, size_t size);

#endif
