#include "interpolate_options.h"

#include <string.h>

#include "options.h"

const char interpolate_help[] =
    "usage: ggcn_interpolate RUN [options]\n"
    "\n"
    "Shows what a model's generator makes of latents on the way from one to another (paper, Section 5.6): a row of "
    "images for\n"
    "each pair, latents clipped to [-1, 1]. RUN is a run directory of ggcn_train, or one checkpoint.\n"
    "\n"
    "  --rows N              pairs of random latents (5)\n"
    "  --chains A,B          in place of random ones the latents of the run's chains A and B; may be repeated\n"
    "  --data FILE.h5        data set for --images\n"
    "  --images A,B          latents fitted to the images A and B of --data; may be repeated. Their rows begin and end "
    "with\n"
    "                        the images themselves\n"
    "  --fit-steps N         steps of the fit, Adam on |G(z) - x|^2 over z (500)\n"
    "  --fit-rate R          its rate (0.05)\n"
    "  --points P            images of a row, both ends included (10)\n"
    "  --class NAME|NUMBER   class of the rows in turn, for a conditional model; may be repeated\n"
    "  --iteration N         take the checkpoint of this iteration\n"
    "  --seed S              of random latents (the run's)\n"
    "  --out FILE.h5         file of samples: chain is the row, draw is the point (interpolation.h5)\n"
    "  --grid FILE.png       picture (as --out, with .png)\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 done, 1 error, 2 usage.\n";

static ggcn_status read_pair(const char *option, const char *value, interpolate_options *o) {
    char first[32];
    const char *comma = strchr(value, ',');
    if (!comma || (size_t)(comma - value) >= sizeof first)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s must be two numbers A,B, not \"%s\"", option, value);
    if (o->n_pairs == INTERPOLATE_MOST)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: at most %d pairs", option, INTERPOLATE_MOST);
    memcpy(first, value, (size_t)(comma - value));
    first[comma - value] = 0;
    GGCN_TRY(app_parse_integer(option, first, 0, INT64_MAX, &o->pairs[o->n_pairs][0]));
    GGCN_TRY(app_parse_integer(option, comma + 1, 0, INT64_MAX, &o->pairs[o->n_pairs][1]));
    o->n_pairs++;
    return GGCN_SUCCESS;
}

static ggcn_status check(interpolate_options *o, bool chains, bool images, bool rows) {
    GGCN_TRY(model_options_check(&o->model));
    if (chains && images)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "call the program once for each", "--chains and --images do not go together");
    if (images != (o->data != NULL))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--images A,B and --data FILE.h5 need each other");
    if (rows && o->n_pairs > 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--rows is for random latents, --chains and --images make a row each");
    if (o->n_pairs > 0)
        o->rows = o->n_pairs;
    return GGCN_SUCCESS;
}

ggcn_status interpolate_options_read(int argc, char *const *argv, interpolate_options *o) {
    enum { ROWS = MODEL_OPTIONS, CHAINS, DATA, IMAGES, FIT_STEPS, FIT_RATE, POINTS, CLASS, OPTIONS };
    static const app_option table[OPTIONS] = {
        MODEL_OPTION_TABLE,
        [ROWS] = {"rows", 0, true},
        [CHAINS] = {"chains", 0, true},
        [DATA] = {"data", 0, true},
        [IMAGES] = {"images", 0, true},
        [FIT_STEPS] = {"fit-steps", 0, true},
        [FIT_RATE] = {"fit-rate", 0, true},
        [POINTS] = {"points", 0, true},
        [CLASS] = {"class", 0, true},
    };
    bool seen[OPTIONS] = {false};
    *o = (interpolate_options){.model = model_options_default("interpolation.h5"),
                               .rows = 5,
                               .points = 10,
                               .fit_steps = 500,
                               .fit_rate = 0.05};
    app_reader reader = {argc, argv, 1, false};
    const char *value;
    for (int which = 0; o->model.action == APP_WORK;) {
        GGCN_TRY(app_options_next(&reader, table, OPTIONS, &which, &value));
        if (which >= 0)
            seen[which] = true;
        switch (which) {
        case APP_OPTION_END:
            return check(o, seen[CHAINS], seen[IMAGES], seen[ROWS]);
        case ROWS:
            GGCN_TRY(app_parse_integer("--rows", value, 1, 1 << 16, &o->rows));
            break;
        case CHAINS:
            GGCN_TRY(read_pair("--chains", value, o));
            break;
        case IMAGES:
            GGCN_TRY(read_pair("--images", value, o));
            break;
        case DATA:
            o->data = value;
            break;
        case FIT_STEPS:
            GGCN_TRY(app_parse_integer("--fit-steps", value, 1, 1 << 24, &o->fit_steps));
            break;
        case FIT_RATE:
            GGCN_TRY(app_parse_real("--fit-rate", value, 1e-12, 1e6, &o->fit_rate));
            break;
        case POINTS:
            GGCN_TRY(app_parse_integer("--points", value, 2, 1000, &o->points));
            break;
        case CLASS:
            if (o->n_classes == INTERPOLATE_MOST)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--class: at most %d classes", INTERPOLATE_MOST);
            o->classes[o->n_classes++] = value;
            break;
        default:
            GGCN_TRY(model_options_take(which, value, &o->model));
            break;
        }
    }
    return GGCN_SUCCESS;
}
