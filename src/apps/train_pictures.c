#include "train_pictures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"

/* Writes rows of a distributed array of images as a picture grids/ITERATION[-NAME].png. `mine`: this rank's outcome of
 * making them. Collective. */
static ggcn_status write_picture(const ggcn_config *c, uint64_t iteration, const char *name, const ggcn_chains *chains,
                                 float *mine, ggcn_status made) {
    const uint64_t all = c->learning.chains;
    const int64_t wanted = (int64_t)(c->output.grid_count < all ? c->output.grid_count : all);
    const ggcn_array array = {.path = "pictures",
                              .type = GGCN_F32,
                              .rank = 4,
                              .dims = {(int64_t)all, chains->shape.channels, chains->shape.height, chains->shape.width},
                              .distributed = true,
                              .first = chains->first,
                              .count = chains->count,
                              .chunk = chains->block,
                              .data = mine};
    float *rows = ggcn_rank() == 0 ? malloc((size_t)wanted * chains->elements * sizeof *rows) : NULL;
    if (made == GGCN_SUCCESS && ggcn_rank() == 0 && !rows)
        made = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a picture");
    ggcn_status status = ggcn_agree(made);
    if (status == GGCN_SUCCESS)
        status = ggcn_gather_rows(&array, wanted, rows);
    if (status == GGCN_SUCCESS) {
        char path[4096];
        const int64_t zoom = chains->shape.height < 64 ? 64 / chains->shape.height : 1;
        snprintf(path, sizeof path, "%s/grids/%08" PRIu64 "%s.png", c->run.directory, iteration, name);
        if (ggcn_rank() == 0)
            status = ggcn_write_grid(path, rows, wanted, chains->shape, c->output.grid_columns, c->data.pixel_min,
                                     c->data.pixel_max, zoom);
        status = ggcn_agree(status);
    }
    free(rows);
    return status;
}

/* Pictures of the chains on each grid, and of the generator's images. */
ggcn_status train_write_pictures(const ggcn_config *config, ggcn_trainer *trainer, uint64_t iteration) {
    const int grids = ggcn_trainer_grids(trainer);
    const ggcn_chains *finest = ggcn_trainer_chains(trainer);
    const size_t bytes = (size_t)finest->count * finest->elements * sizeof(float);
    float *mine = malloc(bytes);
    ggcn_status status = GGCN_SUCCESS;
    if (!mine)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for a picture");
    status = ggcn_agree(status);
    for (int grid = grids - 1; grid >= 0 && status == GGCN_SUCCESS; grid--) {
        const ggcn_chains *chains = ggcn_trainer_grid_chains(trainer, grid);
        char name[32] = "";
        if (grid < grids - 1)
            snprintf(name, sizeof name, "-%lld", (long long)chains->shape.height);
        const ggcn_status made = ggcn_trainer_pictures(trainer, grid, (int64_t)config->output.grid_count, mine);
        status = write_picture(config, iteration, name, chains, mine, made);
    }
    const float *generated = ggcn_trainer_generated(trainer);
    if (status == GGCN_SUCCESS && generated) {
        memcpy(mine, generated, bytes);
        status = write_picture(config, iteration, "-generator", finest, mine, GGCN_SUCCESS);
    }
    free(mine);
    return status;
}
