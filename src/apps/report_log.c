#include "report_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { time_length = 20 }; /* 2026-01-31T12:34:56Z */

/* How the lines of src/apps/train_run.c begin. A number in them is the iteration that follows "iteration " or
 * "checkpoint ". */
static const struct {
    const char *beginning;
    report_event_kind kind;
} beginnings[] = {{"start: ", REPORT_START},       {"restart: ", REPORT_RESTART}, {"roll-back ", REPORT_ROLL_BACK},
                  {"stopped after ", REPORT_STOP}, {"error: ", REPORT_ERROR},     {"digest ", REPORT_END}};

const char *report_event_word(report_event_kind kind) {
    static const char *const words[] = {
        [REPORT_START] = "start",     [REPORT_RESTART] = "restart", [REPORT_ROLL_BACK] = "roll-back",
        [REPORT_WARNING] = "warning", [REPORT_STOP] = "stop",       [REPORT_ERROR] = "error",
        [REPORT_END] = "end",         [REPORT_OTHER] = "note"};
    return words[kind];
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static report_event_kind kind_of(const char *text) {
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (begins(text, beginnings[i].beginning))
            return beginnings[i].kind;
    return REPORT_OTHER;
}

/* The iteration a line names; `otherwise` where it names none. */
static uint64_t iteration_in(const char *text, const char *word, uint64_t otherwise) {
    const char *at = strstr(text, word);
    uint64_t iteration;
    return at && sscanf(at + strlen(word), "%" SCNu64, &iteration) == 1 ? iteration : otherwise;
}

static ggcn_status no_memory(const char *path) {
    return ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "%s: no memory for the events of a run", path);
}

static ggcn_status replace(const char *path, char **text, const char *by, size_t length) {
    free(*text);
    *text = strndup(by, length);
    return *text ? GGCN_SUCCESS : no_memory(path);
}

static ggcn_status add_event(const char *path, report_log *log, report_event_kind kind, const char *time,
                             const char *text, uint64_t iteration) {
    report_event *events = realloc(log->events, (log->count + 1) * sizeof *events);
    if (!events)
        return no_memory(path);
    log->events = events;
    const report_event event = {kind, strndup(time, time_length), strdup(text), iteration};
    events[log->count++] = event;
    return event.time && event.text ? GGCN_SUCCESS : no_memory(path);
}

/* A line without a time belongs to the event before it, whose text had an end of line in it. */
static ggcn_status continue_event(const char *path, report_log *log, const char *line) {
    if (!*line)
        return GGCN_SUCCESS;
    if (log->count == 0)
        return add_event(path, log, REPORT_OTHER, "", line, 0);
    report_event *event = &log->events[log->count - 1];
    const size_t length = strlen(event->text), size = length + strlen(line) + 2;
    char *text = realloc(event->text, size);
    if (!text)
        return no_memory(path);
    event->text = text;
    snprintf(text + length, size - length, "\n%s", line);
    if (event->kind == REPORT_RESTART)
        event->iteration = iteration_in(line, "read checkpoint ", event->iteration);
    return GGCN_SUCCESS;
}

/* @param[in,out] iteration  the last one that the lines so far speak of */
static ggcn_status take_line(const char *path, report_log *log, const char *line, uint64_t *iteration) {
    const bool info = strlen(line) > time_length && begins(line + time_length, " info: ");
    const bool warning = strlen(line) > time_length && begins(line + time_length, " warning: ");
    if (!info && !warning)
        return continue_event(path, log, line);
    if (!log->first)
        GGCN_TRY(replace(path, &log->first, line, time_length));
    GGCN_TRY(replace(path, &log->last, line, time_length));
    const char *text = strchr(line + time_length, ':') + 2;
    if (warning)
        return add_event(path, log, REPORT_WARNING, line, text, *iteration);
    const report_event_kind kind = kind_of(text);
    *iteration = kind == REPORT_RESTART ? iteration_in(text, "read checkpoint ", *iteration)
                                        : iteration_in(text, "iteration ", *iteration);
    if (begins(text, "iteration ") || begins(text, "checkpoint at "))
        return GGCN_SUCCESS;
    return add_event(path, log, kind, line, text, *iteration);
}

static ggcn_status read_lines(const char *path, FILE *stream, report_log *log) {
    char *line = NULL;
    size_t capacity = 0;
    uint64_t iteration = 0;
    ggcn_status status = GGCN_SUCCESS;
    for (ssize_t length; status == GGCN_SUCCESS && (length = getline(&line, &capacity, stream)) >= 0;) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = 0;
        status = take_line(path, log, line, &iteration);
    }
    if (status == GGCN_SUCCESS && ferror(stream))
        status =
            ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, NULL, "%s: cannot read the log: %s", path, strerror(errno));
    free(line);
    return status;
}

ggcn_status report_log_read(const char *path, report_log *log) {
    *log = (report_log){0};
    FILE *stream = fopen(path, "r");
    if (!stream && errno == ENOENT)
        return GGCN_SUCCESS;
    if (!stream)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "%s: cannot read the log: %s", path, strerror(errno));
    const ggcn_status status = read_lines(path, stream, log);
    fclose(stream);
    if (status != GGCN_SUCCESS)
        report_log_clear(log);
    return status;
}

void report_log_clear(report_log *log) {
    for (size_t i = 0; i < log->count; i++) {
        free(log->events[i].time);
        free(log->events[i].text);
    }
    free(log->events);
    free(log->first);
    free(log->last);
    *log = (report_log){0};
}

size_t report_log_count(const report_log *log, report_event_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++)
        count += log->events[i].kind == kind;
    return count;
}

const report_event *report_log_outcome(const report_log *log) {
    const report_event *outcome = NULL;
    for (size_t i = 0; i < log->count; i++) {
        const report_event *event = &log->events[i];
        if (event->kind == REPORT_START || event->kind == REPORT_RESTART)
            outcome = NULL;
        if (event->kind == REPORT_STOP || event->kind == REPORT_ERROR || event->kind == REPORT_END)
            outcome = event;
    }
    return outcome;
}
