#include "sample_plan.h"

#include <stdlib.h>

#include "ggcn/hpc.h"
#include "model_classes.h"
#include "model_rows.h"

static sample_start default_start(const ggcn_trained_info *info) {
    return info->latent > 0 && !info->encodes ? SAMPLE_GENERATOR : info->grids > 1 ? SAMPLE_FRESH : SAMPLE_CHAINS;
}

static ggcn_status choose_start(sample_plan *p) {
    const ggcn_config *c = p->info->config;
    const sample_options *o = p->options;
    p->start = o->start == SAMPLE_DEFAULT ? default_start(p->info) : o->start;
    p->first_grid = p->start == SAMPLE_FRESH ? 0 : p->info->grids - 1;
    if (p->start == SAMPLE_GENERATOR && p->info->latent == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use --start chains or --start fresh",
                  "--start generator: %s: a %s has no generator", p->info->checkpoint, ggcn_model_name(c->model));
    if (p->start == SAMPLE_GENERATOR && p->info->encodes)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use ggcn_inpaint, or --start chains",
                  "--start generator: %s: the generator completes images, it makes none", p->info->checkpoint);
    if (p->start == SAMPLE_FRESH && ggcn_model_traits_of(c->model)->generator)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use --start generator or --start chains",
                  "--start fresh: %s: chains of a %s start at its generator's images", p->info->checkpoint,
                  ggcn_model_name(c->model));
    if (p->start == SAMPLE_FRESH && p->info->grids == 1 && c->sampler.start == GGCN_START_DATA && !o->data)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "give --data FILE.h5, or use --start chains",
                  "--start fresh: %s: chains of this run start at observed images (sampler.start: data)",
                  p->info->checkpoint);
    if (o->data && p->start != SAMPLE_FRESH)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "leave --data away, or use --start fresh",
                  "--data is where fresh chains start from");
    return GGCN_SUCCESS;
}

static ggcn_status choose_classes(sample_plan *p) {
    for (int i = 0; i < p->options->n_classes; i++)
        GGCN_TRY(model_class_of(p->info, p->options->classes[i], &p->classes[i]));
    p->n_classes = p->options->n_classes;
    return GGCN_SUCCESS;
}

static bool wanted(const sample_plan *p, uint32_t label) {
    for (int i = 0; i < p->n_classes; i++)
        if (p->classes[i] == label)
            return true;
    return p->n_classes == 0;
}

/* The run's chains of the wanted classes, in order. Collective. */
static ggcn_status find_stored(sample_plan *p) {
    const int64_t m = p->info->chains;
    uint32_t *labels = malloc((size_t)m * sizeof *labels);
    p->stored = malloc((size_t)m * sizeof *p->stored);
    ggcn_status status = GGCN_SUCCESS;
    if (!labels || !p->stored)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld chains", (long long)m);
    status = ggcn_agree(status);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < m; i++)
        p->stored[i] = i;
    if (status == GGCN_SUCCESS)
        status = ggcn_trained_stored(p->model, m, p->stored, NULL, labels, NULL);
    for (int64_t i = 0; status == GGCN_SUCCESS && i < m; i++)
        if (wanted(p, labels[i]))
            p->stored[p->available++] = i;
    free(labels);
    return status;
}

static ggcn_status count_chains(sample_plan *p) {
    const sample_options *o = p->options;
    if (p->start == SAMPLE_CHAINS && p->available == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use --start fresh, or another --class",
                  "%s: none of the run's %lld chains is of the wanted class", p->info->checkpoint,
                  (long long)p->info->chains);
    if (p->start == SAMPLE_CHAINS && o->chains > p->available)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "lower --chains, or use --start fresh",
                  "%s: --chains %lld, but the run has only %lld such chains", p->info->checkpoint, (long long)o->chains,
                  (long long)p->available);
    p->chains = o->chains > 0 ? o->chains : o->count;
    if (p->start == SAMPLE_CHAINS && p->chains > p->available)
        p->chains = p->available;
    p->draws = (o->count + p->chains - 1) / p->chains;
    if (o->film && o->film_chain >= p->chains)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--film-chain: there is no chain %lld, only 0 to %lld",
                  (long long)o->film_chain, (long long)p->chains - 1);
    return GGCN_SUCCESS;
}

static ggcn_status count_steps(sample_plan *p) {
    const sample_options *o = p->options;
    const bool adversarial = ggcn_model_traits_of(p->info->config->model)->adversarial;
    const int64_t usual = adversarial ? 0 : (int64_t)p->info->config->sampler.steps;
    p->steps = o->steps >= 0 ? o->steps : usual;
    p->thin = p->draws == 1 ? 0 : o->thin > 0 ? o->thin : p->steps > 0 ? p->steps : usual;
    if (adversarial && (p->steps > 0 || p->draws > 1 || o->metropolis))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "use --steps 0, and as many chains as samples (--start generator)",
                  "%s: a %s has no density to take steps in, only its generator's images", p->info->checkpoint,
                  ggcn_model_name(p->info->config->model));
    if (p->info->grids - p->first_grid > 1 && p->steps == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "raise --steps", "--steps 0: chains of several grids need steps on each");
    p->total = p->steps * (p->info->grids - p->first_grid) + (p->draws - 1) * p->thin;
    const int64_t recorded = p->steps + (p->draws - 1) * p->thin; /* on the finest grid */
    if (o->record && (recorded < 1 || recorded < o->record_every))
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "raise --steps, or lower --record-every",
                  "--record: %lld steps of a chain hold no draw", (long long)recorded);
    if (p->total >= 1 << 24)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "raise --chains, or lower --steps or --thin",
                  "%lld steps of a chain: at most %d have random numbers of their own", (long long)p->total,
                  (1 << 24) - 1);
    return GGCN_SUCCESS;
}

ggcn_status sample_plan_make(const sample_options *options, ggcn_trained *model, sample_plan *p) {
    *p = (sample_plan){.options = options, .model = model, .info = ggcn_trained_describe(model)};
    GGCN_TRY(ggcn_agree(choose_start(p)));
    GGCN_TRY(ggcn_agree(model_sampler(&options->model, model, options->step_size, options->metropolis, &p->how)));
    GGCN_TRY(ggcn_agree(choose_classes(p)));
    if (p->start == SAMPLE_CHAINS)
        GGCN_TRY(find_stored(p));
    GGCN_TRY(ggcn_agree(count_chains(p)));
    GGCN_TRY(ggcn_agree(count_steps(p)));
    model_rows_of_rank(p->info, p->chains, &p->first, &p->local);
    p->how.first_chain = p->first;
    return GGCN_SUCCESS;
}

void sample_plan_clear(sample_plan *p) {
    free(p->stored);
    p->stored = NULL;
}

uint32_t sample_plan_class(const sample_plan *p, int64_t chain) {
    if (p->n_classes > 0)
        return p->classes[chain % p->n_classes];
    return (uint32_t)(chain % p->info->n_classes);
}
