#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ggcn/hpc.h"
#include "ggcn/plan.h"

/* "--name", "--name=..." or "-l"; the length compared ends at '='. */
static bool matches(const app_option *option, const char *argument, size_t length) {
    if (argument[1] == '-')
        return strlen(option->name) == length - 2 && strncmp(option->name, argument + 2, length - 2) == 0;
    return option->letter && length == 2 && argument[1] == option->letter;
}

ggcn_status app_options_next(app_reader *reader, const app_option *options, size_t count, int *which,
                             const char **value) {
    *value = NULL;
    if (reader->next >= reader->argc) {
        *which = APP_OPTION_END;
        return GGCN_SUCCESS;
    }
    const char *argument = reader->argv[reader->next++];
    if (!reader->operands_only && strcmp(argument, "--") == 0) {
        reader->operands_only = true;
        return app_options_next(reader, options, count, which, value);
    }
    if (reader->operands_only || argument[0] != '-' || argument[1] == '\0') {
        *which = APP_OPTION_OPERAND;
        *value = argument;
        return GGCN_SUCCESS;
    }
    const size_t length = strcspn(argument, "=");
    const char *attached = argument[length] == '=' ? argument + length + 1 : NULL;
    size_t i = 0;
    while (i < count && !matches(&options[i], argument, length))
        i++;
    if (i == count)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "unknown option %.*s", (int)length, argument);
    *which = (int)i;
    if (!options[i].has_value) {
        if (attached)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "the option %.*s takes no value", (int)length, argument);
        return GGCN_SUCCESS;
    }
    if (!attached && reader->next >= reader->argc)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "the option %s needs a value", argument);
    *value = attached ? attached : reader->argv[reader->next++];
    return GGCN_SUCCESS;
}

ggcn_status app_read_operands(int argc, char *const *argv, int wanted, const char *needed, app_operands *read) {
    enum { HELP, VERSION };
    static const app_option options[] = {[HELP] = {"help", 0, false}, [VERSION] = {"version", 0, false}};
    int count = 0, which = APP_OPTION_END;
    app_reader reader = {argc, argv, 1, false};
    do {
        const char *value;
        GGCN_TRY(app_options_next(&reader, options, sizeof options / sizeof *options, &which, &value));
        read->help = which == HELP;
        read->version = which == VERSION;
        if (read->help || read->version)
            return GGCN_SUCCESS;
        if (which == APP_OPTION_OPERAND && count == wanted)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "superfluous argument %s", value);
        if (which == APP_OPTION_OPERAND)
            read->operands[count++] = value;
    } while (which != APP_OPTION_END);
    if (count < wanted)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s", needed);
    return GGCN_SUCCESS;
}

ggcn_status app_parse_integer(const char *name, const char *text, int64_t lowest, int64_t highest, int64_t *value) {
    char *end;
    errno = 0;
    const long long parsed = strtoll(text, &end, 10);
    if (end == text || *end || errno || parsed < lowest || parsed > highest)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s must be a whole number from %" PRId64 " to %" PRId64 ", not \"%s\"",
                  name, lowest, highest, text);
    *value = parsed;
    return GGCN_SUCCESS;
}

ggcn_status app_parse_real(const char *name, const char *text, double lowest, double highest, double *value) {
    char *end;
    errno = 0;
    const double parsed = strtod(text, &end);
    if (end == text || *end || errno || !(parsed >= lowest && parsed <= highest))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s must be a number from %g to %g, not \"%s\"", name, lowest, highest,
                  text);
    *value = parsed;
    return GGCN_SUCCESS;
}

ggcn_status app_read_choice(const char *name, const char *text, const char *const *words, size_t count,
                            size_t *number) {
    char list[512] = "";
    size_t length = 0;
    for (size_t i = 0; i < count && length < sizeof list; i++) {
        if (strcmp(text, words[i]) == 0) {
            *number = i;
            return GGCN_SUCCESS;
        }
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                   i == 0          ? ""
                                   : i + 1 < count ? ", "
                                                   : " or ",
                                   words[i]);
    }
    GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s must be %s, not \"%s\"", name, list, text);
}

ggcn_status app_check_name(const char *option, const char *file, const char *ending) {
    const size_t length = file ? strlen(file) : 0, tail = strlen(ending);
    if (file && (length <= tail || strcmp(file + length - tail, ending) != 0))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: the name of the file must end in %s, not \"%s\"", option, ending,
                  file);
    return GGCN_SUCCESS;
}

bool app_on_terminal(void) {
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void app_print(const char *format, ...) {
    if (ggcn_rank() != 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

/* One call of fprintf, so that output of other processes does not get between the lines. */
static void print_last_error(const char *program, const char *kind, const char *more) {
    const ggcn_error *error = ggcn_last_error();
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n%s%s%s%s", program, kind, error->message, error->hint[0] ? "  hint: " : "",
            error->hint, error->hint[0] ? "\n" : "", more);
    fflush(stderr);
}

ggcn_status app_check_instruction_set(void) {
    char name[64] = "";
    snprintf(name, sizeof name, "%s", ggcn_plan_instruction_set());
    return ggcn_same_on_all_ranks("oneDNN's instruction set",
                                  "use nodes of one kind, or export ONEDNN_MAX_CPU_ISA with the oldest, e.g. AVX2, and "
                                  "build with -DGGCN_NATIVE=OFF",
                                  name, sizeof name);
}

int app_report(const char *program, ggcn_status status) {
    if (status != GGCN_SUCCESS && status != GGCN_ERROR_ELSEWHERE)
        print_last_error(program, ggcn_status_name(status), "");
    return status == GGCN_SUCCESS ? APP_DONE : APP_FAILED;
}

int app_report_usage(const char *program, const char *help) {
    if (ggcn_rank() == 0) {
        char more[256];
        snprintf(more, sizeof more, "  try: %s\n", help);
        print_last_error(program, "usage", more);
    }
    return APP_USAGE;
}

int app_finish(int code) {
    if (fflush(stdout) != 0 && (code == APP_DONE || code == APP_STOPPED)) {
        fprintf(stderr, "cannot write to standard output: %s\n", strerror(errno));
        code = APP_FAILED;
    }
    ggcn_barrier();
    ggcn_hpc_finish();
    return code;
}
