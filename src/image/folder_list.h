/**
 * @file
 * Lists of the image files below a folder, compact: a folder's number and a name per file, all text in one piece.
 */
#ifndef GGCN_IMAGE_FOLDER_LIST_H
#define GGCN_IMAGE_FOLDER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/source.h"

typedef struct {
    size_t name; /**< where its name begins in `text` */
    uint32_t folder;
} ggcn_listed_file;

/** Start with {0}; release with ggcn_folder_list_clear. */
typedef struct {
    ggcn_listed_file *files; /**< [n_files] */
    int64_t n_files;
    size_t *folders; /**< [n_folders] where the path below the root begins in `text`; "" for the root; only those with
                        images */
    uint32_t n_folders;
    int64_t n_others;  /**< files that are no images and not named like some */
    int64_t n_hidden;  /**< files and folders whose names begin with a dot */
    char *first_other; /**< path below the root of the first of n_others; NULL if none */
    char *text;
    size_t text_bytes, text_capacity, files_capacity, folders_capacity;
} ggcn_folder_list;

/**
 * Adds the images of a folder, in the byte order of their paths, which does not depend on the file system or the
 * locale. Symbolic links are followed. Files named *.jpg, *.jpeg, *.jpe, *.png or *.webp are taken for images unseen (a
 * bad one fails when it is read); so are files that cannot be opened; others are looked into.
 * @param root   path of the root, without a slash at its end
 * @param below  path of the folder below the root; "" for the root
 * @param nested also the folders in it
 * @return GGCN_ERROR_IO (a folder cannot be read), GGCN_ERROR_FORMAT (a link leads back, nested too deeply),
 *         GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_folder_list_add(ggcn_folder_list *list, const char *root, const char *below, bool nested);
void ggcn_folder_list_clear(ggcn_folder_list *list);

/** @return GGCN_ERROR_FORMAT if the list is empty, with what was found in the folder in place of images */
ggcn_status ggcn_folder_list_require(const ggcn_folder_list *list, const char *folder);
/** Says in the source's note what was left aside. */
ggcn_status ggcn_folder_list_remark(const ggcn_folder_list *list, ggcn_image_source *source);

/** Path of a folder below the root, and name of a file in its folder. */
const char *ggcn_listed_folder(const ggcn_folder_list *list, uint32_t folder);
const char *ggcn_listed_name(const ggcn_folder_list *list, int64_t number);
/** Writes a file's path below the root, terminated, cut off at `size`. */
void ggcn_listed_path(const ggcn_folder_list *list, int64_t number, char *text, size_t size);
/** Decodes a listed file. @return as ggcn_decode_file */
ggcn_status ggcn_listed_decode(const ggcn_folder_list *list, const char *root, int64_t number, ggcn_picture *picture);
/** Number of the file of this name among the files from `first` to the end of the list, which are of one folder; -1 if
 *  there is none. */
int64_t ggcn_folder_list_find(const ggcn_folder_list *list, int64_t first, const char *name);

#endif
