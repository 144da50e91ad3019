#define _GNU_SOURCE /* fallocate */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

ggcn_status ggcn_format(char **text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (!*text)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a text");
    va_start(arguments, format);
    vsnprintf(*text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return GGCN_SUCCESS;
}

/* 0 or errno. Not posix_fallocate, which writes every block where the file system cannot reserve; there the free space
 * is compared instead. */
static int reserve(int descriptor, int64_t bytes) {
    if (bytes == 0 || fallocate(descriptor, 0, 0, (off_t)bytes) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    struct statvfs space;
    const bool full = fstatvfs(descriptor, &space) == 0 && space.f_frsize > 0 &&
                      (uint64_t)bytes / space.f_frsize > (uint64_t)space.f_bavail;
    return full ? ENOSPC : 0;
}

ggcn_status ggcn_reserve_file(const char *path, int64_t bytes) {
    const bool there = access(path, F_OK) == 0;
    const int descriptor = open(path, O_WRONLY | O_CREAT, 0666);
    if (descriptor < 0)
        GGCN_FAIL(GGCN_ERROR_IO, "check that the folder exists and can be written to", "%s: cannot write: %s", path,
                  strerror(errno));
    const int error = reserve(descriptor, bytes);
    close(descriptor); /* nothing was written through it */
    if (error == 0)
        return GGCN_SUCCESS;
    if (!there)
        unlink(path);
    GGCN_FAIL(GGCN_ERROR_IO, "make room on the disk, or choose another directory",
              "%s: no room for a file of %" PRId64 " bytes: %s", path, bytes, strerror(error));
}

/* Folders as well as files; some file systems refuse to sync a folder (EINVAL), which is their way of not needing it.
 */
static ggcn_status sync_path(const char *path, int flags) {
    const int descriptor = open(path, flags);
    const int synced = descriptor < 0 ? -1 : fsync(descriptor);
    const int error = errno;
    if (descriptor >= 0)
        close(descriptor); /* nothing was written through it */
    if (synced != 0 && !(descriptor >= 0 && error == EINVAL))
        GGCN_FAIL(GGCN_ERROR_IO, "is the disk full?", "%s: cannot force to the disk: %s", path, strerror(error));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_sync_file(const char *path) {
    return sync_path(path, O_RDWR);
}

ggcn_status ggcn_publish_file(const char *temporary, const char *path) {
    if (rename(temporary, path) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot rename to %s: %s", temporary, path, strerror(errno));
    char *folder;
    const char *slash = strrchr(path, '/');
    GGCN_TRY(ggcn_format(&folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : "."));
    const ggcn_status status = sync_path(folder, O_RDONLY);
    free(folder);
    return status;
}

ggcn_status ggcn_remove_file(const char *path) {
    if (unlink(path) != 0 && errno != ENOENT)
        GGCN_FAIL(GGCN_ERROR_IO, "check the permissions of the folder", "%s: cannot remove: %s", path, strerror(errno));
    return GGCN_SUCCESS;
}

static bool parse_numbered(const char *name, const char *prefix, uint64_t *number) {
    const size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0)
        return false;
    const char *digits = name + length;
    const size_t n = strspn(digits, "0123456789");
    if (n < 8 || n > 19 || strcmp(digits + n, ".h5") != 0)
        return false;
    *number = strtoull(digits, NULL, 10);
    return true;
}

static int compare(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

ggcn_status ggcn_list_numbered(const char *folder, const char *prefix, uint64_t **numbers, size_t *count) {
    *numbers = NULL;
    *count = 0;
    DIR *stream = opendir(folder);
    if (!stream)
        GGCN_FAIL(GGCN_ERROR_IO, "is this a run directory?", "%s: cannot read the folder: %s", folder, strerror(errno));
    ggcn_status status = GGCN_SUCCESS;
    uint64_t number;
    errno = 0;
    for (struct dirent *entry; status == GGCN_SUCCESS && (entry = readdir(stream)) != NULL;) {
        if (!parse_numbered(entry->d_name, prefix, &number))
            continue;
        uint64_t *grown = realloc(*numbers, (*count + 1) * sizeof **numbers);
        if (grown) {
            *numbers = grown;
            grown[(*count)++] = number;
        } else
            status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the list of %s", folder);
    }
    if (status == GGCN_SUCCESS && errno != 0)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "%s: cannot read the folder: %s", folder,
                            strerror(errno));
    closedir(stream);
    if (status != GGCN_SUCCESS) {
        free(*numbers);
        *numbers = NULL;
        *count = 0;
    } else if (*count > 0)
        qsort(*numbers, *count, sizeof **numbers, compare);
    return status;
}
