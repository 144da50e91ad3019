#include "sample_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "learn/grid_image.h"
#include "learn/squares.h"
#include "model_rows.h"
#include "model_samples.h"
#include "options.h"
#include "sample_film.h"
#include "sample_record.h"
#include "sample_start.h"

enum { shown_samples = 100, shown_columns = 10 };

/* The chains of this rank on their way. */
typedef struct {
    const sample_plan *plan;
    int grid;                  /* where they are */
    int64_t steps;             /* made so far */
    size_t elements;           /* of an image of the finest grid */
    float *x, *pictures;       /* [local][C][H][W] states of `grid`; samples */
    uint32_t *labels;          /* [local] */
    uint64_t *numbers, *draws; /* [local] of the chains; steps made */
    double *lp;                /* [local] of the samples */
    int64_t *accepted;         /* [local] proposals taken */
    uint64_t *digests;         /* [draws] of the samples of a draw */
    float *shown;              /* rank 0: [shown_samples][C][H][W] */
    ggcn_samples_writer *writer;
    sample_film film;
    sample_record *record;
} sampling;

static ggcn_status allocate(sampling *s) {
    const size_t local = (size_t)s->plan->local + 1;
    s->x = calloc(local * s->elements, sizeof *s->x);
    s->pictures = calloc(local * s->elements, sizeof *s->pictures);
    s->labels = calloc(local, sizeof *s->labels);
    s->numbers = calloc(local, sizeof *s->numbers);
    s->draws = calloc(local, sizeof *s->draws);
    s->lp = calloc(local, sizeof *s->lp);
    s->accepted = calloc(local, sizeof *s->accepted);
    s->digests = calloc((size_t)s->plan->draws, sizeof *s->digests);
    s->shown = calloc(ggcn_rank() == 0 ? shown_samples * s->elements : 1, sizeof *s->shown);
    if (!s->x || !s->pictures || !s->labels || !s->numbers || !s->draws || !s->lp || !s->accepted || !s->digests ||
        !s->shown)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "use more ranks, or fewer chains", "no memory for %" PRId64 " chains",
                  s->plan->local);
    return sample_film_create(s->plan, &s->film);
}

static void clear(sampling *s) {
    free(s->x);
    free(s->pictures);
    free(s->labels);
    free(s->numbers);
    free(s->draws);
    free(s->lp);
    free(s->accepted);
    free(s->digests);
    free(s->shown);
    sample_film_destroy(&s->film);
    sample_record_destroy(&s->record);
    ggcn_samples_abandon(&s->writer);
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

/* The end of a grid's steps: the states become start states of the next grid. `pictures` is scratch. */
static void next_grid(sampling *s) {
    const sample_plan *p = s->plan;
    const ggcn_shape from = ggcn_trained_shape(p->model, s->grid), to = ggcn_trained_shape(p->model, s->grid + 1);
    const size_t small = (size_t)(from.channels * from.height * from.width);
    const size_t large = (size_t)(to.channels * to.height * to.width);
    for (int64_t n = 0; n < p->local; n++)
        ggcn_enlarge_image(s->x + (size_t)n * small, from, to.height / from.height, s->pictures + (size_t)n * large);
    memcpy(s->x, s->pictures, (size_t)p->local * large * sizeof *s->x);
    s->grid++;
}

/* Steps that are left on this grid. */
static int64_t grid_end(const sampling *s) {
    const sample_plan *p = s->plan;
    return s->grid < p->info->grids - 1 ? p->steps * (s->grid - p->first_grid + 1) : INT64_MAX;
}

static int64_t smallest(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Steps until a state is wanted for a sample, taking frames and draws on the way. Collective where draws are recorded.
 */
static ggcn_status advance(sampling *s, int64_t target) {
    const sample_plan *p = s->plan;
    sample_film_take(&s->film, s->steps, s->grid, s->x);
    while (s->steps < target) {
        const int64_t stop =
            smallest(smallest(target, grid_end(s)), smallest(sample_film_due(&s->film), sample_record_due(s->record)));
        ggcn_chain_steps how = p->how;
        how.langevin.steps = (uint32_t)(stop - s->steps);
        how.first_step = (uint32_t)s->steps;
        const ggcn_status status =
            ggcn_trained_step(p->model, s->grid, &how, p->local, s->x, s->labels, NULL, s->accepted);
        GGCN_TRY(s->record ? ggcn_agree(status) : status);
        s->steps = stop;
        sample_film_take(&s->film, s->steps, s->grid, s->x);
        if (s->record)
            GGCN_TRY(sample_record_take(s->record, s->steps, s->x, s->labels, s->accepted));
        if (s->steps == grid_end(s))
            next_grid(s);
    }
    return GGCN_SUCCESS;
}

/* --- samples ------------------------------------------------------------------------------------------------------ */

/* The states, or what one more step without noise makes of them where the configuration asks for it. */
static ggcn_status take_pictures(sampling *s) {
    const sample_plan *p = s->plan;
    memcpy(s->pictures, s->x, (size_t)p->local * s->elements * sizeof *s->x);
    if (!p->info->config->sampler.final_step_noiseless || p->how.metropolis || p->total == 0)
        return GGCN_SUCCESS;
    ggcn_chain_steps quiet = p->how;
    quiet.langevin.steps = 1;
    quiet.langevin.noise_sigma = 0;
    return ggcn_trained_step(p->model, s->grid, &quiet, p->local, s->pictures, s->labels, NULL, NULL);
}

static bool has_lp(const sample_plan *p) {
    return !ggcn_model_traits_of(p->info->config->model)->adversarial;
}

static ggcn_status measure(sampling *s) {
    const sample_plan *p = s->plan;
    const double sigma = p->info->config->potential.reference_sigma;
    GGCN_TRY(take_pictures(s));
    for (int64_t n = 0; n < p->local; n++)
        s->draws[n] = (uint64_t)s->steps;
    if (!has_lp(p))
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_trained_evaluate(p->model, s->grid, p->local, s->pictures, s->labels, s->lp, NULL));
    for (int64_t n = 0; n < p->local; n++)
        s->lp[n] -= ggcn_sum_of_squares(s->pictures + (size_t)n * s->elements, s->elements) / (2 * sigma * sigma);
    return GGCN_SUCCESS;
}

/* Samples of a draw: all chains, but for the last draw. */
static int64_t samples_in(const sample_plan *p, int64_t draw) {
    const int64_t left = p->options->count - draw * p->chains;
    return left < p->chains ? left : p->chains;
}

static ggcn_status write_draw(sampling *s, int64_t draw) {
    const sample_plan *p = s->plan;
    const int64_t all = samples_in(p, draw), left = all - p->first;
    const int64_t mine = left < 0 ? 0 : left < p->local ? left : p->local, before = draw * p->chains;
    const ggcn_samples_rows rows = {
        .images = s->pictures, .chain = s->numbers, .draw = s->draws, .labels = s->labels, .lp = s->lp};
    GGCN_TRY(ggcn_samples_write(s->writer, mine > 0 ? before + p->first : 0, mine, &rows));
    const ggcn_array array = model_rows_array(all, p->first, mine, s->elements, s->pictures);
    GGCN_TRY(ggcn_array_digest(&array, &s->digests[draw]));
    const int64_t room = shown_samples - before;
    if (room <= 0)
        return GGCN_SUCCESS;
    return ggcn_gather_rows(&array, room < all ? room : all, s->shown + (size_t)before * s->elements);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static const char *const start_names[] = {
    [SAMPLE_CHAINS] = "chains", [SAMPLE_FRESH] = "fresh", [SAMPLE_GENERATOR] = "generator"};

static ggcn_status open_file(sampling *s) {
    const sample_plan *p = s->plan;
    const ggcn_samples_info own = {.start = start_names[p->start],
                                   .steps = p->steps,
                                   .thin = p->thin,
                                   .count = p->options->count,
                                   .with_lp = has_lp(p)};
    return model_samples_create(&p->options->model, p->info, own, &s->writer);
}

static ggcn_status write_grid(const sampling *s, const char *path) {
    const int64_t all = s->plan->options->count;
    return model_write_picture(s->plan->info, path, s->shown, all < shown_samples ? all : shown_samples, shown_columns);
}

/* Share of the proposals that were taken, over all chains; the same bits on any ranks, since the numbers are whole.
 * Below 0 without Metropolis correction or without steps. Collective. */
static ggcn_status acceptance_of(const sampling *s, double *share) {
    const sample_plan *p = s->plan;
    *share = -1;
    if (!p->how.metropolis || p->total == 0)
        return GGCN_SUCCESS;
    int64_t *all = malloc((size_t)p->chains * sizeof *all);
    GGCN_TRY(ggcn_agree(
        all ? GGCN_SUCCESS
            : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %" PRId64 " chains", p->chains)));
    const ggcn_array array = {.path = "accepted",
                              .type = GGCN_U64,
                              .rank = 1,
                              .dims = {p->chains},
                              .distributed = true,
                              .first = p->first,
                              .count = p->local,
                              .chunk = 1,
                              .data = s->accepted};
    ggcn_status status = ggcn_gather_rows(&array, p->chains, all);
    double taken = 0;
    for (int64_t n = 0; status == GGCN_SUCCESS && ggcn_rank() == 0 && n < p->chains; n++)
        taken += (double)all[n];
    free(all);
    GGCN_TRY(ggcn_agree(status));
    GGCN_TRY(ggcn_broadcast(&taken, sizeof taken, 0));
    *share = taken / ((double)p->chains * (double)p->total);
    return GGCN_SUCCESS;
}

static ggcn_status print_end(const sampling *s, const char *grid, double acceptance) {
    const sample_plan *p = s->plan;
    const sample_options *o = p->options;
    const ggcn_array digests = {.path = "digests", .type = GGCN_U64, .rank = 1, .dims = {p->draws}, .data = s->digests};
    uint64_t digest;
    GGCN_TRY(ggcn_array_digest(&digests, &digest));
    model_print(p->info);
    app_print("samples       %s: %" PRId64 " from %" PRId64 " %s, %" PRId64 " steps%s", o->model.out, o->count,
              p->chains,
              p->start == SAMPLE_CHAINS  ? "chains of the run"
              : p->start == SAMPLE_FRESH ? "fresh chains"
                                         : "images of the generator",
              p->steps, p->info->grids - p->first_grid > 1 ? " on each grid" : "");
    if (p->draws > 1)
        app_print(", then one each %" PRId64 " steps", p->thin);
    app_print("\npicture       %s\n", grid);
    if (o->film)
        app_print("film          %s: chain %" PRId64 ", %" PRId64 " states\n", o->film, o->film_chain, o->film_frames);
    sample_record_print(s->record);
    if (acceptance >= 0)
        app_print("acceptance    %.4f%s\n", acceptance,
                  acceptance < 0.1   ? "  (lower --step-size: hardly anything moves)"
                  : acceptance > 0.9 ? "  (a larger --step-size would move faster)"
                                     : "");
    app_print("digest samples=%016" PRIx64 "\n", digest);
    return GGCN_SUCCESS;
}

static ggcn_status draw_all(sampling *s) {
    const sample_plan *p = s->plan;
    char grid[4096];
    double acceptance;
    model_picture_path(p->options->model.grid, p->options->model.out, grid, sizeof grid);
    GGCN_TRY(ggcn_agree(allocate(s)));
    GGCN_TRY(sample_begin(p, s->x, s->labels, s->numbers));
    GGCN_TRY(open_file(s));
    GGCN_TRY(sample_record_create(p, &s->record));
    for (int64_t draw = 0; draw < p->draws; draw++) {
        ggcn_status status = advance(s, p->total - (p->draws - 1 - draw) * p->thin);
        if (status == GGCN_SUCCESS)
            status = measure(s);
        GGCN_TRY(ggcn_agree(status));
        GGCN_TRY(write_draw(s, draw));
    }
    GGCN_TRY(sample_record_finish(s->record));
    GGCN_TRY(acceptance_of(s, &acceptance));
    GGCN_TRY(ggcn_samples_finish(&s->writer, acceptance));
    GGCN_TRY(write_grid(s, grid));
    GGCN_TRY(sample_film_write(&s->film));
    return print_end(s, grid, acceptance);
}

ggcn_status sample_run(const sample_plan *plan) {
    const ggcn_shape i = plan->info->image;
    sampling s = {.plan = plan, .grid = plan->first_grid, .elements = (size_t)(i.channels * i.height * i.width)};
    const ggcn_status status = draw_all(&s);
    clear(&s);
    return status;
}
