/* What the fuzz targets share. A target is one function that hands any bytes to a reader; nothing but a status may come
 * of it. With clang, libFuzzer drives it (tests/fuzz/run.sh); in every other build replay.c does, for seconds, in
 * ctest. */
#ifndef GGCN_TESTS_FUZZ_H
#define GGCN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The target. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes a file into this process's own temporary folder, which is removed at its end; ends the process if it cannot.
 * @return its path, the same for the same name, valid until the end */
const char *fuzz_file(const char *name, const uint8_t *data, size_t size);

/* Reads every image and label of a source, of which at most `most`. */
typedef struct ggcn_image_source ggcn_image_source;
void fuzz_read_source(ggcn_image_source *source, int64_t most);

#endif
