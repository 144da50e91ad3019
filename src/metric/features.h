/* A compiled feature network. */
#ifndef GGCN_METRIC_FEATURES_H
#define GGCN_METRIC_FEATURES_H

#include "ggcn/features.h"
#include "ggcn/plan.h"
#include "metric/resample.h"

struct ggcn_feature_network {
    ggcn_plan *plan; /* of one image; its result is [features | logits] */
    ggcn_weights *weights;
    ggcn_shape input;
    int64_t features, classes;
    int64_t logits_at; /* place of the logits in the result; 0 if they are the features */
    int64_t result;    /* floats of the result */
    ggcn_resample_rule rule;
};

#endif
