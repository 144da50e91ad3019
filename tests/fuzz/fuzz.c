#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ggcn/image.h"

enum { most_files = 4 };
static char folder[256];
static char *paths[most_files];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void remove_files(void) {
    for (int i = 0; i < most_files && paths[i]; i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
    rmdir(folder);
}

static const char *path_of(const char *name) {
    if (!*folder) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/ggcn_fuzz_XXXXXX", base ? base : "/dev/shm");
        if (!mkdtemp(folder))
            fail(folder);
        atexit(remove_files);
    }
    int i = 0;
    while (i < most_files && paths[i] && strcmp(paths[i] + strlen(folder) + 1, name) != 0)
        i++;
    if (i == most_files)
        abort();
    if (!paths[i]) {
        const size_t size = strlen(folder) + strlen(name) + 2;
        paths[i] = malloc(size);
        if (!paths[i])
            fail(name);
        snprintf(paths[i], size, "%s/%s", folder, name);
    }
    return paths[i];
}

const char *fuzz_file(const char *name, const uint8_t *data, size_t size) {
    const char *path = path_of(name);
    FILE *stream = fopen(path, "wb");
    if (!stream || fwrite(data, 1, size, stream) != size || fclose(stream) != 0)
        fail(path);
    return path;
}

void fuzz_read_source(ggcn_image_source *source, int64_t most) {
    ggcn_picture picture = {0};
    char name[256];
    for (int64_t i = 0; i < source->count && i < most; i++) {
        uint32_t label = 0;
        source->name(source, i, name, sizeof name);
        if (source->read(source, i, &picture, &label) == GGCN_SUCCESS && label >= source->n_classes)
            abort(); /* a reader that believes an impossible label */
    }
    ggcn_picture_clear(&picture);
}
