/**
 * @file
 * Convergence of chains (Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021, "Rank-normalization, folding, and
 * localization"): the same numbers as ArviZ's rhat(method="rank"), ess(method="bulk"), "tail" and "mean".
 */
#ifndef GGCN_CHAIN_DIAGNOSTICS_H
#define GGCN_CHAIN_DIAGNOSTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GGCN_FEWEST_DRAWS = 4 };

/** Of one number of each chain and draw. */
typedef struct {
    double mean, deviation; /**< over all chains and draws; the deviation divides by their number less one */
    double r_hat; /**< the larger one of the ranks' and of the folded ranks'; NaN for one chain, or constants */
    double ess_bulk, ess_tail;   /**< effective sample sizes, of ranks and of the 5 % and 95 % quantiles */
    double autocorrelation_time; /**< integrated, in draws: chains * draws / effective sample size of the mean */
    bool constant;               /**< all numbers are equal: sizes and time say nothing */
} ggcn_chain_diagnostics;

/**
 * Diagnoses one trace. Each chain is split into halves; the middle draw of an odd number is left out. Not collective.
 * @param trace [chains][draws]
 * @return GGCN_ERROR_ARGUMENT (fewer than GGCN_FEWEST_DRAWS draws), GGCN_ERROR_MEMORY
 */
ggcn_status ggcn_diagnose_chains(int64_t chains, int64_t draws, const double *trace,
                                 ggcn_chain_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
