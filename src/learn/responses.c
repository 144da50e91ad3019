#include "learn/responses.h"

#include <stdlib.h>
#include <string.h>

static ggcn_status list_layers(const ggcn_graph *graph, ggcn_responses *r) {
    size_t length = 1;
    r->layers = ggcn_graph_responses(graph, NULL);
    r->nodes = malloc(r->layers * sizeof *r->nodes);
    r->widths = malloc(r->layers * sizeof *r->widths);
    if (!r->nodes || !r->widths)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for a list of %zu layers", r->layers);
    ggcn_graph_responses(graph, r->nodes);
    for (size_t i = 0; i < r->layers; i++) {
        r->widths[i] = ggcn_graph_shape(graph, r->nodes[i]).channels;
        r->widest = r->widths[i] > r->widest ? r->widths[i] : r->widest;
        length += strlen(ggcn_graph_layer(graph, r->nodes[i])->name) + 1;
    }
    r->names = calloc(length, 1);
    if (!r->names)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the names of %zu layers", r->layers);
    for (size_t i = 0; i < r->layers; i++)
        strcat(strcat(r->names, i > 0 ? " " : ""), ggcn_graph_layer(graph, r->nodes[i])->name);
    return GGCN_SUCCESS;
}

ggcn_status ggcn_responses_create(const ggcn_graph *graph, int64_t chains, int64_t batch, int threads,
                                  ggcn_responses *responses) {
    *responses = (ggcn_responses){.batch = batch};
    GGCN_TRY(list_layers(graph, responses));
    responses->of = calloc((size_t)chains * responses->layers, sizeof *responses->of);
    responses->scratch = malloc((size_t)threads * (size_t)(batch * responses->widest) * sizeof *responses->scratch);
    if (!responses->of || !responses->scratch)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the responses of %zu layers", responses->layers);
    return GGCN_SUCCESS;
}

void ggcn_responses_destroy(ggcn_responses *responses) {
    free(responses->nodes);
    free(responses->names);
    free(responses->of);
    free(responses->widths);
    free(responses->scratch);
    *responses = (ggcn_responses){0};
}

void ggcn_responses_measure(const ggcn_responses *r, const ggcn_workspace *workspace, int thread, int64_t first) {
    double *means = r->scratch + (size_t)thread * (size_t)(r->batch * r->widest);
    for (size_t i = 0; i < r->layers; i++) {
        ggcn_layer_channels(workspace, r->nodes[i], means);
        for (int64_t n = 0; n < r->batch; n++) {
            double sum = 0;
            for (int64_t c = 0; c < r->widths[i]; c++)
                sum += means[n * r->widths[i] + c];
            r->of[(size_t)(first + n) * r->layers + i] = sum / (double)r->widths[i];
        }
    }
}
