/* ggcn_bench: how fast this machine samples and learns. See `ggcn_bench --help`. */
#include "bench_options.h"
#include "bench_works.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "ggcn/version.h"
#include "options.h"

static const char program[] = "ggcn_bench";

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

static int act(const bench_options *options, int argc, char **argv) {
    if (options->help || options->version) {
        app_print("%s", options->help ? bench_help : ggcn_version_text(program));
        return APP_DONE;
    }
    ggcn_status status = ggcn_agree(ggcn_provenance_set(argc, argv, "", (int)options->threads));
    if (status == GGCN_SUCCESS)
        status = measure(options);
    return app_report(program, status);
}

int main(int argc, char **argv) {
    const ggcn_status started = ggcn_hpc_start(&argc, &argv);
    if (started != GGCN_SUCCESS)
        return app_report(program, started);
    bench_options options;
    if (bench_options_read(argc, argv, &options) != GGCN_SUCCESS)
        return app_finish(app_report_usage(program, "ggcn_bench --help"));
    return app_finish(act(&options, argc, argv));
}
