/* Runs a program of which some system calls fail:
 *   fail_calls FOLDER RANK FROM TO ERROR NAMES REPORT PROGRAM [ARGUMENT...]
 * Calls that write below FOLDER, an absolute path, are counted from 1: files made or opened for writing, writes, syncs,
 * sizes, names, and the closing of what was opened for writing. Of those numbered FROM to TO, the ones in NAMES
 * (mkdir,write) fail with ERROR: EIO, EDQUOT, EROFS; SHORT makes a write do half of what it was asked for. A close that
 * fails closes nevertheless, as Linux does it. Each counted call is a line of REPORT: number, call, path, whether it
 * failed. Of a parallel run, only the rank RANK is treated so; others run undisturbed.
 *
 * The kernel stops the program at these calls (seccomp) and lets this one decide (ptrace), whichever library makes
 * them. Exit code: the program's, or 128 and its signal; 77: this machine allows it not. */
#define _GNU_SOURCE
#include <stdio.h>

enum { cannot = 77, longest = 4096 };

#ifndef __x86_64__
int main(void) {
    fprintf(stderr, "fail_calls: knows the registers of x86-64 only\n");
    return cannot;
}
#else
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a call names: a path (argument number), or an open file (argument 0). */
typedef struct {
    long number;
    const char *name;
    int path; /* argument; -1: none */
    bool only_writable, writes;
} call;

static const call calls[] = {
    {SYS_open, "open", 0, true, false},
    {SYS_openat, "open", 1, true, false},
    {SYS_creat, "open", 0, false, false},
    {SYS_mkdir, "mkdir", 0, false, false},
    {SYS_mkdirat, "mkdir", 1, false, false},
    {SYS_rename, "rename", 0, false, false},
    {SYS_renameat, "rename", 1, false, false},
    {SYS_renameat2, "rename", 1, false, false},
    {SYS_unlink, "unlink", 0, false, false},
    {SYS_unlinkat, "unlink", 1, false, false},
    {SYS_write, "write", -1, false, true},
    {SYS_pwrite64, "write", -1, false, true},
    {SYS_writev, "write", -1, false, true},
    {SYS_pwritev, "write", -1, false, true},
    {SYS_pwritev2, "write", -1, false, true},
    {SYS_fsync, "fsync", -1, false, false},
    {SYS_fdatasync, "fsync", -1, false, false},
    {SYS_ftruncate, "ftruncate", -1, false, false},
    {SYS_fallocate, "fallocate", -1, false, false},
    {SYS_close, "close", -1, true, false},
};
enum { call_count = sizeof calls / sizeof *calls };

static const char *folder, *names;
static long first, last, counted;
static int error; /* 0: SHORT */
static FILE *report;

static void die(const char *what) {
    fprintf(stderr, "fail_calls: %s: %s\n", what, strerror(errno));
    exit(cannot);
}

/* In the child: the calls of the list are for the tracer, all others go on. */
static void install_filter(void) {
    struct sock_filter program[2 * call_count + 5];
    int n = 0;
    program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < call_count; i++) {
        program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
        program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog filter = {.len = (unsigned short)n, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        die("no seccomp");
}

static unsigned long long argument(const struct user_regs_struct *r, int i) {
    return i == 0 ? r->rdi : i == 1 ? r->rsi : r->rdx;
}

/* The text at an address of the process, page by page, since the next page may not be there. */
static bool read_text(pid_t pid, unsigned long long address, char *text) {
    size_t length = 0;
    while (length + 1 < longest) {
        size_t piece = 4096 - (address + length) % 4096;
        if (piece > longest - 1 - length)
            piece = longest - 1 - length;
        const struct iovec mine = {text + length, piece}, theirs = {(void *)(address + length), piece};
        const ssize_t got = process_vm_readv(pid, &mine, 1, &theirs, 1, 0);
        if (got <= 0)
            return false;
        if (memchr(text + length, 0, (size_t)got))
            return true;
        length += (size_t)got;
    }
    return false;
}

static bool link_text(pid_t pid, const char *what, char *text) {
    char link[128];
    snprintf(link, sizeof link, "/proc/%d/%s", (int)pid, what);
    const ssize_t length = readlink(link, text, longest - 1);
    text[length > 0 ? length : 0] = 0;
    return length > 0;
}

static bool path_of(pid_t pid, const call *c, const struct user_regs_struct *r, char *path) {
    char what[64];
    if (c->path < 0) {
        snprintf(what, sizeof what, "fd/%d", (int)r->rdi);
        return link_text(pid, what, path);
    }
    char given[longest], from[longest];
    if (!read_text(pid, argument(r, c->path), given))
        return false;
    if (*given == '/')
        return snprintf(path, longest, "%s", given) < longest;
    if (c->path == 1 && (int)r->rdi != AT_FDCWD)
        snprintf(what, sizeof what, "fd/%d", (int)r->rdi);
    else
        snprintf(what, sizeof what, "cwd");
    return link_text(pid, what, from) && snprintf(path, longest, "%s/%s", from, given) < longest;
}

static bool opened_for_writing(pid_t pid, const struct user_regs_struct *r) {
    char path[64], line[256];
    unsigned flags = 0;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, (int)r->rdi);
    FILE *stream = fopen(path, "r");
    if (!stream)
        return false;
    while (fgets(line, sizeof line, stream) && sscanf(line, "flags: %o", &flags) != 1)
        continue;
    fclose(stream);
    return flags & (O_WRONLY | O_RDWR);
}

static bool wanted(pid_t pid, const call *c, const struct user_regs_struct *r, char *path) {
    const size_t length = strlen(folder);
    if (!path_of(pid, c, r, path) || strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != 0))
        return false;
    if (!c->only_writable)
        return true;
    if (c->path < 0)
        return opened_for_writing(pid, r);
    return argument(r, c->path + 1) & (O_WRONLY | O_RDWR | O_CREAT);
}

/* Half of a write of bytes, or of the parts of one in several parts. */
static bool shorten(const call *c, struct user_regs_struct *r) {
    if (!c->writes || r->rdx < 2)
        return false;
    r->rdx /= 2;
    return true;
}

/* Whether it is one of the names, which have commas between them. */
static bool listed(const char *name) {
    const size_t length = strlen(name);
    for (const char *at = strstr(names, name); at; at = strstr(at + 1, name))
        if ((at == names || at[-1] == ',') && (at[length] == ',' || at[length] == 0))
            return true;
    return false;
}

/* Before a call of the list. @return how the process goes on: PTRACE_SYSCALL to come back when the call is over */
static int before(pid_t pid) {
    struct user_regs_struct r;
    char path[longest];
    if (ptrace(PTRACE_GETREGS, pid, 0, &r) != 0)
        return PTRACE_CONT;
    const call *c = calls;
    while (c < calls + call_count && c->number != (long)r.orig_rax)
        c++;
    if (c == calls + call_count || !wanted(pid, c, &r, path))
        return PTRACE_CONT;
    counted++;
    bool fails = counted >= first && counted <= last && listed(c->name);
    const bool later = fails && c->number == SYS_close && error;
    if (fails && !error)
        fails = shorten(c, &r);
    else if (fails && !later) {
        r.orig_rax = (unsigned long long)-1;
        r.rax = (unsigned long long)-error;
    }
    const char *below = path + strlen(folder);
    fprintf(report, "%ld %s %s %s\n", counted, c->name, below + (*below == '/'), fails ? "failed" : "-");
    if (fails && !later && ptrace(PTRACE_SETREGS, pid, 0, &r) != 0)
        die("registers");
    return later ? PTRACE_SYSCALL : PTRACE_CONT;
}

/* A close that is over, and is to have failed. */
static void after(pid_t pid) {
    struct user_regs_struct r;
    if (ptrace(PTRACE_GETREGS, pid, 0, &r) != 0)
        return;
    r.rax = (unsigned long long)-error;
    ptrace(PTRACE_SETREGS, pid, 0, &r);
}

/* One stop of one thread, which then goes on. */
static void handle(pid_t pid, int status) {
    const int event = status >> 16, number = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP)
        ptrace(before(pid), pid, 0, 0);
    else if (event == PTRACE_EVENT_STOP &&
             (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU))
        ptrace(PTRACE_LISTEN, pid, 0, 0); /* stays stopped until somebody continues it */
    else if (event != 0)
        ptrace(PTRACE_CONT, pid, 0, 0);
    else if (number == (SIGTRAP | 0x80)) {
        after(pid);
        ptrace(PTRACE_CONT, pid, 0, 0);
    } else
        ptrace(PTRACE_CONT, pid, 0, number);
}

/* Until the program itself has ended; what it started may go on without us. */
static int watch(pid_t child) {
    int status;
    for (;;) {
        const pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno != EINTR)
            die("wait");
        else if (pid > 0 && WIFSTOPPED(status))
            handle(pid, status);
        else if (pid == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}

static int error_of(const char *name) {
    static const struct {
        const char *name;
        int number;
    } errors[] = {{"EIO", EIO}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS}, {"SHORT", 0}};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].number;
    fprintf(stderr, "fail_calls: unknown error %s\n", name);
    exit(2);
}

int main(int argc, char **argv) {
    if (argc < 9) {
        fprintf(stderr, "usage: fail_calls FOLDER RANK FROM TO ERROR NAMES REPORT PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    folder = argv[1], first = atol(argv[3]), last = atol(argv[4]), error = error_of(argv[5]), names = argv[6];
    char go = 0;
    int channel[2];
    const bool mine = !rank || strcmp(rank, argv[2]) == 0;
    if (mine &&
        (!(report = fopen(argv[7], "we")) || setvbuf(report, NULL, _IOLBF, 0) != 0 || pipe2(channel, O_CLOEXEC) != 0))
        die(argv[7]);
    const pid_t child = mine ? fork() : 0;
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (mine && read(channel[0], &go, 1) != 1)
            _exit(cannot);
        if (mine)
            install_filter();
        execv(argv[8], argv + 8);
        die(argv[8]);
    }
    const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, 0, options) != 0)
        die("no ptrace");
    if (write(channel[1], &go, 1) != 1)
        die("pipe");
    const int code = watch(child);
    return fclose(report) == 0 ? code : cannot;
}
#endif
