/* ggcn_data info and ggcn_data grid: what is in a data-set file. Rank 0 reads; the others take part in the calls. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data_commands.h"
#include "options.h"
#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"
#include "ggcn/version.h"

static const char program[] = "ggcn_data";

enum { labels_at_once = 1 << 20, most_shown = 1 << 16, default_shown = 100 };

typedef struct {
    const char *operands[2]; /* FILE.h5 and OUT.png */
    int64_t count;
    bool help, version;
} request;

/* `wanted` operands; --count only for the command with two. */
static ggcn_status parse(int argc, char *const *argv, int wanted, request *r) {
    enum { HELP, VERSION, COUNT };
    static const app_option options[] = {
        [HELP] = {"help", 0, false}, [VERSION] = {"version", 0, false}, [COUNT] = {"count", 0, true}};
    const size_t n_options = wanted == 2 ? 3 : 2;
    int n_operands = 0, which;
    app_reader reader = {argc, argv, 1, false};
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, options, n_options, &which, &value));
        switch (which) {
        case HELP:
            r->help = true;
            return GGCN_SUCCESS;
        case VERSION:
            r->version = true;
            return GGCN_SUCCESS;
        case COUNT:
            GGCN_TRY(app_parse_integer("--count", value, 1, most_shown, &r->count));
            break;
        case APP_OPTION_OPERAND:
            if (n_operands == wanted)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
            r->operands[n_operands++] = value;
        }
    } while (which != APP_OPTION_END);
    if (n_operands < wanted)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s",
                  wanted == 2 ? "FILE.h5 and OUT.png are needed" : "FILE.h5 is needed");
    return GGCN_SUCCESS;
}

/* Calls `visit` on rank 0 for each image's number and label, in order. Collective. */
static ggcn_status visit_labels(ggcn_dataset *dataset, void (*visit)(void *context, int64_t number, uint32_t label),
                                void *context) {
    const int64_t total = ggcn_dataset_describe(dataset)->count;
    uint32_t *labels = malloc(labels_at_once * sizeof *labels);
    ggcn_status status = GGCN_SUCCESS;
    if (!labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %d labels", labels_at_once);
    status = ggcn_agree(status);
    for (int64_t first = 0; status == GGCN_SUCCESS && first < total; first += labels_at_once) {
        int64_t count = total - first < labels_at_once ? total - first : labels_at_once;
        if (ggcn_rank() != 0)
            count = 0;
        status = ggcn_dataset_read(dataset, first, count, NULL, labels);
        for (int64_t i = 0; status == GGCN_SUCCESS && i < count; i++)
            visit(context, first + i, labels[i]);
    }
    free(labels);
    return status;
}

static void count_label(void *context, int64_t number, uint32_t label) {
    (void)number;
    ((int64_t *)context)[label]++;
}

static ggcn_status print_classes(ggcn_dataset *dataset) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    int64_t *images = calloc(info->n_classes, sizeof *images);
    ggcn_status status = GGCN_SUCCESS;
    if (!images)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRIu32 " classes",
                            info->n_classes);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = visit_labels(dataset, count_label, images);
    if (status == GGCN_SUCCESS) {
        app_print("classes:  %" PRIu32 "\n", info->n_classes);
        for (uint32_t i = 0; i < info->n_classes; i++)
            app_print("  %4" PRIu32 "  %-20s %10" PRId64 " images\n", i, info->classes[i], images[i]);
    }
    free(images);
    return status;
}

static ggcn_status print_dataset(const char *path, ggcn_dataset *dataset) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    app_print("file:     %s\n", path);
    app_print("source:   %s\n", info->source);
    app_print("images:   %" PRId64 "\n", info->count);
    app_print("shape:    %" PRId64 "x%" PRId64 "x%" PRId64 " (channels, height, width)\n", info->shape.channels,
              info->shape.height, info->shape.width);
    GGCN_TRY(print_classes(dataset));
    app_print("checksum: %016" PRIx64, info->checksum);
    const ggcn_status status = ggcn_dataset_verify(dataset);
    app_print(status == GGCN_SUCCESS ? " (verified)\n" : " (does not verify)\n");
    return status;
}

int data_info(int argc, char *const *argv) {
    request r = {0};
    if (parse(argc, argv, 1, &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data info --help");
    if (r.help)
        app_print(
            "usage: ggcn_data info FILE.h5\n"
            "Prints the source, counts, shape and classes of a data-set file, and verifies its checksum.\n\noptions:\n"
            "  --help     this text\n"
            "  --version  version, compiler and libraries\n");
    if (r.version)
        app_print("%s", ggcn_version_text(program));
    if (r.help || r.version)
        return APP_DONE;

    ggcn_dataset *dataset = NULL;
    ggcn_status status = ggcn_dataset_open(r.operands[0], &dataset);
    if (status == GGCN_SUCCESS)
        status = print_dataset(r.operands[0], dataset);
    ggcn_dataset_close(&dataset);
    return app_report(program, status);
}

/* The cells of a grid: one row per class, or the first images where there are fewer cells than classes. */
typedef struct {
    int64_t columns, count;
    bool by_class;
    int64_t *numbers; /* [count] image in each cell; -1: none */
    float *pixels;    /* [count][C][H][W], rank 0; 0 where there is no image */
} cells;

static void place(void *context, int64_t number, uint32_t label) {
    cells *c = context;
    int64_t cell = c->by_class ? label * c->columns : number;
    const int64_t end = c->by_class ? cell + c->columns : c->count;
    while (cell < end && c->numbers[cell] >= 0)
        cell++;
    if (cell < end)
        c->numbers[cell] = number;
}

static ggcn_status allocate_cells(const ggcn_dataset_info *info, int64_t wanted, cells *c) {
    c->by_class = info->n_classes > 1 && wanted >= info->n_classes;
    c->columns = c->by_class ? wanted / info->n_classes : wanted < 10 ? wanted : 10;
    c->count = c->by_class ? c->columns * info->n_classes : wanted < info->count ? wanted : info->count;
    const size_t pixels = (size_t)(info->shape.channels * info->shape.height * info->shape.width);
    c->numbers = malloc((size_t)c->count * sizeof *c->numbers);
    c->pixels = ggcn_rank() == 0 ? calloc((size_t)c->count, pixels * sizeof *c->pixels) : NULL;
    if (!c->numbers || (ggcn_rank() == 0 && !c->pixels))
        GGCN_FAIL(GGCN_ERROR_MEMORY, "lower --count", "no memory for a picture of %" PRId64 " images", c->count);
    for (int64_t i = 0; i < c->count; i++)
        c->numbers[i] = -1;
    return GGCN_SUCCESS;
}

static ggcn_status read_cells(ggcn_dataset *dataset, cells *c) {
    const ggcn_shape shape = ggcn_dataset_describe(dataset)->shape;
    const size_t pixels = (size_t)(shape.channels * shape.height * shape.width);
    uint8_t *image = malloc(pixels);
    ggcn_status status = GGCN_SUCCESS;
    if (!image)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for an image");
    status = ggcn_agree(status);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < c->count; i++) {
        const bool read = c->numbers[i] >= 0; /* never on ranks other than 0 */
        status = ggcn_dataset_read(dataset, read ? c->numbers[i] : 0, read ? 1 : 0, image, NULL);
        for (size_t j = 0; status == GGCN_SUCCESS && read && j < pixels; j++)
            c->pixels[(size_t)i * pixels + j] = image[j];
    }
    free(image);
    return status;
}

static ggcn_status draw(ggcn_dataset *dataset, const char *path, int64_t wanted, cells *c) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    GGCN_TRY(ggcn_agree(allocate_cells(info, wanted, c)));
    GGCN_TRY(visit_labels(dataset, place, c));
    GGCN_TRY(read_cells(dataset, c));
    const int64_t side = info->shape.height > info->shape.width ? info->shape.height : info->shape.width;
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() == 0)
        status = ggcn_write_grid(path, c->pixels, c->count, info->shape, c->columns, 0.0f, 255.0f,
                                 side < 64 ? 64 / side : 1);
    return ggcn_agree(status);
}

static ggcn_status grid(const request *r) {
    ggcn_dataset *dataset = NULL;
    GGCN_TRY(ggcn_dataset_open(r->operands[0], &dataset));
    cells c = {0};
    const ggcn_status status = draw(dataset, r->operands[1], r->count, &c);
    if (status == GGCN_SUCCESS)
        app_print("%s: %s, %" PRId64 " columns\n", r->operands[1],
                  c.by_class ? "one row for each class" : "the first images", c.columns);
    free(c.numbers);
    free(c.pixels);
    ggcn_dataset_close(&dataset);
    return status;
}

int data_grid(int argc, char *const *argv) {
    request r = {.count = default_shown};
    if (parse(argc, argv, 2, &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data grid --help");
    if (r.help)
        app_print(
            "usage: ggcn_data grid FILE.h5 OUT.png [options]\n"
            "Draws images of a data-set file into a PNG file: the first ones of each class, one row for each class.\n"
            "\noptions:\n"
            "  --count N  at most N images (%d); if N is below the number of classes, the first N of the file\n"
            "  --help     this text\n"
            "  --version  version, compiler and libraries\n",
            default_shown);
    if (r.version)
        app_print("%s", ggcn_version_text(program));
    if (r.help || r.version)
        return APP_DONE;

    /* A picture replaces an older one; nothing else is replaced by a slip of the pen. */
    const size_t length = strlen(r.operands[1]);
    if (length < 5 || strcmp(r.operands[1] + length - 4, ".png") != 0) {
        ggcn_raise(GGCN_ERROR_ARGUMENT, __FILE__, __LINE__, NULL,
                   "the name of the picture must end in .png, not \"%s\"", r.operands[1]);
        return app_report_usage(program, "ggcn_data grid --help");
    }
    return app_report(program, grid(&r));
}
