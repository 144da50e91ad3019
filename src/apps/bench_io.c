/* Writing a checkpoint, read back and verified as always, beside a plain write of as many bytes by the same ranks. */
#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_works.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "median.h"
#include "options.h"

enum { row = 1024, block = 16 }; /* floats of a chain, chains of a block */

static ggcn_status write_all(const char *path, const char *data, size_t bytes) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    bool good = file >= 0;
    while (good && bytes > 0) {
        const ssize_t written = write(file, data, bytes);
        good = written > 0;
        data += good ? written : 0;
        bytes -= good ? (size_t)written : 0;
    }
    good = good && fsync(file) == 0;
    const int reason = errno;
    if (file >= 0)
        close(file);
    if (!good)
        GGCN_FAIL(GGCN_ERROR_IO, "is the disk full?", "%s: cannot write: %s", path, strerror(reason));
    return GGCN_SUCCESS;
}

static ggcn_status time_plain(const bench_options *o, const ggcn_array *array, double *seconds) {
    char path[4096];
    snprintf(path, sizeof path, "%s/plain-%d", o->directory, ggcn_rank());
    ggcn_barrier();
    const double start = omp_get_wtime();
    const ggcn_status status = write_all(path, array->data, ggcn_array_local(array) * sizeof(float));
    *seconds = omp_get_wtime() - start;
    unlink(path);
    GGCN_TRY(ggcn_agree(status));
    return ggcn_max_over_ranks(seconds, 1);
}

static ggcn_status time_checkpoint(const bench_options *o, uint64_t iteration, const ggcn_state *state,
                                   double *seconds) {
    ggcn_barrier();
    const double start = omp_get_wtime();
    GGCN_TRY(ggcn_checkpoint_write(o->directory, iteration, state, (ggcn_checkpoint_keep){.newest = 1}));
    *seconds = omp_get_wtime() - start;
    return ggcn_max_over_ranks(seconds, 1);
}

static ggcn_status measure(const bench_options *o, const ggcn_state *state) {
    enum { most = 1000 };
    double checkpoint[most], plain[most], ratio[most];
    for (int64_t i = 0; i < o->repeats; i++) {
        GGCN_TRY(time_checkpoint(o, (uint64_t)i, state, &checkpoint[i]));
        GGCN_TRY(time_plain(o, &state->arrays[0], &plain[i]));
        ratio[i] = checkpoint[i] / plain[i];
    }
    app_print("program=ggcn work=io ranks=%d megabytes=%lld checkpoint_s=%.4f plain_write_s=%.4f ratio=%.3f\n",
              ggcn_ranks(), (long long)o->megabytes, app_median(checkpoint, o->repeats), app_median(plain, o->repeats),
              app_median(ratio, o->repeats));
    return GGCN_SUCCESS;
}

static ggcn_status make_state(const bench_options *o, ggcn_state *state) {
    const int64_t blocks_of_all = o->megabytes * 1000000 / (row * block * (int64_t)sizeof(float)) + ggcn_ranks();
    ggcn_blocks blocks;
    GGCN_TRY(ggcn_blocks_distribute(blocks_of_all, &blocks));
    float *x = malloc((size_t)(blocks.owned * block * row) * sizeof *x);
    if (!x)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "lower --megabytes", "no memory for %lld megabytes", (long long)o->megabytes);
    for (int64_t i = 0; i < blocks.owned * block * row; i++)
        x[i] = (float)i;
    const ggcn_array chains = {.path = "chains/x",
                               .description = "states",
                               .unit = "pixel",
                               .type = GGCN_F32,
                               .rank = 4,
                               .dims = {blocks.count * block, 1, 32, row / 32},
                               .distributed = true,
                               .first = blocks.first * block,
                               .count = blocks.owned * block,
                               .chunk = block,
                               .data = x};
    const ggcn_status status = ggcn_state_add(state, chains);
    if (status != GGCN_SUCCESS)
        free(x);
    return status;
}

/* With a configuration in it the directory counts as a run's, whose files may be removed. */
static ggcn_status remove_directory(const char *directory) {
    static const char *const contents[] = {"/config.yaml", "/checkpoints", "/chains", "/grids", ""};
    char path[4096];
    snprintf(path, sizeof path, "%s%s", directory, contents[0]);
    GGCN_TRY(ggcn_write_text(path, "{}\n"));
    GGCN_TRY(ggcn_run_directory(directory, GGCN_RUN_OVERWRITE));
    ggcn_run_directory_close();
    ggcn_status status = GGCN_SUCCESS;
    for (size_t i = 1; ggcn_rank() == 0 && i < sizeof contents / sizeof *contents && status == GGCN_SUCCESS; i++) {
        snprintf(path, sizeof path, "%s%s", directory, contents[i]);
        if (rmdir(path) != 0)
            status =
                ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "%s: cannot remove: %s", path, strerror(errno));
    }
    return ggcn_agree(status);
}

ggcn_status bench_io(const bench_options *o) {
    ggcn_state state = {0};
    ggcn_status status = ggcn_run_directory(o->directory, GGCN_RUN_NEW);
    const bool made = status == GGCN_SUCCESS;
    if (made)
        status = ggcn_agree(make_state(o, &state));
    if (status == GGCN_SUCCESS)
        status = measure(o, &state);
    if (state.count > 0)
        free(state.arrays[0].data);
    ggcn_state_clear(&state);
    const ggcn_status removed = made ? remove_directory(o->directory) : GGCN_SUCCESS;
    return status == GGCN_SUCCESS ? removed : status;
}
