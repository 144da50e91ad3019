/* Damage to files: damage_files FLIPS DATASET.h5
 * Turns single bits of a data set, a checkpoint and a network file, FLIPS of each spread over the whole file, and cuts
 * each off at many lengths. Each time the file's reader, in a process of its own, must refuse it with a message or read
 * what it read before: it must not crash, hang, or believe anything else. Prints how many of each there were; exit code
 * 1 if any was wrong. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ggcn/dataset.h"
#include "ggcn/files.h"
#include "ggcn/network.h"
#include "ggcn/network_file.h"

enum { most_seconds = 20, cuts = 64 };

/* What a reader found, as a number; 0 if it refused the file. */
typedef uint64_t (*reader)(const char *path);

static uint64_t mix(uint64_t sum, const void *data, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) /* FNV-1a */
        sum = (sum ^ ((const uint8_t *)data)[i]) * UINT64_C(1099511628211);
    return sum;
}

static const uint64_t basis = UINT64_C(14695981039346656037);

static uint64_t read_dataset(const char *path) {
    ggcn_dataset *dataset = NULL;
    uint64_t sum = 0;
    if (ggcn_dataset_open(path, &dataset) == GGCN_SUCCESS && ggcn_dataset_verify(dataset) == GGCN_SUCCESS) {
        const ggcn_dataset_info *d = ggcn_dataset_describe(dataset);
        const size_t bytes = (size_t)(d->count * d->shape.channels * d->shape.height * d->shape.width);
        uint8_t *images = malloc(bytes);
        uint32_t *labels = malloc((size_t)d->count * sizeof *labels);
        if (images && labels && ggcn_dataset_read(dataset, 0, d->count, images, labels) == GGCN_SUCCESS) {
            sum = mix(mix(basis, images, bytes), labels, (size_t)d->count * sizeof *labels);
            sum = mix(sum, &d->held_out, sizeof d->held_out);
            for (uint32_t i = 0; i < d->n_classes; i++)
                sum = mix(sum, d->classes[i], strlen(d->classes[i]) + 1);
        }
        free(images);
        free(labels);
    }
    ggcn_dataset_close(&dataset);
    return sum;
}

static uint64_t read_network(const char *path) {
    ggcn_graph *graph = NULL;
    float *parameters = NULL, *statistics = NULL;
    uint64_t sum = 0;
    if (ggcn_network_file_read(path, (ggcn_shape){0}, &graph, &parameters, &statistics) == GGCN_SUCCESS) {
        const uint64_t digest = ggcn_graph_digest(graph);
        sum = mix(basis, &digest, sizeof digest);
        sum = mix(sum, parameters, ggcn_graph_parameters(graph, NULL, NULL) * sizeof *parameters);
        sum = mix(sum, statistics, ggcn_graph_statistics(graph, NULL, NULL) * sizeof *statistics);
    }
    ggcn_graph_destroy(&graph);
    free(parameters);
    free(statistics);
    return sum;
}

/* The state of a small run: eight chains in two blocks. */
static float chains[8 * 48], theta[32], moment[32];
static uint32_t labels[8];
static uint64_t identity[4] = {1, 2, 3, 4}, iteration = 7;
static double rate_factor = 1;
static ggcn_array arrays[] = {
    {"chains/x", "states", "pixel", GGCN_F32, 4, {8, 3, 4, 4}, true, 0, 8, 4, chains},
    {"chains/label", "classes", "1", GGCN_U32, 1, {8}, true, 0, 8, 4, labels},
    {"parameters/theta", "theta", "1", GGCN_F32, 2, {1, 32}, false, 0, 0, 0, theta},
    {"optimizer/first", "velocity", "1", GGCN_F32, 1, {32}, false, 0, 0, 0, moment},
    {"identity", "identity", "1", GGCN_U64, 1, {4}, false, 0, 0, 0, identity},
    {"iteration", "iterations", "1", GGCN_U64, 0, {0}, false, 0, 0, 0, &iteration},
    {"rate_factor", "factor", "1", GGCN_F64, 0, {0}, false, 0, 0, 0, &rate_factor},
};
static const ggcn_state state = {.arrays = arrays, .count = sizeof arrays / sizeof *arrays};

/* `path` ends in /checkpoints/00000007.h5. */
static uint64_t read_checkpoint(const char *path) {
    char directory[1024], *report = NULL;
    snprintf(directory, sizeof directory, "%.*s", (int)(strlen(path) - strlen("/checkpoints/00000007.h5")), path);
    for (size_t i = 0; i < state.count; i++)
        memset(arrays[i].data, 0, ggcn_array_local(&arrays[i]) * ggcn_type_bytes(arrays[i].type));
    uint64_t read, sum = 0;
    if (ggcn_checkpoint_read(directory, &state, UINT64_MAX, &read, &report) == GGCN_SUCCESS) {
        sum = mix(basis, &read, sizeof read);
        for (size_t i = 0; i < state.count; i++)
            sum = mix(sum, arrays[i].data, ggcn_array_local(&arrays[i]) * ggcn_type_bytes(arrays[i].type));
    }
    free(report);
    return sum;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint8_t *load(const char *path, size_t *size) {
    FILE *stream = fopen(path, "rb");
    struct stat entry;
    if (!stream || fstat(fileno(stream), &entry) != 0)
        fail(path);
    *size = (size_t)entry.st_size;
    uint8_t *bytes = malloc(*size);
    if (!bytes || fread(bytes, 1, *size, stream) != *size)
        fail(path);
    fclose(stream);
    return bytes;
}

static void save(const char *path, const uint8_t *bytes, size_t size) {
    FILE *stream = fopen(path, "wb");
    if (!stream || fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0)
        fail(path);
}

enum { REFUSED, HARMLESS, BELIEVED, CRASHED, HUNG, SPEECHLESS, OUTCOMES };

/* In a child: reads and tells the outcome by the exit code. */
static int outcome_of(reader read, const char *path, uint64_t expected) {
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        alarm(most_seconds);
        const uint64_t found = read(path);
        _exit(found == expected ? HARMLESS : found ? BELIEVED : *ggcn_last_error()->message ? REFUSED : SPEECHLESS);
    }
    int status;
    if (waitpid(child, &status, 0) != child)
        fail("waitpid");
    if (WIFEXITED(status))
        return WEXITSTATUS(status) < OUTCOMES ? WEXITSTATUS(status) : CRASHED;
    return WTERMSIG(status) == SIGALRM ? HUNG : CRASHED;
}

static bool damage(const char *name, reader read, const char *path, size_t flips) {
    static const char *const words[OUTCOMES] = {"refused", "harmless", "believed",
                                                "crashed", "hung",     "without a message"};
    size_t size, count[OUTCOMES] = {0};
    uint8_t *bytes = load(path, &size);
    const uint64_t expected = read(path);
    if (!expected)
        fail("the file before any damage");
    const size_t bits = 8 * size;
    for (size_t i = 0; i < flips; i++) {
        const size_t bit = (size_t)((double)bits / (double)flips * (double)i) + i % 8; /* each of the eight in turn */
        if (bit >= bits)
            continue;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        save(path, bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const int outcome = outcome_of(read, path, expected);
        count[outcome]++;
        if (outcome > HARMLESS)
            printf("%s: %s with bit %zu of byte %zu turned\n", name, words[outcome], bit % 8, bit / 8);
    }
    for (size_t i = 0; i < cuts; i++) {
        save(path, bytes, i < cuts / 2 ? size * i / (cuts / 2) : size - 1 - (i - cuts / 2) * (i - cuts / 2) % size);
        const int outcome = outcome_of(read, path, expected);
        count[outcome]++;
        if (outcome > HARMLESS)
            printf("%s: %s after cut %zu\n", name, words[outcome], i);
    }
    save(path, bytes, size);
    free(bytes);
    printf("%s of %zu bytes: %zu bits turned and %d lengths:", name, size, flips, cuts);
    size_t wrong = 0;
    for (int i = 0; i < OUTCOMES; i++) {
        if (i <= HARMLESS || count[i] > 0)
            printf(" %zu %s", count[i], words[i]);
        wrong += i > HARMLESS ? count[i] : 0;
    }
    printf("\n");
    return wrong == 0;
}

static bool write_network(const char *path) {
    static const char text[] = "layers:\n  - {op: conv, channels: 4, kernel: 3}\n  - {op: norm}\n  - {op: relu}\n";
    ggcn_graph *graph = NULL;
    if (ggcn_network_parse("network", text, strlen(text), (ggcn_shape){3, 8, 8}, &graph) != GGCN_SUCCESS)
        return false;
    float parameters[256], statistics[16];
    for (int i = 0; i < 256; i++)
        parameters[i] = (float)(i % 17) - 8;
    for (int i = 0; i < 16; i++)
        statistics[i] = 1 + (float)i;
    const ggcn_status status = ggcn_network_file_write(path, graph, parameters, statistics, "to be damaged", "a test");
    ggcn_graph_destroy(&graph);
    return status == GGCN_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: damage_files FLIPS DATASET.h5\n");
        return 2;
    }
    const size_t flips = strtoull(argv[1], NULL, 10);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
        chains[i] = (float)(i % 31) / 31;
    for (size_t i = 0; i < 32; i++)
        theta[i] = moment[i] = (float)i;
    if (ggcn_provenance_set(argc, argv, "model: wgcn\n", 1) != GGCN_SUCCESS || !write_network("network.h5") ||
        ggcn_run_directory("run", GGCN_RUN_NEW) != GGCN_SUCCESS ||
        ggcn_checkpoint_write("run", 7, &state, (ggcn_checkpoint_keep){.newest = 1}) != GGCN_SUCCESS) {
        fprintf(stderr, "%s\n", ggcn_last_error()->message);
        return 1;
    }
    ggcn_run_directory_close();
    bool good = damage("data set", read_dataset, argv[2], flips);
    good = damage("checkpoint", read_checkpoint, "run/checkpoints/00000007.h5", flips) && good;
    good = damage("network file", read_network, "network.h5", flips) && good;
    return good ? 0 : 1;
}
