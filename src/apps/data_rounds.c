#include "data_rounds.h"

#include "ggcn/hpc.h"

enum { most_images = 1024, rounds = 8 };
static const int64_t most_bytes = INT64_C(16) << 20;

int64_t data_images_of_piece(int64_t count, int64_t bytes) {
    const int64_t pieces = rounds * (int64_t)ggcn_ranks(), share = (count + pieces - 1) / pieces;
    const int64_t fitting = bytes < most_bytes ? most_bytes / bytes : 1;
    const int64_t most = fitting < most_images ? fitting : most_images;
    return share < 1 ? 1 : share < most ? share : most;
}
