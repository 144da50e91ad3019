/* The folder of a run. Rank 0 deals with it, all agree. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "lock.h"

static const char *const folders[] = {"checkpoints", "chains", "grids"};
enum { folder_count = sizeof folders / sizeof *folders };

static ggcn_lock *held; /* a process has at most one run */

/* Calls `visit` for each entry but "." and ".."; a folder that is not there has none. */
static ggcn_status for_each(const char *folder,
                            ggcn_status (*visit)(const char *folder, const char *name, void *context), void *context) {
    DIR *stream = opendir(folder);
    if (!stream && errno == ENOENT)
        return GGCN_SUCCESS;
    if (!stream)
        GGCN_FAIL(GGCN_ERROR_IO, "choose another directory", "%s: cannot read the folder: %s", folder, strerror(errno));
    ggcn_status status = GGCN_SUCCESS;
    for (struct dirent *entry; status == GGCN_SUCCESS && (entry = readdir(stream)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(folder, entry->d_name, context);
    closedir(stream);
    return status;
}

static ggcn_status count_entry(const char *folder, const char *name, void *context) {
    (void)folder;
    (void)name;
    ++*(int64_t *)context;
    return GGCN_SUCCESS;
}

/* Counts what a run could lose: everything but its lock, its stop file, a configuration that was never finished, and
 * its own folders while they are empty. */
static ggcn_status count_contents(const char *folder, const char *name, void *context) {
    if (strcmp(name, "lock") == 0 || strcmp(name, "stop") == 0 || strcmp(name, "config.yaml" GGCN_INCOMPLETE) == 0)
        return GGCN_SUCCESS;
    for (int i = 0; i < folder_count; i++) {
        if (strcmp(name, folders[i]) != 0)
            continue;
        char *inner;
        GGCN_TRY(ggcn_format(&inner, "%s/%s", folder, name));
        const ggcn_status status = for_each(inner, count_entry, context);
        free(inner);
        return status;
    }
    return count_entry(folder, name, context);
}

static bool ends_with(const char *name, const char *end) {
    const size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

/* `context`: the ending of the files that belong to a run. */
static ggcn_status remove_matching(const char *folder, const char *name, void *context) {
    const char *ending = context;
    char *incomplete, *path;
    GGCN_TRY(ggcn_format(&incomplete, "%s" GGCN_INCOMPLETE, ending));
    const bool ours = ends_with(name, ending) || ends_with(name, incomplete);
    free(incomplete);
    if (!ours)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_format(&path, "%s/%s", folder, name));
    const ggcn_status status = ggcn_remove_file(path);
    free(path);
    return status;
}

static ggcn_status remove_in(const char *directory, const char *folder, char *ending) {
    char *path;
    GGCN_TRY(ggcn_format(&path, "%s/%s", directory, folder));
    const ggcn_status status = for_each(path, remove_matching, ending);
    free(path);
    return status;
}

static ggcn_status remove_file(const char *directory, const char *name) {
    char *path;
    GGCN_TRY(ggcn_format(&path, "%s/%s", directory, name));
    ggcn_status status = ggcn_remove_file(path);
    free(path);
    GGCN_TRY(status);
    GGCN_TRY(ggcn_format(&path, "%s/%s" GGCN_INCOMPLETE, directory, name));
    status = ggcn_remove_file(path);
    free(path);
    return status;
}

/* What a run that was killed left unfinished. */
static ggcn_status remove_leftovers(const char *directory) {
    static char incomplete[] = GGCN_INCOMPLETE, part[] = ".png.part";
    GGCN_TRY(remove_in(directory, "checkpoints", incomplete));
    GGCN_TRY(remove_in(directory, "chains", incomplete));
    GGCN_TRY(remove_in(directory, "grids", part));
    return remove_in(directory, ".", incomplete);
}

/* config.yaml goes last: while it is there the directory still counts as a run's. */
static ggcn_status remove_run(const char *directory) {
    static char hdf5[] = ".h5", png[] = ".png";
    GGCN_TRY(remove_in(directory, "checkpoints", hdf5));
    GGCN_TRY(remove_in(directory, "chains", hdf5));
    GGCN_TRY(remove_in(directory, "grids", png));
    GGCN_TRY(remove_file(directory, "metrics.h5"));
    GGCN_TRY(remove_file(directory, "log"));
    return remove_file(directory, "config.yaml");
}

static ggcn_status make_folder(const char *path) {
    struct stat entry;
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        GGCN_FAIL(GGCN_ERROR_IO, "choose another directory", "%s: cannot make the folder: %s", path, strerror(errno));
    if (stat(path, &entry) != 0 || !S_ISDIR(entry.st_mode))
        GGCN_FAIL(GGCN_ERROR_IO, "choose another directory with run.directory or --out", "%s: exists and is no folder",
                  path);
    return GGCN_SUCCESS;
}

/* Makes the directory and those above it. */
static ggcn_status make_directory(const char *directory) {
    char *path;
    GGCN_TRY(ggcn_format(&path, "%s", directory));
    ggcn_status status = GGCN_SUCCESS;
    for (char *at = path + 1; *path && status == GGCN_SUCCESS && (at = strchr(at, '/')) != NULL; at++) {
        *at = 0;
        status = make_folder(path);
        *at = '/';
    }
    if (status == GGCN_SUCCESS)
        status = make_folder(path);
    free(path);
    if (status == GGCN_SUCCESS && access(directory, W_OK | X_OK) != 0)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, "choose another directory with run.directory or --out",
                            "%s: cannot write there: %s", directory, strerror(errno));
    return status;
}

/* The run's own folders inside. */
static ggcn_status make_folders(const char *directory) {
    ggcn_status status = GGCN_SUCCESS;
    for (int i = 0; status == GGCN_SUCCESS && i < folder_count; i++) {
        char *path;
        status = ggcn_format(&path, "%s/%s", directory, folders[i]);
        if (status == GGCN_SUCCESS) {
            status = make_folder(path);
            free(path);
        }
    }
    return status;
}

static ggcn_status is_run(const char *directory, bool *run) {
    char *config;
    GGCN_TRY(ggcn_format(&config, "%s/config.yaml", directory));
    *run = access(config, F_OK) == 0;
    free(config);
    return GGCN_SUCCESS;
}

/* Whether the directory, or the nearest one above it that exists, may be written to. */
static ggcn_status check_writable(const char *directory) {
    char *path;
    struct stat entry;
    GGCN_TRY(ggcn_format(&path, "%s", directory));
    char *end = path + strlen(path);
    while (stat(path, &entry) != 0 && errno == ENOENT && end > path) {
        while (end > path && *end != '/')
            end--;
        *end = 0;
    }
    const char *where = *path ? path : *directory == '/' ? "/" : ".";
    ggcn_status status = GGCN_SUCCESS;
    if (access(where, W_OK | X_OK) != 0)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, "choose another directory with run.directory or --out",
                            "%s: cannot write there: %s", directory, strerror(errno));
    free(path);
    return status;
}

static ggcn_status check_directory(const char *directory, ggcn_run_mode mode) {
    if (!*directory)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "set run.directory or --out", "the run directory has no name");
    bool run = false;
    int64_t contents = 0;
    GGCN_TRY(is_run(directory, &run));
    if (mode == GGCN_RUN_RESTART && !run)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "give --restart the directory of an earlier run",
                  "%s: no run directory, it holds no config.yaml", directory);
    GGCN_TRY(for_each(directory, count_contents, &contents));
    if (mode == GGCN_RUN_NEW && contents > 0)
        GGCN_FAIL(GGCN_ERROR_CONFIG,
                  run ? "continue that run with --restart DIRECTORY, replace it with --overwrite, or choose another "
                        "directory with --out"
                      : "choose another directory with run.directory or --out",
                  "%s: the directory exists and is not empty", directory);
    if (mode == GGCN_RUN_OVERWRITE && contents > 0 && !run)
        GGCN_FAIL(GGCN_ERROR_CONFIG, "choose another directory with run.directory or --out",
                  "%s: not empty, and no run directory (it holds no config.yaml): nothing was removed", directory);
    return check_writable(directory);
}

static ggcn_status lock_and_clear(const char *directory, ggcn_run_mode mode) {
    GGCN_TRY(check_directory(directory, mode));
    GGCN_TRY(make_directory(directory));
    ggcn_lock_release(&held);
    GGCN_TRY(ggcn_lock_take(directory, &held));
    GGCN_TRY(check_directory(directory, mode)); /* again: another program may have had it until now */
    GGCN_TRY(remove_leftovers(directory));
    if (mode == GGCN_RUN_OVERWRITE)
        GGCN_TRY(remove_run(directory));
    return make_folders(directory);
}

static ggcn_status open_directory(const char *directory, ggcn_run_mode mode) {
    const ggcn_status status = lock_and_clear(directory, mode);
    if (status != GGCN_SUCCESS)
        ggcn_lock_release(&held);
    return status;
}

ggcn_status ggcn_run_directory_check(const char *directory, ggcn_run_mode mode) {
    return ggcn_agree(ggcn_rank() == 0 ? check_directory(directory, mode) : GGCN_SUCCESS);
}

ggcn_status ggcn_run_directory(const char *directory, ggcn_run_mode mode) {
    return ggcn_agree(ggcn_rank() == 0 ? open_directory(directory, mode) : GGCN_SUCCESS);
}

static ggcn_status make_chain_folder(const char *directory) {
    char *path;
    int64_t contents = 0;
    GGCN_TRY(ggcn_format(&path, "%s/chains", directory));
    ggcn_status status = for_each(path, count_entry, &contents);
    if (status == GGCN_SUCCESS && contents > 0)
        status = ggcn_raise(GGCN_ERROR_CONFIG, __FILE__, __LINE__, "choose another directory, or remove these chains",
                            "%s: holds recorded chains already", path);
    if (status == GGCN_SUCCESS)
        status = make_directory(path);
    free(path);
    return status;
}

ggcn_status ggcn_chain_directory(const char *directory) {
    return ggcn_agree(ggcn_rank() == 0 ? make_chain_folder(directory) : GGCN_SUCCESS);
}

void ggcn_run_directory_close(void) {
    ggcn_lock_release(&held);
}

static ggcn_status write_text(const char *path, const char *text) {
    char *temporary;
    GGCN_TRY(ggcn_format(&temporary, "%s" GGCN_INCOMPLETE, path));
    ggcn_status status = ggcn_reserve_file(temporary, 0);
    if (status == GGCN_SUCCESS) {
        FILE *stream = fopen(temporary, "w");
        const bool written = stream && fputs(text, stream) >= 0;
        if ((stream && fclose(stream) != 0) || !written)
            status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, "is the disk full?", "%s: cannot write: %s",
                                temporary, strerror(errno));
        if (status == GGCN_SUCCESS)
            status = ggcn_sync_file(temporary);
        if (status == GGCN_SUCCESS)
            status = ggcn_publish_file(temporary, path);
        unlink(temporary);
    }
    free(temporary);
    return status;
}

ggcn_status ggcn_write_text(const char *path, const char *text) {
    return ggcn_agree(ggcn_rank() == 0 ? write_text(path, text) : GGCN_SUCCESS);
}
