/* Traces of the chains of ggcn_sample: what each is like every some steps (ggcn/files.h, recorded chains). */
#ifndef GGCN_APPS_SAMPLE_RECORD_H
#define GGCN_APPS_SAMPLE_RECORD_H

#include "sample_plan.h"

typedef struct sample_record sample_record;

/* Nothing is made without --record. Collective. To be released with sample_record_destroy, also after a failure.
 * @return GGCN_ERROR_CONFIG (chains of before in the directory), GGCN_ERROR_IO, GGCN_ERROR_MEMORY */
ggcn_status sample_record_create(const sample_plan *plan, sample_record **record);
void sample_record_destroy(sample_record **record);

/* Steps after which the next draw is due; INT64_MAX: none. The same on all ranks. */
int64_t sample_record_due(const sample_record *record);
/* Takes the draw if it is due. Collective. @param x [local][C][H][W] of the finest grid  @param accepted [local]
 * proposals taken since the start */
ggcn_status sample_record_take(sample_record *record, int64_t steps, const float *x, const uint32_t *labels,
                               const int64_t *accepted);
/* Writes what is left. Collective. */
ggcn_status sample_record_finish(sample_record *record);
/* Prints the line that says where the traces are. */
void sample_record_print(const sample_record *record);

#endif
