#include "ggcn/metrics_table.h"

#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "h5_data.h"
#include "metrics_kind.h"

static ggcn_status read_origin(const ggcn_h5_file *file, ggcn_origin *origin) {
    const struct {
        const char *name;
        char **text;
    } texts[] = {{"created", &origin->created},
                 {"ggcn_version", &origin->version},
                 {"git_commit", &origin->commit},
                 {"compiler", &origin->compiler},
                 {"instruction_set", &origin->instruction_set},
                 {"libraries", &origin->libraries},
                 {"command_line", &origin->command_line},
                 {"host", &origin->host}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        GGCN_TRY(ggcn_h5_get_text(file->id, file->path, texts[i].name, texts[i].text));
    GGCN_TRY(ggcn_h5_get_integer(file->id, file->path, "ranks", &origin->ranks));
    return ggcn_h5_get_integer(file->id, file->path, "threads", &origin->threads);
}

/* Notes the name of a column. */
static herr_t add_name(hid_t group, const char *name, const H5L_info_t *link, void *context) {
    (void)group;
    (void)link;
    ggcn_metrics_table *table = context;
    if (strcmp(name, "iteration") == 0)
        return 0;
    return ggcn_format(&table->names[table->columns], "%s", name) == GGCN_SUCCESS ? (herr_t)(table->columns++, 0) : -1;
}

static ggcn_status list_columns(const ggcn_h5_file *file, ggcn_metrics_table *table) {
    H5G_info_t group;
    if (H5Gget_info(file->id, &group) < 0)
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, file->path, "cannot list the columns");
    const size_t most = (size_t)group.nlinks;
    table->names = calloc(most, sizeof *table->names);
    table->units = calloc(most, sizeof *table->units);
    table->descriptions = calloc(most, sizeof *table->descriptions);
    table->values = calloc(most, sizeof *table->values);
    if (!table->names || !table->units || !table->descriptions || !table->values)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu columns of metrics", most);
    if (H5Literate(file->id, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, add_name, table) < 0)
        GGCN_H5_FAIL(GGCN_ERROR_FORMAT, file->path, "cannot list the columns");
    return GGCN_SUCCESS;
}

/* A column of a newer program, which this one's schema does not know, could be of any shape. */
static ggcn_status read_about(const ggcn_h5_file *file, hid_t dataset, size_t column, ggcn_metrics_table *table) {
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_get_extent(file->path, dataset, &extent));
    if (extent.rank != 1 || extent.dims[0] != table->rows)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: data set \"%s\" is no column of %zu rows", file->path,
                  table->names[column], table->rows);
    GGCN_TRY(ggcn_h5_get_text(dataset, file->path, "units", &table->units[column]));
    return ggcn_h5_get_text(dataset, file->path, "description", &table->descriptions[column]);
}

static ggcn_status read_column(const ggcn_h5_file *file, size_t column, ggcn_metrics_table *table) {
    hid_t dataset;
    const char *name = table->names[column];
    table->values[column] = malloc((table->rows + 1) * sizeof *table->values[column]);
    if (!table->values[column])
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu rows of metrics", table->rows);
    GGCN_TRY(ggcn_h5_open_dataset(file, name, &dataset));
    const ggcn_status status = read_about(file, dataset, column, table);
    H5Dclose(dataset);
    GGCN_TRY(status);
    return ggcn_metrics_read_column(file, name, table->rows, H5T_NATIVE_DOUBLE, table->values[column]);
}

static ggcn_status read_table(const ggcn_h5_file *file, ggcn_metrics_table *table) {
    hsize_t rows;
    GGCN_TRY(read_origin(file, &table->origin));
    GGCN_TRY(ggcn_metrics_count_rows(file, &rows));
    table->rows = (size_t)rows;
    table->iterations = malloc((table->rows + 1) * sizeof *table->iterations);
    if (!table->iterations)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu rows of metrics", table->rows);
    GGCN_TRY(ggcn_metrics_read_column(file, "iteration", rows, H5T_NATIVE_UINT64, table->iterations));
    GGCN_TRY(list_columns(file, table));
    for (size_t c = 0; c < table->columns; c++)
        GGCN_TRY(read_column(file, c, table));
    return GGCN_SUCCESS;
}

ggcn_status ggcn_metrics_table_read(const char *path, ggcn_metrics_table *table) {
    ggcn_h5_file *file;
    *table = (ggcn_metrics_table){0};
    GGCN_TRY(ggcn_h5_open(path, &ggcn_metrics_kind, true, &file));
    const ggcn_status status = read_table(file, table);
    ggcn_h5_close(&file);
    if (status != GGCN_SUCCESS)
        ggcn_metrics_table_clear(table);
    return status;
}

static void clear_texts(char **texts, size_t count) {
    for (size_t i = 0; texts && i < count; i++)
        free(texts[i]);
    free(texts);
}

void ggcn_metrics_table_clear(ggcn_metrics_table *table) {
    ggcn_origin *o = &table->origin;
    char *const texts[] = {o->created,         o->version,   o->commit,       o->compiler,
                           o->instruction_set, o->libraries, o->command_line, o->host};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t c = 0; table->values && c < table->columns; c++)
        free(table->values[c]);
    free(table->values);
    clear_texts(table->names, table->columns);
    clear_texts(table->units, table->columns);
    clear_texts(table->descriptions, table->columns);
    free(table->iterations);
    *table = (ggcn_metrics_table){0};
}
