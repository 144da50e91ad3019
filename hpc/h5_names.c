#include "h5_names.h"

#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "h5_data.h"

static size_t longest(uint32_t n, char *const *names) {
    size_t size = 1;
    for (uint32_t i = 0; i < n; i++)
        if (strlen(names[i]) > size)
            size = strlen(names[i]);
    return size;
}

/* Fixed length: HDF5 cannot write texts of variable length from several ranks, and these carry a checksum. */
ggcn_status ggcn_h5_put_names(const ggcn_h5_file *file, const char *path, const char *description, uint32_t n,
                              char *const *names) {
    const size_t size = longest(n, names);
    char *text = calloc(n, size);
    const hid_t type = H5Tcopy(H5T_C_S1);
    ggcn_status status = GGCN_SUCCESS;
    if (!text)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the names of classes");
    else if (H5Tset_size(type, size) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
             H5Tset_cset(type, H5T_CSET_UTF8) < 0)
        status = ggcn_h5_raise(GGCN_ERROR_IO, __FILE__, __LINE__, file->path, "cannot describe a text");
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS) {
        for (uint32_t i = 0; i < n; i++)
            memcpy(text + i * size, names[i], strlen(names[i]));
        const hsize_t rows = n, mine = ggcn_rank() == 0 ? rows : 0;
        const ggcn_h5_layout layout = {.path = path,
                                       .description = description,
                                       .unit = "1",
                                       .type = type,
                                       .rank = 1,
                                       .dims = {rows},
                                       .chunk = {rows}};
        hid_t dataset;
        status = ggcn_h5_create_dataset(file, &layout, &dataset);
        if (status == GGCN_SUCCESS) {
            status = ggcn_h5_write(file, dataset, type, &(hsize_t){0}, &mine, text);
            H5Dclose(dataset);
        }
    }
    H5Tclose(type);
    free(text);
    return status;
}
