/* What a program is made of, and its main: it reads the command line, answers --help and --version, works, reports. */
#ifndef GGCN_APPS_PROGRAM_H
#define GGCN_APPS_PROGRAM_H

#include <stdbool.h>

#include "options.h"

typedef enum { APP_WORK, APP_HELP, APP_VERSION } app_action;

typedef struct {
    const char *name, *help;
    void *options; /* the program's own structure, where its action stands */
    const app_action *action;
    /* Reads the command line into `options`. @return GGCN_ERROR_ARGUMENT: a usage error */
    ggcn_status (*read)(int argc, char *const *argv, void *options);
    /* Does the work. Collective; all ranks agree on the outcome. */
    ggcn_status (*work)(int argc, char **argv, const void *options);
} app_program;

/* Answers what a program or command was asked in place of work: prints `help`, or the version. @return whether it was
 * asked */
bool app_answered(const char *program, bool help_asked, bool version_asked, const char *help);

/* To be returned by main. */
int app_main(const app_program *program, int argc, char **argv);

#endif
