/**
 * @file
 * How a column of numbers over iterations is described.
 */
#ifndef GGCN_METRICS_H
#define GGCN_METRICS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name, *unit, *description;
} ggcn_metric_info;

#ifdef __cplusplus
}
#endif
#endif
