/* One parameter gradient of  Phi(x) - Phi(y) + 10 |grad_x Phi(x)|^2  for as many chains x as observed images y, all
 * parameters, without sampling: what an iteration does besides its Langevin steps, once per step. */
#include <string.h>

#include "bench_case.h"
#include "bench_works.h"
#include "ggcn/hpc.h"

enum { coefficient = 20 }; /* 2 times 10: d/dp |grad_x Phi|^2 = 2 d/dp dPhi(x)[v] */

static ggcn_status add_chains(bench_case *c, bench_worker *w, const float *x, float *theta) {
    ggcn_workspace *workspace = ggcn_evaluator_workspace(w->evaluator);
    GGCN_TRY(ggcn_evaluator_gradient(w->evaluator, c->weights, x, w->g, NULL));
    ggcn_evaluator_add_features(w->evaluator, 1, theta, NULL);
    GGCN_TRY(ggcn_tangent(workspace, c->weights, w->g));
    ggcn_evaluator_add_tangents(w->evaluator, coefficient, theta);
    return ggcn_gradients_add(w->gradients, workspace, c->weights, 1, coefficient, 1);
}

static ggcn_status add_observed(bench_case *c, bench_worker *w, const float *y, float *theta) {
    GGCN_TRY(ggcn_evaluator_gradient(w->evaluator, c->weights, y, NULL, NULL));
    ggcn_evaluator_add_features(w->evaluator, -1, theta, NULL);
    return ggcn_gradients_add(w->gradients, ggcn_evaluator_workspace(w->evaluator), c->weights, 1, 0, -1);
}

static ggcn_status learn(bench_case *c, bench_worker *w, int64_t block) {
    const int64_t images = c->options->block;
    const size_t at = (size_t)(block * images) * c->elements;
    ggcn_vector vector;
    GGCN_TRY(ggcn_sum_lease(c->sum, &vector));
    vector.d[0] = 0;
    memset(vector.f, 0, c->potential.n_parameters * sizeof *vector.f);
    ggcn_gradients_clear(w->gradients);
    ggcn_evaluator_seed(w->evaluator, c->parameters, NULL, images);
    GGCN_TRY(add_chains(c, w, c->x + at, vector.f));
    GGCN_TRY(add_observed(c, w, c->y + at, vector.f));
    GGCN_TRY(ggcn_gradients_read(w->gradients, vector.f + c->potential.n_theta));
    return ggcn_sum_add(c->sum, c->blocks.first + block, vector);
}

static ggcn_status add_up(bench_case *c, ggcn_status mine) {
    ggcn_vector total;
    return ggcn_sum_finish(c->sum, mine, &total, NULL);
}

static ggcn_status convolutions(bench_case *c, bench_worker *w, int64_t block) {
    (void)c;
    (void)block;
    for (int i = 0; i < 3; i++) /* x, its tangent, y */
        GGCN_TRY(ggcn_bare_run(w->bare, GGCN_PASS_FORWARD, true));
    for (int i = 0; i < 2; i++) { /* x down to the image, y down to the first layer */
        GGCN_TRY(ggcn_bare_run(w->bare, GGCN_PASS_ADJOINT, i == 0));
        GGCN_TRY(ggcn_bare_run(w->bare, GGCN_PASS_WEIGHT, true));
    }
    return GGCN_SUCCESS;
}

ggcn_status bench_learn(const bench_options *options) {
    bench_case *c;
    ggcn_status status = ggcn_agree(bench_case_create(options, &c));
    if (status == GGCN_SUCCESS)
        status =
            bench_compare(c, (bench_part){learn, add_up}, (bench_part){convolutions, NULL}, (double)options->batch);
    bench_case_destroy(&c);
    return status;
}
