/* ggcn_data merge: several data sets into one. Classes are joined by name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data_commands.h"
#include "data_progress.h"
#include "data_rounds.h"
#include "ggcn/dataset.h"
#include "ggcn/hpc.h"
#include "options.h"
#include "program.h"

static const char program[] = "ggcn_data";

typedef struct {
    const char *out;
    const char **inputs; /* [n_inputs] */
    int n_inputs;
    bool overwrite, help, version;
} request;

typedef struct {
    ggcn_dataset *dataset;
    uint32_t *labels; /* [classes of the file] their numbers in the result */
} input;

static ggcn_status parse(int argc, char *const *argv, request *r) {
    enum { HELP, VERSION, OVERWRITE };
    static const app_option options[] = {
        [HELP] = {"help", 0, false}, [VERSION] = {"version", 0, false}, [OVERWRITE] = {"overwrite", 0, false}};
    int which;
    app_reader reader = {argc, argv, 1, false};
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, options, sizeof options / sizeof *options, &which, &value));
        r->help = which == HELP;
        r->version = which == VERSION;
        if (r->help || r->version)
            return GGCN_SUCCESS;
        if (which == OVERWRITE)
            r->overwrite = true;
        else if (which == APP_OPTION_OPERAND && !r->out)
            r->out = value;
        else if (which == APP_OPTION_OPERAND)
            r->inputs[r->n_inputs++] = value;
    } while (which != APP_OPTION_END);
    if (r->n_inputs < 2)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "OUT.h5 and at least two files to merge are needed");
    return GGCN_SUCCESS;
}

static ggcn_status check_out(const request *r) {
    struct stat about;
    if (ggcn_rank() == 0 && !r->overwrite && lstat(r->out, &about) == 0)
        GGCN_FAIL(GGCN_ERROR_IO, "the first file is the new one; give another name, or --overwrite to replace it",
                  "%s exists already", r->out);
    return GGCN_SUCCESS;
}

/* The number of a class in the result, which gets it if it has none of this name. `info->classes` has room. */
static uint32_t join_class(ggcn_dataset_info *info, char *name) {
    for (uint32_t i = 0; i < info->n_classes; i++)
        if (strcmp(info->classes[i], name) == 0)
            return i;
    info->classes[info->n_classes] = name;
    return info->n_classes++;
}

static ggcn_status join_classes(input *inputs, int count, ggcn_dataset_info *info) {
    size_t most = 0;
    for (int i = 0; i < count; i++)
        most += ggcn_dataset_describe(inputs[i].dataset)->n_classes;
    info->classes = malloc(most * sizeof *info->classes); /* the names stay those of the inputs */
    if (!info->classes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu classes", most);
    for (int i = 0; i < count; i++) {
        const ggcn_dataset_info *from = ggcn_dataset_describe(inputs[i].dataset);
        inputs[i].labels = malloc(from->n_classes * sizeof *inputs[i].labels);
        if (!inputs[i].labels)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " classes", from->n_classes);
        for (uint32_t c = 0; c < from->n_classes; c++)
            inputs[i].labels[c] = join_class(info, from->classes[c]);
    }
    return GGCN_SUCCESS;
}

static ggcn_status add_counts(const request *r, const input *inputs, ggcn_dataset_info *info) {
    const ggcn_shape shape = ggcn_dataset_describe(inputs[0].dataset)->shape;
    info->shape = shape;
    for (int i = 0; i < r->n_inputs; i++) {
        const ggcn_dataset_info *from = ggcn_dataset_describe(inputs[i].dataset);
        if (from->shape.channels != shape.channels || from->shape.height != shape.height ||
            from->shape.width != shape.width)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, "import the images again with the same --size, and --grey for all or none",
                      "%s has images of %" PRId64 "x%" PRId64 "x%" PRId64
                      " (channels, height, width), but %s of %" PRId64 "x%" PRId64 "x%" PRId64,
                      r->inputs[i], from->shape.channels, from->shape.height, from->shape.width, r->inputs[0],
                      shape.channels, shape.height, shape.width);
        info->count += from->count;
        info->held_out += from->held_out;
    }
    return GGCN_SUCCESS;
}

/* "merged from A.h5 (SOURCE), B.h5 (SOURCE)" */
static ggcn_status describe(const request *r, const input *inputs, char **text) {
    size_t size = 32;
    for (int i = 0; i < r->n_inputs; i++)
        size += strlen(r->inputs[i]) + strlen(ggcn_dataset_describe(inputs[i].dataset)->source) + 8;
    *text = malloc(size);
    if (!*text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a text");
    int length = snprintf(*text, size, "merged from ");
    for (int i = 0; i < r->n_inputs; i++)
        length += snprintf(*text + length, size - (size_t)length, "%s%s (%s)", i ? ", " : "", r->inputs[i],
                           ggcn_dataset_describe(inputs[i].dataset)->source);
    return GGCN_SUCCESS;
}

typedef struct {
    ggcn_dataset_writer *writer;
    uint8_t *images;
    uint32_t *labels;
    int64_t piece; /* images of a rank's share of a round */
    int64_t written;
    data_progress progress;
} copier;

/* Appends images first .. first+count-1 of a file to the result, in rounds shared by the ranks. */
static ggcn_status copy_images(copier *c, const input *from, int64_t first, int64_t count) {
    const int64_t step = c->piece * ggcn_ranks();
    for (int64_t done = 0; done < count; done += step) {
        const int64_t before = done + ggcn_rank() * c->piece, left = count > before ? count - before : 0;
        const int64_t mine = left < c->piece ? left : c->piece;
        GGCN_TRY(ggcn_dataset_read(from->dataset, mine ? first + before : 0, mine, c->images, c->labels));
        for (int64_t i = 0; i < mine; i++)
            c->labels[i] = from->labels[c->labels[i]];
        GGCN_TRY(ggcn_dataset_write(c->writer, mine ? c->written + before : 0, mine, c->images, c->labels));
        data_progress_show(&c->progress, c->written + (done + step < count ? done + step : count));
    }
    c->written += count;
    return GGCN_SUCCESS;
}

static ggcn_status copy_all(const input *inputs, int count, const ggcn_dataset_info *info, copier *c) {
    const int64_t bytes = info->shape.channels * info->shape.height * info->shape.width;
    c->piece = data_images_of_piece(info->count, bytes);
    c->images = malloc((size_t)(c->piece * bytes));
    c->labels = malloc((size_t)c->piece * sizeof *c->labels);
    ggcn_status status = GGCN_SUCCESS;
    if (!c->images || !c->labels)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " images", c->piece);
    status = ggcn_agree(status);
    for (int held_out = 0; held_out < 2; held_out++)
        for (int i = 0; status == GGCN_SUCCESS && i < count; i++) {
            const ggcn_dataset_info *from = ggcn_dataset_describe(inputs[i].dataset);
            const int64_t training = from->count - from->held_out;
            status = held_out ? copy_images(c, &inputs[i], training, from->held_out)
                              : copy_images(c, &inputs[i], 0, training);
        }
    free(c->images);
    free(c->labels);
    return status;
}

static ggcn_status write_result(const request *r, const input *inputs, const ggcn_dataset_info *info) {
    copier c = {0};
    GGCN_TRY(ggcn_dataset_create(r->out, info, &c.writer));
    data_progress_start(&c.progress, "merged", info->count);
    ggcn_status status = copy_all(inputs, r->n_inputs, info, &c);
    data_progress_end(&c.progress);
    if (status == GGCN_SUCCESS)
        status = ggcn_dataset_finish(&c.writer);
    else
        ggcn_dataset_abandon(&c.writer);
    if (status == GGCN_SUCCESS)
        app_print("%s: %" PRId64 " images, %" PRIu32 " classes, %" PRId64 " held out; %.1f s\n", r->out, info->count,
                  info->n_classes, info->held_out, data_progress_seconds(&c.progress));
    return status;
}

static ggcn_status merge(const request *r, input *inputs, ggcn_dataset_info *info) {
    GGCN_TRY(ggcn_agree(check_out(r)));
    for (int i = 0; i < r->n_inputs; i++)
        GGCN_TRY(ggcn_dataset_open(r->inputs[i], &inputs[i].dataset));
    GGCN_TRY(ggcn_agree(add_counts(r, inputs, info)));
    GGCN_TRY(ggcn_agree(join_classes(inputs, r->n_inputs, info)));
    GGCN_TRY(ggcn_agree(describe(r, inputs, &info->source)));
    return write_result(r, inputs, info);
}

static int run(const request *r) {
    input *inputs = calloc((size_t)r->n_inputs, sizeof *inputs);
    ggcn_dataset_info info = {0};
    ggcn_status status = GGCN_SUCCESS;
    if (!inputs)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %d files", r->n_inputs);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = merge(r, inputs, &info);
    for (int i = 0; inputs && i < r->n_inputs; i++) {
        ggcn_dataset_close(&inputs[i].dataset);
        free(inputs[i].labels);
    }
    free(inputs);
    free(info.classes);
    free(info.source);
    return app_report(program, status);
}

int data_merge(int argc, char *const *argv) {
    request r = {.inputs = malloc((size_t)argc * sizeof *r.inputs)};
    ggcn_status status = GGCN_SUCCESS;
    if (!r.inputs)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %d arguments", argc);
    status = ggcn_agree(status);
    int code = APP_DONE;
    if (status != GGCN_SUCCESS)
        code = app_report(program, status);
    else if (parse(argc, argv, &r) != GGCN_SUCCESS)
        code = app_report_usage(program, "ggcn_data merge --help");
    else if (!app_answered(
                 program, r.help, r.version,
                 "usage: ggcn_data merge OUT.h5 A.h5 B.h5 ... [options]\n"
                 "Puts the images of several data-set files into one: first all images to learn from, then all that "
                 "are\n"
                 "held out, each in the order of the files. The images must have the same shape; classes of the same\n"
                 "name become one.\n\noptions:\n"
                 "  --overwrite  replace OUT.h5 if it exists\n"
                 "  --help       this text\n"
                 "  --version    version, compiler and libraries\n"))
        code = run(&r);
    free(r.inputs);
    return code;
}
