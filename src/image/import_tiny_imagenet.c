/* Tiny ImageNet as it is distributed:
 *   wnids.txt                      a class's WordNet number (WNID) a line
 *   words.txt                      WNID, tab, terms separated by commas; of many more classes
 *   train/WNID/images/FILE
 *   val/images/FILE                with val/val_annotations.txt: FILE, WNID and four numbers of a box, separated by
 * tabs test/ has no labels and is not looked at. Of a part of the set, classes without a folder in train/ are left out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/folder_list.h"
#include "image/text_lines.h"

#define NO_LABEL UINT32_MAX

typedef struct {
    char *wnid;
    char *term;   /* first of words.txt; NULL if it has none */
    int64_t line; /* of wnids.txt */
    bool present; /* has a folder in train */
    bool shared;  /* another class has the same first term */
    uint32_t label;
} wordnet_class;

typedef struct {
    char *root;
    wordnet_class *classes; /* [n_classes] in the order of wnids.txt */
    wordnet_class **sorted; /* [n_classes] by WNID */
    size_t n_classes, classes_capacity;
    ggcn_folder_list list; /* training images first; the folder of those of class i is i */
    int64_t n_training;
    uint32_t *held_out; /* labels of the others */
    int64_t n_left_out; /* annotated images whose class is not present */
} imagenet_data;

static ggcn_status no_memory(void) {
    GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the classes of Tiny ImageNet");
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static ggcn_status imagenet_read(ggcn_image_source *source, int64_t number, ggcn_picture *picture, uint32_t *label) {
    const imagenet_data *data = source->private_data;
    GGCN_TRY(ggcn_image_source_check_number(source, number));
    *label = number < data->n_training ? data->list.files[number].folder : data->held_out[number - data->n_training];
    return picture ? ggcn_listed_decode(&data->list, data->root, number, picture) : GGCN_SUCCESS;
}

static void imagenet_name(ggcn_image_source *source, int64_t number, char *text, size_t size) {
    const imagenet_data *data = source->private_data;
    ggcn_listed_path(&data->list, number, text, size);
}

static void imagenet_close(ggcn_image_source *source) {
    imagenet_data *data = source->private_data;
    for (size_t i = 0; i < data->n_classes; i++) {
        free(data->classes[i].wnid);
        free(data->classes[i].term);
    }
    free(data->classes);
    free(data->sorted);
    free(data->held_out);
    free(data->root);
    ggcn_folder_list_clear(&data->list);
}

/* --- text files --------------------------------------------------------------------------------------------------- */

typedef ggcn_status line_reader(imagenet_data *data, ggcn_text_lines *lines, char *line);

static ggcn_status each_line(imagenet_data *data, ggcn_text_lines *lines, line_reader *take) {
    char *line;
    GGCN_TRY(ggcn_text_lines_next(lines, &line));
    while (line) {
        GGCN_TRY(take(data, lines, line));
        GGCN_TRY(ggcn_text_lines_next(lines, &line));
    }
    return GGCN_SUCCESS;
}

/* Hands every line of a file below the root to `take`. */
static ggcn_status read_file(imagenet_data *data, const char *name, line_reader *take) {
    char *path = ggcn_image_text("%s/%s", data->root, name);
    if (!path)
        return no_memory();
    ggcn_text_lines lines;
    ggcn_status status = ggcn_text_lines_open(path, &lines);
    if (status == GGCN_SUCCESS)
        status = each_line(data, &lines, take);
    ggcn_text_lines_close(&lines);
    free(path);
    return status;
}

/* Whether there is such a file or folder below the root. */
static ggcn_status find_below(const imagenet_data *data, const char *name, bool *exists) {
    char *path = ggcn_image_text("%s/%s", data->root, name);
    if (!path)
        return no_memory();
    *exists = access(path, F_OK) == 0 || errno != ENOENT; /* another error shows when it is opened */
    free(path);
    return GGCN_SUCCESS;
}

static int compare_wnids(const void *a, const void *b) {
    const wordnet_class *const *left = a, *const *right = b;
    const int order = strcmp((*left)->wnid, (*right)->wnid);
    return order ? order : (*left)->line < (*right)->line ? -1 : (*left)->line > (*right)->line;
}

static wordnet_class *find_class(const imagenet_data *data, const char *wnid) {
    size_t low = 0, high = data->n_classes;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(data->sorted[middle]->wnid, wnid);
        if (order == 0)
            return data->sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static ggcn_status take_wnid(imagenet_data *data, ggcn_text_lines *lines, char *line) {
    wordnet_class *grown = ggcn_image_room(data->classes, data->n_classes + 1, sizeof *grown, &data->classes_capacity);
    if (!grown)
        return no_memory();
    data->classes = grown;
    wordnet_class *added = &grown[data->n_classes];
    *added = (wordnet_class){.wnid = ggcn_image_text("%s", line), .line = lines->number, .label = NO_LABEL};
    if (!added->wnid)
        return no_memory();
    data->n_classes++;
    return GGCN_SUCCESS;
}

static ggcn_status read_wnids(imagenet_data *data) {
    GGCN_TRY(read_file(data, "wnids.txt", take_wnid));
    if (data->n_classes == 0 || data->n_classes >= NO_LABEL)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "one WordNet number like n02124075 a line", "%s/wnids.txt: lists %zu classes",
                  data->root, data->n_classes);
    data->sorted = malloc(data->n_classes * sizeof *data->sorted);
    if (!data->sorted)
        return no_memory();
    for (size_t i = 0; i < data->n_classes; i++)
        data->sorted[i] = &data->classes[i];
    qsort(data->sorted, data->n_classes, sizeof *data->sorted, compare_wnids);
    for (size_t i = 1; i < data->n_classes; i++)
        if (strcmp(data->sorted[i - 1]->wnid, data->sorted[i]->wnid) == 0)
            GGCN_FAIL(GGCN_ERROR_FORMAT, "remove one of the two lines",
                      "%s/wnids.txt: line %" PRId64 ": class %s is listed in line %" PRId64 " already", data->root,
                      data->sorted[i]->line, data->sorted[i]->wnid, data->sorted[i - 1]->line);
    return GGCN_SUCCESS;
}

static ggcn_status take_words(imagenet_data *data, ggcn_text_lines *lines, char *line) {
    char *tab = strchr(line, '\t');
    if (!tab)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: line %" PRId64 ": no tab between a WordNet number and its terms",
                  lines->path, lines->number);
    *tab = '\0';
    wordnet_class *named = find_class(data, line);
    const int length = (int)strcspn(tab + 1, ",");
    if (!named || named->term || length == 0)
        return GGCN_SUCCESS;
    named->term = ggcn_image_text("%.*s", length, tab + 1);
    return named->term ? GGCN_SUCCESS : no_memory();
}

/* --- classes ------------------------------------------------------------------------------------------------------ */

/* A folder in train is a class, and must be listed as one. */
static ggcn_status take_train_entry(imagenet_data *data, int train, const char *name) {
    struct stat about;
    if (name[0] == '.' || fstatat(train, name, &about, 0) != 0 || !S_ISDIR(about.st_mode))
        return GGCN_SUCCESS;
    wordnet_class *category = find_class(data, name);
    if (!category)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "add the class to wnids.txt or move the folder away",
                  "%s/train/%s: a folder of a class that wnids.txt does not list", data->root, name);
    category->present = true;
    return GGCN_SUCCESS;
}

static ggcn_status find_present(imagenet_data *data) {
    char *path = ggcn_image_text("%s/train", data->root);
    if (!path)
        return no_memory();
    DIR *train = opendir(path);
    const int refused = train ? 0 : errno;
    free(path);
    if (!train)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open the folder %s/train: %s", data->root, strerror(refused));
    ggcn_status status = GGCN_SUCCESS;
    const struct dirent *entry;
    while (status == GGCN_SUCCESS && (errno = 0, entry = readdir(train)) != NULL)
        status = take_train_entry(data, dirfd(train), entry->d_name);
    const int failed = status == GGCN_SUCCESS ? errno : 0;
    (void)closedir(train); /* only read from */
    GGCN_TRY(status);
    if (failed)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot list the folder %s/train: %s", data->root, strerror(failed));
    return GGCN_SUCCESS;
}

static ggcn_status list_class(imagenet_data *data, wordnet_class *category, uint32_t label) {
    category->label = label;
    char *below = ggcn_image_text("train/%s/images", category->wnid);
    if (!below)
        return no_memory();
    const ggcn_status status = ggcn_folder_list_add(&data->list, data->root, below, false);
    free(below);
    GGCN_TRY(status);
    if (data->list.n_folders != label + 1)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL,
                  "%s/train/%s/images: no images of this class of line %" PRId64 " of wnids.txt", data->root,
                  category->wnid, category->line);
    return GGCN_SUCCESS;
}

/* Lists the training images and numbers the classes, both in the order of wnids.txt. */
static ggcn_status list_training(imagenet_data *data, uint32_t *n_present) {
    GGCN_TRY(find_present(data));
    *n_present = 0;
    for (size_t i = 0; i < data->n_classes; i++)
        if (data->classes[i].present)
            GGCN_TRY(list_class(data, &data->classes[i], (*n_present)++));
    if (*n_present == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "unpack the training images too",
                  "%s/wnids.txt: line %" PRId64 ": no folder %s in %s/train, nor of any other class", data->root,
                  data->classes[0].line, data->classes[0].wnid, data->root);
    data->n_training = data->list.n_files;
    return GGCN_SUCCESS;
}

static int compare_terms(const void *a, const void *b) {
    const wordnet_class *const *left = a, *const *right = b;
    const char *l = (*left)->term, *r = (*right)->term;
    return l && r ? strcmp(l, r) : (l != NULL) - (r != NULL);
}

static ggcn_status mark_shared_terms(imagenet_data *data) {
    wordnet_class **order = malloc(data->n_classes * sizeof *order);
    if (!order)
        return no_memory();
    memcpy(order, data->sorted, data->n_classes * sizeof *order);
    qsort(order, data->n_classes, sizeof *order, compare_terms);
    for (size_t i = 1; i < data->n_classes; i++)
        if (order[i]->term && compare_terms(&order[i - 1], &order[i]) == 0)
            order[i - 1]->shared = order[i]->shared = true;
    free(order);
    return GGCN_SUCCESS;
}

/* The first term; with its WNID where two classes have the same ("crane", the bird and the machine). */
static char *class_name(const wordnet_class *category) {
    return !category->term    ? ggcn_image_text("%s", category->wnid)
           : category->shared ? ggcn_image_text("%s (%s)", category->term, category->wnid)
                              : ggcn_image_text("%s", category->term);
}

static ggcn_status name_classes(ggcn_image_source *source, uint32_t count) {
    imagenet_data *data = source->private_data;
    bool words = false;
    GGCN_TRY(find_below(data, "words.txt", &words));
    if (words) {
        GGCN_TRY(read_file(data, "words.txt", take_words));
        GGCN_TRY(mark_shared_terms(data));
    }
    char **names = calloc(count, sizeof *names);
    if (!names)
        return no_memory();
    bool whole = true;
    for (size_t i = 0; i < data->n_classes; i++)
        if (data->classes[i].present)
            whole = (names[data->classes[i].label] = class_name(&data->classes[i])) != NULL && whole;
    const ggcn_status status =
        whole ? ggcn_image_source_name_classes(source, (const char *const *)names, count) : no_memory();
    for (uint32_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return status;
}

/* --- validation images -------------------------------------------------------------------------------------------- */

enum { UNNAMED = 0, LEFT_OUT = 1, FIRST_LABEL = 2 }; /* in held_out while annotations are read: label + FIRST_LABEL */

static ggcn_status take_annotation(imagenet_data *data, ggcn_text_lines *lines, char *line) {
    char *rest = NULL;
    const char *file = strtok_r(line, "\t", &rest);
    const char *wnid = strtok_r(NULL, "\t", &rest);
    if (!file || !wnid)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: line %" PRId64 ": no file and class separated by a tab", lines->path,
                  lines->number);
    const wordnet_class *category = find_class(data, wnid);
    if (!category)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "add the class to wnids.txt or remove the line",
                  "%s: line %" PRId64 ": class %s, which wnids.txt does not list", lines->path, lines->number, wnid);
    const int64_t number = ggcn_folder_list_find(&data->list, data->n_training, file);
    if (number < 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "unpack the data set again or remove the line",
                  "%s: line %" PRId64 ": no image %s in %s/val/images", lines->path, lines->number, file, data->root);
    uint32_t *label = &data->held_out[number - data->n_training];
    if (*label != UNNAMED)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "remove one of the lines", "%s: line %" PRId64 ": a second annotation of %s",
                  lines->path, lines->number, file);
    *label = category->present ? category->label + FIRST_LABEL : LEFT_OUT;
    return GGCN_SUCCESS;
}

/* Keeps the validation images that have a label. @param[out] unnamed how many have no annotation */
static void keep_labelled(imagenet_data *data, int64_t *unnamed) {
    int64_t kept = data->n_training;
    *unnamed = 0;
    for (int64_t i = data->n_training; i < data->list.n_files; i++) {
        const uint32_t mark = data->held_out[i - data->n_training];
        if (mark == UNNAMED)
            (*unnamed)++;
        else if (mark == LEFT_OUT)
            data->n_left_out++;
        else {
            data->list.files[kept] = data->list.files[i];
            data->held_out[kept - data->n_training] = mark - FIRST_LABEL;
            kept++;
        }
    }
    data->list.n_files = kept;
}

static ggcn_status list_held_out(ggcn_image_source *source) {
    imagenet_data *data = source->private_data;
    bool exists = false;
    GGCN_TRY(find_below(data, "val", &exists));
    if (!exists)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_folder_list_add(&data->list, data->root, "val/images", false));
    data->held_out = calloc((size_t)(data->list.n_files - data->n_training) + 1, sizeof *data->held_out);
    if (!data->held_out)
        return no_memory();
    GGCN_TRY(read_file(data, "val/val_annotations.txt", take_annotation));
    int64_t unnamed;
    keep_labelled(data, &unnamed);
    if (unnamed > 0)
        GGCN_TRY(ggcn_image_source_remark(source, "images left aside that val_annotations.txt does not name: %" PRId64,
                                          unnamed));
    return GGCN_SUCCESS;
}

static ggcn_status imagenet_fill(ggcn_image_source *source, const char *path, const ggcn_import_options *options) {
    imagenet_data *data = source->private_data;
    (void)options;
    data->root = ggcn_image_trimmed_path(path);
    source->description = ggcn_image_text("Tiny ImageNet: %s", path);
    if (!data->root || !source->description)
        return no_memory();
    uint32_t n_present;
    GGCN_TRY(read_wnids(data));
    GGCN_TRY(list_training(data, &n_present));
    GGCN_TRY(name_classes(source, n_present));
    GGCN_TRY(list_held_out(source));
    source->count = data->list.n_files;
    source->held_out = data->list.n_files - data->n_training;
    source->shape = (ggcn_shape){3, 0, 0};
    if (n_present < data->n_classes)
        GGCN_TRY(
            ggcn_image_source_remark(source,
                                     "left out %zu of the %zu classes of wnids.txt, which have no folder in train, "
                                     "and %" PRId64 " validation images of them",
                                     data->n_classes - n_present, data->n_classes, data->n_left_out));
    return ggcn_folder_list_remark(&data->list, source);
}

ggcn_status ggcn_import_tiny_imagenet(const char *path, const ggcn_import_options *options,
                                      ggcn_image_source **source) {
    static const ggcn_importer importer = {sizeof(imagenet_data), imagenet_fill, imagenet_read, imagenet_name,
                                           imagenet_close};
    return ggcn_image_source_open(&importer, path, options, source);
}
