/* A copy of a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

enum { PIECE = 1 << 20 };

static int write_all(int to, const char *buffer, ssize_t count) {
    for (ssize_t done = 0, written; done < count; done += written) {
        written = write(to, buffer + done, (size_t)(count - done));
        if (written < 0 && errno != EINTR)
            return errno;
        written = written < 0 ? 0 : written;
    }
    return 0;
}

static int copy_bytes(int from, int to, char *buffer) {
    for (;;) {
        const ssize_t count = read(from, buffer, PIECE);
        if (count == 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return errno;
        const int error = count > 0 ? write_all(to, buffer, count) : 0;
        if (error)
            return error;
    }
}

static ggcn_status copy_open(const char *from, const char *to, int source, int target) {
    char *buffer = malloc(PIECE);
    if (!buffer)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to copy %s", from);
    int error = copy_bytes(source, target, buffer);
    free(buffer);
    if (close(target) != 0 && error == 0)
        error = errno;
    if (error == 0)
        return GGCN_SUCCESS;
    unlink(to);
    GGCN_FAIL(GGCN_ERROR_IO, "is the disk full, or the quota used up?", "%s: cannot copy %s: %s", to, from,
              strerror(error));
}

ggcn_status ggcn_copy_file(const char *from, const char *to) {
    struct stat entry;
    const int source = open(from, O_RDONLY);
    if (source < 0)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot open the file: %s", from, strerror(errno));
    const int target = fstat(source, &entry) == 0 ? open(to, O_WRONLY | O_CREAT | O_TRUNC, entry.st_mode & 0777) : -1;
    ggcn_status status;
    if (target < 0)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, "check that the folder can be written to",
                            "%s: cannot write: %s", to, strerror(errno));
    else
        status = copy_open(from, to, source, target);
    close(source); /* only read from: nothing to lose */
    return status;
}
