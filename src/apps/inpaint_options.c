#include "inpaint_options.h"

#include <string.h>

#include "options.h"

const char inpaint_help[] =
    "usage: ggcn_inpaint RUN DATA.h5 [options]\n"
    "\n"
    "Hides pixels of images and lets a model complete them (paper, Section 5.6). RUN is a run directory of ggcn_train, or one\n"
    "checkpoint. A generator that is an auto-encoder makes the hidden pixels from the others, which Langevin steps then\n"
    "improve; with other models Langevin steps make them, from the mean of the pixels that are seen.\n"
    "\n"
    "  -n COUNT          images (10)\n"
    "  --part WHICH      held-out, training or all images of DATA.h5 (held-out, or training if there are none)\n"
    "  --mask KIND       square, spots, both, or FILE.png: white pixels are hidden (square)\n"
    "  --square SIDE     side of the square, which is in the middle (half of the images')\n"
    "  --spots SHARE     share of the pixels that random spots hide, where they do not overlap (0.25)\n"
    "  --spot-size SIDE  side of a spot (a sixteenth of the images')\n"
    "  --steps L         Langevin steps on the hidden pixels (as in the configuration after a generator, else 10 times that)\n"
    "  --step-size D     in place of sampler.step_size\n"
    "  --iteration N     take the checkpoint of this iteration\n"
    "  --seed S          of the spots and the noise (the run's)\n"
    "  --out FILE.h5     file of samples, with the originals and the masks (inpainted.h5)\n"
    "  --grid FILE.png   picture: masked image, result, original side by side, three a row (as --out, with .png)\n"
    "  --help, --version\n"
    "\n"
    "MSE, PSNR and SSIM are those of ggcn_eval --paired, beside those of the mean colour in place of the hidden pixels.\n"
    "Exit codes: 0 done, 1 error, 2 usage.\n";

static ggcn_status read_mask(const char *value, inpaint_options *o) {
    static const char *const names[] = {
        [GGCN_MASK_SQUARE] = "square", [GGCN_MASK_SPOTS] = "spots", [GGCN_MASK_BOTH] = "both"};
    for (size_t i = GGCN_MASK_SQUARE; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            o->mask.mask = (ggcn_mask_kind)i;
            return GGCN_SUCCESS;
        }
    o->mask.mask = GGCN_MASK_NONE;
    o->mask_file = value;
    if (app_check_name("--mask", value, ".png") != GGCN_SUCCESS)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--mask must be square, spots, both or a file ending in .png, not \"%s\"", value);
    return GGCN_SUCCESS;
}

static ggcn_status read_part(const char *value, inpaint_options *o) {
    static const char *const names[] = {[DATA_TRAINING] = "training", [DATA_HELD_OUT] = "held-out", [DATA_ANY] = "all"};
    o->part_given = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            o->part = (data_part)i;
            return GGCN_SUCCESS;
        }
    GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--part must be held-out, training or all, not \"%s\"", value);
}

static ggcn_status read_operand(const char *value, inpaint_options *o) {
    if (o->run && o->data)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
    *(o->run ? &o->data : &o->run) = value;
    return GGCN_SUCCESS;
}

static ggcn_status check(const inpaint_options *o) {
    if (!o->run || !o->data)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a run directory, or a checkpoint, and a data set are needed");
    GGCN_TRY(app_check_name("--grid", o->grid, ".png"));
    return app_check_name("--out", o->out, ".h5");
}

ggcn_status inpaint_options_read(int argc, char *const *argv, inpaint_options *o) {
    enum { HELP, VERSION, COUNT, PART, MASK, SQUARE, SPOTS, SPOT_SIZE, STEPS, STEP_SIZE, ITERATION, SEED, OUT, GRID, OPTIONS };
    static const app_option table[OPTIONS] = {
        [HELP] = {"help", 'h', false},          [VERSION] = {"version", 0, false}, [COUNT] = {"count", 'n', true},
        [PART] = {"part", 0, true},             [MASK] = {"mask", 0, true},        [SQUARE] = {"square", 0, true},
        [SPOTS] = {"spots", 0, true},           [SPOT_SIZE] = {"spot-size", 0, true}, [STEPS] = {"steps", 0, true},
        [STEP_SIZE] = {"step-size", 0, true},   [ITERATION] = {"iteration", 0, true}, [SEED] = {"seed", 0, true},
        [OUT] = {"out", 'o', true},             [GRID] = {"grid", 0, true},
    };
    int64_t iteration, side;
    *o = (inpaint_options){.iteration = UINT64_MAX, .count = 10, .mask = {.mask = GGCN_MASK_SQUARE, .spots = 0.25}, .seed = -1, .steps = -1,
                           .out = "inpainted.h5"};
    app_reader reader = {argc, argv, 1, false};
    const char *value;
    for (int which = 0;;) {
        GGCN_TRY(app_options_next(&reader, table, OPTIONS, &which, &value));
        switch (which) {
        case APP_OPTION_END:
            return check(o);
        case APP_OPTION_OPERAND:
            GGCN_TRY(read_operand(value, o));
            break;
        case HELP:
            o->help = true;
            return GGCN_SUCCESS;
        case VERSION:
            o->version = true;
            return GGCN_SUCCESS;
        case COUNT:
            GGCN_TRY(app_parse_integer("-n", value, 1, UINT32_MAX, &o->count));
            break;
        case PART:
            GGCN_TRY(read_part(value, o));
            break;
        case MASK:
            GGCN_TRY(read_mask(value, o));
            break;
        case SQUARE:
            GGCN_TRY(app_parse_integer("--square", value, 1, 65536, &side));
            o->mask.square = (uint32_t)side;
            break;
        case SPOTS:
            GGCN_TRY(app_parse_real("--spots", value, 1e-6, 10, &o->mask.spots));
            break;
        case SPOT_SIZE:
            GGCN_TRY(app_parse_integer("--spot-size", value, 1, 65536, &side));
            o->mask.spot = (uint32_t)side;
            break;
        case STEPS:
            GGCN_TRY(app_parse_integer("--steps", value, 0, (1 << 24) - 1, &o->steps));
            break;
        case STEP_SIZE:
            GGCN_TRY(app_parse_real("--step-size", value, 1e-12, 1e12, &o->step_size));
            break;
        case ITERATION:
            GGCN_TRY(app_parse_integer("--iteration", value, 0, INT64_MAX, &iteration));
            o->iteration = (uint64_t)iteration;
            break;
        case SEED:
            GGCN_TRY(app_parse_integer("--seed", value, 0, INT64_MAX, &o->seed));
            break;
        case OUT:
            o->out = value;
            break;
        case GRID:
            o->grid = value;
            break;
        default:
            break;
        }
    }
}
