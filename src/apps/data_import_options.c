#include "data_import_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* A new format is one line here and one file src/image/import_NAME.c. */
static const import_format formats[] = {
    {"idx", "MNIST and Fashion-MNIST, plain or gzip; SOURCE is the file of images", true, false, ggcn_import_idx},
    {"cifar10", "CIFAR-10 binary records; SOURCE is a file, or a folder: all its *.bin files", false, false,
     ggcn_import_cifar10},
    {"image-folder",
     "a folder of JPEG, PNG and WebP files, told by their content; an image's class is the\n"
     "                 folder it lies in, for nested folders (SUN) their path, e.g. a/abbey",
     false, false, ggcn_import_folder},
    {"tiny-imagenet", "Tiny ImageNet as it unpacks: train, val, wnids.txt, words.txt; val becomes the held-out part",
     false, false, ggcn_import_tiny_imagenet},
    {"lsun-lmdb", "LSUN; SOURCE is the folder with data.mdb; one class", false, false, ggcn_import_lsun},
    {"celeba", "CelebA; SOURCE is the folder of images; one class, or see --attributes", true, true,
     ggcn_import_celeba},
};
enum { format_count = sizeof formats / sizeof *formats };

static const int64_t largest_size = 4096;

void import_options_help(void) {
    app_print(
        "usage: ggcn_data import FORMAT SOURCE OUT.h5 [options]\n"
        "Makes the data-set file OUT.h5 from the images and labels of SOURCE. Under mpirun all ranks decode; the data\n"
        "are the same for any number of ranks.\n\nformats:\n");
    for (int i = 0; i < format_count; i++)
        app_print("  %-13s  %s\n", formats[i].name, formats[i].summary);
    app_print(
        "\nwhich images:\n"
        "  --classes A,B     only these classes, by name or number; they become classes 0, 1, ... in this order\n"
        "  --limit N         only the first N images (of the classes kept); a format's own held-out part keeps its "
        "share\n"
        "  --shuffle SEED    put the images in a random order first, so that --limit takes some at random\n"
        "  --split FRACTION  hold out this share of each class, chosen at random (the seed is --shuffle's, or 0): "
        "these\n"
        "                    images come last in the file, and training never sees them\n"
        "  --skip-bad        leave out images that cannot be read or are smaller than the crop, and list them; "
        "without\n"
        "                    it the first one is an error. All images are decoded once more to find them\n"
        "  --duplicates      report images that repeat an earlier one, pixel for pixel\n"
        "  --labels FILE     idx, celeba: the file of labels, if it does not lie beside the images under the usual "
        "name\n"
        "  --attributes A,B  celeba: make classes of these attributes, e.g. Smiling+Male, Smiling+not_Male, ...\n"
        "\nhow they are changed, in this order:\n"
        "  --crop N          cut out the N x N pixels in the centre (CelebA: often 108 or 178)\n"
        "  --crop WxH        cut out the W x H pixels in the centre\n"
        "  --crop WxH+X+Y    cut out W x H pixels from column X and row Y on\n"
        "  --grey            turn colour into grey (Rec. 601 luma); without it, formats with images of several sizes\n"
        "                    give colour images, grey ones among them included\n"
        "  --size S          make all images S x S pixels; without it all must have one size, and keep it\n"
        "  --fit pad         with --size: centre on black\n"
        "  --fit resize      with --size: resize (Lanczos, anti-aliased), whatever the proportions\n"
        "  --fit cover       with --size: resize the largest centred square\n"
        "                    Default: cover for formats whose images differ in size, otherwise resize if larger, else "
        "pad\n"
        "\n"
        "  --overwrite       replace OUT.h5 if it exists\n"
        "  --help            this text\n"
        "  --version         version, compiler and libraries\n");
}

static ggcn_status find_format(const char *name, const import_format **format) {
    char names[256] = "";
    for (int i = 0; i < format_count; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *format = &formats[i];
            return GGCN_SUCCESS;
        }
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "the formats are ", formats[i].name);
    }
    GGCN_FAIL(GGCN_ERROR_ARGUMENT, names, "unknown format %s", name);
}

/* Digits up to the next other character. */
static bool take_number(const char **text, int64_t lowest, int64_t *value) {
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    const unsigned long long number = strtoull(*text, &end, 10);
    *text = end;
    *value = (int64_t)number;
    return number >= (unsigned long long)lowest && number <= GGCN_LARGEST_SIDE;
}

static bool take_character(const char **text, char expected) {
    return *(*text)++ == expected;
}

/* N, WxH or WxH+X+Y */
static ggcn_status parse_crop(const char *value, ggcn_crop *crop) {
    const char *rest = value;
    *crop = (ggcn_crop){.centred = true};
    bool good = take_number(&rest, 1, &crop->width);
    crop->height = crop->width;
    if (good && *rest)
        good = take_character(&rest, 'x') && take_number(&rest, 1, &crop->height);
    if (good && *rest) {
        crop->centred = false;
        good = take_character(&rest, '+') && take_number(&rest, 0, &crop->x) && take_character(&rest, '+') &&
               take_number(&rest, 0, &crop->y);
    }
    if (!good || *rest)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--crop must be N, WxH or WxH+X+Y with whole numbers up to %d, not \"%s\"",
                  GGCN_LARGEST_SIDE, value);
    return GGCN_SUCCESS;
}

static ggcn_status parse_fit(const char *value, import_changes *changes) {
    static const char *const names[] = {
        [GGCN_FIT_PAD] = "pad", [GGCN_FIT_RESIZE] = "resize", [GGCN_FIT_COVER] = "cover"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            changes->fit = (ggcn_fit)i;
            changes->fit_given = true;
            return GGCN_SUCCESS;
        }
    GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--fit must be pad, resize or cover, not \"%s\"", value);
}

static ggcn_status parse_split(const char *value, double *split) {
    char *end;
    *split = strtod(value, &end);
    if (end == value || *end || !(*split > 0 && *split < 1))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--split must be a number between 0 and 1, not \"%s\"", value);
    return GGCN_SUCCESS;
}

enum {
    ATTRIBUTES,
    CLASSES,
    CROP,
    DUPLICATES,
    FIT,
    GREY,
    HELP,
    LABELS,
    LIMIT,
    OVERWRITE,
    SHUFFLE,
    SIZE,
    SKIP_BAD,
    SPLIT,
    VERSION
};
static const app_option options[] = {
    [ATTRIBUTES] = {"attributes", 0, true},
    [CLASSES] = {"classes", 0, true},
    [CROP] = {"crop", 0, true},
    [DUPLICATES] = {"duplicates", 0, false},
    [FIT] = {"fit", 0, true},
    [GREY] = {"grey", 0, false},
    [HELP] = {"help", 0, false},
    [LABELS] = {"labels", 0, true},
    [LIMIT] = {"limit", 0, true},
    [OVERWRITE] = {"overwrite", 0, false},
    [SHUFFLE] = {"shuffle", 0, true},
    [SIZE] = {"size", 0, true},
    [SKIP_BAD] = {"skip-bad", 0, false},
    [SPLIT] = {"split", 0, true},
    [VERSION] = {"version", 0, false},
};

static ggcn_status take_option(int which, const char *value, import_request *r) {
    switch (which) {
    case ATTRIBUTES:
        r->source.attributes = value;
        return GGCN_SUCCESS;
    case CLASSES:
        r->selection.classes = value;
        return GGCN_SUCCESS;
    case CROP:
        return parse_crop(value, &r->changes.crop);
    case DUPLICATES:
        r->duplicates = true;
        return GGCN_SUCCESS;
    case FIT:
        return parse_fit(value, &r->changes);
    case GREY:
        r->changes.grey = true;
        return GGCN_SUCCESS;
    case HELP:
        r->help = true;
        return GGCN_SUCCESS;
    case LABELS:
        r->source.labels = value;
        return GGCN_SUCCESS;
    case LIMIT:
        return app_parse_integer("--limit", value, 1, INT64_MAX, &r->selection.limit);
    case OVERWRITE:
        r->overwrite = true;
        return GGCN_SUCCESS;
    case SHUFFLE:
        r->selection.shuffle = true;
        return app_parse_integer("--shuffle", value, 0, INT64_MAX, &r->selection.seed);
    case SIZE:
        return app_parse_integer("--size", value, 1, largest_size, &r->changes.size);
    case SKIP_BAD:
        r->skip_bad = true;
        return GGCN_SUCCESS;
    case SPLIT:
        return parse_split(value, &r->selection.split);
    default:
        r->version = true;
        return GGCN_SUCCESS;
    }
}

static ggcn_status check_together(const import_request *r) {
    if (r->source.labels && !r->format->has_labels_file)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--labels does not go with the format %s", r->format->name);
    if (r->source.attributes && !r->format->has_attributes)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--attributes does not go with the format %s", r->format->name);
    if (r->changes.fit_given && r->changes.size == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--fit needs --size");
    return GGCN_SUCCESS;
}

ggcn_status import_options_parse(int argc, char *const *argv, import_request *r) {
    const char *operands[3] = {NULL, NULL, NULL};
    int n_operands = 0;
    app_reader reader = {argc, argv, 1, false};
    for (;;) {
        int which;
        const char *value;
        GGCN_TRY(app_options_next(&reader, options, sizeof options / sizeof *options, &which, &value));
        if (which == APP_OPTION_END)
            break;
        if (which != APP_OPTION_OPERAND)
            GGCN_TRY(take_option(which, value, r));
        else if (n_operands == 3)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
        else
            operands[n_operands++] = value;
        if (r->help || r->version)
            return GGCN_SUCCESS;
    }
    if (n_operands < 3)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "FORMAT, SOURCE and OUT.h5 are needed, but there are %d arguments",
                  n_operands);
    GGCN_TRY(find_format(operands[0], &r->format));
    r->path = operands[1];
    r->out = operands[2];
    return check_together(r);
}
