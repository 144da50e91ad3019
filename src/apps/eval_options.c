#include "eval_options.h"

#include "data_part.h"

const char eval_help[] =
    "usage: ggcn_eval SAMPLES [--reference FILE] [--features NET.h5] [--model RUN] [--paired] [...]\n"
    "\n"
    "Measures samples against reference images. SAMPLES and the reference are data sets, files of samples or recorded\n"
    "chains. Run it under mpirun for several ranks; OMP_NUM_THREADS sets the threads of each.\n"
    "\n"
    "  --reference FILE       images to compare with\n"
    "  --features NET.h5      feature network: inception score of the samples, Frechet distance to the reference\n"
    "  --model RUN            response distance R of samples and reference: of each layer of a trained model's\n"
    "                         potential, and of the features that theta weighs. RUN is a run directory of ggcn_train,\n"
    "                         of which the newest checkpoint is taken, or one checkpoint. Images are seen as bytes\n"
    "  --paired               MSE, PSNR and SSIM of image i of SAMPLES and image i of the reference\n"
    "  --splits N             splits of the inception score (10)\n"
    "  --cache STATS.h5       keep the features' mean and covariance of the reference there, and take them from there\n"
    "  --part PART            of a data set as SAMPLES: all, training or held-out; of samples of ggcn_inpaint: "
    "originals\n"
    "  --reference-part PART  the same of the reference\n"
    "  --json FILE            write all numbers as JSON\n"
    "  --record               write them into SAMPLES, a file of samples, as its attribute `evaluation`\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 done, 1 error, 2 usage.\n";

static ggcn_status check_combination(const eval_options *o) {
    if (!o->samples)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a file with samples is needed");
    if (!o->features && !o->model && !o->paired)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "nothing to measure: give --features NET.h5, --model RUN or --paired");
    if (o->paired && !o->reference)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--paired compares with the images of --reference FILE");
    if (o->model && !o->reference)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--model compares with the images of --reference FILE");
    if (o->cache && !(o->features && o->reference))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--cache keeps what --features finds of --reference");
    if (o->reference_part != GGCN_PART_ALL && !o->reference)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--reference-part is a part of --reference FILE");
    GGCN_TRY(app_check_name("--cache", o->cache, ".h5"));
    return app_check_name("--json", o->json, ".json");
}

enum { REFERENCE, FEATURES, MODEL, PAIRED, SPLITS, CACHE, PART, REFERENCE_PART, JSON, RECORD, HELP, VERSION, COUNT };

static ggcn_status take(int which, const char *value, eval_options *o) {
    switch (which) {
    case REFERENCE:
        o->reference = value;
        break;
    case FEATURES:
        o->features = value;
        break;
    case MODEL:
        o->model = value;
        break;
    case PAIRED:
        o->paired = true;
        break;
    case SPLITS:
        return app_parse_integer("--splits", value, 1, 1000000, &o->splits);
    case CACHE:
        o->cache = value;
        break;
    case PART:
        return data_part_read("--part", value, &o->samples_part);
    case REFERENCE_PART:
        return data_part_read("--reference-part", value, &o->reference_part);
    case JSON:
        o->json = value;
        break;
    case RECORD:
        o->record = true;
        break;
    case HELP:
        o->action = APP_HELP;
        break;
    case VERSION:
        o->action = APP_VERSION;
        break;
    case APP_OPTION_OPERAND:
        if (o->samples)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
        o->samples = value;
        break;
    }
    return GGCN_SUCCESS;
}

ggcn_status eval_options_read(int argc, char *const *argv, eval_options *options) {
    static const app_option table[COUNT] = {[REFERENCE] = {"reference", 'r', true},
                                            [FEATURES] = {"features", 'f', true},
                                            [MODEL] = {"model", 'm', true},
                                            [PAIRED] = {"paired", 0, false},
                                            [SPLITS] = {"splits", 0, true},
                                            [CACHE] = {"cache", 0, true},
                                            [PART] = {"part", 0, true},
                                            [JSON] = {"json", 0, true},
                                            [REFERENCE_PART] = {"reference-part", 0, true},
                                            [RECORD] = {"record", 0, false},
                                            [HELP] = {"help", 'h', false},
                                            [VERSION] = {"version", 0, false}};
    app_reader reader = {argc, argv, 1, false};
    int which;
    *options = (eval_options){.splits = 10};
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, table, COUNT, &which, &value));
        GGCN_TRY(take(which, value, options));
        if (options->action != APP_WORK)
            return GGCN_SUCCESS;
    } while (which != APP_OPTION_END);
    return check_combination(options);
}
