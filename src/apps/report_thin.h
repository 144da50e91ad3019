/* Which numbers of a long column a curve shows. */
#ifndef GGCN_APPS_REPORT_THIN_H
#define GGCN_APPS_REPORT_THIN_H

#include <stdbool.h>
#include <stddef.h>

enum { REPORT_STRETCHES = 600 }; /* of a curve, about as many as a chart is pixels wide */

/* Whether a column of so many rows is thinned: it has more than two for each stretch. */
bool report_is_thinned(size_t rows);

/* Divides a column into REPORT_STRETCHES equal stretches of rows and takes from each its lowest and its highest number,
 * in the order they have, besides the first and last row of all. A stretch without a finite number gives its first row.
 * Columns that are not thinned are taken whole.
 * @param values [rows]  @param[out] taken [rows], or [2 REPORT_STRETCHES + 2] if that is less: rows, ascending
 * @return how many */
size_t report_thin(const double *values, size_t rows, size_t *taken);

#endif
