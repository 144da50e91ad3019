#define _DEFAULT_SOURCE /* d_type, which saves asking the file system about every file */
#include "image/folder_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { deepest = 32 };

typedef enum { A_FILE, A_FOLDER, SOMETHING_ELSE } entry_kind;

/* An entry of one folder. A folder's name ends in a slash, so that the order of names is the order of paths. */
typedef struct {
    size_t start; /* in the names' text */
    const char *name;
    entry_kind kind;
} folder_entry;

typedef struct {
    folder_entry *items;
    size_t count, capacity;
    char *text;
    size_t text_bytes, text_capacity;
} entry_list;

typedef struct {
    ggcn_folder_list *list;
    const char *root;
    bool nested;
    int depth;
    struct {
        dev_t device;
        ino_t inode;
    } ancestors[deepest]; /* of the folder being visited, itself last */
} walk;

static ggcn_status visit(walk *w, const char *below);

static ggcn_status no_memory(void) {
    GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of files");
}

/* --- the list ----------------------------------------------------------------------------------------------------- */

static ggcn_status add_text(ggcn_folder_list *list, const char *text, size_t *start) {
    const size_t bytes = strlen(text) + 1;
    char *grown = ggcn_image_room(list->text, list->text_bytes + bytes, 1, &list->text_capacity);
    if (!grown)
        return no_memory();
    list->text = grown;
    memcpy(list->text + list->text_bytes, text, bytes);
    *start = list->text_bytes;
    list->text_bytes += bytes;
    return GGCN_SUCCESS;
}

static ggcn_status add_folder(ggcn_folder_list *list, const char *below, uint32_t *number) {
    size_t *grown = ggcn_image_room(list->folders, (size_t)list->n_folders + 1, sizeof *grown, &list->folders_capacity);
    if (!grown || list->n_folders == UINT32_MAX)
        return no_memory();
    list->folders = grown;
    *number = list->n_folders;
    GGCN_TRY(add_text(list, below, &list->folders[list->n_folders]));
    list->n_folders++;
    return GGCN_SUCCESS;
}

static ggcn_status add_file(ggcn_folder_list *list, uint32_t folder, const char *name) {
    ggcn_listed_file *grown =
        ggcn_image_room(list->files, (size_t)list->n_files + 1, sizeof *grown, &list->files_capacity);
    if (!grown)
        return no_memory();
    list->files = grown;
    list->files[list->n_files].folder = folder;
    GGCN_TRY(add_text(list, name, &list->files[list->n_files].name));
    list->n_files++;
    return GGCN_SUCCESS;
}

static char *join(const char *folder, const char *name) {
    return ggcn_image_text("%s%s%s", folder, *folder && *name ? "/" : "", name);
}

static ggcn_status leave_aside(ggcn_folder_list *list, const char *below, const char *name) {
    if (!list->first_other)
        list->first_other = join(below, name);
    if (!list->first_other)
        return no_memory();
    list->n_others++;
    return GGCN_SUCCESS;
}

/* --- one folder --------------------------------------------------------------------------------------------------- */

static bool is_named_like_image(const char *name) {
    static const char *const extensions[] = {".jpg", ".jpeg", ".jpe", ".png", ".webp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return false;
}

/* A file that cannot be opened counts as an image: reading it later says why, where it would vanish here. */
static bool looks_like_image(int folder, const char *name) {
    uint8_t bytes[16];
    size_t count = 0;
    const int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return true;
    ssize_t got;
    while (count < sizeof bytes && (got = read(descriptor, bytes + count, sizeof bytes - count)) > 0)
        count += (size_t)got;
    (void)close(descriptor); /* only read from */
    return ggcn_is_image(bytes, count);
}

/* A link that leads nowhere counts as a file, see looks_like_image. */
static entry_kind kind_of(int folder, const struct dirent *entry) {
    if (entry->d_type == DT_REG)
        return A_FILE;
    if (entry->d_type == DT_DIR)
        return A_FOLDER;
    struct stat about;
    if (fstatat(folder, entry->d_name, &about, 0) != 0)
        return A_FILE;
    return S_ISDIR(about.st_mode) ? A_FOLDER : S_ISREG(about.st_mode) ? A_FILE : SOMETHING_ELSE;
}

static ggcn_status add_entry(entry_list *entries, const char *name, entry_kind kind) {
    const size_t length = strlen(name), bytes = length + 2;
    folder_entry *items = ggcn_image_room(entries->items, entries->count + 1, sizeof *items, &entries->capacity);
    if (!items)
        return no_memory();
    entries->items = items;
    char *text = ggcn_image_room(entries->text, entries->text_bytes + bytes, 1, &entries->text_capacity);
    if (!text)
        return no_memory();
    entries->text = text;
    memcpy(text + entries->text_bytes, name, length);
    memcpy(text + entries->text_bytes + length, kind == A_FOLDER ? "/" : "", kind == A_FOLDER ? 2 : 1);
    entries->items[entries->count++] = (folder_entry){.start = entries->text_bytes, .kind = kind};
    entries->text_bytes += bytes;
    return GGCN_SUCCESS;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const folder_entry *)a)->name, ((const folder_entry *)b)->name);
}

static ggcn_status read_entries(walk *w, DIR *folder, const char *path, entry_list *entries) {
    const struct dirent *entry;
    while ((errno = 0, entry = readdir(folder)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (name[0] == '.')
            w->list->n_hidden++;
        else
            GGCN_TRY(add_entry(entries, name, kind_of(dirfd(folder), entry)));
    }
    if (errno)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot list the folder %s: %s", path, strerror(errno));
    for (size_t i = 0; i < entries->count; i++)
        entries->items[i].name = entries->text + entries->items[i].start;
    if (entries->count > 0)
        qsort(entries->items, entries->count, sizeof *entries->items, compare_names);
    return GGCN_SUCCESS;
}

static ggcn_status visit_inner(walk *w, const char *below, const char *name) {
    char *inner = ggcn_image_text("%s%s%.*s", below, *below ? "/" : "", (int)strlen(name) - 1, name);
    if (!inner)
        return no_memory();
    const ggcn_status status = visit(w, inner);
    free(inner);
    return status;
}

static ggcn_status take_entries(walk *w, DIR *folder, const char *below, const entry_list *entries) {
    uint32_t number = UINT32_MAX;
    for (size_t i = 0; i < entries->count; i++) {
        const char *name = entries->items[i].name;
        const entry_kind kind = entries->items[i].kind;
        if (kind == A_FOLDER) {
            if (w->nested)
                GGCN_TRY(visit_inner(w, below, name));
        } else if (kind == A_FILE && (is_named_like_image(name) || looks_like_image(dirfd(folder), name))) {
            if (number == UINT32_MAX)
                GGCN_TRY(add_folder(w->list, below, &number));
            GGCN_TRY(add_file(w->list, number, name));
        } else {
            GGCN_TRY(leave_aside(w->list, below, name));
        }
    }
    return GGCN_SUCCESS;
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

static ggcn_status enter(walk *w, int descriptor, const char *path) {
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open the folder %s: %s", path, strerror(errno));
    for (int i = 0; i < w->depth; i++)
        if (w->ancestors[i].device == about.st_dev && w->ancestors[i].inode == about.st_ino)
            GGCN_FAIL(GGCN_ERROR_FORMAT, "remove the link",
                      "%s: a symbolic link that leads back to a folder it lies in", path);
    if (w->depth == deepest)
        GGCN_FAIL(GGCN_ERROR_FORMAT, "give a folder nearer to the images", "%s: more than %d folders in each other",
                  path, deepest);
    w->ancestors[w->depth].device = about.st_dev;
    w->ancestors[w->depth].inode = about.st_ino;
    w->depth++;
    return GGCN_SUCCESS;
}

static ggcn_status visit_path(walk *w, const char *below, const char *path) {
    DIR *folder = opendir(path);
    if (!folder)
        GGCN_FAIL(GGCN_ERROR_IO, errno == ENOTDIR ? "give the folder that the file lies in" : NULL,
                  "cannot open the folder %s: %s", path, strerror(errno));
    entry_list entries = {0};
    ggcn_status status = enter(w, dirfd(folder), path);
    if (status == GGCN_SUCCESS) {
        status = read_entries(w, folder, path, &entries);
        if (status == GGCN_SUCCESS)
            status = take_entries(w, folder, below, &entries);
        w->depth--;
    }
    free(entries.items);
    free(entries.text);
    (void)closedir(folder); /* only read from */
    return status;
}

static ggcn_status visit(walk *w, const char *below) {
    char *path = join(w->root, below);
    if (!path)
        return no_memory();
    const ggcn_status status = visit_path(w, below, path);
    free(path);
    return status;
}

ggcn_status ggcn_folder_list_add(ggcn_folder_list *list, const char *root, const char *below, bool nested) {
    walk w = {.list = list, .root = root, .nested = nested};
    return visit(&w, below);
}

/* --- use ---------------------------------------------------------------------------------------------------------- */

void ggcn_folder_list_clear(ggcn_folder_list *list) {
    free(list->files);
    free(list->folders);
    free(list->first_other);
    free(list->text);
    *list = (ggcn_folder_list){0};
}

ggcn_status ggcn_folder_list_require(const ggcn_folder_list *list, const char *folder) {
    if (list->n_files > 0)
        return GGCN_SUCCESS;
    static const char hint[] = "give the folder that the JPEG, PNG or WebP files lie in";
    if (list->n_others > 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, hint, "%s: no images among %" PRId64 " files; the first of them is %s", folder,
                  list->n_others, list->first_other);
    if (list->n_hidden > 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, hint, "%s: no images, only %" PRId64 " hidden files or folders", folder,
                  list->n_hidden);
    GGCN_FAIL(GGCN_ERROR_FORMAT, hint, "%s: no images: the folder holds no files", folder);
}

ggcn_status ggcn_folder_list_remark(const ggcn_folder_list *list, ggcn_image_source *source) {
    if (list->n_others > 0)
        GGCN_TRY(ggcn_image_source_remark(source, "files left aside that are no images: %" PRId64 ", the first is %s",
                                          list->n_others, list->first_other));
    if (list->n_hidden > 0)
        GGCN_TRY(ggcn_image_source_remark(source, "hidden files and folders left aside: %" PRId64, list->n_hidden));
    return GGCN_SUCCESS;
}

const char *ggcn_listed_folder(const ggcn_folder_list *list, uint32_t folder) {
    return list->text + list->folders[folder];
}

const char *ggcn_listed_name(const ggcn_folder_list *list, int64_t number) {
    return list->text + list->files[number].name;
}

void ggcn_listed_path(const ggcn_folder_list *list, int64_t number, char *text, size_t size) {
    const char *folder = ggcn_listed_folder(list, list->files[number].folder);
    snprintf(text, size, "%s%s%s", folder, *folder ? "/" : "", ggcn_listed_name(list, number));
}

ggcn_status ggcn_listed_decode(const ggcn_folder_list *list, const char *root, int64_t number, ggcn_picture *picture) {
    const char *folder = ggcn_listed_folder(list, list->files[number].folder);
    char *path = ggcn_image_text("%s/%s%s%s", root, folder, *folder ? "/" : "", ggcn_listed_name(list, number));
    if (!path)
        return no_memory();
    const ggcn_status status = ggcn_decode_file(path, picture);
    free(path);
    return status;
}

int64_t ggcn_folder_list_find(const ggcn_folder_list *list, int64_t first, const char *name) {
    int64_t low = first, high = list->n_files;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const int order = strcmp(ggcn_listed_name(list, middle), name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}
