#include "data_progress.h"

#include <inttypes.h>
#include <omp.h>
#include <stdio.h>

#include "ggcn/hpc.h"
#include "options.h"

static const double terminal_interval = 0.2, log_interval = 10; /* seconds between lines */

void data_progress_start(data_progress *p, const char *done, int64_t total) {
    const double now = omp_get_wtime();
    *p = (data_progress){
        .done = done, .total = total, .start = now, .last = now, .terminal = ggcn_rank() == 0 && app_on_terminal()};
}

void data_progress_show(data_progress *p, int64_t count) {
    const double now = omp_get_wtime();
    if (ggcn_rank() != 0 || count < 1 || now - p->last < (p->terminal ? terminal_interval : log_interval))
        return;
    p->last = now;
    p->shown = true;
    const double rate = (double)count / (now - p->start), left = (double)(p->total - count) / rate;
    printf("%s%" PRId64 "/%" PRId64 " images %s  %.0f images/s  %.0f:%02.0f left%s", p->terminal ? "\r" : "", count,
           p->total, p->done, rate, (double)((long)left / 60), (double)((long)left % 60),
           p->terminal ? "\033[K" : "\n");
    fflush(stdout);
}

void data_progress_end(data_progress *p) {
    if (p->terminal && p->shown) {
        printf("\n");
        fflush(stdout);
    }
    p->shown = false;
}

double data_progress_seconds(const data_progress *p) {
    return omp_get_wtime() - p->start;
}
