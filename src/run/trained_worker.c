/* Threads at work on batches of images. */
#include <omp.h>
#include <stdlib.h>

#include "base/block_loop.h"
#include "run/trained.h"

static ggcn_status allocate(const ggcn_trained *m, ggcn_trained_worker *w) {
    const size_t b = (size_t)m->batch, elements = m->grids[m->info.grids - 1].elements;
    if (w->x)
        return GGCN_SUCCESS;
    w->g = calloc(b * elements, sizeof *w->g);
    w->fixed = calloc(b * elements, sizeof *w->fixed);
    w->noise = calloc(elements, sizeof *w->noise);
    w->input = calloc(b * m->generator.inputs + 1, sizeof *w->input);
    w->input_gradient = calloc(b * m->generator.inputs + 1, sizeof *w->input_gradient);
    w->phi = calloc(b, sizeof *w->phi);
    w->accepted = calloc(b, sizeof *w->accepted);
    w->x = calloc(b * elements, sizeof *w->x);
    if (!w->g || !w->fixed || !w->noise || !w->input || !w->input_gradient || !w->phi || !w->accepted || !w->x)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use fewer threads", "no memory for a thread's buffers");
    return GGCN_SUCCESS;
}

ggcn_status ggcn_trained_use_grid(const ggcn_trained *m, ggcn_trained_worker *w, int grid) {
    GGCN_TRY(allocate(m, w));
    if (w->evaluators[grid])
        return GGCN_SUCCESS;
    const ggcn_trained_grid *g = &m->grids[grid];
    return ggcn_evaluator_create(&g->potential, g->plan, m->batch, &w->evaluators[grid]);
}

ggcn_status ggcn_trained_use_generator(const ggcn_trained *m, ggcn_trained_worker *w) {
    GGCN_TRY(allocate(m, w));
    return w->generator ? GGCN_SUCCESS : ggcn_workspace_create_plain(m->generator.plan, &w->generator);
}

void ggcn_trained_worker_destroy(ggcn_trained_worker *w) {
    for (int grid = 0; grid < GGCN_MOST_GRIDS; grid++)
        ggcn_evaluator_destroy(&w->evaluators[grid]);
    ggcn_workspace_destroy(&w->generator);
    free(w->x);
    free(w->g);
    free(w->fixed);
    free(w->noise);
    free(w->input);
    free(w->input_gradient);
    free(w->phi);
    free(w->accepted);
}

typedef struct {
    ggcn_trained *model;
    int64_t count;
    ggcn_trained_function function;
    void *context;
} batches;

static ggcn_status run_batch(void *context, int thread, int64_t number) {
    const batches *b = context;
    const int64_t first = number * b->model->batch, left = b->count - first;
    return b->function(b->model, &b->model->workers[thread], first, left < b->model->batch ? left : b->model->batch,
                       b->context);
}

ggcn_status ggcn_trained_for_batches(ggcn_trained *m, int64_t count, ggcn_trained_function function, void *context) {
    const int64_t number = (count + m->batch - 1) / m->batch;
    if (number < 1)
        return GGCN_SUCCESS;
    batches b = {m, count, function, context};
    return ggcn_for_blocks(number < m->threads ? (int)number : m->threads, number, run_batch, &b);
}
