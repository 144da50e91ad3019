/* Our HDF5 files, of any kind: the schema checker reads all of them, and each kind's own reader follows. */
#include <stdlib.h>

#include "fuzz.h"
#include "ggcn/dataset.h"
#include "ggcn/network_file.h"
#include "ggcn/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = fuzz_file("file.h5", data, size);
    ggcn_file_report report = {0};
    ggcn_file_check(path, true, &report);
    ggcn_file_report_clear(&report);
    ggcn_dataset *dataset = NULL;
    if (ggcn_dataset_open(path, &dataset) == GGCN_SUCCESS)
        ggcn_dataset_verify(dataset);
    ggcn_dataset_close(&dataset);
    ggcn_graph *graph = NULL;
    float *parameters = NULL, *statistics = NULL;
    ggcn_network_file_read(path, (ggcn_shape){0}, &graph, &parameters, &statistics);
    ggcn_graph_destroy(&graph);
    free(parameters);
    free(statistics);
    return 0;
}
