/* The signals that control a run, as this process has received them. Not collective. */
#ifndef GGCN_HPC_SIGNALS_H
#define GGCN_HPC_SIGNALS_H

/* Bits of what was received. */
enum { GGCN_SEEN_TERM = 1, GGCN_SEEN_INT = 2, GGCN_SEEN_USR1 = 4, GGCN_SEEN_USR2 = 8 };

/* Seconds since ggcn_run_control_listen. */
double ggcn_signals_clock(void);
/* Hands out what was received. SIGUSR1, which asks for one checkpoint, is forgotten with it; a request to stop stays.
 */
unsigned ggcn_signals_take(void);
/* From now on work is given up (ggcn/interrupt.h) `grace` seconds after a signal to stop, and at `deadline` on the
 * clock above (0: never). */
void ggcn_signals_give_up(double grace, double deadline);

#endif
