#include "train_progress.h"

#include <omp.h>
#include <stdio.h>

#include "ggcn/hpc.h"
#include "ggcn/log.h"
#include "ggcn/trainer.h"
#include "options.h"

static const double terminal_interval = 0.2, log_interval = 10; /* seconds between lines */

void train_progress_start(train_progress *p, uint64_t first, uint64_t iterations) {
    *p = (train_progress){.first = first,
                          .iterations = iterations,
                          .start = omp_get_wtime(),
                          .last = -1e9,
                          .logged = -1e9,
                          .terminal = ggcn_rank() == 0 && app_on_terminal()};
}

void train_progress_show(train_progress *p, uint64_t iteration, const double *metrics) {
    if (ggcn_rank() != 0)
        return;
    const double now = omp_get_wtime();
    const bool last = iteration == p->iterations, first = iteration == p->first + 1;
    if (!first && !last && now - p->last < (p->terminal ? terminal_interval : log_interval))
        return;
    p->last = now;
    const double left = (now - p->start) / (double)(iteration - p->first) * (double)(p->iterations - iteration);
    char line[256];
    snprintf(line, sizeof line,
             "iteration %llu/%llu  R %.4g  gap %.4g  |grad Phi| %.4g  %.0f image-steps/s  %.0f:%02.0f left",
             (unsigned long long)iteration, (unsigned long long)p->iterations, metrics[GGCN_METRIC_RESPONSE],
             metrics[GGCN_METRIC_ENERGY_GAP], metrics[GGCN_METRIC_GRADIENT_X], metrics[GGCN_METRIC_IMAGE_STEPS],
             (double)((long)left / 60), (double)((long)left % 60));
    printf(p->terminal ? "\r%s\033[K%s" : "%s%s", line, p->terminal && !last ? "" : "\n");
    fflush(stdout);
    if (first || last || now - p->logged >= log_interval) {
        p->logged = now;
        ggcn_log(GGCN_LOG_INFO, "%s", line);
    }
}
