/* Runs a program and appends the largest resident memory it had, in kB, as a line to FILE: peak_memory FILE PROGRAM
 * [...] */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: peak_memory FILE PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || waitpid(child, &status, 0) != child || getrusage(RUSAGE_CHILDREN, &usage) != 0) {
        perror("peak_memory");
        return 1;
    }
    FILE *stream = fopen(argv[1], "a"); /* one short line a process: the lines do not mix */
    if (!stream || fprintf(stream, "%ld\n", usage.ru_maxrss) < 0 || fclose(stream) != 0) {
        perror(argv[1]);
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
