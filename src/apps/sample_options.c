#include "sample_options.h"

#include "options.h"

const char sample_help[] =
    "usage: ggcn_sample RUN -n COUNT [options]\n"
    "\n"
    "Draws samples from a trained model. RUN is a run directory of ggcn_train, of which the newest checkpoint is "
    "taken, or one\n"
    "checkpoint file. The data set is not needed and the run is not changed. Run it under mpirun for several ranks;\n"
    "OMP_NUM_THREADS sets the threads of each. The samples are the same for any number of both.\n"
    "\n"
    "  -n COUNT              samples\n"
    "  --iteration N         take the checkpoint of this iteration\n"
    "  --start chains        go on with the chains of the run (default, but for models with a generator or several "
    "grids)\n"
    "  --start fresh         new chains, which start as in the configuration; those of a model with several grids at "
    "1x1\n"
    "                        means of the run's chains, or of images of --data (default for such a model)\n"
    "  --start generator     images of the generator (default for models that have one)\n"
    "  --steps L             Langevin steps before the first sample of a chain, on each grid (as in the "
    "configuration)\n"
    "  --chains C            chains; COUNT/C samples of each, rounded up (COUNT; all of the run's where that are "
    "fewer)\n"
    "  --thin K              steps between two samples of one chain (as --steps)\n"
    "  --class NAME|NUMBER   only this class of a conditional model; may be repeated\n"
    "  --mala                Metropolis-adjusted steps, whose chains have the model's density itself: noise 1, not\n"
    "                        sampler.noise_sigma; says what share of the proposals was taken\n"
    "  --step-size D         in place of sampler.step_size\n"
    "  --seed S              of the random numbers (the run's)\n"
    "  --data FILE.h5        data set whose images fresh chains start from\n"
    "  --out FILE.h5         file of samples (samples.h5)\n"
    "  --grid FILE.png       picture of the first 100 samples (as --out, with .png)\n"
    "  --film FILE.png       picture of one chain on its way, from its start to its last sample\n"
    "  --film-chain I        which chain (0)\n"
    "  --film-frames F       how many states (10)\n"
    "  --record DIR          record traces of all chains in DIR/chains, in segments with one file over them, for "
    "ggcn_chains,\n"
    "                        xarray and ArviZ: log-density, energy, |gradient|, mean, deviation, response of each "
    "layer,\n"
    "                        acceptance; on the finest grid\n"
    "  --record-every K      steps between two draws (as few as give at most 1000 draws)\n"
    "  --record-images J     record the images, too, with each J-th draw\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 done, 1 error, 2 usage.\n";

static ggcn_status read_start(const char *value, sample_start *start) {
    static const char *const names[] = {
        [SAMPLE_CHAINS] = "chains", [SAMPLE_FRESH] = "fresh", [SAMPLE_GENERATOR] = "generator"};
    size_t number = 0;
    GGCN_TRY(app_read_choice("--start", value, names, sizeof names / sizeof *names, &number));
    *start = (sample_start)number;
    return GGCN_SUCCESS;
}

static ggcn_status check(const sample_options *o) {
    GGCN_TRY(model_options_check(&o->model));
    if (o->count < 1)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "say how many samples with -n COUNT");
    if (o->chains > o->count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "lower --chains or raise -n", "--chains: %lld chains for %lld samples",
                  (long long)o->chains, (long long)o->count);
    if (o->film && o->film_chain >= o->count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--film-chain: there is no chain %lld, only 0 to %lld",
                  (long long)o->film_chain, (long long)o->count - 1);
    if (o->data && (o->start == SAMPLE_CHAINS || o->start == SAMPLE_GENERATOR))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "leave --data away, or use --start fresh",
                  "--data is where fresh chains start from");
    if (!o->record && (o->record_every > 0 || o->record_images > 0))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give --record DIR", "--record-every and --record-images are for --record");
    if (o->record && !*o->record)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--record: the directory has no name");
    return app_check_name("--film", o->film, ".png");
}

ggcn_status sample_options_read(int argc, char *const *argv, sample_options *o) {
    enum {
        COUNT = MODEL_OPTIONS,
        START,
        STEPS,
        CHAINS,
        THIN,
        CLASS,
        MALA,
        STEP_SIZE,
        DATA,
        FILM,
        FILM_CHAIN,
        FILM_FRAMES,
        RECORD,
        RECORD_EVERY,
        RECORD_IMAGES,
        OPTIONS
    };
    static const app_option table[OPTIONS] = {
        MODEL_OPTION_TABLE,
        [COUNT] = {"count", 'n', true},
        [START] = {"start", 0, true},
        [STEPS] = {"steps", 0, true},
        [CHAINS] = {"chains", 0, true},
        [THIN] = {"thin", 0, true},
        [CLASS] = {"class", 0, true},
        [MALA] = {"mala", 0, false},
        [STEP_SIZE] = {"step-size", 0, true},
        [DATA] = {"data", 0, true},
        [FILM] = {"film", 0, true},
        [FILM_CHAIN] = {"film-chain", 0, true},
        [FILM_FRAMES] = {"film-frames", 0, true},
        [RECORD] = {"record", 0, true},
        [RECORD_EVERY] = {"record-every", 0, true},
        [RECORD_IMAGES] = {"record-images", 0, true},
    };
    const int64_t most_steps = (1 << 24) - 1; /* numbers that noise can be addressed with */
    *o = (sample_options){.model = model_options_default("samples.h5"),
                          .start = SAMPLE_DEFAULT,
                          .steps = -1,
                          .thin = -1,
                          .chains = -1,
                          .film_frames = 10};
    app_reader reader = {argc, argv, 1, false};
    const char *value;
    for (int which = 0; o->model.action == APP_WORK;) {
        GGCN_TRY(app_options_next(&reader, table, OPTIONS, &which, &value));
        switch (which) {
        case APP_OPTION_END:
            return check(o);
        case COUNT:
            GGCN_TRY(app_parse_integer("-n", value, 1, UINT32_MAX, &o->count));
            break;
        case START:
            GGCN_TRY(read_start(value, &o->start));
            break;
        case STEPS:
            GGCN_TRY(app_parse_integer("--steps", value, 0, most_steps, &o->steps));
            break;
        case CHAINS:
            GGCN_TRY(app_parse_integer("--chains", value, 1, UINT32_MAX, &o->chains));
            break;
        case THIN:
            GGCN_TRY(app_parse_integer("--thin", value, 1, most_steps, &o->thin));
            break;
        case CLASS:
            if (o->n_classes == SAMPLE_MOST_CLASSES)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--class: at most %d classes", SAMPLE_MOST_CLASSES);
            o->classes[o->n_classes++] = value;
            break;
        case MALA:
            o->metropolis = true;
            break;
        case STEP_SIZE:
            GGCN_TRY(app_parse_real("--step-size", value, 1e-12, 1e12, &o->step_size));
            break;
        case DATA:
            o->data = value;
            break;
        case FILM:
            o->film = value;
            break;
        case FILM_CHAIN:
            GGCN_TRY(app_parse_integer("--film-chain", value, 0, UINT32_MAX, &o->film_chain));
            break;
        case FILM_FRAMES:
            GGCN_TRY(app_parse_integer("--film-frames", value, 2, 1000, &o->film_frames));
            break;
        case RECORD:
            o->record = value;
            break;
        case RECORD_EVERY:
            GGCN_TRY(app_parse_integer("--record-every", value, 1, most_steps, &o->record_every));
            break;
        case RECORD_IMAGES:
            GGCN_TRY(app_parse_integer("--record-images", value, 1, most_steps, &o->record_images));
            break;
        default:
            GGCN_TRY(model_options_take(which, value, &o->model));
            break;
        }
    }
    return GGCN_SUCCESS;
}
