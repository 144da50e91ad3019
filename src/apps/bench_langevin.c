/* Langevin steps: x <- x + 0.005 (grad Phi - x) + 0.1 N(0, I), as the peer's. */
#include "bench_case.h"
#include "bench_works.h"
#include "ggcn/hpc.h"
#include "ggcn/langevin.h"

typedef struct {
    bench_case *c;
    bench_worker *w;
} gradient_context;

static ggcn_status gradient(void *context, const float *x, float *g) {
    const gradient_context *of = context;
    return ggcn_evaluator_gradient(of->w->evaluator, of->c->weights, x, g, NULL);
}

static ggcn_status sample(bench_case *c, bench_worker *w, int64_t block) {
    const int64_t images = c->options->block;
    const ggcn_langevin langevin = {
        .steps = (uint32_t)c->options->steps, .step_size = 0.1, .noise_sigma = 1, .reference_sigma = 1};
    gradient_context context = {c, w};
    ggcn_evaluator_seed(w->evaluator, c->parameters, NULL, images);
    ggcn_workspace_set_precision(ggcn_evaluator_workspace(w->evaluator), c->options->precision);
    const ggcn_langevin_block chains = {.seed = 1,
                                        .purpose = GGCN_RANDOM_TEST,
                                        .first_chain = (uint32_t)((c->blocks.first + block) * images),
                                        .chains = images,
                                        .elements = c->elements,
                                        .x = c->x + (size_t)(block * images) * c->elements,
                                        .g = w->g,
                                        .noise = w->noise};
    return ggcn_langevin_run(&langevin, &chains, false, gradient, &context);
}

static ggcn_status convolutions(bench_case *c, bench_worker *w, int64_t block) {
    (void)block;
    for (int64_t step = 0; step < c->options->steps; step++) {
        GGCN_TRY(ggcn_bare_run(w->bare, GGCN_PASS_FORWARD, true));
        GGCN_TRY(ggcn_bare_run(w->bare, GGCN_PASS_ADJOINT, true));
    }
    return GGCN_SUCCESS;
}

ggcn_status bench_langevin(const bench_options *options) {
    bench_case *c;
    ggcn_status status = ggcn_agree(bench_case_create(options, &c));
    if (status == GGCN_SUCCESS)
        status = bench_compare(c, (bench_part){sample, NULL}, (bench_part){convolutions, NULL},
                               (double)(options->batch * options->steps));
    bench_case_destroy(&c);
    return status;
}
