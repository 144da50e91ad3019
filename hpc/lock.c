#define _GNU_SOURCE /* flock */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

struct ggcn_lock {
    char *path;
    int descriptor;
};

/* Who holds a lock: four lines of the file. */
typedef struct {
    char host[256];
    char boot[64]; /* of the host's running system: a number that each start makes anew */
    char job[128]; /* of the batch system; "-": none */
    long pid;
    unsigned long long started; /* when the process started, in ticks after the host: a number may be used again */
} holder;

enum { longest_text = 1024 };

/* Field 22 of /proc/PID/stat, which follows the command's name, in parentheses, by 20 spaces. 0 where there is no such
 * process, or no such file. @param[out] ended whether it has ended and was not waited for yet: a zombie */
static unsigned long long start_of(long pid, bool *ended) {
    char path[64], text[longest_text];
    *ended = false;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *stream = fopen(path, "r");
    if (!stream)
        return 0;
    const size_t length = fread(text, 1, sizeof text - 1, stream);
    fclose(stream); /* nothing was written */
    text[length] = 0;
    const char *at = strrchr(text, ')');
    *ended = at && at[1] == ' ' && (at[2] == 'Z' || at[2] == 'X');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

static void read_boot(char *boot, size_t size) {
    snprintf(boot, size, "-");
    FILE *stream = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (!stream)
        return;
    if (!fgets(boot, (int)size, stream))
        snprintf(boot, size, "-");
    fclose(stream); /* nothing was written */
    boot[strcspn(boot, "\n")] = 0;
}

static void describe_self(holder *self) {
    static const char *const names[] = {"SLURM_JOB_ID", "PBS_JOBID"};
    bool ended;
    *self = (holder){.pid = (long)getpid(), .started = start_of((long)getpid(), &ended), .job = "-"};
    if (gethostname(self->host, sizeof self->host - 1) != 0)
        snprintf(self->host, sizeof self->host, "-");
    read_boot(self->boot, sizeof self->boot);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *job = getenv(names[i]);
        if (job && *job && !strpbrk(job, " \n"))
            snprintf(self->job, sizeof self->job, "%.100s", job);
    }
}

/* False for a file of other contents, such as one that was cut off when its writer was killed. */
static bool read_holder(int descriptor, holder *other) {
    char text[longest_text];
    const ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    if (length <= 0)
        return false;
    text[length] = 0;
    *other = (holder){0};
    return sscanf(text, "host %255s\npid %ld started %llu\nboot %63s\njob %127s\n", other->host, &other->pid,
                  &other->started, other->boot, other->job) == 5;
}

static ggcn_status write_holder(const ggcn_lock *lock, const holder *self) {
    char text[longest_text];
    const int length = snprintf(text, sizeof text, "host %s\npid %ld started %llu\nboot %s\njob %s\n", self->host,
                                self->pid, self->started, self->boot, self->job);
    if (ftruncate(lock->descriptor, 0) != 0 || pwrite(lock->descriptor, text, (size_t)length, 0) != length ||
        fsync(lock->descriptor) != 0)
        GGCN_FAIL(GGCN_ERROR_IO, "is the disk full?", "%s: cannot write: %s", lock->path, strerror(errno));
    return GGCN_SUCCESS;
}

static bool alive(const holder *other, const holder *self) {
    if (strcmp(other->host, self->host) != 0) /* nobody can look there; a batch system runs a job once at a time */
        return strcmp(other->job, "-") == 0 || strcmp(other->job, self->job) != 0;
    if (strcmp(other->boot, self->boot) != 0)
        return false;
    if (kill((pid_t)other->pid, 0) != 0 && errno != EPERM)
        return false;
    bool ended;
    const unsigned long long started = start_of(other->pid, &ended);
    return !ended && (started == 0 || started == other->started);
}

static ggcn_status refuse(const ggcn_lock *lock, const holder *other, const char *directory) {
    char hint[512];
    snprintf(
        hint, sizeof hint,
        "wait until it has ended, or choose another directory; if there is no such program any more, remove %.300s",
        lock->path);
    if (!other->pid)
        GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: another program uses this run directory", directory);
    GGCN_FAIL(GGCN_ERROR_CONFIG, hint, "%s: another program uses this run directory: process %ld on %s%s%s", directory,
              other->pid, other->host, strcmp(other->job, "-") != 0 ? ", job " : "",
              strcmp(other->job, "-") != 0 ? other->job : "");
}

/* Takes the opened file, unless somebody has it. `again`: it was removed meanwhile. */
static ggcn_status take(const ggcn_lock *lock, const char *directory, bool *again) {
    holder self, other = {0};
    struct stat opened, named;
    describe_self(&self);
    const bool locked = flock(lock->descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno == EWOULDBLOCK) {
        read_holder(lock->descriptor, &other);
        return refuse(lock, &other, directory);
    }
    *again = fstat(lock->descriptor, &opened) != 0 || stat(lock->path, &named) != 0 || opened.st_ino != named.st_ino;
    if (*again)
        return GGCN_SUCCESS;
    if (read_holder(lock->descriptor, &other) && alive(&other, &self))
        return refuse(lock, &other, directory);
    const ggcn_status status = write_holder(lock, &self);
    if (status != GGCN_SUCCESS)
        unlink(lock->path); /* while the system's lock is held, as in ggcn_lock_release */
    return status;
}

ggcn_status ggcn_lock_take(const char *directory, ggcn_lock **lock) {
    *lock = calloc(1, sizeof **lock);
    if (!*lock)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a lock");
    ggcn_status status = ggcn_format(&(*lock)->path, "%s/lock", directory);
    for (bool again = true; status == GGCN_SUCCESS && again;) {
        (*lock)->descriptor = open((*lock)->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if ((*lock)->descriptor < 0)
            status =
                ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, "choose another directory with run.directory or --out",
                           "%s: cannot write: %s", (*lock)->path, strerror(errno));
        else {
            status = take(*lock, directory, &again);
            if (status != GGCN_SUCCESS || again)
                close((*lock)->descriptor); /* nothing that matters was written */
        }
    }
    if (status != GGCN_SUCCESS) {
        free((*lock)->path);
        free(*lock);
        *lock = NULL;
    }
    return status;
}

void ggcn_lock_release(ggcn_lock **lock) {
    if (!*lock)
        return;
    unlink((*lock)->path); /* while the system's lock is held: whoever opened it meanwhile sees that it is gone */
    close((*lock)->descriptor);
    free((*lock)->path);
    free(*lock);
    *lock = NULL;
}
