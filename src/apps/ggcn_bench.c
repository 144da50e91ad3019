/* ggcn_bench: how fast this machine samples and learns. See `ggcn_bench --help`. */
#include "bench_options.h"
#include "bench_works.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "options.h"

static ggcn_status measure(const bench_options *options) {
    switch (options->work) {
    case BENCH_LANGEVIN:
        return bench_langevin(options);
    case BENCH_LEARN:
        return bench_learn(options);
    case BENCH_ITERATION:
        return bench_iteration(options);
    case BENCH_REDUCE:
        return bench_reduce(options);
    case BENCH_IO:
        return bench_io(options);
    default:
        return bench_noise(options);
    }
}

static ggcn_status read(int argc, char *const *argv, void *options) {
    return bench_options_read(argc, argv, options);
}

static ggcn_status work(int argc, char **argv, const void *options) {
    GGCN_TRY(ggcn_agree(ggcn_provenance_set(argc, argv, "", (int)((const bench_options *)options)->threads)));
    return measure(options);
}

int main(int argc, char **argv) {
    bench_options options;
    return app_main(&(app_program){"ggcn_bench", bench_help, &options, &options.action, read, work}, argc, argv);
}
