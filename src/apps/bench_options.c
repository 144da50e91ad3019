#include "bench_options.h"

#include <omp.h>
#include <string.h>

#include "options.h"

const char bench_help[] =
    "usage: ggcn_bench --work WORK [--net NET] [--batch N] [--block B] [--threads T] [--steps S] [--repeats R]\n"
    "\n"
    "Measures on this machine; run it under mpirun for several ranks. WORK is one of\n"
    "  langevin   image-steps/s of x <- x + d^2/2 (grad Phi - x/s^2) + d noise, S steps on each of N chains\n"
    "  learn      images/s of one parameter gradient with the JKO term on all parameters, for N observed images and N "
    "chains\n"
    "  iteration  a whole training iteration (wGCN, N observed images, N chains, S steps) with its parts\n"
    "  reduce     the sum over blocks in a fixed tree beside MPI_Allreduce, at 1 to M megabytes a rank\n"
    "  io         collective writing of a checkpoint of M megabytes beside a plain write of as many bytes, in DIR\n"
    "  noise      normal numbers/s\n"
    "\n"
    "  --net NET        small, r32 or v0 (three networks of convolutions and leaky ReLU; v0 is v0-plain of ggcn_train\n"
    "                   --list), another built-in network, or a YAML file; default small\n"
    "  --channels C, --size S  shape CxSxS of the images for other networks; default 3 and 64\n"
    "  --batch N        images over all ranks, a multiple of the block; default 100\n"
    "  --block B        images a block; default 5\n"
    "  --threads T      threads of each rank; default OMP_NUM_THREADS\n"
    "  --dtype TYPE     arithmetic of Langevin steps: f32 or, where the processor has it, bf16; default f32\n"
    "  --steps S        default 10\n"
    "  --repeats R      medians of so many runs; default 5\n"
    "  --layers         also print the time of every way of each convolution, and the one taken\n"
    "  --megabytes M    default 100\n"
    "  --directory DIR  for --work io; must not exist; default ggcn_bench_io\n"
    "  --help, --version\n"
    "\n"
    "limit_images_per_s is the speed of the same convolutions by themselves, each by the fastest way found on this "
    "machine,\n"
    "with nothing in between; it is measured in turn with the program, and fraction_of_limit is the median of the "
    "ratios.\n"
    "\n"
    "Exit codes: 0 done, 1 error, 2 usage.\n";

static const char *const names[BENCH_WORKS] = {
    [BENCH_LANGEVIN] = "langevin", [BENCH_LEARN] = "learn", [BENCH_ITERATION] = "iteration",
    [BENCH_REDUCE] = "reduce",     [BENCH_IO] = "io",       [BENCH_NOISE] = "noise",
};

const char *bench_work_name(bench_work work) {
    return names[work];
}

static ggcn_status parse_work(const char *text, bench_work *work) {
    for (int i = 0; i < BENCH_WORKS; i++)
        if (strcmp(text, names[i]) == 0) {
            *work = (bench_work)i;
            return GGCN_SUCCESS;
        }
    GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--work must be langevin, learn, iteration, reduce, io or noise, not \"%s\"",
              text);
}

const char *bench_dtype(const bench_options *o) {
    return o->precision == GGCN_PRECISION_BF16 ? "bf16" : "f32";
}

static ggcn_status check(const bench_options *o) {
    if (o->work == BENCH_WORKS)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "name a --work");
    if (o->precision != GGCN_PRECISION_F32 && o->work != BENCH_LANGEVIN && o->work != BENCH_ITERATION)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--dtype bf16 is for --work langevin and iteration: all else is in f32");
    if (o->batch % o->block != 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--batch %lld is no multiple of --block %lld", (long long)o->batch,
                  (long long)o->block);
    return GGCN_SUCCESS;
}

ggcn_status bench_options_read(int argc, char *const *argv, bench_options *o) {
    enum {
        WORK,
        NET,
        CHANNELS,
        SIZE,
        BATCH,
        BLOCK,
        THREADS,
        DTYPE,
        STEPS,
        REPEATS,
        LAYERS,
        MEGABYTES,
        DIRECTORY,
        HELP,
        VERSION,
        COUNT
    };
    static const app_option table[COUNT] = {
        [WORK] = {"work", 0, true},           [NET] = {"net", 0, true},        [CHANNELS] = {"channels", 0, true},
        [SIZE] = {"size", 0, true},           [BATCH] = {"batch", 0, true},    [BLOCK] = {"block", 0, true},
        [THREADS] = {"threads", 0, true},     [DTYPE] = {"dtype", 0, true},    [STEPS] = {"steps", 0, true},
        [REPEATS] = {"repeats", 0, true},     [LAYERS] = {"layers", 0, false}, [MEGABYTES] = {"megabytes", 0, true},
        [DIRECTORY] = {"directory", 0, true}, [HELP] = {"help", 'h', false},   [VERSION] = {"version", 0, false},
    };
    *o = (bench_options){.work = BENCH_WORKS,
                         .net = "small",
                         .channels = 3,
                         .size = 64,
                         .batch = 100,
                         .block = 5,
                         .threads = omp_get_max_threads(),
                         .steps = 10,
                         .repeats = 5,
                         .megabytes = 100,
                         .directory = "ggcn_bench_io"};
    const struct {
        const char *name;
        int64_t highest, *value;
    } numbers[COUNT] = {
        [CHANNELS] = {"--channels", 65536, &o->channels}, [SIZE] = {"--size", 4096, &o->size},
        [BATCH] = {"--batch", 1 << 24, &o->batch},        [BLOCK] = {"--block", 4096, &o->block},
        [THREADS] = {"--threads", 4096, &o->threads},     [STEPS] = {"--steps", 1 << 20, &o->steps},
        [REPEATS] = {"--repeats", 1000, &o->repeats},     [MEGABYTES] = {"--megabytes", 4096, &o->megabytes},
    };
    app_reader reader = {argc, argv, 1, false};
    for (;;) {
        const char *value;
        int which;
        GGCN_TRY(app_options_next(&reader, table, COUNT, &which, &value));
        if (which == APP_OPTION_END)
            return check(o);
        if (which == APP_OPTION_OPERAND)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
        if (numbers[which].name)
            GGCN_TRY(app_parse_integer(numbers[which].name, value, 1, numbers[which].highest, numbers[which].value));
        else if (which == WORK)
            GGCN_TRY(parse_work(value, &o->work));
        else if (which == NET)
            o->net = value;
        else if (which == DIRECTORY)
            o->directory = value;
        else if (which == LAYERS)
            o->layers = true;
        else if (which == DTYPE && strcmp(value, "f32") != 0 && strcmp(value, "bf16") != 0)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--dtype must be f32 or bf16, not \"%s\"", value);
        else if (which == DTYPE)
            o->precision = strcmp(value, "f32") == 0 ? GGCN_PRECISION_F32 : GGCN_PRECISION_BF16;
        o->action = which == HELP ? APP_HELP : which == VERSION ? APP_VERSION : APP_WORK;
        if (o->action != APP_WORK)
            return GGCN_SUCCESS;
    }
}
