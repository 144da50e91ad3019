/* Multi-grid models (paper, Section 4.2.1; design of MGCN): the observed images reduced to the first grid, enlarged to
 * the next, L Langevin steps there, enlarged again, and so on. Each grid's potential learns at its own scale. */
#include "learn/grid_image.h"
#include "learn/trainer.h"

/* Chain n of a block starts at the block's observed image n of this iteration, reduced to the first grid and enlarged.
 */
static void start_first(ggcn_trainer *t) {
    ggcn_learner *l = t->learners[0];
    const ggcn_shape shape = l->chains.shape;
    ggcn_worker *w = &l->workers[0];
    const int64_t factor = shape.height / t->first_size;
    const ggcn_shape small = {shape.channels, t->first_size, t->first_size};
    for (int64_t block = 0; block < t->blocks.owned; block++)
        for (int64_t n = 0; n < l->chains.block; n++) {
            const uint64_t number = (uint64_t)n % l->batch.per_block;
            float *x = l->chains.x + (size_t)(block * l->chains.block + n) * l->chains.elements;
            ggcn_draw_observed_image(l, w, block, number, w->pixels, &w->labels[0]);
            ggcn_reduce_image(w->pixels, shape, factor, w->gradient);
            ggcn_enlarge_image(w->gradient, small, factor, x);
        }
}

static void start_from_coarser(ggcn_trainer *t, int grid) {
    const ggcn_chains *from = &t->learners[grid - 1]->chains, *to = &t->learners[grid]->chains;
    for (int64_t n = 0; n < to->count; n++)
        ggcn_enlarge_image(from->x + (size_t)n * from->elements, from->shape, to->shape.height / from->shape.height,
                           to->x + (size_t)n * to->elements);
}

/* The finest grid's metrics, with the time of all grids. */
static void combine(double *metrics, const double *coarser) {
    static const ggcn_metric seconds[] = {GGCN_METRIC_SECONDS_SAMPLING, GGCN_METRIC_SECONDS_LEARNING,
                                          GGCN_METRIC_SECONDS_REDUCTION, GGCN_METRIC_SECONDS};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        metrics[seconds[i]] += coarser[seconds[i]];
}

ggcn_status ggcn_multigrid_iteration(ggcn_trainer *t, double *metrics) {
    double coarser[GGCN_MOST_GRIDS][GGCN_METRICS];
    for (int grid = 0; grid < t->grids; grid++) {
        t->learners[grid]->iteration = t->iteration;
        if (grid == 0)
            start_first(t);
        else
            start_from_coarser(t, grid);
        double *of_grid = grid < t->grids - 1 ? coarser[grid] : metrics;
        GGCN_TRY(ggcn_learner_step(t->learners[grid], t->iteration, of_grid));
        if (of_grid != metrics)
            metrics[t->n_metrics - (size_t)(t->grids - 1) + (size_t)grid] = of_grid[GGCN_METRIC_RESPONSE];
    }
    for (int grid = 0; grid < t->grids - 1; grid++)
        combine(metrics, coarser[grid]);
    return GGCN_SUCCESS;
}
