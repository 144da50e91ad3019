/**
 * @file
 * Numbers that show how chains of a trained model move: Phi, its gradient's size, and how each layer responds. Not
 * collective: of this rank's images, as all of ggcn/trained.h.
 */
#ifndef GGCN_TRAINED_TRACE_H
#define GGCN_TRAINED_TRACE_H

#include "ggcn/trained.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ggcn_trained_trace ggcn_trained_trace;

/** Of the finest grid's potential. All is overwritten by the next ggcn_trained_trace_measure. */
typedef struct {
    const double *potential; /**< [count] Phi(x) (Eq. 1) */
    const double *lp;        /**< [count] Phi(x) - |x|^2/(2 s_ref^2) */
    const double *gradient;  /**< [count] Euclidean norm of grad_x Phi */
    size_t layers;           /**< activations and the last layer, as ggcn_graph_responses lists them */
    const char *layer_names; /**< separated by blanks */
    const double *response;  /**< [count][layers] mean of each layer over channels and positions */
} ggcn_trained_numbers;

/** For `count` images; the model must outlive it. @param count may be 0
 *  @param[out] trace to be released with ggcn_trained_trace_destroy  @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_trained_trace_create(ggcn_trained *model, int64_t count, ggcn_trained_trace **trace);
void ggcn_trained_trace_destroy(ggcn_trained_trace **trace);

/** One gradient of each image. @param x [count][C][H][W]  @param labels [count]; NULL: all 0
 *  @return GGCN_ERROR_ARGUMENT (a label beyond the classes), GGCN_ERROR_LIBRARY */
ggcn_status ggcn_trained_trace_measure(ggcn_trained_trace *trace, const float *x, const uint32_t *labels);
/** What was last measured; before that, the layers and zeros. It is the trace's own. */
ggcn_trained_numbers ggcn_trained_trace_read(const ggcn_trained_trace *trace);

#ifdef __cplusplus
}
#endif
#endif
