/* ggcn_data grid: images of a data-set file as a picture. Rank 0 reads; the others take part in the calls. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data_commands.h"
#include "data_labels.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"
#include "ggcn/version.h"
#include "options.h"

static const char program[] = "ggcn_data";

enum { most_shown = 1 << 16, default_shown = 100 };

typedef struct {
    const char *operands[2]; /* FILE.h5 and OUT.png */
    int64_t count;
    bool held_out, help, version;
} request;

static ggcn_status parse(int argc, char *const *argv, request *r) {
    enum { HELP, VERSION, COUNT, HELD_OUT };
    static const app_option options[] = {[HELP] = {"help", 0, false},
                                         [VERSION] = {"version", 0, false},
                                         [COUNT] = {"count", 0, true},
                                         [HELD_OUT] = {"held-out", 0, false}};
    int n_operands = 0, which;
    app_reader reader = {argc, argv, 1, false};
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, options, sizeof options / sizeof *options, &which, &value));
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
        case HELD_OUT:
            r->held_out = true;
            break;
        case APP_OPTION_OPERAND:
            if (n_operands == 2)
                GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
            r->operands[n_operands++] = value;
        }
    } while (which != APP_OPTION_END);
    if (n_operands < 2)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "FILE.h5 and OUT.png are needed");
    /* A picture replaces an older one; nothing else is replaced by a slip of the pen. */
    const size_t length = strlen(r->operands[1]);
    if (length < 5 || strcmp(r->operands[1] + length - 4, ".png") != 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "the name of the picture must end in .png, not \"%s\"", r->operands[1]);
    return GGCN_SUCCESS;
}

/* The cells of a grid: one row per class, or the first images where there are fewer cells than classes. */
typedef struct {
    int64_t columns, count;
    int64_t first, last; /* images of the part that is drawn */
    bool by_class;
    int64_t *numbers; /* [count] image in each cell; -1: none */
    float *pixels;    /* [count][C][H][W], rank 0; 0 where there is no image */
} cells;

static void place(void *context, int64_t number, uint32_t label) {
    cells *c = context;
    if (number < c->first || number >= c->last)
        return;
    int64_t cell = c->by_class ? label * c->columns : number - c->first;
    const int64_t end = c->by_class ? cell + c->columns : c->count;
    while (cell < end && c->numbers[cell] >= 0)
        cell++;
    if (cell < end)
        c->numbers[cell] = number;
}

static ggcn_status choose_part(const request *r, const ggcn_dataset_info *info, cells *c) {
    if (r->held_out && info->held_out == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "leave --held-out away", "%s: no images are held out", r->operands[0]);
    const int64_t training = info->count - info->held_out;
    c->first = r->held_out ? training : 0;
    c->last = r->held_out ? info->count : training;
    return GGCN_SUCCESS;
}

static ggcn_status allocate_cells(const ggcn_dataset_info *info, int64_t wanted, cells *c) {
    const int64_t images = c->last - c->first;
    c->by_class = info->n_classes > 1 && wanted >= info->n_classes;
    c->columns = c->by_class ? wanted / info->n_classes : wanted < 10 ? wanted : 10;
    c->count = c->by_class ? c->columns * info->n_classes : wanted < images ? wanted : images;
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

static ggcn_status draw(ggcn_dataset *dataset, const request *r, cells *c) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(dataset);
    GGCN_TRY(ggcn_agree(choose_part(r, info, c)));
    GGCN_TRY(ggcn_agree(allocate_cells(info, r->count, c)));
    GGCN_TRY(data_visit_labels(dataset, place, c));
    GGCN_TRY(read_cells(dataset, c));
    const int64_t side = info->shape.height > info->shape.width ? info->shape.height : info->shape.width;
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() == 0)
        status = ggcn_write_grid(r->operands[1], c->pixels, c->count, info->shape, c->columns, 0.0f, 255.0f,
                                 side < 64 ? 64 / side : 1);
    return ggcn_agree(status);
}

static ggcn_status grid(const request *r) {
    ggcn_dataset *dataset = NULL;
    GGCN_TRY(ggcn_dataset_open(r->operands[0], &dataset));
    cells c = {0};
    const ggcn_status status = draw(dataset, r, &c);
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
    if (parse(argc, argv, &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data grid --help");
    if (r.help)
        app_print(
            "usage: ggcn_data grid FILE.h5 OUT.png [options]\n"
            "Draws images of a data-set file into a PNG file: the first ones of each class, one row for each class.\n"
            "\noptions:\n"
            "  --count N   at most N images (%d); if N is below the number of classes, the first N of the file\n"
            "  --held-out  the held-out images; without it, those to learn from\n"
            "  --help      this text\n"
            "  --version   version, compiler and libraries\n",
            default_shown);
    if (r.version)
        app_print("%s", ggcn_version_text(program));
    if (r.help || r.version)
        return APP_DONE;
    return app_report(program, grid(&r));
}
