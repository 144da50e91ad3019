#include "sample_film.h"

#include <stdlib.h>

#include "ggcn/hpc.h"
#include "learn/grid_image.h"
#include "model_rows.h"

static size_t elements_of(ggcn_shape s) {
    return (size_t)(s.channels * s.height * s.width);
}

static bool is_here(const sample_plan *p) {
    const int64_t chain = p->options->film_chain - p->first;
    return chain >= 0 && chain < p->local;
}

ggcn_status sample_film_create(const sample_plan *plan, sample_film *film) {
    *film = (sample_film){.plan = plan};
    if (!plan->options->film || (!is_here(plan) && ggcn_rank() != 0))
        return GGCN_SUCCESS;
    film->frames = calloc((size_t)plan->options->film_frames * elements_of(plan->info->image), sizeof *film->frames);
    if (!film->frames)
        GGCN_FAIL(GGCN_ERROR_MEMORY, "lower --film-frames", "no memory for %lld states of a chain",
                  (long long)plan->options->film_frames);
    return GGCN_SUCCESS;
}

void sample_film_destroy(sample_film *film) {
    free(film->frames);
    film->frames = NULL;
}

int64_t sample_film_due(const sample_film *film) {
    const sample_options *o = film->plan->options;
    return o->film && film->next < o->film_frames ? film->next * film->plan->total / (o->film_frames - 1) : INT64_MAX;
}

void sample_film_take(sample_film *film, int64_t steps, int grid, const float *x) {
    const sample_plan *p = film->plan;
    const ggcn_shape shape = ggcn_trained_shape(p->model, grid), full = p->info->image;
    for (; sample_film_due(film) <= steps; film->next++)
        if (is_here(p))
            ggcn_enlarge_image(x + (size_t)(p->options->film_chain - p->first) * elements_of(shape), shape,
                               full.height / shape.height, film->frames + (size_t)film->next * elements_of(full));
}

/* The rank that has the chain, found by all. */
static int owner_of(const sample_plan *p) {
    double owner = is_here(p) ? ggcn_rank() : -1;
    return ggcn_max_over_ranks(&owner, 1) == GGCN_SUCCESS ? (int)owner : 0;
}

ggcn_status sample_film_write(const sample_film *film) {
    const sample_plan *p = film->plan;
    const sample_options *o = p->options;
    if (!o->film)
        return GGCN_SUCCESS;
    const size_t floats = (size_t)o->film_frames * elements_of(p->info->image);
    float *frames = film->frames ? film->frames : malloc(floats * sizeof *frames);
    ggcn_status status = GGCN_SUCCESS;
    if (!frames)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, "lower --film-frames", "no memory for a filmstrip");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_broadcast(frames, floats * sizeof *frames, owner_of(p));
    if (status == GGCN_SUCCESS)
        status = model_write_picture(p->info, o->film, frames, o->film_frames, o->film_frames);
    if (frames != film->frames)
        free(frames);
    return status;
}
