/* The files of hpc/ under several ranks. One program, one step a call, so that a file written by some number of ranks
 * can be read by another: test_files_mpi STEP FOLDER. Every value is a function of its place in the whole array, so the
 * expected values need no other file. */
#include <hdf5.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check_mpi.h"
#include "ggcn/dataset.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"

/* --- data sets ---------------------------------------------------------------------------------------------------- */

enum { images = 1001, channels = 3, height = 17, width = 16, image_bytes = channels * height * width, classes = 5 };

static uint8_t pixel(int64_t image, int64_t byte) {
    return (uint8_t)(image * 7 + byte * 13 + image * byte % 11);
}

static uint32_t label(int64_t image) {
    return (uint32_t)(image * image % classes);
}

static char *join(const char *folder, const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *class_names[classes];

static ggcn_dataset_info describe(void) {
    static char names[classes][16], source[] = "made by a formula";
    for (int i = 0; i < classes; i++) {
        snprintf(names[i], sizeof names[i], i == 2 ? "m\xc3\xbctze" : "class%d", i);
        class_names[i] = names[i];
    }
    return (ggcn_dataset_info){.count = images,
                               .shape = {channels, height, width},
                               .n_classes = classes,
                               .classes = class_names,
                               .source = source};
}

/* Each rank writes its share in pieces that do not respect chunks, and not the same number of pieces. */
static void write_dataset(const char *folder) {
    const ggcn_dataset_info info = describe();
    ggcn_dataset_writer *writer;
    CHECK(ggcn_dataset_create(join(folder, "data.h5"), &info, &writer) == GGCN_SUCCESS);
    int64_t first, count;
    ggcn_blocks_of_rank(images, ggcn_rank(), &first, &count);
    const int64_t piece = 123;
    uint8_t *bytes = malloc(piece * image_bytes);
    uint32_t labels[123];
    for (int64_t done = 0; done < images; done += piece) {
        const int64_t left = count - done, part = left < 0 ? 0 : left < piece ? left : piece;
        for (int64_t i = 0; i < part; i++) {
            labels[i] = label(first + done + i);
            for (int64_t b = 0; b < image_bytes; b++)
                bytes[i * image_bytes + b] = pixel(first + done + i, b);
        }
        CHECK(ggcn_dataset_write(writer, part ? first + done : 0, part, bytes, labels) == GGCN_SUCCESS);
    }
    free(bytes);
    CHECK(ggcn_dataset_finish(&writer) == GGCN_SUCCESS);
    CHECK(writer == NULL);
}

static void read_dataset(const char *folder) {
    ggcn_dataset *dataset;
    CHECK(ggcn_dataset_open(join(folder, "data.h5"), &dataset) == GGCN_SUCCESS);
    if (!dataset)
        return;
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    CHECK(info->count == images && info->shape.channels == channels && info->shape.height == height &&
          info->shape.width == width && info->n_classes == classes);
    CHECK(strcmp(info->classes[2], "m\xc3\xbctze") == 0 && strcmp(info->classes[4], "class4") == 0);
    CHECK(strcmp(info->source, "made by a formula") == 0);
    if (ggcn_rank() == 0)
        printf("checksum %016llx\n", (unsigned long long)info->checksum);
    CHECK(ggcn_dataset_verify(dataset) == GGCN_SUCCESS);

    /* Ranges of different lengths; the last rank reads nothing. */
    const int64_t first = 300 + ggcn_rank(), count = ggcn_rank() + 1 == ggcn_ranks() && ggcn_ranks() > 1 ? 0 : 250;
    uint8_t *bytes = malloc(250 * image_bytes);
    uint32_t labels[250];
    CHECK(ggcn_dataset_read(dataset, first, count, bytes, labels) == GGCN_SUCCESS);
    bool same = true;
    for (int64_t i = 0; i < count; i++) {
        same = same && labels[i] == label(first + i);
        for (int64_t b = 0; b < image_bytes; b++)
            same = same && bytes[i * image_bytes + b] == pixel(first + i, b);
    }
    CHECK(same);
    /* A bad range on one rank is an error on all. */
    const int64_t beyond = ggcn_rank() == 0 ? images - 1 : 0;
    const ggcn_status status = ggcn_dataset_read(dataset, beyond, 2, bytes, labels);
    CHECK(status == (ggcn_rank() == 0 ? GGCN_ERROR_ARGUMENT : GGCN_ERROR_ELSEWHERE));
    free(bytes);

    uint32_t wanted[] = {4, 0};
    const ggcn_config_data config = {.size = 0, .classes = wanted, .classes_count = 2, .limit = 301};
    ggcn_blocks blocks;
    CHECK(ggcn_blocks_distribute(13, &blocks) == GGCN_SUCCESS);
    ggcn_observed *observed;
    CHECK(ggcn_observed_load(dataset, &config, &blocks, &observed) == GGCN_SUCCESS);
    int64_t kept = 0;
    same = true;
    const int64_t begin = blocks.first * 301 / 13, end = (blocks.first + blocks.owned) * 301 / 13;
    CHECK(observed->total == 301 && observed->n_classes == 2 && observed->start[blocks.owned] == end - begin);
    for (int64_t i = 0; i < images && kept < 301; i++) {
        if (label(i) != 4 && label(i) != 0)
            continue;
        if (kept >= begin && kept < end) {
            same = same && observed->labels[kept - begin] == (label(i) == 4 ? 0u : 1u);
            for (int64_t b = 0; b < image_bytes; b++)
                same = same && observed->images[(kept - begin) * image_bytes + b] == pixel(i, b);
        }
        kept++;
    }
    CHECK(same && kept == 301);
    ggcn_observed_destroy(&observed);
    ggcn_dataset_close(&dataset);
}

/* A byte of the images was changed: an error, on all ranks, and no hanging. */
static void damaged_dataset(const char *folder) {
    ggcn_dataset *dataset;
    CHECK(ggcn_dataset_open(join(folder, "data.h5"), &dataset) == GGCN_SUCCESS);
    const ggcn_status status = ggcn_dataset_verify(dataset);
    CHECK(status == GGCN_ERROR_FORMAT || status == GGCN_ERROR_ELSEWHERE);
    if (status == GGCN_ERROR_FORMAT)
        printf("as expected: %s\n", ggcn_last_error()->message);
    ggcn_dataset_close(&dataset);
}

/* --- checkpoints -------------------------------------------------------------------------------------------------- */

enum { block = 4, block_count = 7, chains = block * block_count, chain_row = 6, weights = 300007 };

typedef struct {
    ggcn_state state;
    float *w, *x;
    double *moment, rate_factor;
    uint64_t counter, identity[4], iteration;
    float first[2];
    uint32_t *label;
    ggcn_blocks blocks;
} run_state;

static void make_state(run_state *s) {
    *s = (run_state){0};
    CHECK(ggcn_blocks_distribute(block_count, &s->blocks) == GGCN_SUCCESS);
    const int64_t first = s->blocks.first * block, count = s->blocks.owned * block;
    s->w = calloc(weights, sizeof *s->w);
    s->x = calloc((size_t)count * chain_row, sizeof *s->x);
    s->moment = calloc(5, sizeof *s->moment);
    s->label = calloc((size_t)count, sizeof *s->label);
    const ggcn_array arrays[] = {
        {"parameters/theta", "theta", "1", GGCN_F32, 2, {1, weights}, false, 0, 0, 0, s->w},
        {"optimizer/adam/moment", "moments", "1", GGCN_F64, 2, {5, 1}, false, 0, 0, 0, s->moment},
        {"optimizer/steps", "steps taken", "1", GGCN_U64, 0, {0}, false, 0, 0, 0, &s->counter},
        {"chains/x", "states", "pixel", GGCN_F32, 4, {chains, 1, 2, 3}, true, first, count, block, s->x},
        {"chains/label", "classes", "1", GGCN_U32, 1, {chains}, true, first, count, block, s->label},
        {"optimizer/first", "velocity", "1", GGCN_F32, 1, {2}, false, 0, 0, 0, s->first},
        {"rate_factor", "factor", "1", GGCN_F64, 0, {0}, false, 0, 0, 0, &s->rate_factor},
        {"identity", "identity", "1", GGCN_U64, 1, {4}, false, 0, 0, 0, s->identity},
        {"iteration", "iterations", "1", GGCN_U64, 0, {0}, false, 0, 0, 0, &s->iteration}};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        CHECK(ggcn_state_add(&s->state, arrays[i]) == GGCN_SUCCESS);
}

static void free_state(run_state *s) {
    free(s->w);
    free(s->x);
    free(s->moment);
    free(s->label);
    ggcn_state_clear(&s->state);
}

static void fill_state(run_state *s, int iteration) {
    for (int64_t i = 0; i < weights; i++)
        s->w[i] = (float)i + 0.25f * (float)iteration;
    for (int i = 0; i < 5; i++)
        s->moment[i] = i + 1.0 / iteration;
    s->counter = 1000 + (uint64_t)iteration;
    const int64_t first = s->blocks.first * block * chain_row;
    for (int64_t i = 0; i < s->blocks.owned * block * chain_row; i++)
        s->x[i] = (float)(first + i) * 0.5f - (float)iteration;
}

static void write_checkpoints(const char *folder) {
    CHECK(ggcn_run_directory(join(folder, "run"), GGCN_RUN_NEW) == GGCN_SUCCESS);
    run_state s;
    make_state(&s);
    for (int iteration = 10; iteration <= 50; iteration += 10) {
        fill_state(&s, iteration);
        CHECK(ggcn_checkpoint_write(join(folder, "run"), (uint64_t)iteration, &s.state,
                                    (ggcn_checkpoint_keep){.newest = 3}) == GGCN_SUCCESS);
    }
    free_state(&s);
}

/* `expected`: iteration that must be found; `skipped`: an iteration the report must name, or 0 */
static void read_checkpoint(const char *folder, int expected, int skipped) {
    run_state found, right;
    make_state(&found);
    make_state(&right);
    fill_state(&right, expected);
    uint64_t iteration = 0;
    char *report;
    CHECK(ggcn_checkpoint_read(join(folder, "run"), &found.state, UINT64_MAX, &iteration, &report) == GGCN_SUCCESS);
    CHECK(iteration == (uint64_t)expected);
    CHECK(memcmp(found.w, right.w, weights * sizeof *found.w) == 0);
    CHECK(memcmp(found.x, right.x, (size_t)(found.blocks.owned * block * chain_row) * sizeof *found.x) == 0);
    CHECK(memcmp(found.moment, right.moment, 5 * sizeof *found.moment) == 0 && found.counter == right.counter);
    char text[64];
    snprintf(text, sizeof text, "skipped checkpoint %08d", skipped);
    CHECK(report && (strstr(report, text) != NULL) == (skipped != 0));
    if (ggcn_rank() == 0 && report)
        printf("%s", report);
    free(report);
    uint64_t digest = 0;
    CHECK(ggcn_state_digest(&found.state, "chains", &digest) == GGCN_SUCCESS);
    if (ggcn_rank() == 0)
        printf("digest chains=%016llx\n", (unsigned long long)digest);

    /* Rows of a distributed array on rank 0. */
    float rows[10 * chain_row];
    CHECK(ggcn_gather_rows(&found.state.arrays[3], 10, rows) == GGCN_SUCCESS);
    bool same = true;
    for (int i = 0; ggcn_rank() == 0 && i < 10 * chain_row; i++)
        same = same && rows[i] == (float)i * 0.5f - (float)expected;
    CHECK(same);
    free_state(&found);
    free_state(&right);
}

/* A state that the file does not fit is an error, and no checkpoint is removed. */
static void foreign_checkpoint(const char *folder) {
    run_state s;
    make_state(&s);
    uint64_t iteration;
    char *report;
    s.state.arrays[0].dims[1] = weights - 1;
    ggcn_status status = ggcn_checkpoint_read(join(folder, "run"), &s.state, UINT64_MAX, &iteration, &report);
    CHECK(status == (ggcn_rank() == 0 ? GGCN_ERROR_CONFIG : GGCN_ERROR_ELSEWHERE));
    CHECK(ggcn_rank() != 0 || strstr(ggcn_last_error()->message, "[1, 300007], expected [1, 300006]"));
    s.state.arrays[0].dims[1] = weights;
    s.state.arrays[1].path = "optimizer/sgd/moment";
    status = ggcn_checkpoint_read(join(folder, "run"), &s.state, UINT64_MAX, &iteration, &report);
    CHECK(status == (ggcn_rank() == 0 ? GGCN_ERROR_CONFIG : GGCN_ERROR_ELSEWHERE));
    CHECK(ggcn_rank() != 0 || strstr(ggcn_last_error()->message, "it has no array \"optimizer/sgd/moment\""));
    CHECK(report == NULL);
    free_state(&s);
}

/* No room for the file: an error within seconds, whatever the ranks, and nothing is left of it. */
static void no_room(const char *folder) {
    run_state s;
    make_state(&s);
    struct rlimit limit, small;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    small = limit;
    small.rlim_cur = 1 << 20;
    setrlimit(RLIMIT_FSIZE, &small);
    const ggcn_status status =
        ggcn_checkpoint_write(join(folder, "run"), 60, &s.state, (ggcn_checkpoint_keep){.newest = 3});
    setrlimit(RLIMIT_FSIZE, &limit);
    CHECK(status == (ggcn_rank() == 0 ? GGCN_ERROR_IO : GGCN_ERROR_ELSEWHERE));
    CHECK(ggcn_rank() != 0 || strstr(ggcn_last_error()->message, "00000060.h5.incomplete: no room for a file of"));
    free_state(&s);
}

/* Arrays that should be equal on all ranks and are not. */
static void diverged_ranks(void) {
    float value = (float)ggcn_rank();
    const ggcn_array array = {"parameters/w", "filters", "1", GGCN_F32, 1, {1}, false, 0, 0, 0, &value};
    uint64_t digest;
    const ggcn_status status = ggcn_array_digest(&array, &digest);
    CHECK(status == (ggcn_ranks() == 1 ? GGCN_SUCCESS : ggcn_rank() == 1 ? GGCN_ERROR_LIBRARY : GGCN_ERROR_ELSEWHERE));
}

/* --- chains and metrics ------------------------------------------------------------------------------------------- */

static float state_of(int64_t chain, int64_t iteration, int64_t i) {
    return (float)(chain * 100 + iteration + i * 0.125);
}

enum { chain_layers = 2 };

static double response_of(int64_t chain, int iteration, int layer) {
    return 100.0 * (double)chain + iteration + 0.5 * layer;
}

static void record(const char *folder, uint64_t restart, const int *iterations, int draws, int draws_per_flush) {
    ggcn_blocks blocks;
    CHECK(ggcn_blocks_distribute(block_count, &blocks) == GGCN_SUCCESS);
    ggcn_chain_recorder *recorder;
    const int64_t first = blocks.first * block, local = blocks.owned * block;
    const ggcn_chain_record what = {.chains = block_count * block,
                                    .first = first,
                                    .local = local,
                                    .block = block,
                                    .shape = {1, 2, 3},
                                    .stationarity = GGCN_CHAINS_LEARNING,
                                    .layers = chain_layers,
                                    .layer_names = "first last",
                                    .iteration = restart};
    CHECK(ggcn_chain_recorder_create(join(folder, "run"), &what, &recorder) == GGCN_SUCCESS);
    float *x = malloc((size_t)local * chain_row * sizeof *x);
    double *statistics = malloc((3 + chain_layers) * (size_t)local * sizeof *statistics);
    double *response = statistics + 3 * local;
    for (int d = 0; d < draws; d++) {
        for (int64_t c = 0; c < local; c++) {
            for (int i = 0; i < chain_row; i++)
                x[c * chain_row + i] = state_of(first + c, iterations[d], i);
            for (int v = 0; v < 3; v++)
                statistics[v * local + c] = (double)(first + c) + 0.001 * iterations[d] + v;
            for (int l = 0; l < chain_layers; l++)
                response[c * chain_layers + l] = response_of(first + c, iterations[d], l);
        }
        const ggcn_draw draw = {.x = x,
                                .images = iterations[d] % 10 == 0, /* not all draws hold them */
                                .lp = statistics,
                                .potential = statistics + local,
                                .gradient = statistics + 2 * local,
                                .step_size = 0.25,
                                .response = response};
        CHECK(ggcn_chain_recorder_add(recorder, (uint64_t)iterations[d], &draw) == GGCN_SUCCESS);
        if ((d + 1) % draws_per_flush == 0)
            CHECK(ggcn_chain_recorder_flush(recorder) == GGCN_SUCCESS);
    }
    CHECK(ggcn_chain_recorder_flush(recorder) == GGCN_SUCCESS);
    CHECK(ggcn_chain_recorder_flush(recorder) == GGCN_SUCCESS); /* nothing to write */
    free(x);
    free(statistics);
    ggcn_chain_recorder_destroy(&recorder);
}

/* Reads a whole data set with plain HDF5 calls, as any other program would. */
static void read_plain(const char *path, const char *name, hid_t type, hsize_t elements, void *values) {
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    CHECK(H5Sget_simple_extent_npoints(space) == (hssize_t)elements);
    if (H5Sget_simple_extent_npoints(space) == (hssize_t)elements)
        CHECK(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

/* Images are at the draws of whole tens. */
static void check_images(const char *path, const int *iterations, int draws) {
    float x[chains * 8 * chain_row];
    uint64_t draw[8];
    int with_images[8], count = 0;
    for (int d = 0; d < draws; d++)
        if (iterations[d] % 10 == 0)
            with_images[count++] = iterations[d];
    read_plain(path, "/posterior/draw", H5T_NATIVE_UINT64, (hsize_t)count, draw);
    read_plain(path, "/posterior/x", H5T_NATIVE_FLOAT, (hsize_t)(chains * count * chain_row), x);
    bool same = true;
    for (int c = 0; c < chains; c++)
        for (int d = 0; d < count; d++) {
            same = same && draw[d] == (uint64_t)with_images[d];
            for (int i = 0; i < chain_row; i++)
                same = same && x[(c * count + d) * chain_row + i] == state_of(c, with_images[d], i);
        }
    CHECK(same);
}

/* Mean and deviation of a state, as a program that reads the images would compute them. */
static void measure_state(int chain, int iteration, double *mean, double *deviation) {
    double sum = 0, square = 0;
    for (int i = 0; i < chain_row; i++)
        sum += state_of(chain, iteration, i);
    *mean = sum / chain_row;
    for (int i = 0; i < chain_row; i++)
        square += pow(state_of(chain, iteration, i) - *mean, 2);
    *deviation = sqrt(square / chain_row);
}

static void check_chains(const char *folder, const int *iterations, int draws) {
    ggcn_barrier();
    if (ggcn_rank() != 0)
        return;
    enum { LP, ENERGY, GRADIENT, MEAN, DEVIATION, STEP, ACCEPTANCE, TRACES };
    static const char *const names[TRACES] = {"lp",        "energy",    "gradient_norm",  "mean",
                                              "deviation", "step_size", "acceptance_rate"};
    const char *path = join(folder, "run/chains/chains.h5");
    double trace[TRACES][chains * 8], response[chains * 8 * chain_layers];
    uint64_t draw[8];
    check_images(path, iterations, draws);
    read_plain(path, "/sample_stats/draw", H5T_NATIVE_UINT64, (hsize_t)draws, draw);
    for (int t = 0; t < TRACES; t++) {
        char name[64];
        snprintf(name, sizeof name, "/sample_stats/%s", names[t]);
        read_plain(path, name, H5T_NATIVE_DOUBLE, (hsize_t)(chains * draws), trace[t]);
    }
    read_plain(path, "/sample_stats/layer_response", H5T_NATIVE_DOUBLE, (hsize_t)(chains * draws * chain_layers),
               response);
    bool same = true;
    for (int c = 0; c < chains; c++)
        for (int d = 0; d < draws; d++) {
            const int at = c * draws + d;
            double mean, deviation;
            measure_state(c, iterations[d], &mean, &deviation);
            same = same && draw[d] == (uint64_t)iterations[d];
            same = same && trace[LP][at] == c + 0.001 * iterations[d] && trace[ENERGY][at] == -trace[LP][at];
            same = same && trace[GRADIENT][at] == c + 0.001 * iterations[d] + 2;
            same = same && fabs(trace[MEAN][at] - mean) < 1e-12 && fabs(trace[DEVIATION][at] - deviation) < 1e-12;
            same = same && trace[STEP][at] == 0.25 && trace[ACCEPTANCE][at] == 1;
            for (int l = 0; l < chain_layers; l++)
                same = same && response[at * chain_layers + l] == response_of(c, iterations[d], l);
        }
    CHECK(same);
}

static void write_chains(const char *folder) {
    static const int iterations[] = {5, 10, 15, 20, 25};
    record(folder, 0, iterations, 5, 2); /* segments 10, 20, 25 */
    check_chains(folder, iterations, 5);
}

/* Restart at iteration 20: segment 25 goes, and two draws follow. */
static void continue_chains(const char *folder) {
    static const int added[] = {22, 30}, expected[] = {5, 10, 15, 20, 22, 30};
    record(folder, 20, added, 2, 2);
    check_chains(folder, expected, 6);
}

static const ggcn_metric_info columns[] = {{"energy_gap", "1", "gap"}, {"seconds", "s", "time"}};

static void add_metrics(const char *folder, uint64_t restart, int from, int to, double factor) {
    ggcn_metrics_file *file;
    CHECK(ggcn_metrics_file_create(join(folder, "run"), columns, 2, restart, &file) == GGCN_SUCCESS);
    for (int i = from; i <= to; i++) {
        const double values[] = {factor * i, 0.5 * i};
        CHECK(ggcn_metrics_file_add(file, (uint64_t)i, values) == GGCN_SUCCESS);
        if (i % 50 == 0)
            CHECK(ggcn_metrics_file_flush(file) == GGCN_SUCCESS);
    }
    CHECK(ggcn_metrics_file_flush(file) == GGCN_SUCCESS);
    ggcn_metrics_file_destroy(&file);
}

static void metrics(const char *folder) {
    add_metrics(folder, 0, 1, 130, 1);
    add_metrics(folder, 100, 101, 120, 3);
    if (ggcn_rank() != 0)
        return;
    double gap[120];
    uint64_t iteration[120];
    read_plain(join(folder, "run/metrics.h5"), "/iteration", H5T_NATIVE_UINT64, 120, iteration);
    read_plain(join(folder, "run/metrics.h5"), "/energy_gap", H5T_NATIVE_DOUBLE, 120, gap);
    bool same = true;
    for (int i = 0; i < 120; i++)
        same = same && iteration[i] == (uint64_t)i + 1 && gap[i] == (i < 100 ? 1 : 3) * (i + 1.0);
    CHECK(same);
}

/* --- agreement ---------------------------------------------------------------------------------------------------- */

static ggcn_status fail_here(const char *text) {
    GGCN_FAIL(GGCN_ERROR_NUMERIC, "mend it", "%s %d", text, ggcn_rank());
}

static void agreement(void) {
    CHECK(ggcn_agree(GGCN_SUCCESS) == GGCN_SUCCESS);
    /* All ranks but 0 fail (with one rank: rank 0). The lowest one keeps its error. */
    const int failing = ggcn_ranks() > 1 ? 1 : 0;
    const ggcn_status mine = ggcn_rank() >= failing ? fail_here("broken on rank") : GGCN_SUCCESS;
    ggcn_status status = ggcn_agree(mine);
    CHECK(status == (ggcn_rank() == failing ? GGCN_ERROR_NUMERIC : GGCN_ERROR_ELSEWHERE));
    CHECK(ggcn_rank() != failing || strcmp(ggcn_last_error()->hint, "mend it") == 0);
    /* Agreeing again on the outcome changes nothing: rank 0's ELSEWHERE is no description. */
    status = ggcn_agree(status);
    CHECK(status == (ggcn_rank() == failing ? GGCN_ERROR_NUMERIC : GGCN_ERROR_ELSEWHERE));

    char *text = NULL;
    if (ggcn_rank() == 0) {
        text = malloc(6);
        strcpy(text, "hello");
    }
    CHECK(ggcn_broadcast_text(&text) == GGCN_SUCCESS && strcmp(text, "hello") == 0);
    free(text);
    double values[] = {ggcn_rank(), -ggcn_rank()};
    CHECK(ggcn_max_over_ranks(values, 2) == GGCN_SUCCESS && values[0] == ggcn_ranks() - 1 && values[1] == 0);
}

int main(int argc, char **argv) {
    if (ggcn_hpc_start(&argc, &argv) != GGCN_SUCCESS || argc != 3)
        ggcn_hpc_abort(2);
    const char *step = argv[1], *folder = argv[2];
    CHECK(ggcn_provenance_set(argc, argv, "model: wgcn\n", 2) == GGCN_SUCCESS);
    if (strcmp(step, "write") == 0) {
        write_dataset(folder);
        write_checkpoints(folder);
        write_chains(folder);
        metrics(folder);
        agreement();
        diverged_ranks();
        no_room(folder);
    } else if (strcmp(step, "read") == 0) {
        read_dataset(folder);
        read_checkpoint(folder, 50, 0);
        foreign_checkpoint(folder);
        continue_chains(folder);
    } else if (strcmp(step, "damaged") == 0) {
        damaged_dataset(folder);
        read_checkpoint(folder, 40, 50);
        read_checkpoint(folder, 40, 0); /* the damaged one is gone */
    } else
        ggcn_hpc_abort(2);
    double total = failures;
    ggcn_max_over_ranks(&total, 1);
    if (ggcn_rank() == 0)
        printf("%s: %s, %d ranks\n", total == 0 ? "PASS" : "FAIL", step, ggcn_ranks());
    ggcn_hpc_finish();
    return total == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
