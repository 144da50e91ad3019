#include "report_names.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static char *copy_without_slashes(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return strndup(path, length);
}

/* The last `folders` folders of a path. */
static const char *tail(const char *path, int folders) {
    const char *at = path + strlen(path);
    while (at > path && folders > 0)
        if (*--at == '/' && at[1] && --folders == 0)
            return at + 1;
    return path;
}

/* The path of a run, or where a path that ends in a dot says nothing, its own idea of where it is. */
static char *whole_name(const report_run *run) {
    char *name = copy_without_slashes(run->path);
    const char *last = name ? tail(name, 1) : "", *directory = report_settings_find(&run->settings, "run.directory");
    if ((strcmp(last, ".") != 0 && strcmp(last, "..") != 0) || !directory || !*directory)
        return name;
    free(name);
    return copy_without_slashes(directory);
}

static bool is_alone(const report_run *runs, size_t count, size_t run, int folders) {
    for (size_t i = 0; i < count; i++)
        if (i != run && strcmp(tail(runs[i].name, folders), tail(runs[run].name, folders)) == 0)
            return false;
    return true;
}

/* How many folders tell all runs apart, if any number does. */
static int folders_needed(const report_run *runs, size_t count) {
    enum { most = 16 };
    for (int folders = 1; folders < most; folders++) {
        size_t alone = 0;
        while (alone < count && is_alone(runs, count, alone, folders))
            alone++;
        if (alone == count)
            return folders;
    }
    return INT_MAX;
}

ggcn_status report_name_runs(report_run *runs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        runs[i].name = whole_name(&runs[i]);
        if (!runs[i].name)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the names of the runs");
    }
    const int folders = folders_needed(runs, count);
    for (size_t i = 0; i < count; i++) {
        const char *from = tail(runs[i].name, folders);
        memmove(runs[i].name, from, strlen(from) + 1);
    }
    return GGCN_SUCCESS;
}
