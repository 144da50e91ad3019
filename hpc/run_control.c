#include "ggcn/run_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "ggcn/hpc.h"
#include "ranks.h"
#include "signals.h"

/* Bits of what the ranks tell each other: those of signals.h, and what rank 0 alone looks at. */
enum { STOP_FILE = 16, WALLTIME = 32, INTERVAL = 64, FIRST_CHECKPOINT = 128 };
static const unsigned stops = GGCN_SEEN_TERM | GGCN_SEEN_INT | GGCN_SEEN_USR2 | STOP_FILE | WALLTIME;

static const double look_every = 1; /* seconds between looks for the stop file: a question to the file server each */
static const double spare = 1;      /* seconds for what comes after the last checkpoint */

struct ggcn_run_control {
    char *stop_file;
    ggcn_run_limits limits;
    double deadline;       /* when iterations are given up; 0: never */
    double asked;          /* when the last question ended; below 0 before the first */
    double looked;         /* when the stop file was looked for */
    double written;        /* when the last checkpoint was written, or the run began */
    double iteration;      /* seconds of the longest recent iteration */
    double checkpoint;     /* seconds of the longest recent checkpoint; below 0 before the first */
    double since_question; /* seconds spent on checkpoints since the last question */
};

ggcn_status ggcn_run_control_create(const char *directory, const ggcn_run_limits *limits, ggcn_run_control **control) {
    ggcn_run_control *c = calloc(1, sizeof *c);
    if (!c)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the control of the run");
    c->limits = *limits;
    c->asked = c->checkpoint = -1;
    c->written = c->looked = ggcn_signals_clock();
    ggcn_status status = ggcn_format(&c->stop_file, "%s/stop", directory);
    if (status == GGCN_SUCCESS && ggcn_rank() == 0) /* whoever starts a run wants it to go on */
        status = ggcn_remove_file(c->stop_file);
    const double walltime = limits->max_walltime;
    c->deadline = walltime > 2 * spare ? walltime - spare : walltime / 2;
    ggcn_signals_give_up(limits->grace, c->deadline);
    *control = c;
    if (status != GGCN_SUCCESS)
        ggcn_run_control_destroy(control);
    return status;
}

void ggcn_run_control_destroy(ggcn_run_control **control) {
    if (!*control)
        return;
    free((*control)->stop_file);
    free(*control);
    *control = NULL;
}

/* The longest recent one: a longer one counts at once, a shorter one bit by bit. */
static double longest(double before, double latest) {
    const double faded = 0.9 * before + 0.1 * latest;
    return latest > faded ? latest : faded;
}

/* Whether one more iteration and the checkpoint after it may not fit into the walltime. */
static bool time_is_over(const ggcn_run_control *c, double now) {
    const double checkpoint = c->checkpoint > 0 ? c->checkpoint : 0;
    return c->limits.max_walltime > 0 && now + 1.5 * c->iteration + 2 * checkpoint + spare > c->limits.max_walltime;
}

/* What rank 0 sees beside signals. */
static unsigned look_around(ggcn_run_control *c, double now) {
    unsigned found = 0;
    if (now - c->looked >= look_every) {
        c->looked = now;
        if (access(c->stop_file, F_OK) == 0)
            found |= STOP_FILE;
    }
    if (time_is_over(c, now))
        found |= WALLTIME;
    if (c->limits.checkpoint_interval > 0 && now - c->written >= c->limits.checkpoint_interval)
        found |= INTERVAL;
    if (c->limits.max_walltime > 0 && c->checkpoint < 0 && c->asked >= 0) /* to know what the last one will take */
        found |= FIRST_CHECKPOINT;
    return found;
}

static void describe(unsigned found, ggcn_order *order) {
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{GGCN_SEEN_TERM, "SIGTERM"},
                 {GGCN_SEEN_INT, "SIGINT"},
                 {GGCN_SEEN_USR1, "SIGUSR1"},
                 {GGCN_SEEN_USR2, "SIGUSR2"},
                 {STOP_FILE, "stop file"},
                 {WALLTIME, "run.max_walltime"},
                 {INTERVAL, "output.checkpoint_minutes"},
                 {FIRST_CHECKPOINT, "the first, to measure its time"}};
    order->reason[0] = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (found & names[i].bit) {
            const size_t length = strlen(order->reason);
            snprintf(order->reason + length, sizeof order->reason - length, "%s%s", length ? ", " : "", names[i].name);
        }
    order->checkpoint = found != 0;
    order->stop = (found & stops) != 0;
    order->walltime = (found & WALLTIME) != 0;
}

ggcn_status ggcn_run_control_ask(ggcn_run_control *c, ggcn_order *order) {
    const double now = ggcn_signals_clock();
    if (c->asked >= 0)
        c->iteration = longest(c->iteration, now - c->asked - c->since_question);
    unsigned found = ggcn_signals_take();
    if (ggcn_rank() == 0)
        found |= look_around(c, now);
    GGCN_TRY(ggcn_join_bits(&found));
    describe(found, order);
    c->asked = now;
    c->since_question = 0;
    return GGCN_SUCCESS;
}

void ggcn_run_control_checkpointed(ggcn_run_control *c, double seconds) {
    c->checkpoint = longest(c->checkpoint > 0 ? c->checkpoint : 0, seconds);
    c->since_question += seconds;
    c->written = ggcn_signals_clock();
}

ggcn_status ggcn_run_control_interrupted(ggcn_run_control *c, ggcn_order *order) {
    unsigned found = ggcn_signals_take() & stops;
    if (c->deadline > 0 && ggcn_signals_clock() >= c->deadline)
        found |= WALLTIME;
    GGCN_TRY(ggcn_join_bits(&found));
    describe(found, order);
    return GGCN_SUCCESS;
}
