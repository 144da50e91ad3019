/**
 * @file
 * What the programs share: reading the command line, the standard form of an error, exit codes.
 *
 * All ranks have the same command line, so all find the same usage error; rank 0 prints it.
 */
#ifndef GGCN_APPS_OPTIONS_H
#define GGCN_APPS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

/** Exit codes of all programs. */
enum { APP_DONE = 0, APP_FAILED = 1, APP_USAGE = 2, APP_STOPPED = 75 /* before the end; run me again */ };

/** One option of a program, as a long name and perhaps one letter. */
typedef struct {
    const char *name; /**< without the dashes, e.g. "preset" */
    char letter;      /**< e.g. 'p' for -p; 0: none */
    bool has_value;   /**< --preset NAME, --preset=NAME, -p NAME */
} app_option;

/** What app_options_next found other than an option. */
enum { APP_OPTION_END = -1, APP_OPTION_OPERAND = -2 };

/** Walks along a command line. Start with {argc, argv, 1, false}. */
typedef struct {
    int argc;
    char *const *argv;
    int next;           /**< element of argv to look at next */
    bool operands_only; /**< "--" was seen */
} app_reader;

/**
 * Next piece of the command line; options and operands may be mixed.
 * @param options [count]
 * @param[out] which number of the option in `options`, APP_OPTION_OPERAND or APP_OPTION_END
 * @param[out] value of the option or the operand, part of argv; NULL where there is none
 * @return GGCN_ERROR_ARGUMENT: unknown option, missing or superfluous value
 */
ggcn_status app_options_next(app_reader *reader, const app_option *options, size_t count, int *which,
                             const char **value);

/** What a command without options of its own is told. */
typedef struct {
    const char *operands[2];
    bool help, version;
} app_operands;

/**
 * Reads the command line of such a command: --help, --version and exactly `wanted` operands (at most 2).
 * @param needed  what the message says if there are fewer, e.g. "FILE.h5 and DIR are needed"
 * @return GGCN_ERROR_ARGUMENT
 */
ggcn_status app_read_operands(int argc, char *const *argv, int wanted, const char *needed, app_operands *read);

/** Parses a whole decimal number in [lowest, highest]. `name` is what the message calls it, e.g. "--size". */
ggcn_status app_parse_integer(const char *name, const char *text, int64_t lowest, int64_t highest, int64_t *value);

/** Parses a decimal number in [lowest, highest]; `name` as above. */
ggcn_status app_parse_real(const char *name, const char *text, double lowest, double highest, double *value);

/** Finds one of several words. @param words [count] in the order of the message: "A, B or C"  @param[out] number of the
 * word */
ggcn_status app_read_choice(const char *name, const char *text, const char *const *words, size_t count, size_t *number);

/** A file that is replaced if it is there must have the ending of its kind, so that nothing else is replaced by a slip
 * of the pen. @param file NULL: not given  @param ending with its dot */
ggcn_status app_check_name(const char *option, const char *file, const char *ending);

/** Whether standard output is a terminal that can update a line. mpirun gives its ranks a pseudo-terminal even in a
 * batch job, so TERM has the last word (jobs/mpirun.sh sets it). */
bool app_on_terminal(void);

/** Prints on rank 0, to standard output. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void app_print(const char *format, ...);

/** Ranks on processors that oneDNN treats differently would compute different bits. Collective. @return
 * GGCN_ERROR_CONFIG */
ggcn_status app_check_instruction_set(void);

/**
 * Prints the last error in the standard form and returns the exit code, APP_FAILED (APP_DONE for GGCN_SUCCESS):
 *     PROGRAM: bad file: MESSAGE
 *       hint: HINT
 * Prints nothing for GGCN_ERROR_ELSEWHERE: that rank prints. Hand in what ggcn_agree returned. Not collective.
 */
int app_report(const char *program, ggcn_status status);

/** Prints the last error as a usage error on rank 0 and returns APP_USAGE. `help` is the command that explains more. */
int app_report_usage(const char *program, const char *help);

/** Ends the parallel machine after all ranks have printed what they had to, and hands back the exit code. Collective.
 */
int app_finish(int code);

#endif
