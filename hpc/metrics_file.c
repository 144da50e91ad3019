/* Metrics: one column each, over iterations. Rank 0 holds them and writes the file whole. */
#include <errno.h>
#include <hdf5_hl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "h5_data.h"
#include "metrics_kind.h"

const ggcn_h5_kind ggcn_metrics_kind = {"ggcn-metrics", 1, "metrics file", "move the file away to go on without it",
                                        GGCN_ERROR_FORMAT};

struct ggcn_metrics_file {
    char *path;
    const ggcn_metric_info *columns;
    size_t n_columns;
    size_t rows, capacity;
    uint64_t *iterations; /* [rows] */
    double **values;      /* [n_columns][rows] */
};

static ggcn_status reserve(ggcn_metrics_file *file, size_t rows) {
    if (rows <= file->capacity)
        return GGCN_SUCCESS;
    const size_t capacity = 2 * rows + 64;
    uint64_t *iterations = realloc(file->iterations, capacity * sizeof *iterations);
    if (!iterations)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu rows of metrics", capacity);
    file->iterations = iterations;
    for (size_t c = 0; c < file->n_columns; c++) {
        double *values = realloc(file->values[c], capacity * sizeof *values);
        if (!values)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu rows of metrics", capacity);
        file->values[c] = values;
    }
    file->capacity = capacity;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_metrics_count_rows(const ggcn_h5_file *source, hsize_t *rows) {
    hid_t dataset;
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_open_dataset(source, "iteration", &dataset));
    const ggcn_status status = ggcn_h5_get_extent(source->path, dataset, &extent);
    H5Dclose(dataset);
    *rows = extent.dims[0];
    return status;
}

ggcn_status ggcn_metrics_read_column(const ggcn_h5_file *source, const char *name, hsize_t rows, hid_t type,
                                     void *values) {
    hid_t dataset;
    GGCN_TRY(ggcn_h5_open_dataset(source, name, &dataset));
    const ggcn_status status = ggcn_h5_read(source->path, dataset, type, &(hsize_t){0}, &rows, values);
    H5Dclose(dataset);
    return status;
}

/* Takes over the rows up to `iteration`. A column the file does not have becomes NaN. */
static ggcn_status take_over(ggcn_metrics_file *file, const ggcn_h5_file *source, uint64_t iteration) {
    hsize_t rows = 0;
    GGCN_TRY(ggcn_metrics_count_rows(source, &rows));
    GGCN_TRY(reserve(file, (size_t)rows));
    GGCN_TRY(ggcn_metrics_read_column(source, "iteration", rows, H5T_NATIVE_UINT64, file->iterations));
    for (size_t c = 0; c < file->n_columns; c++) {
        if (ggcn_h5_has(source, file->columns[c].name))
            GGCN_TRY(ggcn_metrics_read_column(source, file->columns[c].name, rows, H5T_NATIVE_DOUBLE, file->values[c]));
        else
            for (hsize_t i = 0; i < rows; i++)
                file->values[c][i] = NAN;
    }
    while (file->rows < rows && file->iterations[file->rows] <= iteration)
        file->rows++;
    return GGCN_SUCCESS;
}

static ggcn_status create(const char *directory, uint64_t iteration, ggcn_metrics_file *file) {
    file->values = calloc(file->n_columns, sizeof *file->values);
    if (!file->values)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for metrics");
    GGCN_TRY(ggcn_format(&file->path, "%s/metrics.h5", directory));
    if (ggcn_rank() != 0 || iteration == 0 || (access(file->path, F_OK) != 0 && errno == ENOENT))
        return GGCN_SUCCESS;
    ggcn_h5_file *source;
    GGCN_TRY(ggcn_h5_open(file->path, &ggcn_metrics_kind, true, &source));
    const ggcn_status status = take_over(file, source, iteration);
    ggcn_h5_close(&source);
    return status;
}

ggcn_status ggcn_metrics_file_create(const char *directory, const ggcn_metric_info *columns, size_t n_columns,
                                     uint64_t iteration, ggcn_metrics_file **file) {
    *file = calloc(1, sizeof **file);
    ggcn_status status = GGCN_SUCCESS;
    if (*file) {
        (*file)->columns = columns;
        (*file)->n_columns = n_columns;
        status = create(directory, iteration, *file);
    } else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for metrics");
    status = ggcn_agree(status);
    if (status != GGCN_SUCCESS)
        ggcn_metrics_file_destroy(file);
    return status;
}

static ggcn_status add_row(ggcn_metrics_file *file, uint64_t iteration, const double *values) {
    GGCN_TRY(reserve(file, file->rows + 1));
    file->iterations[file->rows] = iteration;
    for (size_t c = 0; c < file->n_columns; c++)
        file->values[c][file->rows] = values[c];
    file->rows++;
    return GGCN_SUCCESS;
}

ggcn_status ggcn_metrics_file_add(ggcn_metrics_file *file, uint64_t iteration, const double *values) {
    return ggcn_agree(ggcn_rank() == 0 ? add_row(file, iteration, values) : GGCN_SUCCESS);
}

/* The iterations are the columns' dimension scale, so that netCDF tools see them as a coordinate. */
static ggcn_status write_columns(const ggcn_metrics_file *metrics, const ggcn_h5_file *file) {
    const ggcn_array iterations = {.path = "iteration",
                                   .description = "iteration of each row",
                                   .unit = "1",
                                   .type = GGCN_U64,
                                   .rank = 1,
                                   .dims = {(int64_t)metrics->rows},
                                   .data = metrics->iterations};
    hid_t scale, column;
    GGCN_TRY(ggcn_h5_put_array(file, &iterations, &scale));
    ggcn_status status = GGCN_SUCCESS;
    if (H5DSset_scale(scale, "iteration") < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot make a dimension scale");
    for (size_t c = 0; status == GGCN_SUCCESS && c < metrics->n_columns; c++) {
        ggcn_array array = iterations;
        array.path = metrics->columns[c].name;
        array.description = metrics->columns[c].description;
        array.unit = metrics->columns[c].unit;
        array.type = GGCN_F64;
        array.data = metrics->values[c];
        status = ggcn_h5_put_array(file, &array, &column);
        if (status != GGCN_SUCCESS)
            break;
        if (H5DSattach_scale(column, scale, 0) < 0)
            status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot attach a dimension scale");
        H5Dclose(column);
    }
    H5Dclose(scale);
    return status;
}

static ggcn_status flush(const ggcn_metrics_file *metrics) {
    if (metrics->rows == 0)
        return GGCN_SUCCESS;
    ggcn_h5_file *file;
    const int64_t bytes = (int64_t)(metrics->rows * (metrics->n_columns + 1) * sizeof(double));
    GGCN_TRY(ggcn_h5_create(metrics->path, &ggcn_metrics_kind, true, bytes, &file));
    ggcn_status status = write_columns(metrics, file);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    return status;
}

ggcn_status ggcn_metrics_file_flush(ggcn_metrics_file *file) {
    return ggcn_agree(ggcn_rank() == 0 ? flush(file) : GGCN_SUCCESS);
}

void ggcn_metrics_file_destroy(ggcn_metrics_file **file) {
    ggcn_metrics_file *f = *file;
    if (!f)
        return;
    if (f->values)
        for (size_t c = 0; c < f->n_columns; c++)
            free(f->values[c]);
    free(f->values);
    free(f->iterations);
    free(f->path);
    free(f);
    *file = NULL;
}
