/* Work on images in rounds: each rank deals with one piece, then all meet. */
#ifndef GGCN_APPS_DATA_ROUNDS_H
#define GGCN_APPS_DATA_ROUNDS_H

#include <stdint.h>

/* Images of a piece: few enough that the ranks share a small set and memory stays small, many enough that waiting for
 * each other costs little. @param bytes that are kept of an image until all meet */
int64_t data_images_of_piece(int64_t count, int64_t bytes);

#endif
