#include "inpaint_options.h"

#include <string.h>

#include "data_part.h"

const char inpaint_help[] =
    "usage: ggcn_inpaint RUN DATA.h5 [options]\n"
    "\n"
    "Hides pixels of images and lets a model complete them (paper, Section 5.6). RUN is a run directory of ggcn_train, "
    "or one\n"
    "checkpoint. A generator that is an auto-encoder makes the hidden pixels from the others, which Langevin steps "
    "then\n"
    "improve; with other models Langevin steps make them, from the mean of the pixels that are seen.\n"
    "\n"
    "  -n COUNT          images (10)\n"
    "  --part WHICH      held-out, training or all images of DATA.h5 (held-out, or training if there are none)\n"
    "  --mask KIND       square, spots, both, or FILE.png: white pixels are hidden (square)\n"
    "  --square SIDE     side of the square, which is in the middle (half of the images')\n"
    "  --spots SHARE     share of the pixels that random spots hide, where they do not overlap (0.25)\n"
    "  --spot-size SIDE  side of a spot (a sixteenth of the images')\n"
    "  --steps L         Langevin steps on the hidden pixels (as in the configuration after a generator, else 10 times "
    "that)\n"
    "  --step-size D     in place of sampler.step_size\n"
    "  --features NET.h5 Frechet distance between the results and the originals on the features of this network file\n"
    "  --iteration N     take the checkpoint of this iteration\n"
    "  --seed S          of the spots and the noise (the run's)\n"
    "  --out FILE.h5     file of samples, with the originals and the masks (inpainted.h5)\n"
    "  --grid FILE.png   picture: masked image, result, original side by side, three a row (as --out, with .png)\n"
    "  --help, --version\n"
    "\n"
    "MSE, PSNR and SSIM are those of ggcn_eval --paired, beside those of the mean colour in place of the hidden "
    "pixels.\n"
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
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--mask must be square, spots, both or a file ending in .png, not \"%s\"",
                  value);
    return GGCN_SUCCESS;
}

static ggcn_status read_operand(const char *value, inpaint_options *o) {
    if (!o->model.run)
        return model_options_take(APP_OPTION_OPERAND, value, &o->model);
    if (o->data)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
    o->data = value;
    return GGCN_SUCCESS;
}

static ggcn_status check(const inpaint_options *o) {
    if (!o->model.run || !o->data)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "a run directory, or a checkpoint, and a data set are needed");
    return model_options_check(&o->model);
}

ggcn_status inpaint_options_read(int argc, char *const *argv, inpaint_options *o) {
    enum { COUNT = MODEL_OPTIONS, PART, MASK, SQUARE, SPOTS, SPOT_SIZE, STEPS, STEP_SIZE, FEATURES, OPTIONS };
    static const app_option table[OPTIONS] = {
        MODEL_OPTION_TABLE,
        [COUNT] = {"count", 'n', true},
        [PART] = {"part", 0, true},
        [MASK] = {"mask", 0, true},
        [SQUARE] = {"square", 0, true},
        [SPOTS] = {"spots", 0, true},
        [SPOT_SIZE] = {"spot-size", 0, true},
        [STEPS] = {"steps", 0, true},
        [STEP_SIZE] = {"step-size", 0, true},
        [FEATURES] = {"features", 0, true},
    };
    int64_t side;
    *o = (inpaint_options){.model = model_options_default("inpainted.h5"),
                           .count = 10,
                           .mask = {.mask = GGCN_MASK_SQUARE, .spots = 0.25},
                           .steps = -1};
    app_reader reader = {argc, argv, 1, false};
    const char *value;
    for (int which = 0; o->model.action == APP_WORK;) {
        GGCN_TRY(app_options_next(&reader, table, OPTIONS, &which, &value));
        switch (which) {
        case APP_OPTION_END:
            return check(o);
        case APP_OPTION_OPERAND:
            GGCN_TRY(read_operand(value, o));
            break;
        case COUNT:
            GGCN_TRY(app_parse_integer("-n", value, 1, UINT32_MAX, &o->count));
            break;
        case PART:
            GGCN_TRY(data_part_read("--part", value, &o->part));
            if (o->part == GGCN_PART_ORIGINALS)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--part must be held-out, training or all");
            o->part_given = true;
            break;
        case FEATURES:
            o->features = value;
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
        default:
            GGCN_TRY(model_options_take(which, value, &o->model));
            break;
        }
    }
    return GGCN_SUCCESS;
}
