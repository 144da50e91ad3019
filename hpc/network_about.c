/* What a network file says about the network beside its layers and numbers. Rank 0 reads; the others get copies. */
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "ggcn/network_file.h"
#include "h5_data.h"
#include "network_tensors.h"

/* The names of the classes as in the file: [count][length] bytes, padded with zeros. */
typedef struct {
    int64_t count, length;
    char *bytes;
} name_table;

static ggcn_status get_optional(const ggcn_h5_file *file, const char *name, char **text) {
    return H5Aexists(file->id, name) > 0 ? ggcn_h5_get_text(file->id, file->path, name, text) : GGCN_SUCCESS;
}

static ggcn_status read_table(const char *path, hid_t dataset, hid_t type, name_table *table) {
    ggcn_h5_extent extent;
    GGCN_TRY(ggcn_h5_get_extent(path, dataset, &extent));
    table->count = (int64_t)extent.dims[0];
    table->length = (int64_t)H5Tget_size(type);
    table->bytes = malloc((size_t)(table->count * table->length));
    if (!table->bytes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %lld names of classes", (long long)table->count);
    return ggcn_h5_read(path, dataset, type, &(hsize_t){0}, extent.dims, table->bytes);
}

static ggcn_status get_classes(const ggcn_h5_file *file, name_table *table) {
    if (!ggcn_h5_has(file, "classes"))
        return GGCN_SUCCESS;
    hid_t dataset;
    GGCN_TRY(ggcn_h5_open_dataset(file, "classes", &dataset));
    const hid_t type = H5Dget_type(dataset); /* of fixed length: the schema */
    const ggcn_status status = read_table(file->path, dataset, type, table);
    H5Tclose(type);
    H5Dclose(dataset);
    return status;
}

static ggcn_status read_alone(const char *path, ggcn_network_about *about, name_table *table) {
    ggcn_h5_file *file;
    GGCN_TRY(ggcn_h5_open(path, &ggcn_network_kind, true, &file));
    ggcn_status status = ggcn_h5_get_text(file->id, path, "description", &about->description);
    if (status == GGCN_SUCCESS)
        status = ggcn_h5_get_text(file->id, path, "source", &about->source);
    if (status == GGCN_SUCCESS)
        status = get_optional(file, "features", &about->features);
    if (status == GGCN_SUCCESS)
        status = get_optional(file, "logits", &about->logits);
    if (status == GGCN_SUCCESS)
        status = get_optional(file, "resize", &about->resize);
    if (status == GGCN_SUCCESS)
        status = get_classes(file, table);
    ggcn_h5_close(&file);
    return status;
}

static ggcn_status share_text(char **text) {
    bool there = *text != NULL;
    GGCN_TRY(ggcn_broadcast(&there, sizeof there, 0));
    return there ? ggcn_broadcast_text(text) : GGCN_SUCCESS;
}

static ggcn_status share_table(name_table *table) {
    GGCN_TRY(ggcn_broadcast(&table->count, sizeof table->count, 0));
    GGCN_TRY(ggcn_broadcast(&table->length, sizeof table->length, 0));
    ggcn_status status = GGCN_SUCCESS;
    const size_t bytes = (size_t)(table->count * table->length);
    if (ggcn_rank() != 0 && bytes > 0 && !(table->bytes = malloc(bytes)))
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the names of classes");
    GGCN_TRY(ggcn_agree(status));
    return bytes > 0 ? ggcn_broadcast(table->bytes, bytes, 0) : GGCN_SUCCESS;
}

static ggcn_status list_classes(const name_table *table, ggcn_network_about *about) {
    about->classes = table->count > 0 ? calloc((size_t)table->count, sizeof *about->classes) : NULL;
    bool good = about->classes || table->count == 0;
    for (; good && about->n_classes < table->count; about->n_classes++) {
        char *name = calloc((size_t)table->length + 1, 1);
        good = name != NULL;
        if (good)
            memcpy(name, table->bytes + about->n_classes * table->length, (size_t)table->length);
        about->classes[about->n_classes] = name;
    }
    if (!good)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the names of classes");
    return GGCN_SUCCESS;
}

static ggcn_status share(ggcn_network_about *about, name_table *table) {
    char **const texts[] = {&about->description, &about->source, &about->features, &about->logits, &about->resize};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        GGCN_TRY(share_text(texts[i]));
    GGCN_TRY(share_table(table));
    return ggcn_agree(list_classes(table, about));
}

ggcn_status ggcn_network_file_about(const char *path, ggcn_network_about *about) {
    *about = (ggcn_network_about){0};
    name_table table = {0};
    ggcn_status status = ggcn_agree(ggcn_rank() == 0 ? read_alone(path, about, &table) : GGCN_SUCCESS);
    if (status == GGCN_SUCCESS)
        status = share(about, &table);
    free(table.bytes);
    return status;
}

void ggcn_network_about_clear(ggcn_network_about *about) {
    for (int64_t i = 0; i < about->n_classes; i++)
        free(about->classes[i]);
    free(about->classes);
    free(about->description);
    free(about->source);
    free(about->features);
    free(about->logits);
    free(about->resize);
    *about = (ggcn_network_about){0};
}
