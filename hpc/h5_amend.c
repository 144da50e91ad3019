/* Changing a finished file: a copy is changed and takes its place. */
#include "ggcn/files.h"
#include "ggcn/hpc.h"
#include "h5_file.h"

static ggcn_status set_attribute(const ggcn_h5_file *file, const char *name, const char *text) {
    if (H5Aexists(file->id, name) > 0 && H5Adelete(file->id, name) < 0)
        GGCN_H5_FAIL(GGCN_ERROR_IO, file->path, "cannot remove an attribute");
    return ggcn_h5_put_text(file->id, file->path, name, text);
}

static ggcn_status amend_alone(const char *path, const char *name, const char *text) {
    ggcn_h5_file *file;
    GGCN_TRY(ggcn_h5_amend(path, &file));
    const ggcn_status status = set_attribute(file, name, text);
    if (status == GGCN_SUCCESS)
        return ggcn_h5_finish(&file);
    ggcn_h5_close(&file);
    return status;
}

ggcn_status ggcn_file_set_attribute(const char *path, const char *name, const char *text) {
    return ggcn_agree(ggcn_rank() == 0 ? amend_alone(path, name, text) : GGCN_SUCCESS);
}
