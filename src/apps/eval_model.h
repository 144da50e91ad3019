/* The trained model of ggcn_eval: response distances of its layers. */
#ifndef GGCN_APPS_EVAL_MODEL_H
#define GGCN_APPS_EVAL_MODEL_H

#include "ggcn/trained_response.h"

typedef struct {
    ggcn_trained *trained;
    const ggcn_trained_info *info;
    const char *network; /* of the finest grid, as the configuration names it */
    size_t layers;
    int *nodes;        /* [layers] of the potential's graph */
    double *distances; /* [layers] R, once measured */
    double total;      /* R of the features */
} eval_model;

/* Loads the newest checkpoint of a run, or one checkpoint. Collective. To be released with eval_model_clear in any
 * case. */
ggcn_status eval_model_load(const char *path, eval_model *model);
void eval_model_clear(eval_model *model);
/* The name of one of its layers. */
const char *eval_model_layer(const eval_model *model, size_t layer);
/* @return GGCN_ERROR_CONFIG: the file's images are of another size than the model's. Not collective. */
ggcn_status eval_model_check(const eval_model *model, const char *path, ggcn_shape images);

#endif
