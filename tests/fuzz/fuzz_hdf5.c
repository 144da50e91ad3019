/* Our HDF5 files, of any kind: the schema checker reads all of them, and each kind's own reader follows. */
#include <hdf5.h>
#include <stdlib.h>

#include "fuzz.h"
#include "ggcn/dataset.h"
#include "ggcn/network_file.h"
#include "ggcn/schema.h"

static void read_dataset(const char *path) {
    ggcn_dataset *dataset = NULL;
    if (ggcn_dataset_open(path, &dataset) == GGCN_SUCCESS)
        ggcn_dataset_verify(dataset);
    ggcn_dataset_close(&dataset);
}

static void read_network(const char *path) {
    ggcn_graph *graph = NULL;
    float *parameters = NULL, *statistics = NULL;
    ggcn_network_file_read(path, (ggcn_shape){0}, &graph, &parameters, &statistics);
    ggcn_graph_destroy(&graph);
    free(parameters);
    free(statistics);
}

/* What is refused for its structure by one reader is so by all, which compare it in the same way: one of them then. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    H5set_free_list_limits(-1, -1, 0, 0, -1, -1); /* of the large structs of an open file; buffers are freed at once */
    const char *path = fuzz_file("file.h5", data, size);
    ggcn_file_report report = {0};
    const bool sound = ggcn_file_check(path, false, &report) == GGCN_SUCCESS && report.count == 0;
    ggcn_file_report_clear(&report);
    if (sound) {
        ggcn_file_check(path, true, &report);
        ggcn_file_report_clear(&report);
    }
    if (sound || size % 2 == 0)
        read_dataset(path);
    if (sound || size % 2 == 1)
        read_network(path);
    return 0;
}
