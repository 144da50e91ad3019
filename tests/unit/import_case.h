/* What the tests of importers share: a folder of each test's own, files in it, and comparing images. */
#ifndef IMPORT_CASE_H
#define IMPORT_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "ggcn/image.h"

/* The fixture: a new folder, removed with all that is in it. */
extern char test_folder[256];
void make_test_folder(void);
void remove_test_folder(void);

/* Path of something in the folder; one of the last 16 asked for. */
const char *path_of(const char *below);
/* Make a folder or a file, with the folders above it, and return its path. */
const char *make_folder(const char *below);
const char *write_bytes(const char *below, const void *bytes, size_t count);
const char *write_text(const char *below, const char *text);
/* A PNG of 2x1 pixels that depend on `id`, 0 to 255. */
const char *write_image(const char *below, int id);
size_t read_bytes(const char *path, uint8_t *bytes, size_t most);

/* A status with words that must be in the message. */
void assert_error(ggcn_status status, ggcn_status expected, const char *name, const char *words);
void assert_success(ggcn_status status);

typedef ggcn_status importer(const char *path, const ggcn_import_options *options, ggcn_image_source **source);
ggcn_image_source *open_source(importer *import, const char *path, const ggcn_import_options *options);
void assert_import_error(importer *import, const char *path, const ggcn_import_options *options, ggcn_status expected,
                         const char *name, const char *words);
/* Image `number` is called `name`, has this label and is write_image's of this id. */
void assert_image(ggcn_image_source *source, int64_t number, const char *name, uint32_t label, int id);
/* Reading in any order gives what reading in ascending order does, for up to 4096 images. */
void assert_any_order(ggcn_image_source *source);

/* Runs the tests, each within the fixture, and returns main's result. `tests` ends with NULL. */
struct TTest;
int run_import_tests(const char *name, const struct TTest *const *tests);

#endif
