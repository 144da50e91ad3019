/* Signal handlers do nothing but note what came and when: everything else happens where the ranks agree. */
#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "ggcn/interrupt.h"
#include "ggcn/run_control.h"

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "a signal handler may use lock-free atomics only");

static atomic_uint seen;          /* GGCN_SEEN_... */
static atomic_llong stop_since;   /* nanoseconds of the first signal to stop; 0: there was none */
static long long start;           /* nanoseconds */
static double longest_grace, end; /* as ggcn_signals_give_up set them */

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void note_stop(void) {
    long long never = 0;
    atomic_compare_exchange_strong(&stop_since, &never, now());
}

/* A second SIGINT is somebody at the keyboard who will not wait: it has its usual effect as soon as this returns. */
static void on_interrupt(int number) {
    if (atomic_fetch_or(&seen, GGCN_SEEN_INT) & GGCN_SEEN_INT) {
        signal(number, SIG_DFL);
        raise(number);
    }
    note_stop();
}

static void on_signal(int number) {
    atomic_fetch_or(&seen, number == SIGTERM ? GGCN_SEEN_TERM : number == SIGUSR1 ? GGCN_SEEN_USR1 : GGCN_SEEN_USR2);
    if (number != SIGUSR1)
        note_stop();
}

static void listen_to(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}; /* reading and writing go on */
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void ggcn_run_control_listen(void) {
    start = now();
    listen_to(SIGINT, on_interrupt);
    listen_to(SIGTERM, on_signal);
    listen_to(SIGUSR1, on_signal);
    listen_to(SIGUSR2, on_signal);
}

double ggcn_signals_clock(void) {
    return 1e-9 * (double)(now() - start);
}

unsigned ggcn_signals_take(void) {
    return atomic_fetch_and(&seen, ~(unsigned)GGCN_SEEN_USR1);
}

static bool out_of_time(void) {
    const long long since = atomic_load_explicit(&stop_since, memory_order_relaxed);
    if (since == 0 && end <= 0)
        return false;
    const long long time = now();
    return (since != 0 && 1e-9 * (double)(time - since) >= longest_grace) ||
           (end > 0 && 1e-9 * (double)(time - start) >= end);
}

void ggcn_signals_give_up(double grace, double deadline) {
    longest_grace = grace;
    end = deadline;
    ggcn_interrupt_set(out_of_time);
}
