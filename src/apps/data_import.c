/* ggcn_data import: every rank decodes its own contiguous range of the images, and all write them together. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data_commands.h"
#include "options.h"
#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"
#include "ggcn/version.h"

static const char program[] = "ggcn_data";

static ggcn_status open_cifar10(const char *path, const char *labels, ggcn_image_source **source) {
    (void)labels;
    return ggcn_import_cifar10(path, source);
}

typedef struct {
    const char *name, *summary;
    bool has_labels_file; /* --labels makes sense */
    ggcn_status (*open)(const char *path, const char *labels, ggcn_image_source **source);
} image_format;

/* A new format is one line here and one file src/image/import_NAME.c. */
static const image_format formats[] = {
    {"idx", "MNIST and Fashion-MNIST, plain or gzip; SOURCE is the file of images", true, ggcn_import_idx},
    {"cifar10", "CIFAR-10 binary records; SOURCE is a file, or a folder: all its *.bin files", false, open_cifar10},
};
enum { format_count = sizeof formats / sizeof *formats };

enum { batch_images = 1024 };
static const int64_t batch_bytes = INT64_C(64) << 20; /* fewer images at a time if they are large */
static const int64_t largest_side = 4096;

typedef struct {
    const image_format *format;
    const char *path, *out, *labels, *classes;
    int64_t size;  /* 0: as the images are */
    int64_t limit; /* 0: all */
    bool fit_given;
    ggcn_fit fit;
    bool grey, overwrite, help, version;
} request;

/* What becomes of the source's images. */
typedef struct {
    int64_t *numbers; /* [info.count] which image of the source */
    uint32_t *labels; /* [source classes] new number of a class, or UINT32_MAX if it is left out */
    ggcn_dataset_info info;
    bool grey, fit_needed;
    ggcn_fit fit;
} plan;

static int help(void) {
    app_print("usage: ggcn_data import FORMAT SOURCE OUT.h5 [options]\n"
              "Makes the data-set file OUT.h5 from the images and labels of SOURCE.\n\nformats:\n");
    for (int i = 0; i < format_count; i++)
        app_print("  %-9s%s\n", formats[i].name, formats[i].summary);
    app_print("\noptions:\n"
              "  --labels FILE   idx: the file of labels, if it does not lie beside the images under the usual name\n"
              "  --size S        make all images S x S pixels; without it they stay as they are\n"
              "  --fit pad       with --size: centre on black; the default for images not larger than S\n"
              "  --fit resize    with --size: area averaging down, bilinear up; the default for larger images\n"
              "  --limit N       only the first N images (of the classes kept)\n"
              "  --classes A,B   only these classes, by name or number; they become classes 0, 1, ... in this order\n"
              "  --grey          turn colour into grey (Rec. 601 luma)\n"
              "  --overwrite     replace OUT.h5 if it exists\n"
              "  --help          this text\n"
              "  --version       version, compiler and libraries\n");
    return APP_DONE;
}

static ggcn_status find_format(const char *name, const image_format **format) {
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

static ggcn_status parse(int argc, char *const *argv, request *r) {
    enum { LABELS, SIZE, FIT, LIMIT, CLASSES, GREY, OVERWRITE, HELP, VERSION };
    static const app_option options[] = {
        [LABELS] = {"labels", 0, true},        [SIZE] = {"size", 0, true},       [FIT] = {"fit", 0, true},
        [LIMIT] = {"limit", 0, true},          [CLASSES] = {"classes", 0, true}, [GREY] = {"grey", 0, false},
        [OVERWRITE] = {"overwrite", 0, false}, [HELP] = {"help", 0, false},      [VERSION] = {"version", 0, false},
    };
    const char *operands[3] = {NULL, NULL, NULL};
    int n_operands = 0, which;
    app_reader reader = {argc, argv, 1, false};
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, options, sizeof options / sizeof *options, &which, &value));
        switch (which) {
        case LABELS:
            r->labels = value;
            break;
        case SIZE:
            GGCN_TRY(app_parse_integer("--size", value, 1, largest_side, &r->size));
            break;
        case FIT:
            if (strcmp(value, "pad") != 0 && strcmp(value, "resize") != 0)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--fit must be pad or resize, not \"%s\"", value);
            r->fit_given = true;
            r->fit = value[0] == 'p' ? GGCN_FIT_PAD : GGCN_FIT_RESIZE;
            break;
        case LIMIT:
            GGCN_TRY(app_parse_integer("--limit", value, 1, INT64_MAX, &r->limit));
            break;
        case CLASSES:
            r->classes = value;
            break;
        case GREY:
            r->grey = true;
            break;
        case OVERWRITE:
            r->overwrite = true;
            break;
        case HELP:
            r->help = true;
            return GGCN_SUCCESS;
        case VERSION:
            r->version = true;
            return GGCN_SUCCESS;
        case APP_OPTION_OPERAND:
            if (n_operands == 3)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
            operands[n_operands++] = value;
        }
    } while (which != APP_OPTION_END);
    if (n_operands < 3)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "FORMAT, SOURCE and OUT.h5 are needed, but there are %d arguments",
                  n_operands);
    GGCN_TRY(find_format(operands[0], &r->format));
    r->path = operands[1];
    r->out = operands[2];
    if (r->labels && !r->format->has_labels_file)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--labels does not go with the format %s", r->format->name);
    if (r->fit_given && r->size == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--fit needs --size");
    return GGCN_SUCCESS;
}

/* A class by name, or else by number. */
static ggcn_status find_class(const ggcn_image_source *source, const char *name, size_t length, uint32_t *number) {
    for (uint32_t i = 0; i < source->n_classes; i++)
        if (strlen(source->classes[i]) == length && strncmp(source->classes[i], name, length) == 0) {
            *number = i;
            return GGCN_SUCCESS;
        }
    char *end;
    const unsigned long parsed = strtoul(name, &end, 10);
    if (length == 0 || name[0] < '0' || name[0] > '9' || end != name + length || parsed >= source->n_classes) {
        char names[512] = "the classes are ";
        for (uint32_t i = 0; i < source->n_classes; i++) {
            const size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", source->classes[i]);
        }
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, names, "--classes: unknown class \"%.*s\"", (int)length, name);
    }
    *number = (uint32_t)parsed;
    return GGCN_SUCCESS;
}

/* Which classes are kept, under which new number and name. The names stay the source's. */
static ggcn_status choose_classes(const request *r, const ggcn_image_source *source, plan *p) {
    p->labels = malloc(source->n_classes * sizeof *p->labels);
    p->info.classes = malloc(source->n_classes * sizeof *p->info.classes);
    if (!p->labels || !p->info.classes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " classes", source->n_classes);
    for (uint32_t i = 0; i < source->n_classes; i++) {
        p->labels[i] = r->classes ? UINT32_MAX : i;
        p->info.classes[i] = source->classes[i];
    }
    if (!r->classes) {
        p->info.n_classes = source->n_classes;
        return GGCN_SUCCESS;
    }
    for (const char *name = r->classes;;) {
        const size_t length = strcspn(name, ",");
        uint32_t number = 0;
        GGCN_TRY(find_class(source, name, length, &number));
        if (p->labels[number] != UINT32_MAX)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--classes: class %s is named twice", source->classes[number]);
        p->labels[number] = p->info.n_classes;
        p->info.classes[p->info.n_classes++] = source->classes[number];
        if (name[length] == '\0')
            return GGCN_SUCCESS;
        name += length + 1;
    }
}

/* Which images are kept. Labels are read only if they matter. */
static ggcn_status choose_images(const request *r, ggcn_image_source *source, plan *p) {
    const int64_t most = r->limit && r->limit < source->count ? r->limit : source->count;
    p->numbers = malloc((size_t)most * sizeof *p->numbers);
    if (!p->numbers)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the numbers of %" PRId64 " images", most);
    for (int64_t i = 0; i < source->count && p->info.count < most; i++) {
        uint32_t label = 0;
        if (r->classes)
            GGCN_TRY(source->read(source, i, NULL, &label));
        if (p->labels[label] != UINT32_MAX)
            p->numbers[p->info.count++] = i;
    }
    if (p->info.count == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: none of its %" PRId64 " images is of the classes %s", r->path,
                  source->count, r->classes);
    return GGCN_SUCCESS;
}

static ggcn_status make_plan(const request *r, ggcn_image_source *source, plan *p) {
    GGCN_TRY(choose_classes(r, source, p));
    GGCN_TRY(choose_images(r, source, p));
    const ggcn_shape from = source->shape;
    p->grey = r->grey && from.channels == 3;
    p->info.source = source->description;
    p->info.shape = from;
    if (p->grey)
        p->info.shape.channels = 1;
    if (r->size) {
        p->info.shape.height = p->info.shape.width = r->size;
        const bool larger = from.height > r->size || from.width > r->size;
        p->fit = r->fit_given ? r->fit : larger ? GGCN_FIT_RESIZE : GGCN_FIT_PAD;
        p->fit_needed = from.height != r->size || from.width != r->size;
        if (p->fit == GGCN_FIT_PAD && larger)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "take --fit resize or a larger --size",
                      "%s: images of %" PRId64 "x%" PRId64 " pixels cannot be padded to %" PRId64 "x%" PRId64, r->path,
                      from.height, from.width, r->size, r->size);
    }
    return GGCN_SUCCESS;
}

static int64_t image_bytes(ggcn_shape shape) {
    return shape.channels * shape.height * shape.width;
}

/* Reads, greys and fits one image. `work` has room for two images of the source. */
static ggcn_status decode(ggcn_image_source *source, const plan *p, int64_t number, uint8_t *work, uint8_t *image,
                          uint32_t *label) {
    ggcn_shape shape = source->shape;
    uint8_t *from = p->grey || p->fit_needed ? work : image;
    uint32_t source_label;
    GGCN_TRY(source->read(source, p->numbers[number], from, &source_label));
    *label = p->labels[source_label];
    if (p->grey) {
        uint8_t *to = p->fit_needed ? work + image_bytes(shape) : image;
        ggcn_image_grey(from, shape.height, shape.width, to);
        shape.channels = 1;
        from = to;
    }
    return p->fit_needed ? ggcn_image_fit(from, shape, p->fit, p->info.shape.height, image) : GGCN_SUCCESS;
}

/* Every rank takes part in every write, at the end with no images. */
static ggcn_status write_images(ggcn_image_source *source, const plan *p, ggcn_dataset_writer *writer) {
    const int64_t bytes = image_bytes(p->info.shape);
    int64_t batch = batch_bytes / bytes;
    batch = batch < 1 ? 1 : batch > batch_images ? batch_images : batch;
    int64_t first, owned;
    ggcn_blocks_of_rank(p->info.count, ggcn_rank(), &first, &owned);
    const int64_t most_owned = (p->info.count - 1) / ggcn_ranks() + 1;

    uint8_t *images = malloc((size_t)(batch * bytes)), *work = malloc((size_t)(2 * image_bytes(source->shape)));
    uint32_t *labels = malloc((size_t)batch * sizeof *labels);
    ggcn_status status = GGCN_SUCCESS;
    if (!images || !work || !labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " images", batch);
    status = ggcn_agree(status);
    for (int64_t start = 0; status == GGCN_SUCCESS && start < most_owned; start += batch) {
        const int64_t left = owned > start ? owned - start : 0, count = left < batch ? left : batch;
        for (int64_t i = 0; status == GGCN_SUCCESS && i < count; i++)
            status = decode(source, p, first + start + i, work, images + i * bytes, labels + i);
        status = ggcn_agree(status);
        if (status == GGCN_SUCCESS)
            status = ggcn_agree(ggcn_dataset_write(writer, first + (count ? start : 0), count, images, labels));
    }
    free(images);
    free(work);
    free(labels);
    return status;
}

static ggcn_status check_out(const request *r) {
    struct stat about;
    if (ggcn_rank() == 0 && !r->overwrite && lstat(r->out, &about) == 0)
        GGCN_FAIL(GGCN_ERROR_IO, "give another name, or --overwrite to replace it", "%s exists already", r->out);
    return GGCN_SUCCESS;
}

static ggcn_status import(const request *r, ggcn_image_source **source, plan *p) {
    GGCN_TRY(ggcn_agree(check_out(r)));
    GGCN_TRY(ggcn_agree(r->format->open(r->path, r->labels, source)));
    GGCN_TRY(ggcn_agree(make_plan(r, *source, p)));
    ggcn_dataset_writer *writer = NULL;
    GGCN_TRY(ggcn_agree(ggcn_dataset_create(r->out, &p->info, &writer)));
    const ggcn_status status = write_images(*source, p, writer);
    if (status != GGCN_SUCCESS) {
        ggcn_dataset_abandon(&writer);
        return status;
    }
    return ggcn_agree(ggcn_dataset_finish(&writer));
}

int data_import(int argc, char *const *argv) {
    request r = {0};
    if (parse(argc, argv, &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data import --help");
    if (r.help)
        return help();
    if (r.version) {
        app_print("%s", ggcn_version_text(program));
        return APP_DONE;
    }
    ggcn_image_source *source = NULL;
    plan p = {0};
    const ggcn_status status = import(&r, &source, &p);
    if (status == GGCN_SUCCESS)
        app_print("%s: %" PRId64 " images of %" PRId64 "x%" PRId64 "x%" PRId64 " (channels, height, width), %" PRIu32
                  " classes\n",
                  r.out, p.info.count, p.info.shape.channels, p.info.shape.height, p.info.shape.width,
                  p.info.n_classes);
    free(p.numbers);
    free(p.labels);
    free(p.info.classes);
    ggcn_image_source_close(&source);
    return app_report(program, status);
}
