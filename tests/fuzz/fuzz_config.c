/* The configuration's YAML. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ggcn/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const ggcn_config_source source = {.file = fuzz_file("run.yaml", data, size)};
    ggcn_config *config = NULL, *again = NULL;
    char *text = NULL;
    /* What is accepted is written out such that it is accepted again: run directories depend on it. */
    if (ggcn_config_load(&source, &config) == GGCN_SUCCESS && ggcn_config_text(config, &text) == GGCN_SUCCESS &&
        ggcn_config_parse(text, strlen(text), &again) != GGCN_SUCCESS)
        abort();
    free(text);
    ggcn_config_destroy(&again);
    ggcn_config_destroy(&config);
    return 0;
}
