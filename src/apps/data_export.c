/* ggcn_data export: the images of a data set as PNG files, in folders that ggcn_data import image-folder reads. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data_commands.h"
#include "data_export_names.h"
#include "data_labels.h"
#include "data_progress.h"
#include "data_rounds.h"
#include "ggcn/hpc.h"
#include "ggcn/image.h"
#include "options.h"
#include "program.h"

static const char program[] = "ggcn_data";

typedef struct {
    ggcn_dataset *dataset;
    export_names names;
    bool *used[2];              /* [classes] of the training and the held-out part, on rank 0 */
    bool made_root;             /* on rank 0 */
    int64_t first, owned, done; /* this rank's images, and how many of them may have a file */
    int64_t piece;              /* images that are read at once */
    uint8_t *images;            /* [piece] */
    uint32_t *labels;           /* [owned] */
    data_progress progress;
} work;

/* --- folders, on rank 0 ------------------------------------------------------------------------------------------- */

/* An empty folder may be there; otherwise it is made. */
static ggcn_status make_root(const char *path, bool *made) {
    *made = mkdir(path, 0777) == 0;
    if (*made)
        return GGCN_SUCCESS;
    if (errno != EEXIST)
        GGCN_FAIL(GGCN_ERROR_IO, "check that the folder above it exists and can be written to",
                  "%s: cannot make the folder: %s", path, strerror(errno));
    DIR *folder = opendir(path);
    if (!folder)
        GGCN_FAIL(GGCN_ERROR_IO, "give the name of a new or empty folder", "%s: cannot read the folder: %s", path,
                  strerror(errno));
    bool empty = true;
    for (const struct dirent *entry; empty && (entry = readdir(folder)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    if (!empty)
        GGCN_FAIL(GGCN_ERROR_IO, "give the name of a new or empty folder", "%s: the folder is not empty", path);
    return GGCN_SUCCESS;
}

/* With the folders above it, which begin behind `root` characters. */
static ggcn_status make_folders(char *path, size_t root) {
    for (char *end = path + root + 1;; end++) {
        end += strcspn(end, "/");
        const char kept = *end;
        *end = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot make the folder: %s", path, strerror(errno));
        *end = kept;
        if (!kept)
            return GGCN_SUCCESS;
    }
}

static ggcn_status make_class_folders(const work *w) {
    for (int held_out = 0; held_out < 2; held_out++)
        for (uint32_t i = 0; i < w->names.n_classes; i++) {
            if (!w->used[held_out][i])
                continue;
            char *path;
            GGCN_TRY(export_folder(&w->names, held_out, i, &path));
            const ggcn_status status = make_folders(path, strlen(w->names.root));
            free(path);
            GGCN_TRY(status);
        }
    return GGCN_SUCCESS;
}

/* Removes the empty folders that this program made. */
static void remove_folders(const work *w) {
    const size_t root = strlen(w->names.root);
    for (int held_out = 0; held_out < 2; held_out++)
        for (uint32_t i = 0; i < w->names.n_classes; i++) {
            char *path;
            if (!w->used[held_out][i] || export_folder(&w->names, held_out, i, &path) != GGCN_SUCCESS)
                continue;
            for (char *end = path + strlen(path); end > path + root; end = strrchr(path, '/')) {
                *end = '\0';
                rmdir(path);
            }
            free(path);
        }
    if (w->made_root)
        rmdir(w->names.root);
}

/* --- images ------------------------------------------------------------------------------------------------------- */

static void note_class(void *context, int64_t number, uint32_t label) {
    work *w = context;
    w->used[number >= w->names.training][label] = true;
}

/* This rank's images start .. start+count-1. */
static ggcn_status write_piece(work *w, int64_t start, int64_t count) {
    const ggcn_shape shape = ggcn_dataset_describe(w->dataset)->shape;
    const int64_t bytes = shape.channels * shape.height * shape.width;
    for (int64_t i = 0; i < count; i++) {
        char *path;
        GGCN_TRY(export_file(&w->names, w->first + start + i, w->labels[start + i], &path));
        w->done = start + i + 1;
        const ggcn_status status = ggcn_write_png(path, w->images + i * bytes, shape);
        free(path);
        GGCN_TRY(status);
    }
    return GGCN_SUCCESS;
}

static ggcn_status write_images(work *w) {
    const int64_t total = w->names.count, most = (total - 1) / ggcn_ranks() + 1;
    for (int64_t start = 0; start < most; start += w->piece) {
        const int64_t begin = start < w->owned ? start : w->owned, left = w->owned - begin;
        const int64_t count = left < w->piece ? left : w->piece;
        GGCN_TRY(ggcn_dataset_read(w->dataset, w->first + begin, count, w->images, w->labels + begin));
        GGCN_TRY(ggcn_agree(write_piece(w, begin, count)));
        const int64_t done = (start + w->piece) * ggcn_ranks();
        data_progress_show(&w->progress, done < total ? done : total);
    }
    return GGCN_SUCCESS;
}

/* Removes what this rank wrote. */
static void remove_images(const work *w) {
    for (int64_t i = 0; i < w->done; i++) {
        char *path;
        if (export_file(&w->names, w->first + i, w->labels[i], &path) != GGCN_SUCCESS)
            continue;
        unlink(path);
        free(path);
    }
}

/* --- command ------------------------------------------------------------------------------------------------------ */

static ggcn_status prepare(const app_operands *r, work *w) {
    const ggcn_dataset_info *info = ggcn_dataset_describe(w->dataset);
    if (info->shape.channels != 1 && info->shape.channels != 3)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL,
                  "%s: images with %" PRId64 " channels cannot become PNG files, only 1 or 3", r->operands[0],
                  info->shape.channels);
    GGCN_TRY(export_names_create(r->operands[1], info, &w->names));
    ggcn_blocks_of_rank(info->count, ggcn_rank(), &w->first, &w->owned);
    const int64_t bytes = info->shape.channels * info->shape.height * info->shape.width;
    w->piece = data_images_of_piece(info->count, bytes);
    w->used[0] = calloc(info->n_classes, sizeof **w->used);
    w->used[1] = calloc(info->n_classes, sizeof **w->used);
    w->images = malloc((size_t)(w->piece * bytes));
    w->labels = malloc((size_t)(w->owned + 1) * sizeof *w->labels);
    if (!w->used[0] || !w->used[1] || !w->images || !w->labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRId64 " images", w->piece);
    return GGCN_SUCCESS;
}

/* Into a folder that is there. If it fails, what was written is removed. */
static ggcn_status fill_folder(work *w) {
    ggcn_status status = ggcn_agree(ggcn_rank() == 0 ? make_class_folders(w) : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS)
        status = write_images(w);
    data_progress_end(&w->progress);
    if (status != GGCN_SUCCESS) {
        const ggcn_error error = *ggcn_last_error();
        remove_images(w);
        ggcn_barrier();
        if (ggcn_rank() == 0)
            remove_folders(w);
        ggcn_restore_error(&error);
    }
    return status;
}

static ggcn_status export(const app_operands *r, work *w) {
    GGCN_TRY(ggcn_dataset_open(r->operands[0], &w->dataset));
    GGCN_TRY(ggcn_agree(prepare(r, w)));
    GGCN_TRY(data_visit_labels(w->dataset, note_class, w));
    GGCN_TRY(ggcn_agree(ggcn_rank() == 0 ? make_root(r->operands[1], &w->made_root) : GGCN_SUCCESS));
    data_progress_start(&w->progress, "exported", w->names.count);
    GGCN_TRY(fill_folder(w));
    const int64_t held_out = w->names.count - w->names.training;
    app_print("%s: %" PRId64 " images", r->operands[1], w->names.count);
    if (held_out > 0)
        app_print(", %" PRId64 " below train and %" PRId64 " below held-out", w->names.training, held_out);
    app_print("; %.1f s\n", data_progress_seconds(&w->progress));
    return GGCN_SUCCESS;
}

int data_export(int argc, char *const *argv) {
    app_operands r = {0};
    if (app_read_operands(argc, argv, 2, "FILE.h5 and DIR are needed", &r) != GGCN_SUCCESS)
        return app_report_usage(program, "ggcn_data export --help");
    if (app_answered(
            program, r.help, r.version,
            "usage: ggcn_data export FILE.h5 DIR\n"
            "Writes the images of a data-set file as PNG files DIR/CLASS/NNNNNNN.png, numbered as in the file; where\n"
            "images are held out, as DIR/train/CLASS/NNNNNNN.png and DIR/held-out/CLASS/NNNNNNN.png. DIR must be new\n"
            "or empty. ggcn_data import image-folder reads such folders.\n\noptions:\n"
            "  --help     this text\n"
            "  --version  version, compiler and libraries\n"))
        return APP_DONE;

    work w = {0};
    const ggcn_status status = export(&r, &w);
    export_names_clear(&w.names);
    ggcn_dataset_close(&w.dataset);
    free(w.used[0]);
    free(w.used[1]);
    free(w.images);
    free(w.labels);
    return app_report(program, status);
}
