/* IDX: the first byte says which part of the rest is the file of labels, in 256ths. */
#include "fuzz.h"
#include "ggcn/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const size_t labels = (size - 1) * data[0] / 256;
    const ggcn_import_options options = {.labels = fuzz_file("labels", data + 1, labels)};
    ggcn_image_source *source = NULL;
    if (ggcn_import_idx(fuzz_file("images", data + 1 + labels, size - 1 - labels), &options, &source) == GGCN_SUCCESS)
        fuzz_read_source(source, 64);
    ggcn_image_source_close(&source);
    return 0;
}
