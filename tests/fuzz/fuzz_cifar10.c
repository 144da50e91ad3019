/* CIFAR-10's binary records. */
#include "fuzz.h"
#include "ggcn/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ggcn_image_source *source = NULL;
    if (ggcn_import_cifar10(fuzz_file("batch.bin", data, size), NULL, &source) == GGCN_SUCCESS)
        fuzz_read_source(source, 64);
    ggcn_image_source_close(&source);
    return 0;
}
