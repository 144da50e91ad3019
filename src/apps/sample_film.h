/* A filmstrip: states of one chain at even distances between its start and its last sample (paper, Fig. 1). */
#ifndef GGCN_APPS_SAMPLE_FILM_H
#define GGCN_APPS_SAMPLE_FILM_H

#include "sample_plan.h"

typedef struct {
    const sample_plan *plan;
    int64_t next;  /* frame to be taken next */
    float *frames; /* [film_frames][C][H][W], on the rank that has the chain; NULL on others, or without a film */
} sample_film;

/* @return GGCN_ERROR_MEMORY */
ggcn_status sample_film_create(const sample_plan *plan, sample_film *film);
void sample_film_destroy(sample_film *film);

/* Steps after which the next frame is due; INT64_MAX: none. The same on all ranks. */
int64_t sample_film_due(const sample_film *film);
/* Takes all frames that are due. @param x [local][C][H][W] states on a grid */
void sample_film_take(sample_film *film, int64_t steps, int grid, const float *x);
/* Writes the picture. Collective. */
ggcn_status sample_film_write(const sample_film *film);

#endif
