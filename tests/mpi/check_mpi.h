/* Checks of test programs that run under mpirun, where Check's own are of no use: a failure is counted and said. */
#ifndef GGCN_TESTS_CHECK_MPI_H
#define GGCN_TESTS_CHECK_MPI_H

#include <stdio.h>

#include "ggcn/hpc.h"
#include "ggcn/status.h"

static int failures;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("FAIL rank %d, line %d: %s (last error: %s)\n", ggcn_rank(), __LINE__, #condition,                  \
                   ggcn_last_error()->message);                                                                        \
            failures++;                                                                                                \
        }                                                                                                              \
    } while (0)

#endif
