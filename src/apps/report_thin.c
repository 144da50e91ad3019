#include "report_thin.h"

#include <math.h>

bool report_is_thinned(size_t rows) {
    return rows > 2 * REPORT_STRETCHES;
}

static size_t take(size_t row, size_t *taken, size_t count) {
    if (count == 0 || taken[count - 1] != row)
        taken[count++] = row;
    return count;
}

static size_t take_stretch(const double *values, size_t first, size_t end, size_t *taken, size_t count) {
    size_t lowest = first, highest = first;
    for (size_t i = first; i < end; i++) {
        if (!isfinite(values[i]))
            continue;
        if (!isfinite(values[lowest]) || values[i] < values[lowest])
            lowest = i;
        if (!isfinite(values[highest]) || values[i] > values[highest])
            highest = i;
    }
    count = take(lowest < highest ? lowest : highest, taken, count);
    return take(lowest < highest ? highest : lowest, taken, count);
}

size_t report_thin(const double *values, size_t rows, size_t *taken) {
    size_t count = 0;
    if (!report_is_thinned(rows)) {
        while (count < rows)
            count = take(count, taken, count);
        return count;
    }
    count = take(0, taken, count);
    for (size_t i = 0; i < REPORT_STRETCHES; i++)
        count = take_stretch(values, i * rows / REPORT_STRETCHES, (i + 1) * rows / REPORT_STRETCHES, taken, count);
    return take(rows - 1, taken, count);
}
