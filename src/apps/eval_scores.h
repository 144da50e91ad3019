/* What ggcn_eval measures. */
#ifndef GGCN_APPS_EVAL_SCORES_H
#define GGCN_APPS_EVAL_SCORES_H

#include "eval_model.h"
#include "eval_network.h"
#include "eval_options.h"
#include "ggcn/inception_score.h"
#include "ggcn/pair_scores.h"

/* A set of images in the report. */
typedef struct {
    ggcn_image_set_info info; /* its texts live as long as the set */
    const char *part;         /* of a data set; NULL: of another kind of file */
    uint64_t digest;
} eval_set;

enum { EVAL_TOP_CLASSES = 5 };

typedef struct {
    eval_set samples, reference;
    bool has_reference, has_features, has_inception, has_frechet, has_pairs;
    ggcn_inception_score inception;
    double frechet;
    bool cached; /* the reference's statistics come from the cache */
    ggcn_pair_scores pairs;
    int top_classes;                     /* how many there are of */
    int64_t top[EVAL_TOP_CLASSES];       /* the classes that most samples look like */
    int64_t top_count[EVAL_TOP_CLASSES]; /* and how many samples do */
} eval_scores;

/* Measures what the options ask for. `network` is NULL without --features, `model` without --model; what is measured of
 * the model is put there. Collective. */
ggcn_status eval_measure(const eval_options *options, const eval_network *network, eval_model *model,
                         ggcn_image_set *samples, ggcn_image_set *reference, eval_scores *scores);

#endif
