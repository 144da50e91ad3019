#include "chain_about.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {[GGCN_CHAINS_FIXED] = "fixed",
                                    [GGCN_CHAINS_LEARNING] = "learning",
                                    [GGCN_CHAINS_SHORT_RUN] = "short-run",
                                    [GGCN_CHAINS_REPLAY] = "replay"};
enum { word_count = sizeof words / sizeof *words };

ggcn_status ggcn_chain_put_about(const ggcn_h5_file *file, const ggcn_chain_about *about) {
    GGCN_TRY(ggcn_h5_put_text(file->id, file->path, "stationarity", words[about->stationarity]));
    return about->layers ? ggcn_h5_put_text(file->id, file->path, "layers", about->layers) : GGCN_SUCCESS;
}

ggcn_status ggcn_chain_get_stationarity(const ggcn_h5_file *file, ggcn_stationarity *stationarity) {
    char *text;
    *stationarity = GGCN_CHAINS_LEARNING;
    if (H5Aexists(file->id, "stationarity") <= 0)
        return GGCN_SUCCESS;
    GGCN_TRY(ggcn_h5_get_text(file->id, file->path, "stationarity", &text));
    for (int i = 0; i < word_count; i++)
        if (strcmp(text, words[i]) == 0) /* one of them: the schema */
            *stationarity = (ggcn_stationarity)i;
    free(text);
    return GGCN_SUCCESS;
}
